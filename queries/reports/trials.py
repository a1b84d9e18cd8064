"""Trials: running, about to end, and what became of those that ended."""

from datetime import datetime, timedelta
from statistics import median_low
from typing import Any

from sqlalchemy import ColumnElement, Connection, Subquery, and_, case, exists, func, literal, or_, select

from queries.periods import Window
from queries.reports.definitions import TRIALS
from queries.reports.report import Column, Connections, Figure, Params, Report, by_title, share
from queries.reports.sql import breakdown, count_if, listing, moment, within
from queries.tables_subscriptions import (
    charges,
    customers,
    plans,
    products,
    subscription_events,
    subscriptions,
)

DAYS = 14
OUTCOME_TITLES = {
    "running": "Running",
    "converted": "Converted",
    "not_converted": "Not converted",
    "still_open": "Still open",
}


def trials(connections: Connections, params: Params) -> Report:
    """Trials whose end lies in the window, by `by`, with outcome and conversion (or one row each with
    `rows`). Default: the next 14 days; a past window gives its conversion. Metric: definitions.TRIALS."""
    days = params.days or DAYS
    window = params.period or Window(params.today, params.today + timedelta(days=days), params.zone)
    connection = connections.subscriptions
    source = _ending(params, window)
    by = "currency" if params.rows else params.by
    table = _merged(breakdown(connection, source, by, window, _measures))
    columns, after = _columns(by), None
    rows = [tuple(row["key"] if n == 0 else row[c.name] for n, c in enumerate(columns)) for row in table]
    if params.rows:
        rows, after = _listing(connection, _only(source, params.only), params)
        columns = LIST
    return Report(
        name="trials",
        title="Trials",
        definition=TRIALS,
        as_of=params.as_of,
        zone=params.zone,
        period=window,
        by="rows" if params.rows else by,
        columns=columns,
        rows=rows,
        figures=_figures(table, _running(connection, params), _days_to_convert(connection, source)),
        notes=_notes(table),
        next=after,
    )


def _trials(params: Params, narrowed: ColumnElement[bool]) -> Subquery:
    """Trials that had begun: the end (earlier if it was ended; none if nobody knows), first payment and end
    as then seen."""
    s, c, e = subscriptions.c, charges.c, subscription_events.c
    before = moment(params.before)
    paid_at = func.coalesce(c.settled_at, c.created_at)
    first_paid = (
        select(func.min(paid_at))
        .where(c.subscription_id == s.id, c.status == "succeeded", c.amount_minor > 0, paid_at < before)
        .scalar_subquery()
    )
    began = exists(select(e.id).where(e.subscription_id == s.id, e.kind == "trial_started"))
    ended_early = and_(s.ended_at < before, or_(s.trial_end.is_(None), s.ended_at < s.trial_end))
    return (
        select(
            s.id.label("ref"),
            s.id.label("subscription_id"),
            s.customer_id,
            s.currency,
            s.price_minor.label("amount"),
            s.started_at,
            s.cancel_at_period_end,
            case((ended_early, s.ended_at), else_=s.trial_end).label("at"),
            case((s.ended_at < before, 1), else_=0).label("ended"),
            first_paid.label("first_paid"),
        )
        .where(narrowed, s.started_at < before, or_(s.trial_end.isnot(None), began))
        .subquery("trials")
    )


def _ending(params: Params, window: Window) -> Subquery:
    """The trials that end in the window, each with its outcome."""
    start, end = window.start_instant, window.end_instant
    s = subscriptions.c
    t = _trials(params, or_(within(s.trial_end, start, end), within(s.ended_at, start, end))).c
    outcome = case(
        (t.first_paid.isnot(None), literal("converted")),
        (t.ended == 1, literal("not_converted")),
        (t.at >= moment(params.before), literal("running")),
        else_=literal("still_open"),
    )
    return select(*t, outcome.label("outcome")).where(within(t.at, start, end)).subquery("ending")


def _running(connection: Connection, params: Params) -> int:
    """Trials that run at the as-of instant, also those whose end nobody knows."""
    s = subscriptions.c
    later = or_(s.trial_end >= moment(params.before), s.trial_end.is_(None))
    now = and_(s.status == "trialing", s.ended_at.is_(None), later)  # the same, and quick to tell
    t = _trials(params, now if params.live else later).c
    running = and_(t.ended == 0, t.first_paid.is_(None))
    return connection.scalar(select(func.count()).select_from(t.ref.table).where(running)) or 0


