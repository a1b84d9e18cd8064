"""`console demo` and `console serve`: what they refuse to start with, and why."""

import logging
import os
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import httpx
import pytest

from console import db, incidents, migrations, server
from console.cli import main
from console.commands import serve as commands
from console.demo import catalogue, office
from console.errors import Refused
from console.settings import get_settings
from console.signin.site import Site
from queries import tables_state, tables_subscriptions, tables_tickets
from tests import build
from tests.browser.harness import serving
from tests.conftest import Databases
from tests.signin.conftest import SETTINGS


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Notes how far a command came instead of serving for ever."""
    came: list[str] = []

    def prepare(*_: object) -> None:
        came.append("prepared")

    def run(mode: str, **_: object) -> None:
        came.append(mode)

    monkeypatch.setattr(commands, "_prepare", prepare)
    monkeypatch.setattr(server, "run", run)
    with patch.dict(os.environ):  # the command sets some; undone after the test
        yield came
    get_settings.cache_clear()


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command says when it refuses."""
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (3, "")
    assert "Traceback" not in said.err
    return said.err


def mark_sample() -> None:
    with db.writing("state") as state:
        state.execute(tables_state.facts.insert().values(name="demo", value={}))


def test_the_demo_opens_empty_databases_and_the_sample(databases: Databases, served: list[str]) -> None:
    main_without_exit("demo")
    mark_sample()
    with db.writing("state") as state:
        build.staff(state)
    with db.writing("subscriptions") as subscriptions:
        subscriptions.execute(tables_subscriptions.products.insert(), catalogue.product_rows())
        build.customer(subscriptions)
    with db.writing("tickets") as tickets:
        tickets.execute(tables_tickets.agents.insert(), office.agent_rows())
        build.ticket(tickets)
    main_without_exit("demo")
    assert served == ["prepared", "demo"] * 2
    assert get_settings().demo


def main_without_exit(*arguments: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(list(arguments))
    assert ended.value.code == 0


def _staff() -> None:
    with db.writing("state") as state:
        build.staff(state)


def _customer() -> None:
    mark_sample()  # of a sample whose subscriptions were elsewhere
    with db.writing("subscriptions") as subscriptions:
        build.customer(subscriptions)


def _ticket() -> None:
    mark_sample()
    with db.writing("tickets") as tickets:
        build.ticket(tickets)


@pytest.mark.parametrize(
    ("database", "fill"), [("state", _staff), ("subscriptions", _customer), ("tickets", _ticket)]
)
def test_the_demo_does_not_open_somebodys_data(
    databases: Databases,
    served: list[str],
    capsys: pytest.CaptureFixture[str],
    database: str,
    fill: Callable[[], None],
) -> None:
    fill()
    said = refused(capsys, "demo")
    assert f"The {database} database holds data that is not the sample company's" in said
    assert served == []


@pytest.mark.parametrize(
    "address", ["::", "::1", "192.168.1.5", "", "evil.example", "127.0.0.1:80", "x" * 9999]
)
def test_the_demo_listens_on_this_machine_only(
    served: list[str], capsys: pytest.CaptureFixture[str], address: str
) -> None:
    assert "listens on 127.0.0.1 only" in refused(capsys, "demo", "--address", address)
    assert served == []


def test_serve_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    get_settings.cache_clear()
    said = refused(capsys, "serve")
    assert all(name in said for name in SETTINGS)
    assert "console demo" in said
    get_settings.cache_clear()


def test_serve_wants_the_present_schema(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Databases("sqlite", str(tmp_path)).use(monkeypatch)
    for name, value in SETTINGS.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    migrations.upgrade("subscriptions")
    migrations.upgrade("tickets")
    with pytest.raises(SystemExit) as ended:
        main(["serve", "--port", "0"])
    assert (ended.value.code, "console migrate" in capsys.readouterr().err) == (6, True)
    db.dispose()
    get_settings.cache_clear()


def test_a_port_in_use_is_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(Refused, match=f"Port {port} is in use by another program"):
            server.listen("127.0.0.1", port)


@pytest.mark.parametrize("address", ["203.0.113.1", "nonsense", "", "::zz", "a" * 300, "\0"])
def test_an_address_that_is_not_ours_is_a_sentence(address: str) -> None:
    with pytest.raises(Refused, match="no address"):
        server.listen(address, 0)


def test_streamlit_is_told_what_must_not_vary() -> None:
    options = server.options(Site("serve", "https://console.company.example"))
    assert options["server.trustedUserHeaders"] == {
        "x-console-staff": "staff_id",
        "x-console-session": "session",
    }
    assert options["server.corsAllowedOrigins"] == ["https://console.company.example"]
    assert options["client.showErrorDetails"] == "none"
    assert options["browser.gatherUsageStats"] is False
    assert options["theme.light.primaryColor"] == "#1F5FBF"
    look = server.LOOK.read_text(encoding="utf-8")
    assert "trustedUserHeaders" not in look  # `streamlit run` has no gate: anybody could send them


def test_an_incident_has_a_number_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        numbers = {incidents.record(KeyError("inside")) for _ in range(50)}
    assert len(numbers) == 50
    assert all(re.fullmatch(r"\d{4}-[A-HJ-NP-Z2-9]{6}", number) for number in numbers)
    assert all(number in caplog.text for number in numbers)


def test_the_demo_makes_its_company_once(tmp_path: Path) -> None:
    environment = {"CONSOLE_VAR": str(tmp_path / "var")}
    for time in ("first", "second"):
        with serving("demo", environment=environment, arguments=("--customers", "30")) as running:
            page = httpx.get(f"{running.url}/signin")
            assert page.text.count('class="person"') >= 4
            assert f"The console is at {running.url}" in running.said()
            assert ("Making the sample company" in running.said()) == (time == "first")
            assert "Warning" not in running.said()
