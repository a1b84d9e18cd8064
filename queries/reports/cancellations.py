"""What was asked to end and what did end: two questions, two days, one table."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, literal_column, select

from queries.periods import Window
from queries.reports._cancellation_rows import LIST, in_minor, listed
from queries.reports._checks import Sums, count, minor, same, sums
from queries.reports._happened import (
    MONTH_AND_REASON,
    TENURES,
    ends_with_refunds,
    happened,
    keyed,
    month_and_reason,
)
from queries.reports._rows_or_days import Days, Rows, counted, with_rows
from queries.reports._until import window_back
from queries.reports.endings import INVOLUNTARY, UNSTATED, VOLUNTARY
from queries.reports.report import Answer, Check, Column, Connections, Figure, Params, by_title, per_currency
from queries.reports.sql import breakdown, sum_if, within
from queries.rollups.days import CANCELLATIONS
from queries.tables_subscriptions import subscription_events

COUNTS = {
    "requested": "Requested",
    "taken_back": "Of these taken back",
    "ended": "Ended",
    "voluntary": "Ended: voluntary",
    "involuntary": "Ended: involuntary",
    "unstated": "Ended: not stated",
    "refunded": "Ended, refunded after",
    "trials_ended": "Trials ended",
}
RECURRING = {"requested_mrr": "MRR requested", "taken_back_mrr": "MRR taken back", "ended_mrr": "MRR ended"}
ENDED = (VOLUNTARY, INVOLUNTARY, UNSTATED)
AMOUNTS = RECURRING | {"refunded_amount": "Refunded after the end"}


def cancellations(connections: Connections, params: Params) -> Answer:
    """Requests and ends in the window by `by` and currency, apart from each other (or one row each with
    `rows`). Default: the last three full months and this one. Metric: definitions.CANCELLATIONS."""
    window = window_back(params, 3)
    connection = connections.subscriptions
    source = happened(params, window)
    by = "currency" if params.rows else params.by
    happenings = Rows(connection, source, window, lambda rows, by: keyed(rows, by, window))
    counts = counted(connections, params, happenings, (CANCELLATIONS,), _shape)
    found = counts.breakdown(by, _measures)
    if isinstance(counts, Days):
        refunded = keyed(ends_with_refunds(params, window), by, window)
        found = with_rows(found, breakdown(connection, refunded, by, window, _refunded), by, window)
    checks = _checks(counts, params, window, found) if params.checked else ()
    table = _ordered([row | _key(row["key"], by, window) for row in in_minor(found, *RECURRING)], by)
    columns, after = _columns(by), None
    rows = [tuple(row[column.name] for column in columns) for row in table]
    if params.rows:
        rows, after = listed(connection, window, params)
        columns = LIST
    return Answer(
        period=window,
        columns=columns,
        rows=rows,
        figures=_figures(table),
        next=after,
        checks=checks,
    )


def _shape(c: Any) -> dict[str, ColumnElement[Any]]:
    """The rollup does not know refunds, which come without an event of the subscription."""
    return {"stage": c.what, "refunded": literal_column("0")}


def _refunded(h: Any) -> dict[str, ColumnElement[Any]]:
    ended = h.stage.in_(ENDED)
    return {
        "refunded": sum_if(h.number, and_(ended, h.refunded > 0)),
        "refunded_amount": sum_if(h.refunded, ended),
    }


def _measures(h: Any) -> dict[str, ColumnElement[Any]]:
    asked, ended = h.stage.in_(("requested", "taken_back")), h.stage.in_(ENDED)
    return {
        "requested": sum_if(h.number, asked),
        "taken_back": sum_if(h.number, h.stage == "taken_back"),
        "ended": sum_if(h.number, ended),
        "voluntary": sum_if(h.number, h.stage == VOLUNTARY),
        "involuntary": sum_if(h.number, h.stage == INVOLUNTARY),
        "unstated": sum_if(h.number, h.stage == UNSTATED),
        "trials_ended": sum_if(h.number, h.stage == "trial"),
        "requested_mrr": sum_if(h.amount, asked),
        "taken_back_mrr": sum_if(h.amount, h.stage == "taken_back"),
        "ended_mrr": sum_if(h.amount, ended),
        **_refunded(h),
    }


def _key(key: Any, by: str, window: Window) -> dict[str, Any]:
    if by == MONTH_AND_REASON:
        return month_and_reason(key, window)
    if by == "tenure":
        return {by: None if key is None else TENURES[key]}
    return {by: key}


def _ordered(table: list[dict[str, Any]], by: str) -> list[dict[str, Any]]:
    if by != MONTH_AND_REASON:
        return table
    return sorted(table, key=lambda row: (row["month"], row["reason"], row["currency"]))


def _columns(by: str) -> tuple[Column, ...]:
    both = by_title("month"), by_title("reason")
    key = both if by == MONTH_AND_REASON else () if by == "currency" else (by_title(by),)
    return (
        *key,
        Column("currency", "Currency", "text"),
        *(Column(name, title, "count") for name, title in COUNTS.items()),
        *(Column(name, title, "money") for name, title in AMOUNTS.items()),
    )


def _figures(table: list[dict[str, Any]]) -> list[Figure]:
    counts = [Figure(name, title, sum(row[name] for row in table), "count") for name, title in COUNTS.items()]
    amounts = [per_currency(table, title, name, "money") for name, title in AMOUNTS.items()]
    return [*counts, *(figure for figures in amounts for figure in figures)]


def _checks(
    counts: Rows | Days, params: Params, window: Window, table: list[dict[str, Any]]
) -> tuple[Check, ...]:
    """`table` with its MRR still in units."""
    apart = counts.apart(params.by)
    recorded = _ends(counts.connection, params, window)
    whose = count(table, "voluntary", "involuntary", "unstated")
    ended, every = ("ended", "trials_ended"), ("requested", "ended", "trials_ended")
    return (
        same("Voluntary, involuntary and not stated add up to ended", whose, count(table, "ended")),
        same("Ended and trials ended are the ends recorded", count(table, *ended), recorded),
        same(f"{apart.words} those counted", apart.number, count(table, *every)),
        same("Their MRR is that requested and ended", minor(apart.amounts),
             minor(sums(table, "requested_mrr", "ended_mrr"))),
    )  # fmt: skip


def _ends(connection: Connection, params: Params, window: Window) -> Sums:
    e = subscription_events.c
    days = within(e.occurred_at, window.start_instant, min(window.end_instant, params.before))
    return {None: connection.scalar(select(func.count()).where(e.kind == "ended", days)) or 0}
