"""The cohorts as a table: a row for each month of start, a column for each month since."""

from collections import defaultdict
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection

from queries.periods import Window, first_of_month
from queries.recurring import minor_from_units
from queries.reports._checks import minor, same
from queries.reports._cohorts import MONTHS_SINCE, Cohort, cohorts
from queries.reports._movements import history
from queries.reports.report import Check, Column, Params, by_title, share

COHORTS = ("cohort", "cohort_mrr")  # by customers and by money


def whole_months(params: Params, window: Window) -> Window:
    """The months of start: whole ones, the last as far as it has come."""
    end = min(first_of_month(window.last, 1), params.today + timedelta(days=1))
    return Window(first_of_month(window.first), end, window.zone)


def cohort_table(
    connection: Connection, params: Params, window: Window
) -> tuple[tuple[Column, ...], list[tuple[Any, ...]], tuple[Check, ...]]:
    """Columns, rows and what they were held against."""
    months = whole_months(params, window)
    seen = Window(months.first, params.today + timedelta(days=1), window.zone)
    found = cohorts(connection, months, seen, params.before)
    checks = (_all_new(connection, params, months, found),) if params.checked else ()
    return _columns(params.by), [_row(one, params.by) for one in found], checks


def _columns(by: str) -> tuple[Column, ...]:
    started = Column("customers", "Customers", "count")
    return (
        by_title("month"),
        Column("currency", "Currency", "text"),
        started if by == "cohort" else Column("new", "New MRR", "money"),
        *(Column(f"month_{n}", f"Month {n}", "percent") for n in range(MONTHS_SINCE + 1)),
        Column("running", "Month not over", "count"),
    )


def _row(one: Cohort, by: str) -> tuple[Any, ...]:
    """Nobody started: nothing to divide by, in any month."""
    whole, left = (one.customers, one.there) if by == "cohort" else (one.started, one.worth)
    shares = [share(part, whole) for part in left]
    shares += [None] * (MONTHS_SINCE + 1 - len(shares))
    size = whole if by == "cohort" else minor_from_units(whole)
    return one.first, one.currency, size, *shares, one.running


def _all_new(connection: Connection, params: Params, months: Window, found: list[Cohort]) -> Check:
    """The MRR that the cohorts started with is the movement "new" of the same months, told apart."""
    new: dict[str | None, int] = defaultdict(int)
    for month in history(connection, months, min(params.before, months.end_instant)):
        new[month.currency] += month.movements.get("new", 0)
    started: dict[str | None, int] = defaultdict(int)
    for one in found:
        started[one.currency] += one.started
    name = "The cohorts began with all new MRR of their months"
    return same(name, minor(started), minor(new))
