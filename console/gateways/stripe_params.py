"""What we ask for, in Stripe's parameters, and nothing else: no call is made here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from console.gateways import shapes
from console.gateways.payments import SubscriptionChange

Params = Mapping[str, Any]
NO_PRORATION = {"proration_behavior": "none"}


def since(at: datetime) -> dict[str, Any]:
    """From the whole second on: what was made in the same one is not left out."""
    return {"created": {"gte": shapes.timestamp(at)}}


def changed(change: SubscriptionChange) -> dict[str, Any]:
    """Any change but an end at once and `keep`. A date is moved by a trial that ends on it: so nothing is
    charged before, and nothing prorated."""
    if change.cancel == "period_end":
        return {"cancel_at_period_end": True}
    if isinstance(change.cancel, datetime):
        return {"cancel_at": shapes.timestamp(change.cancel)}
    if change.pause:
        return {"pause_collection": {"behavior": "void"}}
    if change.unpause:
        return {"pause_collection": ""}
    until = change.trial_end or change.next_charge_at
    if until is None:
        raise ValueError("a change sets exactly one field")
    return {"trial_end": shapes.timestamp(until)}


def first_charge(old: Params, at: datetime) -> str:
    """The parameter for it: what was in its trial until then is again, what was paid has its billing day."""
    return "trial_end" if (old.get("trial_end") or 0) >= shapes.timestamp(at) else "billing_cycle_anchor"


def same_items(old: Params) -> list[dict[str, Any]]:
    """The prices of an ended subscription, for the one that goes on in its place."""
    return [
        {"price": item["price"]["id"], "quantity": item.get("quantity", 1)} for item in old["items"]["data"]
    ]
