"""One subscription: everything about it, its life, its charges."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, false, func, or_, select

from queries import charges, subscription_events
from queries.paging import PAGE, askable, one_of, rows_of
from queries.recurring import monthly_units
from queries.tables_subscriptions import (
    INTERVALS,
    LIVE_STATUSES,
    PAYING_STATUSES,
    customers,
    payment_methods,
    plans,
    products,
    subscriptions,
)
from queries.tables_subscriptions import charges as charge_table


def end_of_month(year: int, month: int) -> datetime:
    """The first instant (UTC) after a month: a card is good until then. Wrong months count as the nearest."""
    year, month = min(max(year, 1), 9000), min(max(month, 1), 12)
    return datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Subscription:
    """A subscription with its customer, product, plan and card. Prices are minor units of `currency`, without
    tax, for the whole quantity; instants are UTC; `version` counts up with every change."""

    id: int
    number: str
    customer_id: int
    customer_number: str
    customer_name: str
    customer_email: str | None
    customer_country: str | None
    customer_locale: str | None
    customer_time_zone: str | None
    product_id: int
    product_name: str
    plan_id: int
    plan_name: str
    licence_key: str | None
    status: str
    price_minor: int
    currency: str
    interval: str
    interval_count: int
    quantity: int
    started_at: datetime
    trial_end: datetime | None
    current_period_start: datetime | None
    current_period_end: datetime | None
    cancel_at_period_end: bool
    cancel_at: datetime | None  # it ends then, which need not be the end of a period
    cancel_requested_at: datetime | None
    cancel_requested_by: str | None
    cancel_reason: str | None
    ended_at: datetime | None
    version: int
    gateway_reference: str | None
    customer_gateway_reference: str | None
    attributes: dict[str, Any] | None
    payment_method_id: int | None
    brand: str | None
    last4: str | None
    exp_month: int | None
    exp_year: int | None
    last_paid_minor: int | None  # the latest charge that succeeded: with tax, in `last_paid_currency`
    last_paid_tax_minor: int | None
    last_paid_currency: str | None
    last_paid_at: datetime | None

    @property
    def live(self) -> bool:
        return self.status in LIVE_STATUSES and self.ended_at is None

    @property
    def set_to_end(self) -> bool:
        """It runs, and somebody has asked for its end."""
        return self.live and (self.cancel_at_period_end or self.cancel_at is not None)

    @property
    def ends_at(self) -> datetime | None:
        """When access stops, as asked for: a day of its own, else the end of the trial or period. None if no
        end is set, or the source does not say when."""
        if not self.set_to_end or self.cancel_at is not None:
            return self.cancel_at if self.live else self.ended_at
        return (self.trial_end if self.status == "trialing" else None) or self.current_period_end

    @property
    def next_charge_at(self) -> datetime | None:
        """When the next charge falls due: the end of the period, of the trial while it runs. None if nothing
        will be charged: ended, paused, set to end before, or the source does not say."""
        if not self.live or self.status == "paused" or self.cancel_at_period_end:
            return None
        due = self.current_period_end or (self.trial_end if self.status == "trialing" else None)
        return None if due and self.cancel_at and self.cancel_at <= due else due

    @property
    def next_charge_minor(self) -> int | None:
        """What will then be charged, without tax."""
        return None if self.next_charge_at is None else self.price_minor

    @property
    def last_tax_rate(self) -> Fraction | None:
        """Tax per net price of the latest charge that succeeded; None where nothing was paid yet. The next
        charge's tax is settled only when it is made, so this is what it was, not what it will be."""
        if self.last_paid_minor is None or self.last_paid_tax_minor is None:
            return None
        net = self.last_paid_minor - self.last_paid_tax_minor
        return Fraction(self.last_paid_tax_minor, net) if net > 0 else None

    @property
    def survives(self) -> bool | None:
        """Whether the card is still valid when the next charge falls due. None without a card or a charge."""
        due = self.next_charge_at
        if due is None or self.exp_year is None or self.exp_month is None:
            return None
        return due < end_of_month(self.exp_year, self.exp_month)

    @property
    def mrr_units(self) -> int:
        """Its part of MRR now, in units of `queries.recurring` (METRICS: MRR at T). What is no billing
        interval (real data has such) has no monthly price and counts as 0."""
        paying = self.status in PAYING_STATUSES and self.ended_at is None
        if not paying or self.interval not in INTERVALS or self.interval_count < 1:
            return 0
        return monthly_units(self.price_minor, self.interval, self.interval_count)


