"""Stripe's objects and errors in our words."""

from datetime import UTC, datetime
from typing import Any

import pytest

from console.gateways import shapes
from console.gateways.payments import Broken, Declined, GatewayError, NoAnswer, NotSent
from console.gateways.simulated.full import samples

CREATED = datetime(2009, 2, 13, 23, 31, 30, tzinfo=UTC)  # 1234567890, the samples' time


def sample(kind: str, **values: Any) -> dict[str, Any]:
    return samples()[kind] | values


@pytest.mark.parametrize(
    ("status", "state", "failure"),
    [
        ("pending", "pending", None),
        ("requires_action", "pending", None),
        ("succeeded", "succeeded", None),
        ("failed", "failed", "expired_or_canceled_card"),
        ("canceled", "failed", "expired_or_canceled_card"),
    ],
)
def test_a_refund(status: str, state: str, failure: str | None) -> None:
    reason = "expired_or_canceled_card" if state == "failed" else None
    read = shapes.refund(sample("refund", status=status, failure_reason=reason, currency="jpy"))
    assert (read.state, read.failure, read.currency, read.amount_minor) == (state, failure, "JPY", 100)
    assert (read.created_at, read.operation_id) == (CREATED, None)


def test_a_failed_refund_without_a_reason_names_its_state() -> None:
    assert shapes.refund(sample("refund", status="canceled")).failure == "canceled"


def test_a_state_that_is_not_known_is_not_guessed() -> None:
    with pytest.raises(KeyError):
        shapes.refund(sample("refund", status="sent_by_post"))


def test_a_charge_with_its_invoice() -> None:
    invoice = sample("invoice", subscription="sub_1")
    read = shapes.charge(
        sample("charge", invoice=invoice, amount_refunded=40, metadata={"operation_id": "o"})
    )
    assert (read.subscription_reference, read.operation_id, read.refundable_minor) == ("sub_1", "o", 60)


def test_a_charge_whose_invoice_is_of_a_later_version() -> None:
    details = {"subscription_details": {"subscription": "sub_1"}}
    read = shapes.charge(sample("charge", invoice=sample("invoice", parent=details)))
    assert read.subscription_reference == "sub_1"


@pytest.mark.parametrize("invoice", [None, "in_1"])
def test_a_charge_that_does_not_tell_its_subscription(invoice: str | None) -> None:
    assert shapes.charge(sample("charge", invoice=invoice)).subscription_reference is None


def test_nothing_comes_back_from_a_failed_charge() -> None:
    assert shapes.charge(sample("charge", status="failed")).refundable_minor == 0


def subscription(**values: Any) -> dict[str, Any]:
    plain = {"pause_collection": None, "cancel_at": None, "cancel_at_period_end": False, "ended_at": None}
    return sample("subscription", **plain | values)


def test_the_period_of_an_older_version_is_the_subscriptions_own() -> None:
    read = shapes.subscription(subscription(current_period_end=1234567890))
    assert read.current_period_end == CREATED


def test_the_period_of_a_newer_version_is_its_items() -> None:
    assert "current_period_end" not in samples()["subscription"]
    of_item = samples()["subscription"]["items"]["data"][0]["current_period_end"]
    assert shapes.subscription(subscription()).current_period_end == datetime.fromtimestamp(of_item, UTC)


@pytest.mark.parametrize(
    ("status", "paused", "state"),
    [
        ("trialing", False, "trialing"),
        ("active", False, "active"),
        ("active", True, "paused"),
        ("past_due", False, "past_due"),
        ("unpaid", False, "past_due"),
        ("incomplete", False, "past_due"),
        ("paused", False, "paused"),
        ("canceled", False, "canceled"),
        ("canceled", True, "canceled"),
        ("incomplete_expired", False, "canceled"),
    ],
)
def test_the_state_of_a_subscription(status: str, paused: bool, state: str) -> None:
    collection = {"behavior": "void", "resumes_at": None} if paused else None
    assert shapes.subscription(subscription(status=status, pause_collection=collection)).state == state


