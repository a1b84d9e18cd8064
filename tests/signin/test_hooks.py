"""Hooks: signed instead of signed in. Nothing else becomes reachable by them."""

import hashlib
import hmac
import itertools
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from starlette.testclient import TestClient

from console import db
from console.actions import operations, payment_links
from console.actions.payment_links import mint
from console.errors import Unavailable
from console.settings import get_settings
from console.signin import hooks
from queries import payment_links as stored
from tests.signin.conftest import PAGE, OpenConsole, Row, choose, from_page

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECRET = "a secret that My Account knows too"
HOOK = "/hooks/my-account/payment-link"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[time_machine.Traveller]:
    monkeypatch.setenv("CONSOLE_MY_ACCOUNT_SECRET", SECRET)
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def token(aino: Row) -> str:
    get_settings.cache_clear()
    with db.writing("state") as connection:
        minted = mint(
            connection,
            operation_id=operations.new_operation_id(),
            customer_number="C-1",
            subscription_number="S-1",
            created_by=aino["id"],
            at=NOON,
        )
    return parse_qs(urlsplit(minted.url).query)["token"][0]


def signed(body: bytes, at: datetime = NOON, secret: str = SECRET) -> str:
    t = str(int(at.timestamp()))
    return f"t={t},v1={hmac.new(secret.encode(), f'{t}.'.encode() + body, hashlib.sha256).hexdigest()}"


def call(client: TestClient, said: Any, signature: str | None = None, **headers: str) -> Any:
    """As My Account does: no cookie, no origin."""
    body = said if isinstance(said, bytes) else json.dumps(said).encode()
    sent = headers | {"x-signature": signed(body) if signature is None else signature}
    return client.post(HOOK, content=body, headers=sent)


def used_at() -> datetime | None:
    with db.reading() as data:
        return stored.of_customer(data.state, "C-1")[0].used_at


@pytest.mark.parametrize("mode", ["demo", "serve"])
def test_my_account_uses_a_link_once(opened: OpenConsole, token: str, mode: str) -> None:
    client = opened(mode)
    answer = call(client, {"token": token, "used_with": "Visa ••4242"})
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "ok": True,
            "customer": "C-1",
            "subscription": "S-1",
            "used_at": "2026-03-02T12:00:00.000000+00:00",
        },
    )
    assert answer.headers["cache-control"] == "no-store"
    again = call(client, {"token": token})
    assert (again.status_code, again.json()["ok"]) == (410, False)
    assert "already used" in again.json()["error"]


def test_an_expired_link_is_gone(opened: OpenConsole, token: str, clock: time_machine.Traveller) -> None:
    clock.shift(timedelta(hours=72))
    body = json.dumps({"token": token}).encode()
    answer = call(opened("serve"), body, signed(body, NOON + timedelta(hours=72)))
    assert (answer.status_code, "expired" in answer.json()["error"]) == (410, True)


NOT_SIGNED = [
    "",
    "t=,v1=",
    "x",
    "t={t}",
    "v1={v1}",
    "t={t},v1={wrong}",
    "t={t},v1={v1}0",
    "t={t},v0={v1}",
    "t=+{t},v1={v1}",
    "t=99999999999999999999,v1={v1}",
    "t=\u0661,v1={v1}",
    "t={t},v1=\xe4",
]


@pytest.mark.parametrize("header", NOT_SIGNED)
def test_what_is_not_signed_is_refused(opened: OpenConsole, token: str, header: str) -> None:
    body = json.dumps({"token": token}).encode()
    t, v1 = (part.partition("=")[2] for part in signed(body).split(","))
    said = header.format(t=t, v1=v1, wrong=v1[::-1]).encode("utf-8")
    answer = opened("serve").post(HOOK, content=body, headers={b"x-signature": said})
    assert (answer.status_code, answer.json()["ok"]) == (401, False)
    assert used_at() is None


def test_a_missing_or_second_signature_is_none(opened: OpenConsole, token: str) -> None:
    client, body = opened("serve"), json.dumps({"token": token}).encode()
    assert client.post(HOOK, content=body).status_code == 401
    both = [("x-signature", signed(body)), ("x-signature", signed(body))]
    assert client.post(HOOK, content=body, headers=both).status_code == 401


def test_a_signature_is_of_one_body_and_one_secret(opened: OpenConsole, token: str) -> None:
    client = opened("serve")
    assert call(client, {"token": token}, signed(b"{}")).status_code == 401
    body = json.dumps({"token": token}).encode()
    assert call(client, body, signed(body, secret="guessed")).status_code == 401
    assert used_at() is None


