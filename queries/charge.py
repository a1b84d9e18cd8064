"""One charge with whom and what it is of, and what was given back of it: all that a refund rests on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Column, Connection, Select, bindparam, cast, func, select

from queries.columns import Minor
from queries.paging import askable, one_of, rows_of
from queries.tables_subscriptions import charges, customers, payment_methods, refunds, subscriptions

_BY_ID = "charge-"  # how a charge is called that has neither an invoice nor a gateway's reference


@dataclass(frozen=True, kw_only=True)
class FullCharge:
    """Amounts are minor units of `currency`, with tax. `refunded_minor` counts refunds that succeeded and
    those under way. The customer and the subscription may be unknown: real data has such. UTC."""

    id: int
    invoice_number: str | None
    gateway_reference: str | None
    kind: str
    status: str
    amount_minor: int
    tax_minor: int
    currency: str
    period_start: datetime | None
    period_end: datetime | None
    created_at: datetime
    due_at: datetime | None
    failure_code: str | None
    attempt: int
    refunded_minor: int
    refunds: int  # how many, failed ones too
    subscription_id: int | None
    subscription_number: str | None
    subscription_status: str | None
    customer_id: int | None
    customer_number: str | None
    customer_name: str | None
    customer_email: str | None
    customer_locale: str | None
    customer_time_zone: str | None
    brand: str | None
    last4: str | None

    @property
    def number(self) -> str:
        """What people call it: its invoice, else the gateway's reference."""
        return number_of(self.id, self.invoice_number, self.gateway_reference)

    @property
    def refundable_minor(self) -> int:
        """What is left to give back: nothing unless it was paid."""
        return max(0, self.amount_minor - self.refunded_minor) if self.status == "succeeded" else 0


def number_of(id: int, invoice_number: str | None, gateway_reference: str | None) -> str:
    return invoice_number or gateway_reference or f"{_BY_ID}{id}"


@cache
def _charges() -> Select[Any]:
    given_back = refunds.c.charge_id == charges.c.id
    same = ("id", "invoice_number", "gateway_reference", "kind", "status", "amount_minor", "tax_minor",
            "currency", "period_start", "period_end", "created_at", "due_at", "failure_code", "attempt",
            "subscription_id", "customer_id")  # fmt: skip
    return (
        select(
            *(charges.c[name] for name in same),
            select(cast(func.coalesce(func.sum(refunds.c.amount_minor), 0), Minor))
            .where(given_back, refunds.c.status != "failed")
            .scalar_subquery()
            .label("refunded_minor"),
            select(func.count()).where(given_back).scalar_subquery().label("refunds"),
            subscriptions.c.number.label("subscription_number"),
            subscriptions.c.status.label("subscription_status"),
            customers.c.number.label("customer_number"),
            customers.c.name.label("customer_name"),
            customers.c.email.label("customer_email"),
            customers.c.locale.label("customer_locale"),
            customers.c.time_zone.label("customer_time_zone"),
            payment_methods.c.brand,
            payment_methods.c.last4,
        )
        .select_from(charges)
        .outerjoin(subscriptions, subscriptions.c.id == charges.c.subscription_id)
        .outerjoin(customers, customers.c.id == charges.c.customer_id)
        .outerjoin(payment_methods, payment_methods.c.id == charges.c.payment_method_id)
    )


def by_number(connection: Connection, number: str) -> FullCharge | None:
    """The charge people call `number`: its invoice number, the gateway's reference, or "charge-17"."""
    wanted = askable(number)
    found = one_of(connection, _with(charges.c.invoice_number), FullCharge, wanted=wanted)
    found = found or by_gateway_reference(connection, wanted)
    id = wanted.removeprefix(_BY_ID)
    if found is None and wanted != id and id.isascii() and id.isdigit() and len(id) < 19:
        found = one_of(connection, _with(charges.c.id), FullCharge, wanted=int(id))
    return found


@cache
def _with(column: Column[Any]) -> Select[Any]:
    return _charges().where(column == bindparam("wanted"))


def by_gateway_reference(connection: Connection, reference: str) -> FullCharge | None:
    """The charge that the payment gateway calls so, or None."""
    return one_of(connection, _with(charges.c.gateway_reference), FullCharge, wanted=askable(reference))


_LOCKED = select(charges.c.id).where(charges.c.id == bindparam("wanted")).with_for_update()


def locked(connection: Connection, charge_id: int) -> FullCharge | None:
    """The charge, which nobody else can refund or change until the transaction ends."""
    connection.execute(_LOCKED, {"wanted": charge_id})
    return one_of(connection, _with(charges.c.id), FullCharge, wanted=charge_id)


def latest_paid(connection: Connection, subscription_id: int) -> FullCharge | None:
    """The latest charge of a subscription that succeeded."""
    paid = charges.c.subscription_id == subscription_id, charges.c.status == "succeeded"
    latest = _charges().where(*paid).order_by(charges.c.created_at.desc(), charges.c.id.desc()).limit(1)
    return one_of(connection, latest, FullCharge)


def invoiced(connection: Connection, invoice_numbers: Sequence[str]) -> list[FullCharge]:
    """The charges with these invoice numbers. One statement."""
    return rows_of(connection, _charges().where(charges.c.invoice_number.in_(invoice_numbers)), FullCharge)


def latest_paid_of_each(connection: Connection, subscription_ids: Sequence[int]) -> list[FullCharge]:
    """As `latest_paid`, of each subscription that has one. Two statements: which, then all about them."""
    mine, paid = subscriptions.alias("mine"), charges.alias("paid")
    latest = (
        select(paid.c.id)
        .where(paid.c.subscription_id == mine.c.id, paid.c.status == "succeeded")
        .order_by(paid.c.created_at.desc(), paid.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    which = connection.scalars(select(latest).where(mine.c.id.in_(subscription_ids)))
    ids = [id for id in which if id is not None]
    return rows_of(connection, _charges().where(charges.c.id.in_(ids)), FullCharge)


def paid_of(connection: Connection, subscription_id: int, *, limit: int = 50) -> list[FullCharge]:
    """A subscription's charges that succeeded, newest first."""
    paid = charges.c.subscription_id == subscription_id, charges.c.status == "succeeded"
    some = _charges().where(*paid).order_by(charges.c.created_at.desc(), charges.c.id.desc()).limit(limit)
    return rows_of(connection, some, FullCharge)


def latest_of(connection: Connection, subscription_id: int) -> FullCharge | None:
    """The latest charge of a subscription, paid or not."""
    mine = _charges().where(charges.c.subscription_id == subscription_id)
    latest = mine.order_by(charges.c.created_at.desc(), charges.c.id.desc()).limit(1)
    return one_of(connection, latest, FullCharge)
