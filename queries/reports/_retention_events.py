"""What a report of retention is made of, from the events."""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import Connection

from queries.periods import Window
from queries.reports._checks import Sums
from queries.reports._cohorts import COHORTS, Cohort, cohorts, seen_since, whole_months
from queries.reports._keeping import Kept, MonthKept, kept, kept_by_customer, kept_by_month
from queries.reports._movements import history
from queries.reports.report import Params


@dataclass(frozen=True)
class Found:
    """The period by currency, and its months or (by cohort) its cohorts. `new` is the movement of that name
    in the months of the cohorts, in units, told apart; None if nothing is held against it."""

    total: list[Kept]
    months: list[MonthKept]
    cohorts: list[Cohort]
    new: Sums | None = None


def from_events(connection: Connection, params: Params, window: Window) -> Found:
    """Without months and cohorts if the rows behind are asked for."""
    total = kept(connection, kept_by_customer(window, params.before))
    if params.rows:
        return Found(total, [], [])
    if params.by not in COHORTS:
        return Found(total, kept_by_month(connection, window, params.before), [])
    months = whole_months(params, window)
    started = cohorts(connection, months, seen_since(months, params), params.before)
    return Found(total, [], started, _new(connection, months, params) if params.checked else None)


def _new(connection: Connection, months: Window, params: Params) -> Sums:
    new: dict[str | None, int] = defaultdict(int)
    for month in history(connection, months, min(params.before, months.end_instant)):
        new[month.currency] += month.movements.get("new", 0)
    return new
