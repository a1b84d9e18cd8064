"""Failed collections as rows: each unpaid period once, with its attempts and what became of it.

A period is one of a subscription: the attempts to collect it share its first day.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Subquery,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
)

from queries.periods import Window
from queries.reports.report import Params
from queries.reports.sql import (
    Among,
    all_of,
    in_window,
    latest_kind,
    moment,
    not_paid,
    subscription_of,
    within,
)
from queries.tables_subscriptions import charges, subscription_events, subscriptions

NEWS = ("payment_failed", "payment_recovered", "renewed", "started")
MOST = 4  # attempts: more are counted as so many


def failures(params: Params, window: Window | None, among: Among = all_of) -> Subquery:
    """Periods whose first failed attempt lies in the window (at any time; none given). Columns: ref and
    subscription_id, customer_id, at (the first failure), last_at, attempts (failed ones) and attempts_band
    (at most MOST), currency, amount (minor units without tax), outcome: recovered, lost or open."""
    c = charges.c
    opened = (
        select(c.subscription_id, c.period_start)
        .where(not_paid(c), c.status == "failed", c.period_start.isnot(None))
        .where(*([] if window is None else _first_in(window)))
        .where(c.created_at < moment(params.before), subscription_of(c.subscription_id, among))
        .distinct()
        .subquery("opened")
    )
    o = opened.c
    same_period = and_(c.subscription_id == o.subscription_id, c.period_start == o.period_start)
    return _judged(_attempts(params, opened.join(charges, same_period)), params)


def _first_in(window: Window) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    c, earlier = charges.c, charges.alias()
    failed_before = exists(
        select(earlier.c.id).where(
            earlier.c.subscription_id == c.subscription_id,
            earlier.c.period_start == c.period_start,
            earlier.c.status == "failed",
            earlier.c.created_at < moment(window.start_instant),
        )
    )
    return in_window(c.created_at, window), ~failed_before


def past_due(params: Params, among: Among = all_of) -> Subquery:
    """Subscriptions past due at the as-of instant with the attempts to collect since the last payment: the
    columns of `failures` but the band. Without a failed attempt it has the price and no attempts."""
    s, c, paid = subscriptions.c, charges.c, charges.alias()
    paid_since = exists(
        select(paid.c.id).where(
            paid.c.subscription_id == s.id,
            paid.c.status == "succeeded",
            paid.c.created_at >= c.created_at,
            paid.c.created_at < moment(params.before),
        )
    )
    unpaid = and_(
        c.subscription_id == s.id,
        c.status == "failed",
        c.created_at < moment(params.before),
        ~paid_since,
    )
    return (
        select(
            s.id.label("ref"),
            s.id.label("subscription_id"),
            s.customer_id,
            func.coalesce(func.min(c.created_at), s.current_period_start, s.started_at).label("at"),
            func.max(c.created_at).label("last_at"),
            func.count(c.id).label("attempts"),
            s.currency,
            func.coalesce(func.max(c.amount_minor - c.tax_minor), s.price_minor).label("amount"),
            literal("open").label("outcome"),
        )
        .select_from(subscriptions.outerjoin(charges, unpaid))
        .where(among(s.customer_id), _is_past_due(params))
        .group_by(s.id)
        .subquery("past_due")
    )


def _is_past_due(params: Params) -> ColumnElement[bool]:
    s = subscriptions.c
    if params.live:
        return and_(s.status == "past_due", s.ended_at.is_(None))
    alive = and_(
        s.started_at < moment(params.before), func.coalesce(s.ended_at >= moment(params.before), True)
    )
    return and_(alive, latest_kind(s.id, NEWS, moment(params.as_of)) == "payment_failed")


def _attempts(params: Params, origin: FromClause) -> Subquery:
    """One row for each period: its failed attempts counted, and when it was paid after all."""
    c = charges.c
    failed = and_(c.status == "failed", c.created_at < moment(params.before))
    settled_at = func.coalesce(c.settled_at, c.created_at)
    paid = and_(c.status == "succeeded", settled_at < moment(params.before))
    return (
        select(
            c.subscription_id,
            func.min(case((failed, c.created_at))).label("at"),
            func.max(case((failed, c.created_at))).label("last_at"),
            func.count(case((failed, c.id))).label("attempts"),
            func.max(case((failed, c.id))).label("ref"),
            func.max(case((failed, c.amount_minor - c.tax_minor))).label("amount"),
            func.min(case((paid, settled_at))).label("paid_at"),
        )
        .select_from(origin)
        .group_by(c.subscription_id, c.period_start)
        .subquery("attempts")
    )


def _judged(attempts: Subquery, params: Params) -> Subquery:
    a, s, e = attempts.c, subscriptions.c, subscription_events.c
    recovered = exists(
        select(e.id).where(
            e.subscription_id == a.subscription_id,
            e.kind == "payment_recovered",
            e.occurred_at >= a.at,
            e.occurred_at < moment(params.before),
        )
    )
    outcome = case(
        (or_(a.paid_at.isnot(None), recovered), literal("recovered")),
        (s.ended_at < moment(params.before), literal("lost")),
        else_=literal("open"),
    )
    band = case((a.attempts < MOST, a.attempts), else_=MOST)
    return (
        select(*a, band.label("attempts_band"), s.customer_id, s.currency, outcome.label("outcome"))
        .select_from(attempts.join(subscriptions, s.id == a.subscription_id))
        .subquery("failures")
    )


def unplaced(connection: Connection, params: Params, window: Window) -> int:
    """Failed charges of the window that belong to no subscription or no period."""
    c = charges.c
    statement = select(func.count()).where(
        not_paid(c),
        c.status == "failed",
        within(c.created_at, window.start_instant, min(window.end_instant, params.before)),
        or_(c.subscription_id.is_(None), c.period_start.is_(None)),
    )
    return connection.scalar(statement) or 0


def last_code(behind: Any) -> ColumnElement[Any]:
    """Why the last attempt of a row failed, as the gateway called it."""
    last = charges.alias()
    return (
        select(last.c.failure_code)
        .where(
            last.c.subscription_id == behind.subscription_id,
            last.c.status == "failed",
            last.c.created_at == behind.last_at,
        )
        .order_by(last.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
