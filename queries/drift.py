"""Our side of the comparison with the payment gateway: the rows that the gateway knows too, by its references
or a page at a time in the order they were made."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, or_, select

from queries.charge import number_of
from queries.paging import Cursor, Page, page_of, rows_of
from queries.tables_state import OPEN_OPERATION_STATES, operations
from queries.tables_subscriptions import LIVE_STATUSES, charges, customers, refunds, subscriptions

BATCH = 500


@dataclass(frozen=True, kw_only=True)
class OurRefund:
    """Amounts are minor units of `currency`, with tax. The charge may be unknown. UTC."""

    id: int
    gateway_reference: str | None
    operation_id: str | None
    amount_minor: int
    currency: str
    status: str
    created_at: datetime
    charge_number: str | None
    customer_number: str | None


@dataclass(frozen=True, kw_only=True)
class OurCharge:
    id: int
    gateway_reference: str
    number: str
    amount_minor: int
    currency: str
    status: str
    created_at: datetime
    customer_number: str | None


@dataclass(frozen=True, kw_only=True)
class OurSubscription:
    """`price_minor` is per interval, without tax."""

    id: int
    gateway_reference: str
    number: str
    status: str
    price_minor: int
    currency: str
    started_at: datetime
    current_period_end: datetime | None
    trial_end: datetime | None
    cancel_at_period_end: bool
    cancel_at: datetime | None
    ended_at: datetime | None
    customer_number: str


@dataclass(frozen=True, kw_only=True)
class SettledRefund:
    """An operation that gave money back, and is done as far as we know."""

    operation_id: str
    kind: str
    gateway_reference: str | None
    amount_minor: int
    currency: str
    subject_kind: str
    subject_number: str
    customer_number: str | None
    requested_at: datetime


def _number_of_charge(row: dict[str, Any]) -> dict[str, Any]:
    named = {name: row.pop(name) for name in ("charge_id", "invoice_number", "charge_reference")}
    known = named["charge_id"] is not None
    number = number_of(named["charge_id"], named["invoice_number"], named["charge_reference"])
    return row | {"charge_number": number if known else None}


def _our_refund(**row: Any) -> OurRefund:
    return OurRefund(**_number_of_charge(row))


def _our_charge(**row: Any) -> OurCharge:
    number = number_of(row["id"], row.pop("invoice_number"), row["gateway_reference"])
    return OurCharge(number=number, **row)


def _refunds() -> Select[Any]:
    r = refunds.c
    return (
        select(
            r.id, r.gateway_reference, r.operation_id, r.amount_minor, r.currency, r.status, r.created_at,
            r.charge_id, charges.c.invoice_number, charges.c.gateway_reference.label("charge_reference"),
            customers.c.number.label("customer_number"),
        )
        .select_from(refunds)
        .outerjoin(charges, charges.c.id == r.charge_id)
        .outerjoin(customers, customers.c.id == r.customer_id)
    )  # fmt: skip


def _charges() -> Select[Any]:
    c = charges.c
    return (
        select(
            c.id, c.gateway_reference, c.invoice_number, c.amount_minor, c.currency, c.status, c.created_at,
            customers.c.number.label("customer_number"),
        )
        .select_from(charges)
        .outerjoin(customers, customers.c.id == c.customer_id)
    )  # fmt: skip


def _subscriptions() -> Select[Any]:
    mine = [
        subscriptions.c[name]
        for name in OurSubscription.__dataclass_fields__
        if name not in {"customer_number"}
    ]
    return select(*mine, customers.c.number.label("customer_number")).join(customers)


def refunds_named(
    connection: Connection, references: Sequence[str], operation_ids: Sequence[str]
) -> list[OurRefund]:
    """Our refunds with one of the gateway's references, or of one of these operations."""
    named = or_(refunds.c.gateway_reference.in_(references), refunds.c.operation_id.in_(operation_ids))
    return rows_of(connection, _refunds().where(named), _our_refund)


def charges_named(connection: Connection, references: Sequence[str]) -> list[OurCharge]:
    """Our charges with one of the gateway's references."""
    return rows_of(connection, _charges().where(charges.c.gateway_reference.in_(references)), _our_charge)


def subscriptions_named(connection: Connection, references: Sequence[str]) -> list[OurSubscription]:
    """Our subscriptions with one of the gateway's references."""
    named = _subscriptions().where(subscriptions.c.gateway_reference.in_(references))
    return rows_of(connection, named, OurSubscription)


def refunds_made(
    connection: Connection, since: datetime, until: datetime, *, after: Cursor | None = None
) -> Page[OurRefund]:
    """Our refunds of a time that count and that no operation made: the gateway has to know each."""
    r = refunds.c
    statement = _refunds().where(
        r.created_at >= since,
        r.created_at < until,
        r.gateway_reference.is_not(None),
        r.operation_id.is_(None),
        r.status != "failed",
    )
    return page_of(
        connection, statement, _our_refund, at=r.created_at, id=r.id, before=after, limit=BATCH,
        oldest_first=True,
    )  # fmt: skip


def charges_paid(
    connection: Connection, since: datetime, until: datetime, *, after: Cursor | None = None
) -> Page[OurCharge]:
    """Our charges of a time that were paid and have a reference of the gateway."""
    c = charges.c
    statement = _charges().where(
        c.created_at >= since,
        c.created_at < until,
        c.gateway_reference.is_not(None),
        c.status == "succeeded",
    )
    return page_of(
        connection, statement, _our_charge, at=c.created_at, id=c.id, before=after, limit=BATCH,
        oldest_first=True,
    )  # fmt: skip


def live_subscriptions(
    connection: Connection, until: datetime, *, after: Cursor | None = None
) -> Page[OurSubscription]:
    """Our subscriptions that live, began before an instant, and for which the gateway collects."""
    s = subscriptions.c
    statement = _subscriptions().where(
        s.started_at < until, s.gateway_reference.is_not(None), s.status.in_(LIVE_STATUSES)
    )
    return page_of(
        connection, statement, OurSubscription, at=s.started_at, id=s.id, before=after, limit=BATCH,
        oldest_first=True,
    )  # fmt: skip


def settled_refunds(
    state: Connection, since: datetime, until: datetime, *, after: str = ""
) -> list[SettledRefund]:
    """Operations of a time that gave money back, in the order of their ids, after one."""
    o = operations.c
    names = [name for name in SettledRefund.__dataclass_fields__ if name != "operation_id"]
    statement = select(o.id.label("operation_id"), *(o[name] for name in names)).where(
        o.state == "settled",
        o.amount_minor.is_not(None),
        o.requested_at >= since,
        o.requested_at < until,
        o.id > after,
    )
    return rows_of(state, statement.order_by(o.id).limit(BATCH), SettledRefund)


def states_of(state: Connection, operation_ids: Sequence[str]) -> dict[str, str]:
    """The state of each of these operations that there is."""
    found = select(operations.c.id, operations.c.state).where(operations.c.id.in_(operation_ids))
    return {row.id: row.state for row in state.execute(found)}


def under_way(state: Connection, numbers: Sequence[str]) -> set[str]:
    """Which of these subscriptions have an operation that is not decided."""
    o = operations.c
    found = select(o.subject_number).where(
        o.subject_number.in_(numbers),
        o.subject_kind == "subscription",
        o.state.in_(OPEN_OPERATION_STATES),
    )
    return set(state.scalars(found))