@cache
def _subscriptions() -> Select[Any]:
    last, paid = charge_table.alias("last"), charge_table.alias("paid")
    latest = (
        select(paid.c.id)
        .where(paid.c.subscription_id == subscriptions.c.id, paid.c.status == "succeeded")
        .order_by(paid.c.created_at.desc(), paid.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(
            *subscriptions.c,
            customers.c.number.label("customer_number"),
            customers.c.name.label("customer_name"),
            customers.c.email.label("customer_email"),
            customers.c.country.label("customer_country"),
            customers.c.locale.label("customer_locale"),
            customers.c.time_zone.label("customer_time_zone"),
            customers.c.gateway_reference.label("customer_gateway_reference"),
            plans.c.product_id,
            products.c.name.label("product_name"),
            plans.c.name.label("plan_name"),
            payment_methods.c.brand,
            payment_methods.c.last4,
            payment_methods.c.exp_month,
            payment_methods.c.exp_year,
            last.c.amount_minor.label("last_paid_minor"),
            last.c.tax_minor.label("last_paid_tax_minor"),
            last.c.currency.label("last_paid_currency"),
            last.c.created_at.label("last_paid_at"),
        )
        .join(customers, customers.c.id == subscriptions.c.customer_id)
        .join(plans, plans.c.id == subscriptions.c.plan_id)
        .join(products, products.c.id == plans.c.product_id)
        .outerjoin(payment_methods, payment_methods.c.id == subscriptions.c.payment_method_id)
        .outerjoin(last, last.c.id == latest)
    )


charges_of = charges.of_subscription
events_of = subscription_events.of_subscription
refunds_of = charges.refunds_of_subscription


def ends_before_renewal() -> ColumnElement[bool]:
    """Its end was asked for, with its period or on a day before that: as `Subscription.next_charge_at`."""
    columns = subscriptions.c
    earlier = func.coalesce(columns.cancel_at <= columns.current_period_end, false())
    return or_(columns.cancel_at_period_end, earlier)


def by_number(connection: Connection, number: str) -> Subscription | None:
    """The subscription people call `number` (exactly so), or None."""
    return one_of(connection, _with_number(), Subscription, wanted=askable(number))


@cache
def _with_number() -> Select[Any]:
    return _subscriptions().where(subscriptions.c.number == bindparam("wanted"))


def of_customer(connection: Connection, customer_id: int, *, limit: int = PAGE * 4) -> list[Subscription]:
    """A customer's subscriptions, the running ones first, then newest first. One statement."""
    statement = (
        _subscriptions()
        .where(subscriptions.c.customer_id == customer_id)
        .order_by(
            subscriptions.c.ended_at.isnot(None), subscriptions.c.started_at.desc(), subscriptions.c.id.desc()
        )
        .limit(limit)
    )
    return rows_of(connection, statement, Subscription)


def first_by(
    connection: Connection, wanted: Sequence[ColumnElement[bool]], by: ColumnElement[Any], *, limit: int
) -> list[Subscription]:
    """The first few that fulfil conditions on the subscriptions table, in the order of one of its columns."""
    statement = _subscriptions().where(*wanted).order_by(by, subscriptions.c.id).limit(limit)
    return rows_of(connection, statement, Subscription)
