"""A figure beside the period before and the year before, in words."""

from dataclasses import replace
from typing import Any

from console import times
from console.reporting import in_words
from queries.periods import Window
from queries.reports import Figure, Report
from queries.reports.compare import earlier

NOW, PREVIOUS, LAST_YEAR = "This period", "The period before", "The year before"


def change(one: Figure) -> str | None:
    """ "12 more" than in the period before; None where there is nothing to compare."""
    if one.value is None or one.previous is None:
        return None
    difference = one.value - one.previous
    if one.kind == "percent":
        points = f"{abs(difference) * 100:.1f} points"
        if points == "0.0 points":
            return "The same"
        return f"{points} {'higher' if difference > 0 else 'lower'}"
    if difference == 0:
        return "The same"
    return f"{abs(difference):,} {'more' if difference > 0 else 'fewer'}"


def help_of(one: Figure) -> str | None:
    """What the figure counts, and what it was."""
    was = [
        f"{words}: {in_words(replace(one, value=value))}."
        for words, value in ((PREVIOUS, one.previous), (LAST_YEAR, one.last_year))
        if value is not None
    ]
    return " ".join([one.help, *was]).strip() or None


def per_currency(found: list[Figure]) -> list[dict[str, Any]]:
    """A row for each currency, and below it what was in the two earlier periods, if that is known."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for one in found:
        values = {NOW: one.value, PREVIOUS: one.previous, LAST_YEAR: one.last_year}
        for when, value in values.items():
            if when == NOW or value is not None:
                row = rows.setdefault((one.currency or "", when), {"currency": one.currency, "when": when})
                row[one.name] = in_words(replace(one, value=value))
    codes = list(dict.fromkeys(code for code, _ in rows))
    return [rows[code, when] for code in codes for when in (NOW, PREVIOUS, LAST_YEAR) if (code, when) in rows]


def of_days(report: Report) -> str:
    """Which days the figures are of, and as of when."""
    of = f"{_days(report.period)}. " if report.period else ""
    return of + times.as_of(report.as_of)


def compared_with(report: Report) -> str | None:
    """Which days the earlier figures are of; None if there are none."""
    if report.period is None or all(one.previous is None and one.last_year is None for one in report.figures):
        return None
    previous, last_year = (_days(window) for window in earlier(report.period))
    if previous == last_year:
        return f"Compared with {previous}, as known now."
    return f"Compared with {previous}; the year before is {last_year}. Both as known now."


def _days(window: Window) -> str:
    first, last = times.day(window.first), times.day(window.last)
    return first if first == last else f"{first} to {last}"
