"""All subscriptions a page at a time, narrowed by what a bulk action is chosen by."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, or_, select

from queries.paging import PAGE, Cursor, Page, askable, capped_count, page_of, rows_of
from queries.subscriptions import ends_before_renewal
from queries.tables_subscriptions import LIVE_STATUSES, customers, plans, products, subscriptions

_s = subscriptions.c


@dataclass(frozen=True, kw_only=True)
class SubscriptionFilters:
    """What the list and its count have in common; what is not given leaves all in. `renews_from` and
    `renews_until` (UTC, half-open) go together: the period ends between them and renews then."""

    status: str | None = None
    product: str | None = None  # its code
    currency: str | None = None
    set_to_end: bool = False
    payment_failed: bool = False  # past due: it failed and was not recovered
    renews_from: datetime | None = None
    renews_until: datetime | None = None

    @property
    def by_due_date(self) -> bool:
        """What renews soon is read by when it does; all else newest first."""
        return self.renews_from is not None and self.renews_until is not None


EVERYTHING = SubscriptionFilters()


@dataclass(frozen=True, kw_only=True)
class ListedSubscription:
    """Prices are minor units of `currency` without tax, for the whole quantity; instants are UTC."""

    id: int
    number: str
    customer_number: str
    customer_name: str
    product_name: str
    plan_name: str
    status: str
    price_minor: int
    currency: str
    interval: str
    interval_count: int
    started_at: datetime
    current_period_end: datetime | None
    cancel_at_period_end: bool
    cancel_at: datetime | None
    ended_at: datetime | None

    @property
    def set_to_end(self) -> bool:
        """As Subscription.set_to_end."""
        live = self.status in LIVE_STATUSES and self.ended_at is None
        return live and (self.cancel_at_period_end or self.cancel_at is not None)


@dataclass(frozen=True, kw_only=True)
class Product:
    code: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Offered:
    """What the filters offer."""

    products: tuple[Product, ...]
    currencies: tuple[str, ...]


@cache
def _listed() -> Select[Any]:
    same = ("id", "number", "status", "price_minor", "currency", "interval", "interval_count", "started_at",
            "current_period_end", "cancel_at_period_end", "cancel_at", "ended_at")  # fmt: skip
    return (
        select(
            *(_s[name] for name in same),
            customers.c.number.label("customer_number"),
            customers.c.name.label("customer_name"),
            products.c.name.label("product_name"),
            plans.c.name.label("plan_name"),
        )
        .select_from(subscriptions)
        .join(customers, customers.c.id == _s.customer_id)
        .join(plans, plans.c.id == _s.plan_id)
        .join(products, products.c.id == plans.c.product_id)
    )


def page(
    connection: Connection,
    filters: SubscriptionFilters = EVERYTHING,
    *,
    before: Cursor | None = None,
    limit: int = PAGE,
) -> Page[ListedSubscription]:
    """The newest first; what renews between two moments, the earliest renewal first. One statement."""
    by_due_date = filters.by_due_date
    return page_of(
        connection,
        _listed().where(*_conditions(filters)),
        ListedSubscription,
        at=_s.current_period_end if by_due_date else _s.started_at,
        id=_s.id,
        before=before,
        limit=limit,
        oldest_first=by_due_date,
    )


def count(connection: Connection, filters: SubscriptionFilters = EVERYTHING) -> int:
    """How many subscriptions the filters leave, at most COUNT_STOPS_AT."""
    return capped_count(connection, select(_s.id).where(*_conditions(filters)))


def offered(connection: Connection) -> Offered:
    """Products by name, and the currencies of their plans."""
    named = select(products.c.code, products.c.name).order_by(products.c.name, products.c.code)
    currencies = select(plans.c.currency).distinct().order_by(plans.c.currency)
    return Offered(
        products=tuple(rows_of(connection, named, Product)), currencies=tuple(connection.scalars(currencies))
    )


def _conditions(filters: SubscriptionFilters) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.status is not None:
        found.append(_s.status == askable(filters.status))
    if filters.product is not None:
        found.append(_is_of(filters.product))
    if filters.currency is not None:
        found.append(_s.currency == askable(filters.currency))
    if filters.set_to_end:
        found += [*_live(), or_(_s.cancel_at_period_end, _s.cancel_at.is_not(None))]
    if filters.payment_failed:
        found += [_s.status == "past_due", _s.ended_at.is_(None)]
    if filters.renews_from is not None and filters.renews_until is not None:
        found += _renews(filters.renews_from, filters.renews_until)
    return found


def _is_of(product: str) -> ColumnElement[bool]:
    """Asked of each row by its plan, so that the list still walks its index."""
    sold, wanted = plans.alias("sold"), products.alias("wanted")
    mine = select(sold.c.id).join(wanted, wanted.c.id == sold.c.product_id)
    return mine.where(sold.c.id == _s.plan_id, wanted.c.code == askable(product)).exists()


def _live() -> list[ColumnElement[bool]]:
    return [_s.ended_at.is_(None), _s.status.in_(LIVE_STATUSES)]


def _renews(since: datetime, until: datetime) -> list[ColumnElement[bool]]:
    """As Subscription.next_charge_at says, for what has a period."""
    due = and_(_s.current_period_end >= since, _s.current_period_end < until)
    return [*_live(), _s.status != "paused", due, ~ends_before_renewal()]
