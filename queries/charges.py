"""Charges and refunds, of a customer or of one subscription: newest first, a page at a time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Connection, Label, Select, cast, func, select, union

from queries.columns import Minor
from queries.paging import PAGE, Cursor, Page, page_of
from queries.tables_subscriptions import charges, payment_methods, refunds, subscriptions


@dataclass(frozen=True, kw_only=True)
class Charge:
    """Amounts are minor units of `currency`, with tax; `tax_minor` says how much of it is tax. A charge may
    have no subscription or card: real data has such."""

    id: int
    kind: str
    status: str
    amount_minor: int
    tax_minor: int
    currency: str
    refunded_minor: int  # succeeded
    refund_pending_minor: int
    failure_code: str | None
    attempt: int
    invoice_number: str | None
    gateway_reference: str | None
    period_start: datetime | None
    period_end: datetime | None
    created_at: datetime
    due_at: datetime | None
    settled_at: datetime | None
    subscription_number: str | None
    brand: str | None
    last4: str | None

    @property
    def kept_minor(self) -> int:
        """What was paid and not given back (0 unless it succeeded)."""
        return self.amount_minor - self.refunded_minor if self.status == "succeeded" else 0

    @property
    def fully_refunded(self) -> bool:
        return self.status == "succeeded" and 0 < self.amount_minor <= self.refunded_minor


@dataclass(frozen=True, kw_only=True)
class Refund:
    """Amounts are minor units of `currency`, with tax. The charge may be unknown."""

    id: int
    status: str
    amount_minor: int
    tax_minor: int
    currency: str
    reason: str | None
    created_at: datetime
    settled_at: datetime | None
    gateway_reference: str | None
    operation_id: str | None
    charge_id: int | None
    invoice_number: str | None
    subscription_number: str | None


def _refunded(status: str, name: str) -> Label[int]:
    # PostgreSQL sums bigint to numeric: back to whole minor units.
    total = select(cast(func.coalesce(func.sum(refunds.c.amount_minor), 0), Minor)).where(
        refunds.c.charge_id == charges.c.id, refunds.c.status == status
    )
    return total.scalar_subquery().label(name)


def _charges() -> Select[Any]:
    same = (
        charges.c.id,
        charges.c.kind,
        charges.c.status,
        charges.c.amount_minor,
        charges.c.tax_minor,
        charges.c.currency,
        charges.c.failure_code,
        charges.c.attempt,
        charges.c.invoice_number,
        charges.c.gateway_reference,
        charges.c.period_start,
        charges.c.period_end,
        charges.c.created_at,
        charges.c.due_at,
        charges.c.settled_at,
    )
    return (
        select(
            *same,
            _refunded("succeeded", "refunded_minor"),
            _refunded("pending", "refund_pending_minor"),
            subscriptions.c.number.label("subscription_number"),
            payment_methods.c.brand,
            payment_methods.c.last4,
        )
        .select_from(charges)
        .outerjoin(subscriptions, subscriptions.c.id == charges.c.subscription_id)
        .outerjoin(payment_methods, payment_methods.c.id == charges.c.payment_method_id)
    )


def _refunds() -> Select[Any]:
    same = (column for column in refunds.c if column.name != "customer_id")
    return (
        select(
            *same,
            charges.c.invoice_number,
            subscriptions.c.number.label("subscription_number"),
        )
        .select_from(refunds)
        .outerjoin(charges, charges.c.id == refunds.c.charge_id)
        .outerjoin(subscriptions, subscriptions.c.id == charges.c.subscription_id)
    )


def refund_ids_of(customer_id: int) -> CompoundSelect[int]:
    """The refunds that name the customer, and those whose charge does: part of other questions."""
    named = select(refunds.c.id).where(refunds.c.customer_id == customer_id)
    through = select(refunds.c.id).join(charges).where(charges.c.customer_id == customer_id)
    return union(named, through)


def of_customer(
    connection: Connection, customer_id: int, *, before: Cursor | None = None, limit: int = PAGE
) -> Page[Charge]:
    return _charge_page(connection, charges.c.customer_id == customer_id, before, limit)


def of_subscription(
    connection: Connection, subscription_id: int, *, before: Cursor | None = None, limit: int = PAGE
) -> Page[Charge]:
    return _charge_page(connection, charges.c.subscription_id == subscription_id, before, limit)


def refunds_of_customer(
    connection: Connection, customer_id: int, *, before: Cursor | None = None, limit: int = PAGE
) -> Page[Refund]:
    """Refunds given to the customer, also where their charge is unknown or only the charge names them."""
    return _refund_page(connection, refunds.c.id.in_(refund_ids_of(customer_id)), before, limit)


def refunds_of_subscription(
    connection: Connection, subscription_id: int, *, before: Cursor | None = None, limit: int = PAGE
) -> Page[Refund]:
    return _refund_page(connection, charges.c.subscription_id == subscription_id, before, limit)


def _charge_page(
    connection: Connection, whose: ColumnElement[bool], before: Cursor | None, limit: int
) -> Page[Charge]:
    return page_of(
        connection,
        _charges().where(whose),
        Charge,
        at=charges.c.created_at,
        id=charges.c.id,
        before=before,
        limit=limit,
    )


def _refund_page(
    connection: Connection, whose: ColumnElement[bool], before: Cursor | None, limit: int
) -> Page[Refund]:
    return page_of(
        connection,
        _refunds().where(whose),
        Refund,
        at=refunds.c.created_at,
        id=refunds.c.id,
        before=before,
        limit=limit,
    )
