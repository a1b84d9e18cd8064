"""All subscriptions a page at a time, newest first, narrowed by what a bulk change is chosen by."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, or_, select

from queries.paging import PAGE, Cursor, Page, askable, capped_count, page_of, rows_of
from queries.subscriptions import Subscription, first_by
from queries.tables_subscriptions import LIVE_STATUSES, plans, products, subscriptions


@dataclass(frozen=True, kw_only=True)
class SubscriptionFilters:
    """What the list and its count have in common; what is not given leaves all in. `renews_from` and
    `renews_until` (UTC) go together: the next charge falls due between them, both included."""

    status: str | None = None
    product: str | None = None  # its code
    set_to_end: bool | None = None
    renews_from: datetime | None = None
    renews_until: datetime | None = None


EVERYTHING = SubscriptionFilters()


@dataclass(frozen=True, kw_only=True)
class Product:
    code: str
    name: str


@dataclass(frozen=True, kw_only=True)
class _Place:
    id: int
    started_at: datetime


def page(
    connection: Connection,
    filters: SubscriptionFilters = EVERYTHING,
    *,
    before: Cursor | None = None,
    limit: int = PAGE,
) -> Page[Subscription]:
    """Subscriptions by their start, newest first. Two statements: which, then all about them."""
    id, at = subscriptions.c.id, subscriptions.c.started_at
    which = select(id, at).where(*_conditions(filters))
    places = page_of(connection, which, _Place, at=at, id=id, before=before, limit=limit)
    ids = [place.id for place in places.rows]
    shown = first_by(connection, [id.in_(ids)], at, limit=len(ids)) if ids else []
    return Page(tuple(reversed(shown)), places.next)


def count(connection: Connection, filters: SubscriptionFilters = EVERYTHING) -> int:
    """How many subscriptions the filters leave, at most COUNT_STOPS_AT."""
    return capped_count(connection, select(subscriptions.c.id).where(*_conditions(filters)))


def products_sold(connection: Connection) -> list[Product]:
    """What the product filter offers, by name."""
    found = select(products.c.code, products.c.name).order_by(products.c.name, products.c.code)
    return rows_of(connection, found, Product)


def _conditions(filters: SubscriptionFilters) -> list[ColumnElement[bool]]:
    s = subscriptions.c
    found: list[ColumnElement[bool]] = []
    if filters.status is not None:
        found.append(s.status == askable(filters.status))
    if filters.product is not None:
        sold = select(plans.c.id).join(products).where(products.c.code == askable(filters.product))
        found.append(s.plan_id.in_(sold))
    if filters.set_to_end is not None:
        found += _runs(set_to_end=filters.set_to_end)
    if filters.renews_from is not None and filters.renews_until is not None:
        found += _renews(filters.renews_from, filters.renews_until)
    return found


def _live() -> list[ColumnElement[bool]]:
    return [subscriptions.c.ended_at.is_(None), subscriptions.c.status.in_(LIVE_STATUSES)]


def _runs(*, set_to_end: bool) -> list[ColumnElement[bool]]:
    """As Subscription.set_to_end says, of those that run."""
    s = subscriptions.c
    ends = or_(s.cancel_at_period_end, s.cancel_at.is_not(None))
    return [*_live(), ends if set_to_end else ~ends]


def _renews(since: datetime, until: datetime) -> list[ColumnElement[bool]]:
    """As Subscription.next_charge_at says."""
    s = subscriptions.c
    due = or_(
        s.current_period_end.between(since, until),
        s.current_period_end.is_(None) & (s.status == "trialing") & s.trial_end.between(since, until),
    )
    return [*_live(), s.status != "paused", ~s.cancel_at_period_end, due]