@pytest.mark.parametrize(("late", "status"), [(-301, 401), (-300, 200), (300, 200), (301, 401)])
def test_a_signature_holds_five_minutes(opened: OpenConsole, token: str, late: int, status: int) -> None:
    body = json.dumps({"token": token}).encode()
    answer = call(opened("serve"), body, signed(body, NOON + timedelta(seconds=late)))
    assert answer.status_code == status


WRONG = [
    b"",
    b"not json",
    b"\xff",
    b"[]",
    b"null",
    b"{}",
    b'{"token": 1}',
    b'{"token": null}',
    b'{"token": "x", "used_with": 5}',
    b'{"token": "x.y"}',
    b"[" * 100_000,
]


@pytest.mark.parametrize("body", WRONG, ids=range(len(WRONG)))
def test_what_is_signed_but_wrong_is_said(opened: OpenConsole, token: str, body: bytes) -> None:
    answer = call(opened("serve"), body)
    assert (answer.status_code, answer.json()["ok"]) == (400, False)
    assert len(answer.json()["error"]) > 10


def test_a_card_number_is_refused(opened: OpenConsole, token: str) -> None:
    answer = call(opened("serve"), {"token": token, "used_with": "4242 4242 4242 4242"})
    assert answer.status_code == 400
    assert used_at() is None


def test_a_body_has_a_limit(opened: OpenConsole, token: str) -> None:
    client = opened("serve")
    assert call(client, b" " * hooks.LONGEST).status_code == 400
    assert call(client, b" " * (hooks.LONGEST + 1)).status_code == 413


def test_without_a_secret_nobody_is_believed(
    opened: OpenConsole, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CONSOLE_MY_ACCOUNT_SECRET")
    client, body = opened("serve"), json.dumps({"token": token}).encode()
    for secret in ("", SECRET):
        answer = call(client, body, signed(body, secret=secret))
        assert (answer.status_code, "CONSOLE" in answer.text) == (401, False)


def test_a_database_that_is_away_is_said(
    opened: OpenConsole, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise Unavailable("The state database cannot be used now.", "state")

    monkeypatch.setattr(payment_links, "redeem", away)
    answer = call(opened("serve"), {"token": token})
    assert (answer.status_code, answer.json()["error"]) == (503, "The state database cannot be used now.")


def test_the_demo_takes_hooks_from_this_machine_only(opened: OpenConsole, token: str) -> None:
    elsewhere = opened("demo", client=("192.0.2.7", 50000))
    assert call(elsewhere, {"token": token}).status_code == 403
    assert call(opened("demo"), {"token": token}, **{"x-forwarded-for": "192.0.2.7"}).status_code == 403
    assert used_at() is None


OTHER_PATHS = [
    "/hooks",
    "/hooksx",
    "/HOOKS/my-account/payment-link",
    "/x/hooks/my-account/payment-link",
    "//hooks/my-account/payment-link",
    "/customers?x=/hooks/",
    "/sample-my-account",
    "/sample-my-account/",
    "/sample-my-account/payment-details/",
    "/sample-my-accountx/payment-details",
]
UNDER_HOOKS = [
    "/hooks/",
    "/hooks/x",
    "/hooks/../customers",
    "/hooks/%2e%2e/customers",
    "/hooks//customers",
    "/hooks/my-account/payment-link/",
    "/hooks/_stcore/health",
]


@pytest.mark.parametrize("mode", ["demo", "serve"])
def test_no_other_path_or_method_is_open(opened: OpenConsole, mode: str) -> None:
    client = opened(mode)
    methods = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
    for path, method in itertools.product([*OTHER_PATHS, *UNDER_HOOKS, HOOK], methods):
        hooked = method == "POST" and path in {*UNDER_HOOKS, HOOK}
        answer = client.request(method, path, headers={"x-signature": "t=1,v1=x"} | from_page(client))
        allowed = {401, 404, 405, 307} if hooked else {401}
        assert (answer.status_code in allowed, "headers" in answer.text) == (True, False), (method, path)


def test_a_hook_is_no_way_around_same_origin(opened: OpenConsole, aino: Row) -> None:
    """Somebody signed in whose browser another site drives: hooks answer, but only to their signature."""
    client = opened()
    choose(client, aino)
    assert client.post(HOOK, headers={"origin": "http://evil.example"}).status_code == 401
    assert client.post("/customers", headers={"origin": "http://evil.example"}).status_code == 403
    assert client.post("/hooks/../customers", headers={"origin": "http://evil.example"}).status_code != 200
    assert client.get("/hooks/", headers=PAGE).status_code == 200  # behind the gate, as any other path


def test_the_sample_my_account_is_the_demos_alone(opened: OpenConsole) -> None:
    client = opened("serve")
    for method in ("GET", "POST"):
        answer = client.request(method, "/sample-my-account/payment-details", headers=from_page(client))
        assert answer.status_code == 401
