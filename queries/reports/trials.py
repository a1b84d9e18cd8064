"""Trials by the day they end: running, about to end, and what became of those that ended."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Subquery, func, or_, select

from queries.periods import Window
from queries.reports import _days_to_convert as converting
from queries.reports._checks import Sums, count, same
from queries.reports._rows_or_days import Days, Rows, counted
from queries.reports._trial_rows import (
    CANCELLED,
    LIST,
    OUTCOME_TITLES,
    RUNNING_SET_TO_END,
    begun,
    listed,
    with_cancelled,
)
from queries.reports._trial_table import measures, merged, notes, shape, table_columns
from queries.reports.report import Answer, Check, Column, Connections, Figure, Params, share
from queries.reports.sql import moment, within
from queries.rollups.days import PLAN, TRIALS_ENDING
from queries.tables_subscriptions import subscriptions

DAYS = 14
OVER = ("converted", "not_converted", "still_open")


def trials(connections: Connections, params: Params) -> Answer:
    """Trials whose end lies in the window, by `by`, with outcome and conversion (or one row each with
    `rows`). Default: the next 14 days; a past window gives its conversion. Metric: definitions.TRIALS."""
    days = params.days or DAYS
    window = params.period or Window(params.today, params.today + timedelta(days=days), params.zone)
    connection = connections.subscriptions
    source = _ending(params, window)
    by = "currency" if params.rows or params.by == "days_to_convert" else params.by
    found = counted(connections, params, Rows(connection, source, window), (TRIALS_ENDING,), shape)
    table = merged(found.breakdown(by, measures), "ending")
    ordered = converting.days_to_convert(found)
    columns, rows, after = *_shown(table, ordered, params.by, by), None
    if params.rows:
        rows, after = listed(connection, lambda days: _ending(params, days), window, params)
        columns = LIST
    return Answer(
        period=window,
        columns=columns,
        rows=rows,
        figures=[*_figures(table, _running(found, params)), *converting.figures(ordered)],
        notes=notes(params, table),
        next=after,
        checks=_checks(found, params, table) if params.checked else (),
    )


def _ending(params: Params, window: Window) -> Subquery:
    """The trials that end in the window."""
    start, end = window.start_instant, window.end_instant
    s = subscriptions.c
    narrowed = or_(within(s.trial_end, start, end), within(s.ended_at, start, end))
    every = begun(params, narrowed, at="ends_at")
    return with_cancelled(select(every).where(within(every.c.at, start, end)).subquery("ending"))


def _running(found: Rows | Days, params: Params) -> int:
    """Trials that run at the as-of instant, also those whose end nobody knows."""
    if isinstance(found, Days):
        return found.at_any_time(TRIALS_ENDING).number("running", RUNNING_SET_TO_END)
    s = subscriptions.c
    later = or_(s.trial_end >= moment(params.before), s.trial_end.is_(None))
    t = begun(params, later, at="ends_at").c
    running = select(func.count()).select_from(t.ref.table).where(t.outcome == "running")
    return found.connection.scalar(running) or 0


def _shown(
    table: list[dict[str, Any]], ordered: Sequence[int], asked: str, by: str
) -> tuple[tuple[Column, ...], list[tuple[Any, ...]]]:
    if asked == "days_to_convert":
        rows = converting.distribution(ordered)
        return converting.COLUMNS, [tuple(row[c.name] for c in converting.COLUMNS) for row in rows]
    columns = table_columns(by, Column("ending", "Ending", "count"))
    # By reason are only those who gave one: the others were not cancelled.
    shown = [row | {by: row["key"]} for row in table if by != "reason" or row["key"] is not None]
    return columns, [tuple(row[column.name] for column in columns) for row in shown]


def _figures(table: list[dict[str, Any]], running: int) -> list[Figure]:
    names = ("ending", *OUTCOME_TITLES, "set_to_end", "cancelled")
    total = {name: sum(row[name] for row in table) for name in names}
    ended = total["ending"] - total["running"]
    rate = share(total["converted"], ended)
    return [
        Figure("running_now", "Running now", running, "count", None, "Neither ended nor paid for yet."),
        Figure("ending", "Ending in the window", total["ending"], "count"),
        Figure("set_to_end", "Of these set to end", total["set_to_end"], "count"),
        Figure("ended", "Ended so far", ended, "count"),
        *(Figure(n, OUTCOME_TITLES[n], total[n], "count") for n in ("converted", "not_converted")),
        Figure("cancelled", "Cancelled in the trial", total["cancelled"], "count", None, "Not converted."),
        Figure("still_open", "Still open", total["still_open"], "count"),
        Figure("conversion", "Conversion", rate, "percent", None, "Of those ended."),
    ]


def _checks(found: Rows | Days, params: Params, table: list[dict[str, Any]]) -> tuple[Check, ...]:
    decided = count(table, *OVER)
    apart = found.apart(params.by)
    return (
        same("Converted, not converted and still open are those ended", decided, _ended(found, params)),
        same(f"{apart.words} the trials ending", apart.number, count(table, "ending")),
    )


def _ended(found: Rows | Days, params: Params) -> Sums:
    """Over by the as-of instant, or paid for before the end."""
    if isinstance(found, Days):
        return found.sums(PLAN, *OVER, CANCELLED)[0]
    t = found.source.c
    over = or_(t.ends_at < moment(params.before), t.ended == 1, t.first_paid.isnot(None))
    ended = select(func.count()).select_from(found.source).where(over)
    return {None: found.connection.scalar(ended) or 0}
