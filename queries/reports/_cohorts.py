"""Cohorts: the customers who first had MRR in the same month, and how many of them and of their MRR are left.

A month since the start is a calendar month: month 0 is that of the start, and what is left is counted at the
end of the month, or now where it is not over.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import accumulate, groupby
from typing import Any

from sqlalchemy import Connection

from queries.periods import Window, first_of_month, start_of
from queries.reports._movements import changes
from queries.reports.report import Params

MONTHS_SINCE = 12
COHORTS = ("cohort", "cohort_mrr")  # by customers and by money


@dataclass(frozen=True)
class Cohort:
    """Who started in a month in one currency. `started` is their first MRR together, in units; `there` and
    `worth` are how many are left and their MRR in units after month 0, 1, …: as many as have begun.
    `running` is the month since the start that is not over; None if that is none of them."""

    first: date
    currency: str
    customers: int
    started: int
    there: tuple[int, ...]
    worth: tuple[int, ...]
    running: int | None


@dataclass
class CohortTold:
    """Changes by month since the start."""

    customers: int = 0
    started: int = 0
    there: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    worth: dict[int, int] = field(default_factory=lambda: defaultdict(int))


Told = defaultdict[tuple[str, int], CohortTold]  # by currency and number of the month of start


def whole_months(params: Params, window: Window) -> Window:
    """The months of start: whole ones, the last as far as it has come."""
    end = min(first_of_month(window.last, 1), params.today + timedelta(days=1))
    return Window(first_of_month(window.first), end, window.zone)


def seen_since(months: Window, params: Params) -> Window:
    """What is seen of those who started in these months: all up to the day of the as-of instant."""
    return Window(months.first, params.today + timedelta(days=1), months.zone)


def cohorts(connection: Connection, months: Window, seen: Window, before: datetime) -> list[Cohort]:
    """The cohorts of whole `months`, by month and currency. `seen` begins with them and ends with the day of
    `before`, the first instant that is not seen. A month without a start has a row with nothing."""
    told: Told = defaultdict(CohortTold)
    currencies = set()
    for (_, currency), told_of in groupby(changes(connection, seen, before), key=lambda row: row[:2]):
        currencies.add(currency)
        _tell(told, currency, list(told_of))
    return cohorts_told(told, currencies, months, seen, before)


def cohorts_told(
    told: Told, currencies: Collection[str], months: Window, seen: Window, before: datetime
) -> list[Cohort]:
    """The same, of what was told of each; the months are numbered from 1."""
    begun = len(seen.months)
    is_over = start_of(first_of_month(seen.last, 1), seen.zone) <= before
    return [
        _cohort(told[currency, number], span.first, currency, begun - number, is_over=is_over)
        for number, span in enumerate(months.months, start=1)
        for currency in sorted(currencies)
    ]


def _tell(told: Told, currency: str, told_of: Sequence[Any]) -> None:
    """Adds one customer to the cohort of the month of their first MRR, with all that came of it."""
    *_, started, first = told_of[0]
    if first <= 0:  # untidy: it went down before it began, which is no start
        return
    cohort, worth = told[currency, started], 0
    cohort.customers += 1
    cohort.started += first
    for number, in_month in groupby(told_of, key=lambda row: row[2]):
        opening = worth
        worth += sum(row[3] for row in in_month)
        cohort.there[number - started] += (worth > 0) - (opening > 0)
        cohort.worth[number - started] += worth - opening


def _cohort(told: CohortTold, first: date, currency: str, last: int, *, is_over: bool) -> Cohort:
    """`last` is the month since the start that began last."""
    since = range(min(MONTHS_SINCE, last) + 1)
    there, worth = (tuple(accumulate(by[n] for n in since)) for by in (told.there, told.worth))
    running = None if is_over or last not in since else last
    return Cohort(first, currency, told.customers, told.started, there, worth, running)
