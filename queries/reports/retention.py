"""Retention: what is left of the customers and the MRR that were there, and of those who started together."""

from fractions import Fraction
from typing import Any

from sqlalchemy import Connection

from queries.periods import Window
from queries.recurring import UNITS_PER_MINOR, minor_from_units
from queries.reports._checks import same
from queries.reports._cohort_table import all_new, cohort_table
from queries.reports._cohorts import COHORTS, whole_months
from queries.reports._keeping import Kept, MonthKept
from queries.reports._retention_events import Found, from_events
from queries.reports._retention_rolled import from_rollups
from queries.reports._retention_rows import AT_START, STARTED, rows_at_start, rows_started
from queries.reports._until import at_its_end, window_until
from queries.reports.report import (
    Answer,
    Check,
    Column,
    Connections,
    Figure,
    Params,
    by_title,
    share,
)

MONTHS = 13  # a year ago's cohort has then all of its months
# Columns, rows, where they go on, and what they were held against.
Table = tuple[tuple[Column, ...], list[tuple[Any, ...]], str | None, tuple[Check, ...]]


def retention(connections: Connections, params: Params) -> Answer:
    """GRR, NRR, customers and ARPU of the period (default: the last 12 full months and this one) by month, or
    its cohorts by month since the start; with `rows` the customers behind. Minor units; rates are shares.
    Metric: definitions.RETENTION."""
    connection, window = connections.subscriptions, window_until(params, MONTHS)
    if params.by not in COHORTS:
        params = at_its_end(params, window)
    found = Found([], [], [])
    if params.figures or not params.rows:
        found = from_rollups(connections, params, window) or from_events(connection, params, window)
    columns, rows, after, checks = _answer(connection, params, window, found)
    return Answer(
        as_of=params.as_of,
        period=window,
        columns=columns,
        rows=rows,
        figures=[figure for one in found.total for figure in _figures(one)],
        notes=_notes(params),
        next=after,
        checks=checks,
    )


def _answer(connection: Connection, params: Params, window: Window, found: Found) -> Table:
    if params.by in COHORTS:
        if params.rows:
            rows, after = rows_started(connection, whole_months(params, window), params)
            return STARTED, rows, after, ()
        checks = () if found.new is None else (all_new(found.cohorts, found.new),)
        return *cohort_table(found.cohorts, params.by), None, checks
    if params.rows:
        rows, after = rows_at_start(connection, window, params)
        return AT_START, rows, after, _listed(rows, found.total, params)
    return BY_MONTH, [_month_row(month) for month in found.months], None, _month_checks(found)


def _listed(rows: list[tuple[Any, ...]], total: list[Kept], params: Params) -> tuple[Check, ...]:
    if params.only is not None or params.limit is not None or params.after is not None:  # a part of the list
        return ()
    columns = {column.name: n for n, column in enumerate(AT_START)}

    def listed(name: str) -> dict[str | None, int]:
        found: dict[str | None, int] = {}
        for row in rows:
            currency = row[columns["currency"]]
            found[currency] = found.get(currency, 0) + row[columns[name]]
        return found

    what = "The customers listed add up to"
    return (
        same(f"{what} MRR at the start", listed("mrr_start"), _money(total, "customers")),
        same(f"{what} what of it was kept", listed("kept"), _money(total, "kept")),
        same(f"{what} what they have at the end", listed("net"), _money(total, "net")),
    )


BY_MONTH = (
    by_title("month"),
    Column("currency", "Currency", "text"),
    Column("mrr_start", "MRR at start", "money"),
    Column("kept", "Of which kept", "money"),
    Column("grr", "GRR", "percent"),
    Column("net", "These customers at end", "money"),
    Column("nrr", "NRR", "percent"),
    Column("customers_start", "Customers at start", "count"),
    Column("customers_lost", "Customers lost", "count"),
    Column("customers_end", "Customers at end", "count"),
    Column("churn_rate", "Customer churn rate", "percent"),
    Column("mrr_end", "MRR at end", "money"),
    Column("arpu", "ARPU", "money"),
)
_HELP = {
    "grr": "The lesser of start and end of each subscription there at the start, of their MRR at the start.",
    "nrr": "What the customers there at the start pay at the end, of what they paid at the start.",
    "customers_lost": "There at the start, without MRR at the end.",
    "arpu": "MRR at the end per paying customer.",
}


def _values(one: Kept) -> tuple[Any, ...]:
    """The values of BY_MONTH after the currency."""
    return (
        minor_from_units(one.customers),
        minor_from_units(one.kept),
        share(one.kept, one.subscriptions),
        minor_from_units(one.net),
        share(one.net, one.customers),
        one.customers_start,
        one.customers_lost,
        one.customers_end,
        share(one.customers_lost, one.customers_start),
        minor_from_units(one.end),
        _per_customer(one),
    )


def _per_customer(one: Kept) -> int | None:
    """Rounded once, of the exact MRR; None without customers."""
    if not one.customers_end:
        return None
    return round(Fraction(one.end, UNITS_PER_MINOR * one.customers_end))


def _month_row(month: MonthKept) -> tuple[Any, ...]:
    return month.first, month.currency, *_values(month)


def _figures(one: Kept) -> list[Figure]:
    named = zip(BY_MONTH[2:], _values(one), strict=True)
    return [
        Figure(column.name, column.title, value, column.kind, one.currency, _HELP.get(column.name, ""))
        for column, value in named
    ]


def _month_checks(found: Found) -> tuple[Check, ...]:
    """The months lead where the period does, which is summed apart."""
    months, total = found.months, found.total
    if not months:
        return ()
    opening = [month for month in months if month.first == months[0].first]
    closing = [month for month in months if month.first == months[-1].first]
    return (
        same(
            "The months begin with the customers of the period",
            {None: sum(one.customers_start for one in opening)},
            {None: sum(one.customers_start for one in total)},
        ),
        same(
            "The months end with the customers of the period",
            {None: sum(one.customers_end for one in closing)},
            {None: sum(one.customers_end for one in total)},
        ),
        same("The months begin with its MRR", _money(opening, "customers"), _money(total, "customers")),
        same("The months end with its MRR", _money(closing, "end"), _money(total, "end")),
        _within("No more was kept than was there", [*months, *total]),
    )


def _money(some: list[MonthKept] | list[Kept], name: str) -> dict[str | None, int]:
    return {one.currency: minor_from_units(getattr(one, name)) for one in some}


def _within(name: str, some: list[Kept]) -> Check:
    over = [one for one in some if not 0 <= one.kept <= one.subscriptions]
    said = [f"{one.kept} of {one.subscriptions} units of {one.currency}" for one in over]
    return Check(name, not over, f"It is {', '.join(said)}." if over else f"{name}.")


def _notes(params: Params) -> list[str]:
    if params.by in COHORTS and not params.rows:
        return ["A month that is not over is counted as of now, and can still move."]
    return []
