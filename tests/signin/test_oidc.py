"""Signing in with an identity provider: only what is verified counts, and only people on the list come in."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.testclient import TestClient

from console import db
from console.actions import staff as staff_actions
from queries.tables_state import staff_sessions
from tests import build
from tests.signin import conftest, provider
from tests.signin.conftest import PAGE, SERVE_URL, OpenConsole, Row
from tests.signin.provider import Provider

# One database will do: sign-in asks the databases nothing that the other tests do not ask on both.
pytestmark = pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)

COOKIE = "__Host-console_session"


@pytest.fixture
def identity(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    with provider.running() as running:
        address = f"{running.url}/.well-known/openid-configuration"
        monkeypatch.setitem(conftest.SETTINGS, "CONSOLE_OIDC_METADATA_URL", address)
        yield running


def begin(client: TestClient, identity: Provider, back_to: str = "/") -> str:
    """Go to the provider and consent there; returns the state to come back with."""
    answer = client.get("/oidc/start", params={"next": back_to})
    assert answer.status_code == 303, answer.text
    return identity.authorized(answer.headers["location"])


def come_back(client: TestClient, state: str, code: str = "code") -> httpx.Response:
    answer: httpx.Response = client.get("/oidc/callback", params={"state": state, "code": code})
    return answer


def sign_in(client: TestClient, identity: Provider, back_to: str = "/") -> httpx.Response:
    return come_back(client, begin(client, identity, back_to))


def is_out(answer: httpx.Response, client: TestClient) -> bool:
    made = answer.headers.get("set-cookie", "")
    return COOKIE not in made and client.get("/").status_code == 401


def test_who_is_on_the_list_comes_in_and_lands_where_they_wanted(
    opened: OpenConsole, identity: Provider, aino: Row
) -> None:
    client = opened("serve")
    turned_away = client.get("/customer?customer=C-1", headers=PAGE).headers["location"]
    page = client.get(turned_away).text
    start = page.split('href="/oidc/start')[1].split('"')[0].replace("&amp;", "&")
    answer = client.get(f"/oidc/start{start}")
    done = come_back(client, identity.authorized(answer.headers["location"]))
    assert (done.status_code, done.headers["location"]) == (303, "/customer?customer=C-1")
    cookie = next(line for line in done.headers.get_list("set-cookie") if COOKIE in line)
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    said = dict(client.get("/customer", headers=PAGE).json()["headers"])
    assert said["x-console-staff"] == str(aino["id"])  # by e-mail, whatever its case
    assert client.get("/signin?next=/customers").headers["location"] == "/customers"


def test_the_request_to_the_provider_is_bound_to_this_browser(
    opened: OpenConsole, identity: Provider, aino: Row
) -> None:
    client = opened("serve")
    begin(client, identity)
    begin(client, identity)
    first, second = identity.asked
    assert first["response_type"] == "code"
    assert first["code_challenge_method"] == "S256"
    assert first["redirect_uri"] == f"{SERVE_URL}/oidc/callback"
    assert "openid" in first["scope"].split()
    for secret in ("state", "nonce", "code_challenge"):
        assert first[secret] != second[secret]
        assert len(first[secret]) >= 20
    assert "prompt" not in first


def test_another_account_can_be_chosen(opened: OpenConsole, identity: Provider) -> None:
    client = opened("serve")
    refused = sign_in(client, identity, "/customers")
    again = refused.text.split('href="')[-1].split('"')[0].replace("&amp;", "&")
    asked = parse_qs(urlsplit(client.get(again).headers["location"]).query)
    assert asked["prompt"] == ["select_account"]


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("unverified", {"email_verified": False}, "has not verified the e-mail address"),
    ("verified as text", {"email_verified": "true"}, "has not verified"),
    ("verified unsaid", {"email_verified": None}, "has not verified"),
    ("unknown", {"email": "stranger@company.example"}, "not on the list of staff"),
    ("unknown, odd", {"email": "a\0'\"%_<script>@x"}, "not on the list of staff"),
    ("unknown, long", {"email": "a" * 10_000 + "@x.example"}, "not on the list of staff"),
    ("disabled", {"email": "gone@company.example"}, "has been switched off"),
    ("no e-mail", {"email": None}, "does not say your e-mail address"),
    ("e-mail not text", {"email": ["aino@company.example"]}, "does not say your e-mail address"),
    ("wildcard", {"email": "%@company.example"}, "not on the list of staff"),
    ("another nonce", {"nonce": "0" * 20}, "did not sign you in"),
    ("no nonce", {"nonce": None}, "did not sign you in"),
    ("for another", {"aud": "another application"}, "did not sign you in"),
    ("for another, ours too", {"aud": "another", "azp": "console"}, "did not sign you in"),
    ("for nobody", {"aud": None}, "did not sign you in"),
    ("ours, given to another", {"aud": ["console", "x"], "azp": "x"}, "did not sign you in"),
    ("another issuer", {"iss": "https://evil.example"}, "did not sign you in"),
    ("no issuer", {"iss": None}, "did not sign you in"),
    ("expired", {"exp": int(time.time()) - 3600}, "did not sign you in"),
    ("from the future", {"iat": int(time.time()) + 3600}, "did not sign you in"),
    ("wrong access token", {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}, "did not sign you in"),
]


def test_wrong_people_and_wrong_tokens_stay_out(opened: OpenConsole, identity: Provider, aino: Row) -> None:
    with db.writing("state") as connection:
        build.staff(connection, email="gone@company.example", active=False)
    client = opened("serve")
    for case, claims, sentence in REFUSED:
        identity.claims = claims
        answer = sign_in(client, identity)
        assert (case, answer.status_code) == (case, 403)
        assert sentence in answer.text, case
        assert "<script>" not in answer.text
        assert "/oidc/start" in answer.text, case  # a way to try again
        assert is_out(answer, client), case
    with db.reading() as data:
        assert data.state.execute(staff_sessions.select()).first() is None


def test_tokens_signed_by_others_stay_out(opened: OpenConsole, identity: Provider, aino: Row) -> None:
    client = opened("serve")
    for signed in ("stranger", "secret", "none"):
        identity.signed = signed
        answer = sign_in(client, identity)
        assert (signed, answer.status_code) == (signed, 403)
        assert is_out(answer, client), signed


def test_a_token_may_be_for_several_if_it_was_given_to_us(
    opened: OpenConsole, identity: Provider, aino: Row
) -> None:
    for claims in ({"aud": ["console"]}, {"aud": ["console", "other"], "azp": "console"}):
        identity.claims = claims
        assert sign_in(opened("serve"), identity).status_code == 303


def test_a_sign_in_cannot_be_finished_by_another_browser(
    opened: OpenConsole, identity: Provider, aino: Row
) -> None:
    mine, theirs = opened("serve"), opened("serve")
    state = begin(theirs, identity)
    for answer in (come_back(mine, state), come_back(mine, ""), come_back(mine, "x" * 10_000)):
        assert (answer.status_code, "Start again" in answer.text) == (400, True)
        assert is_out(answer, mine)
    begin(mine, identity)
    assert come_back(mine, state).status_code == 400  # a sign-in of our own does not help
    identity.authorized(theirs.get("/oidc/start").headers["location"])
    mine.cookies.set("console_signin", "bm90IHNpZ25lZA==.x.y")
    assert come_back(mine, state).status_code == 400


def test_a_sign_in_works_once(opened: OpenConsole, identity: Provider, aino: Row) -> None:
    client = opened("serve")
    state = begin(client, identity)
    assert come_back(client, state).status_code == 303
    assert come_back(client, state).status_code == 400


def test_another_pkce_secret_is_refused(opened: OpenConsole, identity: Provider, aino: Row) -> None:
    client = opened("serve")
    state = begin(client, identity)
    identity.challenge = "another"
    answer = come_back(client, state)
    assert (answer.status_code, is_out(answer, client)) == (403, True)


def test_the_providers_no_is_a_page_without_its_words(
    opened: OpenConsole, identity: Provider, aino: Row
) -> None:
    client = opened("serve")
    state = begin(client, identity)
    answer = client.get(
        "/oidc/callback",
        params={"state": state, "error": "access_denied", "error_description": "<b>Call 555</b>"},
    )
    assert (answer.status_code, "did not sign you in" in answer.text) == (403, True)
    assert "555" not in answer.text


NONSENSE = [(500, b"oops"), (200, b"oops"), (200, b"{}"), (200, b"[]"), (200, b'{"access_token": "x"}')]
NONSENSE += [(200, b'{"access_token": "x", "token_type": "Bearer", "id_token": "a.b.c"}')]


def test_nonsense_of_the_provider_is_a_sentence(opened: OpenConsole, identity: Provider, aino: Row) -> None:
    client = opened("serve")
    for said in NONSENSE:
        identity.token = said
        answer = sign_in(client, identity)
        assert (said, answer.status_code in {403, 503}) == (said, True)
        assert is_out(answer, client)


def test_a_provider_that_is_down_is_a_sentence(opened: OpenConsole, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(conftest.SETTINGS, "CONSOLE_OIDC_METADATA_URL", "http://127.0.0.1:1/x")
    client = opened("serve")
    for path in ("/oidc/start", "/oidc/callback?state=x&code=y"):
        answer = client.get(path)
        assert (answer.status_code, "cannot be reached now" in answer.text) == (503, True)


def test_the_address_may_come_from_userinfo_of_the_same_person(
    opened: OpenConsole, identity: Provider, aino: Row
) -> None:
    identity.claims = {"email": None, "email_verified": None}
    identity.userinfo = {"sub": "another", "email": "aino@company.example", "email_verified": True}
    assert sign_in(opened("serve"), identity).status_code == 403
    identity.userinfo["sub"] = "subject-1"
    assert sign_in(opened("serve"), identity).status_code == 303


def test_when_they_proved_who_they_are_is_kept(opened: OpenConsole, identity: Provider, aino: Row) -> None:
    identity.claims = {"auth_time": int(time.time()) - 1000}
    assert sign_in(opened("serve"), identity).status_code == 303
    identity.claims = {"auth_time": int(time.time()) + 1000}  # a wrong clock never makes it fresher
    assert sign_in(opened("serve"), identity).status_code == 303
    with db.reading() as data:
        kept = data.state.scalars(
            staff_sessions.select().with_only_columns(staff_sessions.c.authenticated_at)
        ).all()
    ages = sorted((datetime.now(UTC) - moment).total_seconds() for moment in kept)
    assert 0 <= ages[0] < 20
    assert 990 < ages[1] < 1030


def test_signing_in_anew_ends_the_former_session(opened: OpenConsole, identity: Provider, aino: Row) -> None:
    client = opened("serve")
    sign_in(client, identity)
    first = client.cookies[COOKIE]
    sign_in(client, identity)
    assert client.cookies[COOKIE] != first
    other = opened("serve")
    other.cookies.set(COOKIE, first)
    assert other.get("/").status_code == 401


def test_disabled_between_two_sign_ins(opened: OpenConsole, identity: Provider, aino: Row) -> None:
    assert sign_in(opened("serve"), identity).status_code == 303
    staff_actions.disable("aino@company.example")
    assert sign_in(opened("serve"), identity).status_code == 403


def test_next_stays_in_the_console(opened: OpenConsole, identity: Provider, aino: Row) -> None:
    client = opened("serve")
    for there in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        assert sign_in(client, identity, there).headers["location"] == "/"
