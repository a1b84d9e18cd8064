"""Trials, one row each with its outcome as then seen: the source of both trial reports, and their list."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Subquery, and_, case, exists, func, literal, or_, select

from queries.periods import Window
from queries.reports._due import set_to_end
from queries.reports._first_page import first_days
from queries.reports.endings import VOLUNTARY, how_it_ended
from queries.reports.report import Column, Params
from queries.reports.sql import NOT_STATED, listing, moment
from queries.tables_subscriptions import (
    charges,
    customers,
    plans,
    products,
    subscription_events,
    subscriptions,
)

OUTCOME_TITLES = {
    "running": "Running",
    "converted": "Converted",
    "not_converted": "Not converted",
    "still_open": "Still open",
}
# What more became of some, as the rollup of days tells them apart.
RUNNING_SET_TO_END, CANCELLED = "running_set_to_end", "cancelled"
LIST = (
    Column("number", "Subscription", "text"),
    Column("customer_number", "Customer no.", "text"),
    Column("customer", "Customer", "text"),
    Column("product", "Product", "text"),
    Column("plan", "Plan", "text"),
    Column("started_at", "Started", "instant"),
    Column("ends_at", "Trial ends", "instant"),
    Column("outcome", "Outcome", "status"),
    Column("reason", "Cancelled because", "text"),
    Column("first_paid", "First paid", "instant"),
    Column("days_to_convert", "Days to convert", "count"),
    Column("price", "Price after", "money"),
    Column("currency", "Currency", "text"),
)


def begun(params: Params, narrowed: ColumnElement[bool], *, at: Literal["started_at", "ends_at"]) -> Subquery:
    """Trials that had begun. Columns: ref and subscription_id, customer_id, currency, amount (the price
    after), started_at, ends_at (earlier if it was ended; none if nobody knows), at (the one asked for), ended
    and set_to_end (0 or 1), first_paid, and outcome: a key of OUTCOME_TITLES."""
    s, e, before = subscriptions.c, subscription_events.c, moment(params.before)
    tried = exists(select(e.id).where(e.subscription_id == s.id, e.kind == "trial_started"))
    ended_early = and_(s.ended_at < before, or_(s.trial_end.is_(None), s.ended_at < s.trial_end))
    seen = (
        select(
            s.id.label("ref"),
            s.id.label("subscription_id"),
            s.customer_id,
            s.currency,
            s.price_minor.label("amount"),
            s.started_at,
            case((ended_early, s.ended_at), else_=s.trial_end).label("ends_at"),
            case((s.ended_at < before, 1), else_=0).label("ended"),
            case((set_to_end(params), 1), else_=0).label("set_to_end"),
            _first_paid(params).label("first_paid"),
        )
        .where(narrowed, s.started_at < before, or_(s.trial_end.isnot(None), tried))
        .subquery("seen")
    )
    t = seen.c
    outcome = case(
        (t.first_paid.isnot(None), literal("converted")),
        (t.ended == 1, literal("not_converted")),
        (or_(t.ends_at >= before, t.ends_at.is_(None)), literal("running")),
        else_=literal("still_open"),
    )
    return select(*t, t[at].label("at"), outcome.label("outcome")).subquery("trials")


def _first_paid(params: Params) -> ColumnElement[datetime]:
    s, c = subscriptions.c, charges.c
    paid_at = func.coalesce(c.settled_at, c.created_at)
    return (
        select(func.min(paid_at))
        .where(
            c.subscription_id == s.id,
            c.status == "succeeded",
            c.amount_minor > 0,
            paid_at < moment(params.before),
        )
        .scalar_subquery()
    )


def with_cancelled(trials: Subquery) -> Subquery:
    """The trials with whether somebody had asked for the end by the time it came without a payment
    (cancelled: 0 or 1), and why (reason; none for the others)."""
    t = trials.c
    asked = and_(t.outcome == "not_converted", how_it_ended(t.subscription_id, t.ends_at) == VOLUNTARY)
    joined = (
        select(*t, case((asked, 1), else_=0).label("cancelled"), subscriptions.c.cancel_reason)
        .select_from(trials.join(subscriptions, subscriptions.c.id == t.subscription_id))
        .subquery("asked")
    )
    a = joined.c
    reason = func.coalesce(_stated(a), a.cancel_reason, literal(NOT_STATED))
    return select(*a, case((a.cancelled == 1, reason)).label("reason")).subquery("cancelled")


def _stated(trial: Any) -> ColumnElement[str]:
    """The reason given last with a request or with the end."""
    e = subscription_events.alias()
    return (
        select(e.c.reason)
        .where(
            e.c.subscription_id == trial.subscription_id,
            e.c.kind.in_(("cancel_requested", "ended")),
            e.c.reason.isnot(None),
            e.c.occurred_at <= trial.ends_at,
        )
        .order_by(e.c.occurred_at.desc(), e.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def days_between(started: datetime, paid: datetime) -> int:
    """Whole days from the start of a trial to its first payment."""
    return max((paid - started) // timedelta(days=1), 0)


def listed(
    connection: Connection, trials: Callable[[Window], Subquery], window: Window, params: Params
) -> tuple[list[tuple[Any, ...]], str | None]:
    """The trials of the window (those behind `params.only`) in the columns of LIST, and where the next page
    begins."""
    behind = first_days(connection, params, window, lambda days: _only(trials(days), params.only))
    t = behind.c
    columns: dict[str, ColumnElement[Any]] = {
        "number": subscriptions.c.number,
        "customer_number": customers.c.number,
        "customer": customers.c.name,
        "product": products.c.name,
        "plan": plans.c.name,
        "started_at": t.started_at,
        "ends_at": t.ends_at,
        "outcome": t.outcome,
        "reason": t.reason,
        "first_paid": t.first_paid,
        "price": t.amount,
        "currency": t.currency,
        "set_to_end": t.set_to_end,
        "cancelled": t.cancelled,
    }
    found, after = listing(connection, behind, columns, params)
    return [_shown(dict(zip(columns, row, strict=True))) for row in found], after


def _only(trials: Subquery, only: str | None) -> Subquery:
    if only is None:
        return trials
    t = trials.c
    behind = t.cancelled == 1 if only == "cancelled" else t.outcome == only
    return select(trials).where(behind).subquery("behind")


def _shown(row: dict[str, Any]) -> tuple[Any, ...]:
    paid, words = row["first_paid"], OUTCOME_TITLES[row["outcome"]]
    if row["outcome"] == "running" and row["set_to_end"]:
        words = "Running, set to end"
    if row["cancelled"]:
        words = "Cancelled in the trial"
    row = row | {"outcome": words, "days_to_convert": paid and days_between(row["started_at"], paid)}
    return tuple(row[column.name] for column in LIST)
