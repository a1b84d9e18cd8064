"""What was asked to end and what did end: two questions, two days, one table."""

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)

from queries.parts import rounded_parts
from queries.periods import Window, first_of_month
from queries.reports.definitions import CANCELLATIONS
from queries.reports.endings import INVOLUNTARY, UNSTATED, VOLUNTARY, how_it_ended
from queries.reports.report import Column, Connections, Figure, Params, Report, by_title, per_currency
from queries.reports.sql import NOT_STATED, breakdown, count_if, listing, moment, sum_if
from queries.tables_subscriptions import customers, plans, products, subscription_events, subscriptions

COUNTS = {
    "requested": "Requested",
    "taken_back": "Of these taken back",
    "ended": "Ended",
    "voluntary": "Ended: voluntary",
    "involuntary": "Ended: involuntary",
    "unstated": "Ended: not stated",
    "trials_ended": "Trials ended",
}
AMOUNTS = {"requested_mrr": "MRR requested", "ended_mrr": "MRR ended"}
STAGES = ("requested", "taken_back", VOLUNTARY, INVOLUNTARY, UNSTATED, "trial")


def cancellations(connections: Connections, params: Params) -> Report:
    """Requests and ends in the window by `by` and currency, apart from each other (or one row each with
    `rows`). Default: the last three full months and this one. Metric: definitions.CANCELLATIONS."""
    window = params.period or Window(
        first_of_month(params.today, -3), params.today + timedelta(days=1), params.zone
    )
    connection = connections.subscriptions
    source = _happened(params, window)
    by = "currency" if params.rows else params.by
    table = _with_amounts(breakdown(connection, source, by, window, _measures))
    columns, after = _columns(by), None
    rows = [
        tuple(row["key"] if c.name == by != "currency" else row[c.name] for c in columns) for row in table
    ]
    if params.rows:
        rows, after = _listing(connection, _only(source, params.only), params)
        columns = LIST
    return Report(
        name="cancellations",
        title="Cancellations",
        definition=CANCELLATIONS,
        as_of=params.as_of,
        zone=params.zone,
        period=window,
        by="rows" if params.rows else by,
        columns=columns,
        rows=rows,
        figures=_figures(table),
        notes=[],
        next=after,
    )


def _happened(params: Params, window: Window) -> Subquery:
    """Requests and ends, one row each: ref (the event), stage (STAGES), reason, amount (MRR in units)."""
    return union_all(_requests(params, window), _ends(params, window)).subquery("happened")


def _events(params: Params, window: Window, kind: str) -> Select[Any]:
    e = subscription_events.c
    stated = func.coalesce(e.reason, subscriptions.c.cancel_reason, literal(NOT_STATED))
    return (
        select(
            e.id.label("ref"),
            e.subscription_id,
            e.customer_id,
            e.occurred_at.label("at"),
            e.currency,
            stated.label("reason"),
        )
        .outerjoin(subscriptions, subscriptions.c.id == e.subscription_id)
        .where(
            e.kind == kind,
            e.occurred_at >= moment(window.start_instant),
            e.occurred_at < moment(min(window.end_instant, params.before)),
        )
    )


def _requests(params: Params, window: Window) -> Select[Any]:
    e, other = subscription_events.c, subscription_events.alias()
    undone = exists(
        select(other.c.id).where(
            other.c.subscription_id == e.subscription_id,
            other.c.kind == "cancel_undone",
            other.c.occurred_at >= e.occurred_at,
            other.c.occurred_at < moment(params.before),
        )
    )
    worth = (
        select(func.coalesce(func.sum(other.c.mrr_delta_units), 0))
        .where(other.c.subscription_id == e.subscription_id, other.c.occurred_at < e.occurred_at)
        .scalar_subquery()
    )
    stage = case((undone, literal("taken_back")), else_=literal("requested"))
    return _events(params, window, "cancel_requested").add_columns(
        stage.label("stage"), func.coalesce(worth, 0).label("amount")
    )


def _ends(params: Params, window: Window) -> Select[Any]:
    e, other = subscription_events.c, subscription_events.alias()

    def happened(kind: str) -> ColumnElement[bool]:
        return exists(
            select(other.c.id).where(
                other.c.subscription_id == e.subscription_id,
                other.c.kind == kind,
                other.c.occurred_at <= e.occurred_at,
            )
        )

    tried = or_(subscriptions.c.trial_end.isnot(None), happened("trial_started"))
    was_trial = and_(e.mrr_delta_units == 0, tried, ~happened("started"))
    stage = case((was_trial, literal("trial")), else_=how_it_ended(e.subscription_id, e.occurred_at))
    return _events(params, window, "ended").add_columns(
        stage.label("stage"), (-e.mrr_delta_units).label("amount")
    )


