"""What each subscription's MRR is at an instant: the source of the MRR report."""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
)

from queries.columns import Instant
from queries.recurring import minor_from_units
from queries.reports._first_page import first_page
from queries.reports._movements import changes_before
from queries.reports.report import Column, Params
from queries.reports.sql import Among, all_of, listing, moment
from queries.tables_subscriptions import customers, plans, products, subscription_events, subscriptions

LIST = (
    Column("number", "Subscription", "text"),
    Column("customer_number", "Customer no.", "text"),
    Column("customer", "Customer", "text"),
    Column("product", "Product", "text"),
    Column("plan", "Plan", "text"),
    Column("started_at", "Started", "instant"),
    Column("mrr", "MRR", "money"),
    Column("currency", "Currency", "text"),
)


def worth(params: Params, of: Select[Any] | None = None) -> Subquery:
    """Each subscription's MRR at the as-of instant: one row for those that have any, `of` these ids. `ref` is
    the first event that counts, `amount` in units of queries.recurring; `set_to_end` is 1 where its end was
    asked for and not taken back."""
    e = subscription_events.c
    theirs = [] if of is None else [e.subscription_id.in_(of)]
    net = func.sum(e.mrr_delta_units)
    keys = (e.subscription_id, e.customer_id, e.currency)
    per_subscription = (
        select(*keys, func.min(e.id).label("ref"), net.label("amount"))
        .where(*changes_before(params.before), *theirs)
        .group_by(*keys)
        .having(net != 0)
        .subquery("worth")
    )
    w = per_subscription.c
    return (
        select(
            *w,
            func.coalesce(subscriptions.c.started_at, moment(params.as_of)).label("at"),
            case((set_to_end(params), 1), else_=0).label("set_to_end"),
        )
        .select_from(per_subscription)
        .outerjoin(subscriptions, subscriptions.c.id == w.subscription_id)
        .subquery("mrr")
    )


def set_to_end(params: Params) -> ColumnElement[bool]:
    """Of what has not ended. Now it is a column; of the past it is a request after which nothing else was
    decided."""
    s = subscriptions.c
    if params.live:
        return and_(s.ended_at.is_(None), or_(s.cancel_at_period_end, s.cancel_at.isnot(None)))
    asked, later = subscription_events.alias("asked"), subscription_events.alias("later")
    decided = exists(
        select(later.c.id).where(
            later.c.subscription_id == asked.c.subscription_id,
            later.c.kind.in_(("cancel_undone", "ended")),
            later.c.occurred_at < moment(params.before),
            or_(
                later.c.occurred_at > asked.c.occurred_at,
                (later.c.occurred_at == asked.c.occurred_at) & (later.c.id > asked.c.id),
            ),
        )
    )
    return s.id.in_(
        select(asked.c.subscription_id).where(
            asked.c.kind == "cancel_requested",
            asked.c.subscription_id.isnot(None),
            asked.c.occurred_at < moment(params.before),
            ~decided,
        )
    )


def ending(params: Params, among: Among = all_of) -> Select[Any]:
    """What the subscriptions that are set to end are worth now, in units; of no day."""
    s, e = subscriptions.c, subscription_events.c
    return (
        select(
            s.id.label("ref"),
            s.id.label("subscription_id"),
            s.customer_id,
            cast(null(), Instant).label("at"),
            e.currency,
            func.sum(e.mrr_delta_units).label("amount"),
            literal("set_to_end").label("what"),
        )
        .join(subscription_events, e.subscription_id == s.id)
        .where(set_to_end(params), among(s.customer_id), e.mrr_delta_units != 0)
        .group_by(s.id, s.customer_id, e.currency)
    )


def worth_rows(connection: Connection, params: Params) -> tuple[list[tuple[Any, ...]], str | None]:
    """The subscriptions with their MRR in minor units, in the order of LIST, and where the list goes on."""
    page = first_page(connection, params, lambda number: _oldest(connection, params, number))
    behind = adding_up(worth(params) if page is None else page, "amount")
    columns: dict[str, ColumnElement[Any]] = {
        "number": subscriptions.c.number,
        "customer_number": customers.c.number,
        "customer": customers.c.name,
        "product": products.c.name,
        "plan": plans.c.name,
        "started_at": behind.c.at,
        "currency": behind.c.currency,
        "amount": behind.c.amount,
        "so_far": behind.c.amount_so_far,
    }
    found, after = listing(connection, behind, columns, params)
    return [(*row[:6], added(row[7], row[8]), row[6]) for row in found], after


def _oldest(connection: Connection, params: Params, number: int) -> Subquery | None:
    """`worth` of the subscriptions that had started before the so-many-th; None if there are fewer."""
    s = subscriptions.c
    started = select(s.started_at).where(s.started_at < moment(params.as_of)).order_by(s.started_at, s.id)
    until = connection.scalar(started.offset(number).limit(1))
    return None if until is None else worth(params, select(s.id).where(s.started_at < moment(until)))


def adding_up(source: Subquery, *names: str) -> Subquery:
    """The source with `…_so_far` beside columns in units: their sum by currency up to the row, oldest first.

    Rounded by `added`, a row is then the same on any page and in any order, and all add up to the total.
    """
    s = source.c
    sums = [
        func.sum(s[name]).over(partition_by=s.currency, order_by=(s.at, s.ref)).label(f"{name}_so_far")
        for name in names
    ]
    return select(*s, *sums).subquery("behind")


def added(units: Any, so_far: Any) -> int:
    """Minor units: what the row's units add to the rounded sum of the rows before it."""
    return minor_from_units(int(so_far)) - minor_from_units(int(so_far) - int(units))
