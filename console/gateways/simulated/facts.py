"""What happens at a gateway without the console asking: customers buy, subscriptions renew, banks dispute."""

import calendar
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Literal

from sqlalchemy import Connection, Row, Table, bindparam

from console.gateways.shapes import instant, timestamp
from console.gateways.simulated import invoices, objects, subscriptions, tables
from console.gateways.simulated.work import Work

_AT_ONCE = 5_000  # rows of one statement
_TAKE = (
    tables.charges.update()
    .where(tables.charges.c.id == bindparam("_charge"))
    .values(refunded=tables.charges.c.refunded + bindparam("_amount"))
)


@dataclass(frozen=True, kw_only=True)
class Customer:
    reference: str
    created_at: datetime
    email: str | None = None


@dataclass(frozen=True, kw_only=True)
class Charge:
    """With a `subscription` it is a renewal: its invoice is open if it failed, else paid."""

    reference: str
    created_at: datetime
    amount_minor: int
    currency: str  # ISO 4217, upper case
    customer: str | None = None
    subscription: str | None = None
    state: Literal["succeeded", "failed"] = "succeeded"
    refunded_minor: int = 0
    disputed: bool = False


@dataclass(frozen=True, kw_only=True)
class Refund:
    """Of a charge that is there."""

    reference: str
    charge: str
    created_at: datetime
    amount_minor: int
    currency: str
    state: Literal["pending", "succeeded", "failed"] = "succeeded"


@dataclass(frozen=True, kw_only=True)
class Subscription:
    reference: str
    created_at: datetime
    customer: str
    price: str  # subscriptions of one price have one amount, currency and interval
    amount_minor: int
    currency: str
    period_start: datetime
    period_end: datetime
    interval: Literal["day", "week", "month", "year"] = "month"
    interval_count: int = 1
    state: Literal["trialing", "active", "past_due", "canceled"] = "active"
    cancel_at_period_end: bool = False
    cancel_at: datetime | None = None
    paused: bool = False
    trial_end: datetime | None = None
    ended_at: datetime | None = None


def add_customers(connection: Connection, facts: Iterable[Customer]) -> None:
    rows = ({"id": c.reference, "created": timestamp(c.created_at), "email": c.email} for c in facts)
    _insert(connection, {tables.customers: rows})


def add_charges(connection: Connection, facts: Iterable[Charge]) -> None:
    """A charge that was partly refunded before gets a refund of that amount."""
    facts = list(facts)
    _insert(
        connection,
        {
            tables.invoices: (_invoice_row(charge) for charge in facts if charge.subscription),
            tables.charges: (_charge_row(charge) for charge in facts),
            tables.refunds: (_refund_row(charge) for charge in facts if charge.refunded_minor),
        },
    )


def add_subscriptions(connection: Connection, facts: Iterable[Subscription]) -> None:
    _insert(connection, {tables.subscriptions: (_subscription_row(fact) for fact in facts)})


def add_refunds(connection: Connection, facts: Iterable[Refund]) -> None:
    """Each takes from what is left of its charge, unless it failed."""
    facts = list(facts)
    _insert(connection, {tables.refunds: (_refund_fact(refund) for refund in facts)})
    taken = [
        {"_charge": refund.charge, "_amount": refund.amount_minor}
        for refund in facts
        if refund.state != "failed"
    ]
    if taken:
        connection.execute(_TAKE, taken)


def _insert(connection: Connection, rows_of: Mapping[Table, Iterable[dict[str, Any]]]) -> None:
    for table, rows in rows_of.items():
        waiting = iter(rows)
        while some := list(islice(waiting, _AT_ONCE)):
            connection.execute(table.insert(), some)


def _named(prefix: str, charge: Charge) -> str:
    return f"{prefix}_{charge.reference.removeprefix('ch_')}"


