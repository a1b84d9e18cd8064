"""The gateway of the settings: one per process, another after the settings changed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from console.errors import Refused, Unavailable
from console.gateways.choose import payment_gateway
from console.gateways.payments import Declined, NoAnswer, NotSent
from console.gateways.simulated import SimulatedGateway
from console.gateways.simulated.http import app
from console.gateways.stripe_client import StripeTransport
from console.settings import get_settings
from tests.gateways.served import served


@pytest.fixture(autouse=True)
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    for name in ("GATEWAY", "GATEWAY_URL", "STRIPE_API_KEY", "STRIPE_API_BASE"):
        monkeypatch.delenv(f"CONSOLE_{name}", raising=False)
    monkeypatch.setenv("CONSOLE_VAR", str(tmp_path))
    get_settings.cache_clear()
    yield monkeypatch
    get_settings.cache_clear()


def test_the_simulated_one_makes_its_own_file(tmp_path: Path) -> None:
    assert payment_gateway().name == "simulated"
    assert payment_gateway() is payment_gateway()
    assert (tmp_path / "gateway.sqlite").exists()


def test_it_may_live_elsewhere(tmp_path: Path, settings: pytest.MonkeyPatch) -> None:
    settings.setenv("CONSOLE_GATEWAY_URL", f"sqlite:///{tmp_path / 'elsewhere' / 'g.sqlite'}")
    payment_gateway()
    assert (tmp_path / "elsewhere" / "g.sqlite").exists()


@pytest.mark.parametrize("url", ["sqlite:////proc/nowhere/g.sqlite", "nonsense://x", "no url"])
def test_a_database_that_cannot_be_used_is_named(url: str, settings: pytest.MonkeyPatch) -> None:
    settings.setenv("CONSOLE_GATEWAY_URL", url)
    with pytest.raises(Unavailable, match="CONSOLE_GATEWAY_URL"):
        payment_gateway()


def test_a_database_that_goes_away_is_no_answer(tmp_path: Path) -> None:
    gateway = SimulatedGateway(f"sqlite:///{tmp_path / 'gateway.sqlite'}")
    gateway.close()
    (tmp_path / "gateway.sqlite").write_bytes(b"not a database" * 1000)
    with pytest.raises(NotSent):
        gateway.get_charge("ch_1")
    with pytest.raises(NoAnswer):
        gateway.payment_page(customer="cus_1", return_url="https://x.example.com", operation_id="op-1")


def test_stripe_needs_a_key(settings: pytest.MonkeyPatch) -> None:
    settings.setenv("CONSOLE_GATEWAY", "stripe")
    with pytest.raises(Refused, match="CONSOLE_STRIPE_API_KEY"):
        payment_gateway()


def test_stripe_at_the_address_of_the_settings(tmp_path: Path, settings: pytest.MonkeyPatch) -> None:
    with served(app(SimulatedGateway(f"sqlite:///{tmp_path / 'served.sqlite'}"))) as base:
        settings.setenv("CONSOLE_GATEWAY", "stripe")
        settings.setenv("CONSOLE_STRIPE_API_KEY", "sk_test_1")
        settings.setenv("CONSOLE_STRIPE_API_BASE", base)
        assert payment_gateway().name == "stripe"
        with pytest.raises(Declined) as refusal:
            payment_gateway().get_charge("ch_nowhere")
        assert refusal.value.code == "resource_missing"
        with pytest.raises(Declined, match="Unrecognized request URL"):
            StripeTransport("sk_test_1", api_base=base).call("post", "/v1/coupons", {})
