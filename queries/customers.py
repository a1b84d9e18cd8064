"""One customer: who they are, what they are worth, what they have; and the list of all, newest first."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, cast, func, or_, select

from queries import charges, subscriptions
from queries.columns import Minor
from queries.paging import PAGE, Cursor, Page, askable, capped_count, one_of, page_of, rows_of
from queries.recurring import monthly_units
from queries.tables_subscriptions import (
    INTERVALS,
    LIVE_STATUSES,
    PAYING_STATUSES,
    customers,
    payment_methods,
    refunds,
)
from queries.tables_subscriptions import charges as charge_table
from queries.tables_subscriptions import subscriptions as subscription_table

# What a customer has is asked where it lives; from here it reads like the page.
subscriptions_of = subscriptions.of_customer
charges_of = charges.of_customer
refunds_of = charges.refunds_of_customer


@dataclass(frozen=True, kw_only=True)
class Customer:
    """`locale` is BCP 47, `time_zone` IANA (real data has others), `created_at` UTC; `stated_status` and
    `attributes` are what the source system said, shown as said."""

    id: int
    number: str
    name: str
    email: str | None
    country: str | None
    locale: str | None
    time_zone: str | None
    created_at: datetime
    gateway_reference: str | None
    stated_status: str | None
    attributes: dict[str, Any] | None
    live_subscriptions: int


@dataclass(frozen=True, kw_only=True)
class CustomerValue:
    """What a customer is worth in one currency; never added up across currencies.

    `mrr_units` now, as `queries.recurring` counts (METRICS: MRR at T). `paid_minor` and `refunded_minor`
    succeeded, over all time, with tax. `pending_minor`: charges under way. `failed_minor`: charges that
    failed and were not tried again for the same period.
    """

    currency: str
    mrr_units: int = 0
    paid_minor: int = 0
    refunded_minor: int = 0
    pending_minor: int = 0
    failed_minor: int = 0

    @property
    def kept_minor(self) -> int:
        return self.paid_minor - self.refunded_minor

    @property
    def open_minor(self) -> int:
        return self.pending_minor + self.failed_minor


@dataclass(frozen=True, kw_only=True)
class PaymentMethod:
    id: int
    brand: str
    last4: str
    exp_month: int
    exp_year: int
    created_at: datetime
    live_subscriptions: int  # that are charged to it

    @property
    def valid_until(self) -> datetime:
        """The first instant (UTC) at which the card is no longer valid."""
        return subscriptions.end_of_month(self.exp_year, self.exp_month)


def _customers() -> Select[Any]:
    live = select(func.count()).where(
        subscription_table.c.customer_id == customers.c.id, subscription_table.c.status.in_(LIVE_STATUSES)
    )
    columns = [column for column in customers.c if column.name != "name_folded"]
    return select(*columns, live.scalar_subquery().label("live_subscriptions"))


def by_number(connection: Connection, number: str) -> Customer | None:
    """The customer people call `number` (exactly so), or None."""
    return one_of(connection, _customers().where(customers.c.number == askable(number)), Customer)


def page(connection: Connection, *, before: Cursor | None = None, limit: int = PAGE) -> Page[Customer]:
    """All customers, newest first."""
    return page_of(
        connection,
        _customers(),
        Customer,
        at=customers.c.created_at,
        id=customers.c.id,
        before=before,
        limit=limit,
    )


def count(connection: Connection) -> int:
    """How many customers there are, at most COUNT_STOPS_AT."""
    return capped_count(connection, select(customers.c.id))


def value(connection: Connection, customer_id: int) -> list[CustomerValue]:
    """Per currency, in the order of the alphabet; empty for a customer without prices or payments."""
    totals: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for currency, units in _monthly(connection, customer_id):
        totals[currency]["mrr_units"] += units
    for currency, status, amount in _charged(connection, customer_id):
        names = {"succeeded": "paid_minor", "pending": "pending_minor", "failed": "failed_minor"}
        if status in names:
            totals[currency][names[status]] += amount
    for currency, amount in _refunded(connection, customer_id):
        totals[currency]["refunded_minor"] += amount
    return [CustomerValue(currency=currency, **totals[currency]) for currency in sorted(totals)]


def _monthly(connection: Connection, customer_id: int) -> list[tuple[str, int]]:
    s = subscription_table.c
    priced = (s.currency, s.interval, s.interval_count, s.price_minor)
    found = connection.execute(
        select(*priced, func.count())
        .where(
            s.customer_id == customer_id,
            s.status.in_(PAYING_STATUSES),
            s.ended_at.is_(None),
            s.interval.in_(INTERVALS),
            s.interval_count >= 1,
        )
        .group_by(*priced)
    )
    return [
        (currency, monthly_units(price, interval, every) * times)
        for currency, interval, every, price, times in found
    ]


def _charged(connection: Connection, customer_id: int) -> list[tuple[str, str, int]]:
    c, later = charge_table.c, charge_table.alias("later").c
    tried_again = (
        select(later.id)
        .where(
            later.subscription_id == c.subscription_id,
            later.period_start.is_not_distinct_from(c.period_start),
            or_(later.created_at > c.created_at, and_(later.created_at == c.created_at, later.id > c.id)),
        )
        .exists()
    )
    found = connection.execute(
        select(c.currency, c.status, cast(func.sum(c.amount_minor), Minor))
        .where(c.customer_id == customer_id, or_(c.status != "failed", ~tried_again))
        .group_by(c.currency, c.status)
    )
    return [(currency, status, amount) for currency, status, amount in found]


def _refunded(connection: Connection, customer_id: int) -> list[tuple[str, int]]:
    found = connection.execute(
        select(refunds.c.currency, cast(func.sum(refunds.c.amount_minor), Minor))
        .where(refunds.c.id.in_(charges.refund_ids_of(customer_id)), refunds.c.status == "succeeded")
        .group_by(refunds.c.currency)
    )
    return [(currency, amount) for currency, amount in found]


def payment_methods_of(connection: Connection, customer_id: int, *, limit: int = PAGE) -> list[PaymentMethod]:
    """The customer's cards, the newest first, and how many running subscriptions each pays for."""
    charged = select(func.count()).where(
        subscription_table.c.payment_method_id == payment_methods.c.id,
        subscription_table.c.status.in_(LIVE_STATUSES),
    )
    columns = [column for column in payment_methods.c if column.name != "customer_id"]
    statement = (
        select(*columns, charged.scalar_subquery().label("live_subscriptions"))
        .where(payment_methods.c.customer_id == customer_id)
        .order_by(payment_methods.c.created_at.desc(), payment_methods.c.id.desc())
        .limit(limit)
    )
    return rows_of(connection, statement, PaymentMethod)