def _invoice_row(charge: Charge) -> dict[str, Any]:
    return {
        "id": _named("in", charge),
        "created": timestamp(charge.created_at),
        "customer": charge.customer or "",
        "subscription": charge.subscription,
        "amount": charge.amount_minor,
        "currency": charge.currency.lower(),
        "status": "paid" if charge.state == "succeeded" else "open",
        "charge": charge.reference,
        "intent": _named("pi", charge),
    }


def _charge_row(charge: Charge) -> dict[str, Any]:
    return {
        "id": charge.reference,
        "created": timestamp(charge.created_at),
        "customer": charge.customer,
        "invoice": _named("in", charge) if charge.subscription else None,
        "intent": _named("pi", charge),
        "amount": charge.amount_minor,
        "refunded": charge.refunded_minor,
        "currency": charge.currency.lower(),
        "status": charge.state,
        "disputed": charge.disputed,
        "failure_code": "card_declined" if charge.state == "failed" else None,
    }


def _refund_row(charge: Charge) -> dict[str, Any]:
    return {
        "id": _named("re", charge),
        "created": timestamp(charge.created_at),
        "charge": charge.reference,
        "amount": charge.refunded_minor,
        "currency": charge.currency.lower(),
        "status": "succeeded",
    }


def _refund_fact(refund: Refund) -> dict[str, Any]:
    return {
        "id": refund.reference,
        "created": timestamp(refund.created_at),
        "charge": refund.charge,
        "amount": refund.amount_minor,
        "currency": refund.currency.lower(),
        "status": refund.state,
    }


def _subscription_row(fact: Subscription) -> dict[str, Any]:
    times = {name: timestamp(value) for name, value in asdict(fact).items() if isinstance(value, datetime)}
    return {
        "id": fact.reference,
        "created": times["created_at"],
        "customer": fact.customer,
        "status": fact.state,
        "price": fact.price,
        "amount": fact.amount_minor,
        "currency": fact.currency.lower(),
        "interval": fact.interval,
        "interval_count": fact.interval_count,
        "current_period_start": times["period_start"],
        "current_period_end": times["period_end"],
        "trial_end": times.get("trial_end"),
        "cancel_at_period_end": fact.cancel_at_period_end,
        "cancel_at": times.get("cancel_at"),
        "canceled_at": times.get("ended_at"),
        "ended_at": times.get("ended_at"),
        "paused": fact.paused,
    }


def renew(work: Work, reference: str, *, declined: bool) -> str | None:
    """The period ends: the charge of the next one, None if the subscription ended or is paused."""
    row = work.one(tables.subscriptions, reference, "subscription")
    end = row.current_period_end
    if row.cancel_at_period_end or (row.cancel_at is not None and row.cancel_at <= end):
        changed = work.update(tables.subscriptions, row.number, **subscriptions.ended(end))
        work.tell("customer.subscription.deleted", objects.subscription(changed))
        return None
    invoice = None if row.paused else _bill(work, row)
    changed = work.update(
        tables.subscriptions,
        row.number,
        status="active",
        current_period_start=end,
        current_period_end=_later(end, row.interval, row.interval_count),
        latest_invoice=invoice.id if invoice else row.latest_invoice,
    )
    work.tell("customer.subscription.updated", objects.subscription(changed))
    return invoices.collect(work, invoice, declined=declined).id if invoice else None


def _bill(work: Work, subscription: Row[Any]) -> Row[Any]:
    return work.insert(
        tables.invoices,
        "in",
        customer=subscription.customer,
        subscription=subscription.id,
        amount=subscription.amount,
        currency=subscription.currency,
        status="open",
        intent=objects.new_id("pi"),
    )


def _later(seconds: int, interval: str, count: int) -> int:
    """The same day of a later month, or its last one."""
    at = instant(seconds)
    if interval in {"day", "week"}:
        return seconds + count * (86_400 if interval == "day" else 604_800)
    months = at.year * 12 + at.month - 1 + count * (12 if interval == "year" else 1)
    year, month = divmod(months, 12)
    day = min(at.day, calendar.monthrange(year, month + 1)[1])
    return timestamp(at.replace(year=year, month=month + 1, day=day, tzinfo=UTC))
