"""Subscriptions by Stripe's rules: what may be changed, what ends them, what a new one begins with."""

from typing import Any

from sqlalchemy import Row

from console.gateways.simulated import objects, tables
from console.gateways.simulated.objects import Object
from console.gateways.simulated.requests import (
    Refusal,
    invalid,
    merged,
    missing,
    text,
    whole_number,
    yes_or_no,
)
from console.gateways.simulated.work import Work

_CHANGING = {"cancel_at_period_end", "cancel_at", "pause_collection", "trial_end"}
_OF_A_PRICE = ("price", "amount", "currency", "interval", "interval_count")
_MONTH = 31 * 86_400


def update(work: Work, reference: str) -> Object:
    row = work.one(tables.subscriptions, reference, "subscription")
    if row.status == "canceled" and _CHANGING & set(work.params):
        raise Refusal(400, "A canceled subscription can only update its cancellation_details and metadata.")
    values = {"metadata": merged(row.metadata, work.params)} | _end(work, row) | _collection(work)
    return _written(work, row, values | _trial(work, row))


def _end(work: Work, row: Row[Any]) -> dict[str, Any]:
    named = {"cancel_at", "cancel_at_period_end"} & set(work.params)
    if len(named) == 2:
        message = "You may only specify one of these parameters: cancel_at, cancel_at_period_end."
        raise invalid(message, "cancel_at")
    if "cancel_at_period_end" in named:
        at_end = yes_or_no(work.params, "cancel_at_period_end")
        return {
            "cancel_at_period_end": at_end,
            "cancel_at": None if at_end or row.cancel_at_period_end else row.cancel_at,
            "canceled_at": work.now if at_end else None,
        }
    if "cancel_at" in named:
        at = _future(work, "cancel_at") if work.params["cancel_at"] else None
        canceled_at = None if at is None else work.now
        return {"cancel_at": at, "cancel_at_period_end": False, "canceled_at": canceled_at}
    return {}


def _collection(work: Work) -> dict[str, Any]:
    return {"paused": bool(work.params["pause_collection"])} if "pause_collection" in work.params else {}


def _trial(work: Work, row: Row[Any]) -> dict[str, Any]:
    """Until then nothing is charged; the period ends with it."""
    if "trial_end" not in work.params:
        return {}
    end = _future(work, "trial_end")
    start = row.current_period_start if row.status == "trialing" else work.now
    return {
        "status": "trialing",
        "trial_end": end,
        "current_period_start": start,
        "current_period_end": end,
    }


def _future(work: Work, name: str) -> int:
    at = whole_number(work.params, name)
    if at <= work.now:
        raise invalid("Invalid timestamp: must be an integer Unix timestamp in the future.", name)
    return at


def delete(work: Work, reference: str) -> Object:
    row = work.one(tables.subscriptions, reference, "subscription")
    if row.status == "canceled":
        raise missing("subscription", reference)
    return _written(work, row, ended(work.now))


def ended(now: int) -> dict[str, Any]:
    return {"status": "canceled", "canceled_at": now, "ended_at": now}


def create(work: Work) -> Object:
    """Of a price that a subscription has already; the first charge is due after its trial, or on its day."""
    customer = work.one(tables.customers, text(work.params, "customer"), "customer")
    like = _of_price(work)
    start = _trial(work, like) or _first_period(work, like)
    row = work.insert(
        tables.subscriptions,
        "sub",
        customer=customer.id,
        metadata=merged("{}", work.params),
        **start | {"current_period_start": work.now},
        **{name: getattr(like, name) for name in _OF_A_PRICE},
    )
    made = objects.subscription(row)
    work.tell("customer.subscription.created", made)
    return made


def _first_period(work: Work, like: Row[Any]) -> dict[str, Any]:
    anchor = _future(work, "billing_cycle_anchor")
    if anchor > work.now + _longest(like):
        message = "billing_cycle_anchor cannot be later than next natural billing date."
        raise invalid(message, "billing_cycle_anchor")
    return {"status": "active", "current_period_end": anchor}


def _of_price(work: Work) -> Row[Any]:
    items = work.params.get("items") or {}
    price = text(items.get("0") or {}, "price")
    statement = tables.subscriptions.select().where(tables.subscriptions.c.price == price).limit(1)
    found = work.connection.execute(statement).one_or_none()
    if found is None:
        raise missing("price", price)
    return found


def _longest(row: Row[Any]) -> int:
    months = {"day": 1, "week": 1, "month": 1, "year": 12}[row.interval]
    return int(months * row.interval_count * _MONTH)


def _written(work: Work, row: Row[Any], values: dict[str, Any]) -> Object:
    changed = objects.subscription(work.update(tables.subscriptions, row.number, **values))
    over = changed["status"] == "canceled" and row.status != "canceled"
    work.tell(f"customer.subscription.{'deleted' if over else 'updated'}", changed)
    return changed