def test_the_end_of_the_period_is_no_day_of_its_own() -> None:
    read = shapes.subscription(subscription(cancel_at_period_end=True, cancel_at=1234567890))
    assert (read.cancel_at_period_end, read.cancel_at) == (True, None)
    read = shapes.subscription(subscription(cancel_at=1234567890))
    assert (read.cancel_at_period_end, read.cancel_at) == (False, CREATED)


def item(amount: int | None, quantity: int) -> dict[str, Any]:
    return {"price": sample("price", unit_amount=amount, currency="eur"), "quantity": quantity}


@pytest.mark.parametrize(
    ("items", "amount"),
    [([item(1000, 1)], 1000), ([item(1000, 2), item(50, 3)], 2150), ([item(1000, 1), item(None, 1)], None)],
)
def test_the_amount_is_that_of_all_items(items: list[dict[str, Any]], amount: int | None) -> None:
    assert shapes.subscription(subscription(items={"data": items})).amount_minor == amount


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("needs_response", "open"),
        ("warning_needs_response", "open"),
        ("under_review", "open"),
        ("won", "won"),
        ("warning_closed", "won"),
        ("lost", "lost"),
    ],
)
def test_a_dispute(status: str, state: str) -> None:
    assert shapes.dispute(sample("dispute", status=status)).state == state


REUSED = {"type": "idempotency_error", "message": "Keys for idempotent requests can only be used …"}
IN_USE = {"type": "idempotency_error", "code": "idempotency_key_in_use", "message": "…"}
LARGE = {"type": "invalid_request_error", "param": "amount",
         "message": "Refund amount (€2.00) is greater than unrefunded amount on charge (€1.00)"}  # fmt: skip
SMALL = {"type": "invalid_request_error", "code": "parameter_invalid_integer", "param": "amount",
         "message": "This value must be greater than or equal to 1."}  # fmt: skip


@pytest.mark.parametrize(
    ("status", "error", "kind", "code"),
    [
        (400, {"code": "charge_disputed", "message": "…"}, Declined, "charge_disputed"),
        (400, REUSED, Declined, "idempotency_error"),
        (400, LARGE, Declined, "amount_too_large"),
        (400, SMALL, Declined, "parameter_invalid_integer"),
        (402, {"type": "card_error", "code": "card_declined"}, Declined, "card_declined"),
        (404, {"code": "resource_missing"}, Declined, "resource_missing"),
        (401, {"type": "invalid_request_error"}, NotSent, "invalid_request_error"),
        (403, {"type": "invalid_request_error"}, NotSent, "invalid_request_error"),
        (429, {"code": "rate_limit"}, NotSent, "rate_limit"),
        (429, {"code": "lock_timeout"}, NotSent, "lock_timeout"),
        (409, IN_USE, NoAnswer, "idempotency_key_in_use"),
        (500, {"type": "api_error"}, Broken, "api_error"),
        (503, {"type": "api_error"}, NoAnswer, "api_error"),
        (502, {}, NoAnswer, ""),
        (500, {}, NoAnswer, ""),  # a proxy's, under no key
        (404, {}, NoAnswer, ""),  # a proxy's page
        (200, {}, NoAnswer, ""),  # done, but the answer cannot be read
    ],
)
def test_what_an_error_means(status: int, error: dict[str, str], kind: type[GatewayError], code: str) -> None:
    failure = shapes.failure(status, error)
    assert type(failure) is kind
    assert failure.code == code
    assert str(failure).endswith(".")


def test_what_has_no_sentence_of_ours_keeps_the_gateways() -> None:
    said = {"type": "invalid_request_error", "message": "This account cannot do that."}
    assert str(shapes.failure(400, said)) == "The answer was “This account cannot do that”."
