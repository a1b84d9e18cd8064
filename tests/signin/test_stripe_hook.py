"""Stripe's messages through the real gate: signed, each once, answered before they are applied."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from starlette.testclient import TestClient

from console import db
from console.gateways.payments import GatewayRefund, NotSent
from console.gateways.webhooks import sign
from console.settings import get_settings
from console.signin import hooks
from tests import build
from tests.actions.gateway_says import books, kept, left, message, refund_there
from tests.actions.money import REFERENCE, gateway
from tests.signin.conftest import OpenConsole

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECRET = "whsec_test"
HOOK = "/hooks/stripe"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[time_machine.Traveller]:
    monkeypatch.setenv("CONSOLE_STRIPE_WEBHOOK_SECRET", SECRET)
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def client(opened: OpenConsole) -> TestClient:
    """Stripe, at a console that knows one charge."""
    client = opened("serve")
    with db.writing("subscriptions") as connection:
        build.charge(connection, None, gateway_reference=REFERENCE, amount_minor=4000, tax_minor=1000)
    return client


def body_of(status: str = "succeeded", id: str = "evt_1") -> bytes:
    return json.dumps(message("refund.created", refund_there("re_1", status), id=id)).encode()


def call(client: TestClient, body: bytes, signature: str | None = None) -> Any:
    """As Stripe does: no cookie, no origin."""
    header = sign(body, SECRET, NOON) if signature is None else signature
    return client.post(HOOK, content=body, headers={"stripe-signature": header})


def test_a_message_is_kept_and_applied(client: TestClient) -> None:
    answer = call(client, body_of())
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    assert answer.headers["cache-control"] == "no-store"
    assert books() == [("re_1", REFERENCE, 500, 125, "succeeded")]


def test_a_repeat_is_answered_and_changes_nothing(client: TestClient) -> None:
    call(client, body_of())
    before = (books(), kept())
    assert call(client, body_of()).status_code == 200
    assert call(client, body_of("failed")).status_code == 200  # the same id never says another thing
    assert (books(), kept()) == before


def test_it_is_answered_although_it_cannot_be_applied_yet(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: str) -> GatewayRefund:
        raise NotSent("The payment gateway did not answer. Nothing was read. Try again.")

    monkeypatch.setattr(gateway(), "get_refund", away)
    assert call(client, body_of()).status_code == 200
    assert (books(), left()) == ([], 1)


NOT_SIGNED = ["", "t=1,v1=00", "t={t},v1=00", "v1={v1}", "t={t},v0={v1}", "nonsense"]


@pytest.mark.parametrize("header", NOT_SIGNED)
def test_what_stripe_did_not_sign_is_refused(client: TestClient, header: str) -> None:
    t, v1 = (part.partition("=")[2] for part in sign(body_of(), SECRET, NOON).split(","))
    answer = call(client, body_of(), header.format(t=t, v1=v1))
    assert (answer.status_code, answer.json()["ok"]) == (400, False)
    assert (books(), kept()) == ([], [])


@pytest.mark.parametrize("seconds", [-301, 301])
def test_an_old_signature_is_refused(client: TestClient, seconds: int) -> None:
    answer = call(client, body_of(), sign(body_of(), SECRET, NOON + timedelta(seconds=seconds)))
    assert (answer.status_code, "five minutes" in answer.json()["error"]) == (400, True)
    assert kept() == []


def test_a_body_that_is_too_long_is_refused(client: TestClient) -> None:
    assert call(client, b" " * (hooks.LONGEST + 1)).status_code == 413


def test_without_a_secret_it_says_what_to_set(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONSOLE_STRIPE_WEBHOOK_SECRET")
    get_settings.cache_clear()
    answer = call(client, body_of())
    assert (answer.status_code, "CONSOLE_STRIPE_WEBHOOK_SECRET" in answer.json()["error"]) == (503, True)


def test_only_post(client: TestClient) -> None:
    assert client.get(HOOK).status_code != 200