def _measures(t: Any) -> dict[str, ColumnElement[Any]]:
    set_to_end = and_(t.outcome == "running", t.cancel_at_period_end)
    return {
        "ending": func.count(),
        **{name: count_if(t.outcome == name) for name in OUTCOME_TITLES},
        "set_to_end": count_if(set_to_end),
    }


def _merged(table: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Trials are counted, not priced: the currencies of a key come together, unless they are the key."""
    merged: dict[Any, dict[str, Any]] = {}
    for row in table:
        kept = merged.setdefault(row["key"], {name: 0 for name in row if name not in {"key", "currency"}})
        for name in kept:
            kept[name] += row[name]
    return [
        {"key": key, **row, "conversion": share(row["converted"], row["ending"] - row["running"])}
        for key, row in merged.items()
    ]


def _columns(by: str) -> tuple[Column, ...]:
    return (
        Column("currency", "Currency", "text") if by == "currency" else by_title(by),
        Column("ending", "Ending", "count"),
        *(Column(name, title, "count") for name, title in OUTCOME_TITLES.items()),
        Column("set_to_end", "Running, set to end", "count"),
        Column("conversion", "Conversion", "percent"),
    )


def _figures(table: list[dict[str, Any]], running: int, days: int | None) -> list[Figure]:
    total = {name: sum(row[name] for row in table) for name in ("ending", *OUTCOME_TITLES, "set_to_end")}
    ended = total["ending"] - total["running"]
    return [
        Figure("running_now", "Running now", running, "count", None, "Neither ended nor paid for yet."),
        Figure("ending", "Ending in the window", total["ending"], "count"),
        Figure("set_to_end", "Of these set to end", total["set_to_end"], "count"),
        Figure("ended", "Ended so far", ended, "count"),
        *(
            Figure(n, OUTCOME_TITLES[n], total[n], "count")
            for n in ("converted", "not_converted", "still_open")
        ),
        Figure(
            "conversion", "Conversion", share(total["converted"], ended), "percent", None, "Of those ended."
        ),
        Figure("days_to_convert", "Days to convert (median)", days, "count", None, "Start to first payment."),
    ]


def _days_to_convert(connection: Connection, source: Subquery) -> int | None:
    found = connection.execute(
        select(source.c.started_at, source.c.first_paid).where(source.c.outcome == "converted")
    )
    days = [_days(started, paid) for started, paid in found]
    return median_low(days) if days else None


def _days(started: datetime, paid: datetime) -> int:
    return max((paid - started) // timedelta(days=1), 0)


def _notes(table: list[dict[str, Any]]) -> list[str]:
    moving = sum(row["still_open"] + row["running"] for row in table)
    return [f"{moving} of these are not decided yet: conversion can still move."] if moving else []


LIST = (
    Column("number", "Subscription", "text"),
    Column("customer_number", "Customer no.", "text"),
    Column("customer", "Customer", "text"),
    Column("product", "Product", "text"),
    Column("plan", "Plan", "text"),
    Column("started_at", "Started", "instant"),
    Column("ends_at", "Trial ends", "instant"),
    Column("outcome", "Outcome", "status"),
    Column("first_paid", "First paid", "instant"),
    Column("days_to_convert", "Days to convert", "count"),
    Column("price", "Price after", "money"),
    Column("currency", "Currency", "text"),
)


def _only(source: Subquery, only: str | None) -> Subquery:
    if only is None:
        return source
    return select(source).where(source.c.outcome == only).subquery("behind")


def _listing(
    connection: Connection, source: Subquery, params: Params
) -> tuple[list[tuple[Any, ...]], str | None]:
    columns: dict[str, ColumnElement[Any]] = {
        "number": subscriptions.c.number,
        "customer_number": customers.c.number,
        "customer": customers.c.name,
        "product": products.c.name,
        "plan": plans.c.name,
        "started_at": source.c.started_at,
        "ends_at": source.c.at,
        "outcome": source.c.outcome,
        "first_paid": source.c.first_paid,
        "price": source.c.amount,
        "currency": source.c.currency,
        "set_to_end": source.c.cancel_at_period_end,
    }
    found, after = listing(connection, source, columns, params)
    return [_shown(dict(zip(columns, row, strict=True))) for row in found], after


def _shown(row: dict[str, Any]) -> tuple[Any, ...]:
    paid = row["first_paid"]
    words = OUTCOME_TITLES[row["outcome"]]
    if row["outcome"] == "running" and row["set_to_end"]:
        words = "Running, set to end"
    row = row | {"outcome": words, "days_to_convert": paid and _days(row["started_at"], paid)}
    return tuple(row[column.name] for column in LIST)
