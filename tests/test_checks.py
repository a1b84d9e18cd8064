"""`console check`: each piece is fine, or says what is missing and what to do."""

import socket
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from console import checks, clocks
from console.actions import notices
from console.checks import Check
from console.gateways.simulated import SimulatedGateway
from console.gateways.simulated.http import app
from console.gateways.webhooks import understood
from console.settings import get_settings
from tests.conftest import Databases
from tests.gateways.served import served


def check(name: str) -> Check:
    get_settings.cache_clear()
    (found,) = [one for one in checks.all_checks() if one.name == name]
    return found


@pytest.fixture(scope="module")
def stripe_there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that speaks Stripe's API."""
    gateway = SimulatedGateway(f"sqlite:///{tmp_path_factory.mktemp('stripe') / 'gateway.sqlite'}")
    with served(app(gateway)) as base:
        yield base
    gateway.close()


@pytest.fixture
def stripe(stripe_there: str, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in {
        "GATEWAY": "stripe",
        "STRIPE_API_KEY": "sk_test_1",
        "STRIPE_API_BASE": stripe_there,
    }.items():
        monkeypatch.setenv(f"CONSOLE_{name}", value)
    return stripe_there


def test_the_simulated_gateway_is_right_for_the_sample_company(company: Databases) -> None:
    found = check("payment gateway")
    assert (found.fine, "no money moves" in found.says) == (True, True)


def test_the_simulated_gateway_is_wrong_for_anybody_else(databases: Databases) -> None:
    found = check("payment gateway")
    assert (found.fine, "CONSOLE_GATEWAY=stripe" in found.says) == (False, True)


def test_stripe_that_answers(databases: Databases, stripe: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not check("payment gateway").fine
    assert "CONSOLE_STRIPE_WEBHOOK_SECRET" in check("payment gateway").says
    monkeypatch.setenv("CONSOLE_STRIPE_WEBHOOK_SECRET", "whsec_1")
    assert check("payment gateway").fine


def test_stripe_without_a_key(databases: Databases, stripe: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONSOLE_STRIPE_API_KEY")
    found = check("payment gateway")
    assert (found.fine, "CONSOLE_STRIPE_API_KEY is not set" in found.says) == (False, True)


def test_stripe_that_is_away(databases: Databases, stripe: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSOLE_STRIPE_API_BASE", f"http://127.0.0.1:{_closed_port()}")
    found = check("payment gateway")
    assert (found.fine, "The stripe gateway cannot be used." in found.says) == (False, True)


def _closed_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def test_mail_goes_to_files(databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSOLE_VAR", str(tmp_path / "not" / "there" / "yet"))
    found = check("mail")
    assert (found.fine, "kept as files" in found.says) == (True, True)


def test_a_mail_server(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSOLE_SMTP_HOST", "127.0.0.1")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        monkeypatch.setenv("CONSOLE_SMTP_PORT", str(listening.getsockname()[1]))
        assert check("mail").fine
    monkeypatch.setenv("CONSOLE_SMTP_PORT", str(_closed_port()))
    found = check("mail")
    assert (found.fine, "cannot be reached" in found.says) == (False, True)


def test_the_secret_of_my_account(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "CONSOLE_MY_ACCOUNT_SECRET" in check("My Account").says
    monkeypatch.setenv("CONSOLE_MY_ACCOUNT_SECRET", "too short")
    assert not check("My Account").fine
    monkeypatch.setenv("CONSOLE_MY_ACCOUNT_SECRET", "s" * 32)
    assert check("My Account").fine


def test_the_demo_needs_no_secret(company: Databases) -> None:
    assert check("My Account").fine


def test_a_worker_that_does_not_work(databases: Databases) -> None:
    assert check("worker").fine
    body = b'{"id": "e", "type": "price.deleted", "created": 1, "data": {"object": {"object": "price"}}}'
    notices.keep(understood(body), clocks.now() - timedelta(minutes=9))
    assert check("worker").fine
    other = understood(body.replace(b'"e"', b'"f"'))
    notices.keep(other, clocks.now() - timedelta(minutes=11))
    found = check("worker")
    assert (found.fine, "1 message of the gateway" in found.says) == (False, True)


def test_a_check_that_fails_does_not_stop_the_next(databases: Databases) -> None:
    names = [one.name for one in checks.all_checks()]
    assert names[-4:] == ["payment gateway", "mail", "My Account", "worker"]
