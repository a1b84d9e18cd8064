"""A chart of a report that is broken down by two things at once: bars over the first, split by the second."""

from collections import Counter
from datetime import date
from typing import Any

from console import times, words
from console.ui import charts
from console.ui.marks import marks
from queries.reports import REPORTS, Report

COLOURS = ("blue", "orange", "violet", "red", "green")  # of the largest; what remains is gray


def split_chart(report: Report, value: str, *, unit: str, alt: str) -> None:
    """Stacked bars of a count over the report's first column, split by its second: the largest each by its
    name, the others together."""
    over, split = report.columns[0].name, report.columns[1].name
    records = report.to_records()
    totals: Counter[str] = Counter()
    for record in records:
        totals[record[split]] += record[value]
    named = [code for code, total in totals.most_common(len(COLOURS)) if total]
    bars: dict[Any, Counter[str]] = {place: Counter() for place in _places(report, over)}
    for record in records:
        bars[record[over]][record[split] if record[split] in named else ""] += record[value]
    if named:
        colours = dict(zip([*named, ""], [*COLOURS[: len(named)], "gray"], strict=True))
        series = {
            words.sentence_case(code) if code else "All others": (
                colour,
                [bar[code] for bar in bars.values()],
            )
            for code, colour in colours.items()
        }
        figure = value if value in REPORTS[report.name].only else None
        meant = marks(report.by, list(bars), [figure] * len(colours))
        places = [_in_words(place) for place in bars]
        charts.bars(places, series, unit=unit, alt=alt, key=f"{report.name}-split", marks=meant)


def _places(report: Report, over: str) -> list[Any]:
    """Each place of the axis: of months also those without a row."""
    if over == "month" and report.period is not None:
        return [span.first for span in report.period.months]
    return list(dict.fromkeys(report.values(over)))


def _in_words(place: Any) -> str:
    return times.month(place) if isinstance(place, date) else str(place)
