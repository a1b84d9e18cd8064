"""Our side of a random world, for `console prove`: every row of some customers that a proof looks at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, func, select

from queries.paging import rows_of
from queries.tables_state import audit_entries, operations, outbox, refund_blocks
from queries.tables_subscriptions import charges, customers, refunds, subscription_events, subscriptions


@dataclass(frozen=True, kw_only=True)
class OurRefund:
    """Minor units of `currency`, with tax."""

    customer_number: str
    charge_reference: str
    gateway_reference: str | None
    operation_id: str | None
    amount_minor: int
    tax_minor: int
    currency: str
    status: str


@dataclass(frozen=True, kw_only=True)
class OurSubscription:
    """`gained_units`: what its events say of its MRR, all together. UTC."""

    customer_number: str
    number: str
    status: str
    gateway_reference: str | None
    cancel_at_period_end: bool
    cancel_at: datetime | None
    ended_at: datetime | None
    price_minor: int
    interval: str
    interval_count: int
    gained_units: int


@dataclass(frozen=True, kw_only=True)
class OurOperation:
    customer_number: str
    id: str
    kind: str
    state: str
    amount_minor: int | None
    currency: str | None
    requested_by: int
    approved_by: int | None
    held_because: str | None  # why a second person was needed; None: not
    gateway_reference: str | None
    promises: int  # to the customer or a ticket


@dataclass(frozen=True, kw_only=True)
class OurEntry:
    """An entry of the audit log."""

    customer_number: str
    kind: str
    operation_id: str | None


def refunds_of(connection: Connection, customer_numbers: Sequence[str]) -> list[OurRefund]:
    """Every refund of these customers' charges, the oldest first."""
    r = refunds.c
    statement = (
        select(
            customers.c.number.label("customer_number"),
            charges.c.gateway_reference.label("charge_reference"),
            r.gateway_reference, r.operation_id, r.amount_minor, r.tax_minor, r.currency, r.status,
        )
        .select_from(refunds)
        .join(charges, charges.c.id == r.charge_id)
        .join(customers, customers.c.id == charges.c.customer_id)
        .where(customers.c.number.in_(customer_numbers))
        .order_by(r.id)
    )  # fmt: skip
    return rows_of(connection, statement, OurRefund)


def subscriptions_of(connection: Connection, customer_numbers: Sequence[str]) -> list[OurSubscription]:
    """These customers' subscriptions."""
    e, s = subscription_events.c, subscriptions.c
    gained = select(func.coalesce(func.sum(e.mrr_delta_units), 0)).where(e.subscription_id == s.id)
    given = {"customer_number", "gained_units"}
    same = [s[name] for name in OurSubscription.__dataclass_fields__ if name not in given]
    statement = (
        select(
            customers.c.number.label("customer_number"),
            *same,
            gained.scalar_subquery().label("gained_units"),
        )
        .join(customers, customers.c.id == s.customer_id)
        .where(customers.c.number.in_(customer_numbers))
        .order_by(s.id)
    )
    return rows_of(connection, statement, OurSubscription)


def operations_of(state: Connection, customer_numbers: Sequence[str]) -> list[OurOperation]:
    """What was asked for about these customers, the oldest first."""
    o = operations.c
    promises = select(func.count()).where(outbox.c.operation_id == o.id).scalar_subquery()
    given = {"held_because", "promises"}
    same = [o[name] for name in OurOperation.__dataclass_fields__ if name not in given]
    statement = (
        select(
            *same,
            o.request["held_because"].as_string().label("held_because"),
            promises.label("promises"),
        )
        .where(o.customer_number.in_(customer_numbers))
        .order_by(o.requested_at, o.id)
    )
    return rows_of(state, statement, OurOperation)


def entries_of(state: Connection, customer_numbers: Sequence[str]) -> list[OurEntry]:
    """What the log says of these customers, the oldest first."""
    e = audit_entries.c
    statement = select(e.customer_number, e.kind, e.operation_id)
    mine = statement.where(e.customer_number.in_(customer_numbers)).order_by(e.id)
    return rows_of(state, mine, OurEntry)


def blocked(state: Connection, charge_numbers: Sequence[str]) -> set[str]:
    """Which of these charges give nothing back for now."""
    b = refund_blocks.c
    holds = select(b.charge_number).where(b.charge_number.in_(charge_numbers), b.lifted_at.is_(None))
    return set(state.scalars(holds))