def _measures(h: Any) -> dict[str, ColumnElement[Any]]:
    asked, ended = h.stage.in_(("requested", "taken_back")), h.stage.in_((VOLUNTARY, INVOLUNTARY, UNSTATED))
    return {
        "requested": count_if(asked),
        "taken_back": count_if(h.stage == "taken_back"),
        "ended": count_if(ended),
        "voluntary": count_if(h.stage == VOLUNTARY),
        "involuntary": count_if(h.stage == INVOLUNTARY),
        "unstated": count_if(h.stage == UNSTATED),
        "trials_ended": count_if(h.stage == "trial"),
        "requested_mrr": sum_if(h.amount, asked),
        "ended_mrr": sum_if(h.amount, ended),
    }


def _with_amounts(table: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Units to minor units: rounded once per currency, the rows adding up to it."""
    for name in AMOUNTS:
        for currency in {row["currency"] for row in table}:
            rows = [row for row in table if row["currency"] == currency]
            for row, minor in zip(rows, rounded_parts([row[name] for row in rows]), strict=True):
                row[name] = minor
    return table


def _columns(by: str) -> tuple[Column, ...]:
    return (
        *(() if by == "currency" else (by_title(by),)),
        Column("currency", "Currency", "text"),
        *(Column(name, title, "count") for name, title in COUNTS.items()),
        *(Column(name, title, "money") for name, title in AMOUNTS.items()),
    )


def _figures(table: list[dict[str, Any]]) -> list[Figure]:
    counts = [Figure(name, title, sum(row[name] for row in table), "count") for name, title in COUNTS.items()]
    amounts = [per_currency(table, title, name, "money") for name, title in AMOUNTS.items()]
    return [*counts, *(figure for figures in amounts for figure in figures)]


STAGE_TITLES = {
    "requested": "Requested",
    "taken_back": "Requested, taken back",
    VOLUNTARY: "Ended: voluntary",
    INVOLUNTARY: "Ended: involuntary",
    UNSTATED: "Ended: not stated",
    "trial": "Trial ended",
}
LIST = (
    Column("at", "When", "instant"),
    Column("stage", "What", "status"),
    Column("number", "Subscription", "text"),
    Column("customer_number", "Customer no.", "text"),
    Column("customer", "Customer", "text"),
    Column("product", "Product", "text"),
    Column("plan", "Plan", "text"),
    Column("reason", "Reason", "text"),
    Column("mrr", "MRR", "money"),
    Column("currency", "Currency", "text"),
)


def _only(source: Subquery, only: str | None) -> Subquery:
    """The rows behind one figure."""
    behind = {
        "requested": ("requested", "taken_back"),
        "ended": (VOLUNTARY, INVOLUNTARY, UNSTATED),
        "unstated": (UNSTATED,),
        "trials_ended": ("trial",),
    }
    if only is None:
        return source
    return select(source).where(source.c.stage.in_(behind.get(only, (only,)))).subquery("behind")


def _listing(
    connection: Connection, source: Subquery, params: Params
) -> tuple[list[tuple[Any, ...]], str | None]:
    columns = {
        "at": source.c.at,
        "stage": source.c.stage,
        "number": subscriptions.c.number,
        "customer_number": customers.c.number,
        "customer": customers.c.name,
        "product": products.c.name,
        "plan": plans.c.name,
        "reason": source.c.reason,
        "mrr": source.c.amount,
        "currency": source.c.currency,
    }
    found, after = listing(connection, source, columns, params)
    units = [int(row[8]) for row in found]
    currencies = [row[9] for row in found]
    minors = dict(_by_currency(units, currencies))
    return [
        (row[0], STAGE_TITLES[row[1]], *row[2:8], minors[place], row[9]) for place, row in enumerate(found)
    ], after


def _by_currency(units: list[int], currencies: list[str]) -> list[tuple[int, int]]:
    """(place, minor units): rounded so that the rows of a currency add up to their rounded sum."""
    together: list[tuple[int, int]] = []
    for currency in set(currencies):
        places = [place for place, each in enumerate(currencies) if each == currency]
        together += zip(places, rounded_parts([units[place] for place in places]), strict=True)
    return together
