"""What anybody may see: health without details; headers that hold whoever answers; no way around settings."""

import re

import pytest

from console import db
from console.errors import Refused, Unavailable
from console.settings import get_settings
from console.signin import porch
from console.signin.headers import content_policy
from console.signin.site import Site, site_of
from tests.conftest import Databases
from tests.signin.conftest import PAGE, SETTINGS, OpenConsole, Row, choose


def test_health_says_ok_and_no_more(opened: OpenConsole) -> None:
    answer = opened("serve").get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_health_says_when_a_database_does_not_answer(
    opened: OpenConsole, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = opened("serve")
    monkeypatch.setenv("CONSOLE_TICKETS_URL", "postgresql://nobody@127.0.0.1:1/none")
    get_settings.cache_clear()
    db.dispose()
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (503, {"status": "unavailable"})


def test_probes_do_not_become_questions(opened: OpenConsole, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def counted() -> bool:
        asked.append(1)
        return True

    monkeypatch.setattr(porch, "_databases_answer", counted)
    client = opened("serve")
    for _ in range(10):
        client.get("/health")
    assert len(asked) == 1


@pytest.mark.parametrize("path", ["/", "/signin", "/health", "/static/x.js", "/signout", "/_stcore/metrics"])
def test_every_answer_has_the_security_headers(path: str, opened: OpenConsole) -> None:
    headers = opened("serve").get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-frame-options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["strict-transport-security"] == "max-age=31536000"


def test_pages_are_not_kept_by_browsers_and_run_no_foreign_script(opened: OpenConsole, aino: Row) -> None:
    client = opened()
    choose(client, aino)
    inside = client.get("/", headers=PAGE).headers
    assert inside["cache-control"] == "no-store"
    assert inside["content-security-policy"] == content_policy()
    assert "strict-transport-security" not in inside
    outside = client.get("/signin").headers
    assert outside["cache-control"] == "no-store"
    assert outside["content-security-policy"].startswith("default-src 'none'")
    for policy in (inside["content-security-policy"], outside["content-security-policy"]):
        scripts = re.search(r"script-src ([^;]*)", policy)
        assert scripts is None or "unsafe" not in scripts[1]
        assert "form-action 'self'" in policy


def test_the_policy_has_the_hash_of_the_installed_script() -> None:
    assert re.search(r"script-src 'self' 'sha256-[A-Za-z0-9+/]{43}='", content_policy())


def test_serve_names_every_missing_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    get_settings.cache_clear()
    with pytest.raises(Refused) as refused:
        site_of("serve")
    for name in SETTINGS:
        assert name in str(refused.value)
    get_settings.cache_clear()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONSOLE_PUBLIC_URL", "http://console.company.example"),
        ("CONSOLE_PUBLIC_URL", "https://console.company.example/deep"),
        ("CONSOLE_PUBLIC_URL", "console.company.example"),
        ("CONSOLE_PUBLIC_URL", "https://"),
        ("CONSOLE_PUBLIC_URL", "ftp://console.company.example"),
        ("CONSOLE_PUBLIC_URL", "https://user:secret@console.company.example"),
        ("CONSOLE_PUBLIC_URL", "https://[::1"),
        ("CONSOLE_SESSION_SECRET", "too short"),
        ("CONSOLE_OIDC_METADATA_URL", "http://id.company.example/.well-known/openid-configuration"),
        ("CONSOLE_OIDC_METADATA_URL", "id.company.example"),
    ],
)
def test_serve_names_a_wrong_setting(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    for key, right in SETTINGS.items():
        monkeypatch.setenv(key, right)
    monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    with pytest.raises(Refused, match=name) as refused:
        site_of("serve")
    assert sum(key in str(refused.value) for key in SETTINGS) == 1
    assert "too short" not in str(refused.value)
    get_settings.cache_clear()


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://Console.Company.example/", "https://console.company.example"),
        ("https://console.company.example:443", "https://console.company.example"),
        ("https://console.company.example:8443", "https://console.company.example:8443"),
        ("http://127.0.0.1:8501", "http://127.0.0.1:8501"),
        ("http://localhost:80", "http://localhost"),
    ],
)
def test_the_origin_is_as_browsers_write_it(monkeypatch: pytest.MonkeyPatch, url: str, origin: str) -> None:
    for key, right in SETTINGS.items():
        monkeypatch.setenv(key, right)
    monkeypatch.setenv("CONSOLE_PUBLIC_URL", url)
    get_settings.cache_clear()
    assert site_of("serve") == Site("serve", origin)
    get_settings.cache_clear()


def test_a_missing_database_is_a_page_with_a_sentence(
    opened: OpenConsole, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = opened()
    monkeypatch.setenv("CONSOLE_STATE_URL", "postgresql://nobody@127.0.0.1:1/none")
    get_settings.cache_clear()
    db.dispose()
    answer = client.get("/signin")
    assert (answer.status_code, "state database" in answer.text) == (503, True)
    with pytest.raises(Unavailable), db.reading() as data:
        data.state.exec_driver_sql("SELECT 1")
