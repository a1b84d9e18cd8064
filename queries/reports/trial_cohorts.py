"""Trials by the month or week they started in: the way from the start to the first payment."""

from typing import Any

from sqlalchemy import Subquery

from queries.periods import Window
from queries.reports import _days_to_convert as converting
from queries.reports._checks import count, same
from queries.reports._rows_or_days import Days, Rows, counted
from queries.reports._trial_rows import LIST, OUTCOME_TITLES, begun, listed, with_cancelled
from queries.reports._trial_table import MOVING, measures, merged, notes, shape, table_columns
from queries.reports._until import window_back
from queries.reports.report import Answer, Check, Column, Connections, Figure, Params, share
from queries.reports.sql import within
from queries.rollups.days import TRIALS_STARTED
from queries.tables_subscriptions import subscriptions


def trial_cohorts(connections: Connections, params: Params) -> Answer:
    """Trials that started in the window, by `by`, with what became of them (or one row each with `rows`).
    Default: the last 12 full months and this one. Metric: definitions.TRIAL_COHORTS."""
    window = window_back(params, 12)
    connection = connections.subscriptions
    source = _started(params, window)
    by = "currency" if params.rows else params.by
    found = counted(connections, params, Rows(connection, source, window), (TRIALS_STARTED,), shape)
    table = [_derived(row, by) for row in merged(found.breakdown(by, measures), "started")]
    ordered = converting.days_to_convert(found)
    columns, after = _columns(by), None
    rows = [tuple(row[column.name] for column in columns) for row in table]
    if params.rows:
        rows, after = listed(connection, lambda days: _started(params, days), window, params)
        columns = LIST
    return Answer(
        period=window,
        columns=columns,
        rows=rows,
        figures=[*_figures(table), *converting.figures(ordered)],
        notes=notes(params, table),
        next=after,
        checks=_checks(found, by, table) if params.checked else (),
    )


def _started(params: Params, window: Window) -> Subquery:
    narrowed = within(subscriptions.c.started_at, window.start_instant, window.end_instant)
    return with_cancelled(begun(params, narrowed, at="started_at"))


def _derived(row: dict[str, Any], by: str) -> dict[str, Any]:
    moving = any(row[name] for name in MOVING)
    return row | {
        by: row["key"],
        "of_started": share(row["converted"], row["started"]),
        "state": "Still open" if moving else "Decided" if row["started"] else None,
    }


def _columns(by: str) -> tuple[Column, ...]:
    return (
        *table_columns(by, Column("started", "Started", "count")),
        Column("of_started", "Converted of started", "percent"),
        Column("state", "Cohort", "text"),
    )


def _figures(table: list[dict[str, Any]]) -> list[Figure]:
    total = {name: sum(row[name] for row in table) for name in ("started", *OUTCOME_TITLES, "cancelled")}
    over = total["started"] - total["running"]
    return [
        Figure("started", "Started in the window", total["started"], "count"),
        *(Figure(name, title, total[name], "count") for name, title in OUTCOME_TITLES.items()),
        Figure("cancelled", "Cancelled in the trial", total["cancelled"], "count", None, "Not converted."),
        Figure(
            "conversion", "Conversion", share(total["converted"], over), "percent", None, "Of those over."
        ),
    ]


def _checks(found: Rows | Days, by: str, table: list[dict[str, Any]]) -> tuple[Check, ...]:
    apart = found.apart(by)
    return (
        same(
            "The outcomes add up to the trials started",
            count(table, *OUTCOME_TITLES),
            count(table, "started"),
        ),
        same(f"{apart.words} the trials started", apart.number, count(table, "started")),
    )
