"""Stripe's objects and errors in our words, and nothing else: no call is made here.

Objects are dictionaries as Stripe's API sends them, of any version from 2020-03-02 on: what newer versions
moved (a subscription's period went to its items, a charge lost its invoice) is looked for in both places.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from console.gateways.payments import (
    Broken,
    ChargeState,
    Declined,
    DisputeState,
    GatewayCharge,
    GatewayDispute,
    GatewayError,
    GatewayRefund,
    GatewaySubscription,
    NoAnswer,
    NotSent,
    RefundState,
    SubscriptionState,
)

Object = Mapping[str, Any]

_REFUND_STATES: dict[str, RefundState] = {
    "pending": "pending",
    "requires_action": "pending",
    "succeeded": "succeeded",
    "failed": "failed",
    "canceled": "failed",
}
_CHARGE_STATES: dict[str, ChargeState] = {
    "pending": "pending",
    "succeeded": "succeeded",
    "failed": "failed",
}
_SUBSCRIPTION_STATES: dict[str, SubscriptionState] = {
    "trialing": "trialing",
    "active": "active",
    "past_due": "past_due",
    "unpaid": "past_due",
    "incomplete": "past_due",
    "paused": "paused",
    "canceled": "canceled",
    "incomplete_expired": "canceled",
}
_DISPUTE_STATES: dict[str, DisputeState] = {
    "warning_needs_response": "open",
    "warning_under_review": "open",
    "warning_closed": "won",
    "needs_response": "open",
    "under_review": "open",
    "won": "won",
    "prevented": "won",
    "lost": "lost",
}
# What a person should know or do, by the gateway's code.
_SENTENCES = {
    "charge_already_refunded": "This charge has been refunded in full already.",
    "charge_disputed": "The customer disputes this charge at the bank; it cannot be refunded.",
    "amount_too_large": "The refund is larger than what is left of the charge.",
    "idempotency_error": "The payment gateway knows this operation with other details. Start a new one.",
    "resource_missing": "The payment gateway does not know what this is about. Check the reference.",
    "card_declined": "The bank declined the card. Ask the customer to update the payment details.",
    "expired_card": "The card has expired. Ask the customer to update the payment details.",
    "insufficient_funds": "The card has not enough funds. Try again later, or ask for another card.",
}
_KEY = "The payment gateway does not accept our key. Nothing was done. Check CONSOLE_STRIPE_API_KEY."
_NOT_SENT = {
    401: _KEY,
    403: _KEY,
    429: "The payment gateway is busy. Nothing was done. Try again in a moment.",
}


def refund(found: Object) -> GatewayRefund:
    state = _REFUND_STATES[found["status"]]
    return GatewayRefund(
        reference=found["id"],
        charge_reference=reference(found["charge"]) or "",
        amount_minor=found["amount"],
        currency=found["currency"].upper(),
        state=state,
        failure=(found.get("failure_reason") or found["status"]) if state == "failed" else None,
        operation_id=_operation_id(found),
        created_at=instant(found["created"]),
    )


def charge(found: Object) -> GatewayCharge:
    return GatewayCharge(
        reference=found["id"],
        amount_minor=found["amount"],
        refunded_minor=found["amount_refunded"],
        currency=found["currency"].upper(),
        state=_CHARGE_STATES[found["status"]],
        disputed=bool(found.get("disputed")),
        failure_code=found.get("failure_code"),
        customer_reference=reference(found.get("customer")),
        subscription_reference=_subscription_of(found.get("invoice")),
        operation_id=_operation_id(found),
        created_at=instant(found["created"]),
    )


def subscription(found: Object) -> GatewaySubscription:
    items = (found.get("items") or {}).get("data") or [{}]
    end = found.get("current_period_end") or items[0].get("current_period_end")
    at_end = bool(found.get("cancel_at_period_end"))
    return GatewaySubscription(
        reference=found["id"],
        customer_reference=reference(found.get("customer")),
        state=_subscription_state(found),
        cancel_at_period_end=at_end,
        cancel_at=None if at_end else _maybe(found.get("cancel_at")),
        current_period_end=_maybe(end),
        trial_end=_maybe(found.get("trial_end")),
        ended_at=_maybe(found.get("ended_at")),
        amount_minor=_price_of(items),
        currency=_currency_of(found, items),
        operation_id=_operation_id(found),
    )


def dispute(found: Object) -> GatewayDispute:
    return GatewayDispute(
        reference=found["id"],
        charge_reference=reference(found["charge"]) or "",
        state=_DISPUTE_STATES[found["status"]],
        created_at=instant(found["created"]),
    )


def failure(status: int, error: Object) -> GatewayError:
    """What an HTTP status and the `error` of its body mean: who did what, and what may be done next. Without
    an `error` it was not Stripe that answered."""
    code = _code(error)
    if status in _NOT_SENT:
        return NotSent(_NOT_SENT[status], code)
    if status == 500 and error:
        return Broken("The payment gateway failed while it worked on this. Look up what it did.", code)
    if status == 409:
        return NoAnswer("The payment gateway is still at work on this operation. Look it up.", code)
    if not 400 <= status < 500 or not error:
        return NoAnswer("The payment gateway gave no answer that can be read. Look up what it did.", code)
    said = str(error.get("message") or "it gave no reason").rstrip(".")
    return Declined(_SENTENCES.get(code) or f"The answer was “{said}”.", code)


def instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def timestamp(at: datetime) -> int:
    """Whole seconds since 1970. A part of a second is cut off."""
    return int(at.timestamp())


def reference(found: str | Object | None) -> str | None:
    """The id, whether Stripe sent the id or the object."""
    return found["id"] if isinstance(found, Mapping) else found


def _maybe(seconds: int | None) -> datetime | None:
    return None if seconds is None else instant(seconds)


def _operation_id(found: Object) -> str | None:
    return (found.get("metadata") or {}).get("operation_id")


def _subscription_of(invoice: str | Object | None) -> str | None:
    """An invoice that was not expanded does not tell."""
    if not isinstance(invoice, Mapping):
        return None
    details = (invoice.get("parent") or {}).get("subscription_details") or {}
    return reference(invoice.get("subscription") or details.get("subscription"))


def _subscription_state(found: Object) -> SubscriptionState:
    state = _SUBSCRIPTION_STATES[found["status"]]
    paused = found.get("pause_collection") and state in {"active", "past_due", "trialing"}
    return "paused" if paused else state


def _price_of(items: Sequence[Object]) -> int | None:
    """Of all items; None where a price is tiered or has parts of a minor unit."""
    amounts = [_amount_of(item) for item in items]
    return None if None in amounts else sum(amount or 0 for amount in amounts)


def _amount_of(item: Object) -> int | None:
    price = item.get("price") or item.get("plan") or {}
    found = price.get("unit_amount", price.get("amount"))
    return None if found is None else int(found) * int(item.get("quantity", 1))


def _currency_of(found: Object, items: Sequence[Object]) -> str | None:
    price = items[0].get("price") or items[0].get("plan") or {}
    return (found.get("currency") or price.get("currency") or "").upper() or None


def _code(error: Object) -> str:
    if error.get("type") == "idempotency_error":
        return error.get("code") or "idempotency_error"
    if error.get("param") == "amount" and "greater than unrefunded" in str(error.get("message")):
        return "amount_too_large"  # Stripe gives this refusal no code
    return str(error.get("code") or error.get("type") or "")
