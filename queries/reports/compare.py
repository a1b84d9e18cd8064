"""The figures of a report beside those of the period before and of the same days a year before."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from queries.periods import Window, first_of_month
from queries.reports import run
from queries.reports.report import Connections, Figure, Params, Report

DAY = timedelta(days=1)
NOT_OF_A_PERIOD = ("forecast", "receivables")
# Figures about the as-of instant, or about what is not decided yet: of an earlier period they say nothing.
OF_NOW: Mapping[str, tuple[str, ...]] = {
    "renewals": (
        "upcoming", "in_dunning", "set_to_end", "set_to_end_amount", "expected_amount", "at_risk",
        "at_risk_amount",
    ),
    "dunning": ("past_due", "amount", "open"),
    "trials": ("running_now", "set_to_end", "still_open"),
    "trial_cohorts": ("running", "still_open"),
}  # fmt: skip
Key = tuple[str, str | None]  # name, currency


def earlier(window: Window) -> tuple[Window, Window]:
    """The period before (as many months before whole months, else as many days) and the same days a year
    before. Raises ValueError where that is before the year 1900."""
    if window.first.day == window.end.day == 1:
        months = (window.end.year - window.first.year) * 12 + window.end.month - window.first.month
        before = Window(first_of_month(window.first, -months), window.first, window.zone)
    else:
        before = Window(window.first - (window.end - window.first), window.first, window.zone)
    return before, Window(_year_before(window.first), _year_before(window.last) + DAY, window.zone)


def _year_before(day: date) -> date:
    """The same day; 28 February for the 29th."""
    return day.replace(year=day.year - 1, day=28 if (day.month, day.day) == (2, 29) else day.day)


def compared(connections: Connections, params: Params, report: Report) -> Report:
    """The report (of `params`) with what its figures were in the two earlier periods, as known at the same
    as-of instant: `previous` and `last_year` are what the report of those days says."""
    if report.period is None or report.name in NOT_OF_A_PERIOD:
        return report
    try:
        before, year_before = earlier(report.period)
        previous = _figures(connections, params, report.name, before)
        again = year_before != before  # of a year, it is the same
        last_year = _figures(connections, params, report.name, year_before) if again else {}
    except (ValueError, OverflowError):  # BadParameter is one: there is no such period
        return report
    of_now = OF_NOW.get(report.name, ())
    figures = [one if one.name in of_now else _beside(one, previous, last_year) for one in report.figures]
    return replace(report, figures=figures)


def _figures(connections: Connections, params: Params, name: str, window: Window) -> dict[Key, Any]:
    asked = replace(params, period=window, days=None, rows=False, only=None, after=None, checked=False)
    return {(one.name, one.currency): one.value for one in run(name, connections, asked).figures}


def _beside(one: Figure, previous: Mapping[Key, Any], last_year: Mapping[Key, Any]) -> Figure:
    key = one.name, one.currency
    return replace(one, previous=previous.get(key), last_year=last_year.get(key))
