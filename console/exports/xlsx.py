"""Reports as workbooks: their rows on sheets of typed cells, and a sheet that says what they mean.

Rows that do not fit one sheet go on in the next: none is cut. A finance pack is several reports in one book.
"""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, BinaryIO

from xlsxwriter.worksheet import Worksheet

from console.exports.cells import Book, Cell, book, put, write_text
from console.exports.plain import moment, records
from queries.periods import Window
from queries.reports import Column, Figure, Report
from queries.reports.compare import earlier
from queries.reports.report import Check

ROWS_A_SHEET = 1_048_575  # besides the header
WIDTHS = {"count": 10, "money": 14, "percent": 10, "date": 11, "instant": 19}
NARROWEST, WIDEST = 8, 50
FILTER_BUTTON = 3  # beside a title
EARLIER = ("The period before", "The year before")
LOOKED_AT = 500  # rows, to find how wide text is


def write_report(report: Report, file: BinaryIO, filters: Sequence[str] = ()) -> None:
    """The report's rows, then the sheet "Definitions". `filters`, in words, is what else it was asked with.
    Raises OSError."""
    with book(file, report.title, report.as_of, report.zone) as into:
        _rows(into, report, "Rows" if report.by == "rows" else "Table")
        sheet = _sheet(into, "Definitions", (26, 90, 16, 10, 18, 18))
        row = _meaning(into, sheet, 0, report, filters) + 1
        figures = ((Cell(each.label), Cell(each.help), *_value(each)) for each in report.figures)
        row = _lines(into, sheet, row, ("Figure", "Meaning", *_values([report])), figures) + 1
        checks = ((Cell(each.name), Cell(each.sentence), _holds(each)) for each in report.checks)
        _lines(into, sheet, row, ("Check", "In words", "Holds"), checks)


def write_pack(title: str, reports: Sequence[Report], file: BinaryIO) -> None:
    """Reports of one period and moment: the sheet "Summary" with the headline figures and checks of all, the
    table of each, then "Definitions". Raises OSError."""
    first = reports[0]
    with book(file, title, first.as_of, first.zone) as into:
        _summary(into, title, reports)
        for report in reports:
            _rows(into, report, report.title)
        sheet = _sheet(into, "Definitions", (26, 100))
        row = 0
        for report in reports:
            row = _meaning(into, sheet, row, report) + 1


def _summary(into: Book, title: str, reports: Sequence[Report]) -> None:
    sheet = _sheet(into, "Summary", (26, 40, 18, 10, 18, 18, 90))
    row = _titles(into, sheet, 0, (title,))
    row = _facts(into, sheet, row, _when(reports[0]))
    sheet.freeze_panes(row + 2, 0)
    values = _values(reports)
    figures = (
        (Cell(report.title), Cell(each.label), *_value(each)[: len(values)], Cell(each.help))
        for report in reports
        for each in report.figures
    )
    row = _lines(into, sheet, row + 1, ("Report", "Figure", *values, "Meaning"), figures)
    checks = (
        (Cell(report.title), Cell(each.name), _holds(each), Cell(each.sentence))
        for report in reports
        for each in report.checks
    )
    _lines(into, sheet, row + 1, ("Report", "Check", "Holds", "In words"), checks)


def _rows(into: Book, report: Report, name: str) -> None:
    """The rows, on as many sheets as they need: "Rows", "Rows 2", …"""
    widths = [_width(report, place) for place in range(len(report.columns))]
    left = records(report)
    for number in range(max(1, -(-len(report.rows) // ROWS_A_SHEET))):
        sheet = _sheet(into, f"{name} {number + 1}" if number else name, widths)
        sheet.freeze_panes(1, 0)
        titles = [_title(column, report) for column in report.columns]
        lines = (_cells(record, report.columns) for record in islice(left, ROWS_A_SHEET))
        row = _lines(into, sheet, 0, titles, lines)
        sheet.autofilter(0, 0, row - 1, len(report.columns) - 1)


def _cells(record: dict[str, Any], columns: Sequence[Column]) -> list[Cell]:
    currency = record.get("currency")
    return [Cell(record[column.name], column.kind, currency) for column in columns]


def _title(column: Column, report: Report) -> str:
    return f"{column.title} ({report.time_zone})" if column.kind == "instant" else column.title


def _width(report: Report, place: int) -> int:
    """Of a column, in characters: of text, as the first rows need it."""
    column = report.columns[place]
    values = [len(str(row[place] or "")) for row in report.rows[:LOOKED_AT]]
    needed = WIDTHS.get(column.kind) or max(values, default=0)
    return min(max(needed, len(_title(column, report)) + FILTER_BUTTON, NARROWEST), WIDEST)


def _meaning(into: Book, sheet: Worksheet, row: int, report: Report, filters: Sequence[str] = ()) -> int:
    """What was asked and what it means, label by label; the row after it."""
    return _facts(
        into,
        sheet,
        _titles(into, sheet, row, (report.title,)),
        [
            ("Definition", " ".join(report.definition.split())),
            *_when(report),
            ("Breakdown", report.by.replace("_", " ")),
            ("Filters", "; ".join(filters) or "none"),
            *(("Note", note) for note in report.notes),
        ],
    )


def _when(report: Report) -> list[tuple[str, str]]:
    period = report.period
    before = zip(EARLIER, earlier(period), strict=True) if period and _is_compared(report) else ()
    return [
        ("Period", _days(period) if period else "none: as of that moment"),
        *((title, _days(window)) for title, window in before),
        ("As of", moment(report.as_of, report.zone).replace("T", " ")),
        ("Time zone", report.time_zone),
    ]


def _days(window: Window) -> str:
    return f"{window.first} to {window.last}"


def _values(reports: Sequence[Report]) -> tuple[str, ...]:
    """The titles of `_value`: those of earlier periods only where figures were compared with them."""
    return ("Value", "Unit", *(EARLIER if any(map(_is_compared, reports)) else ()))


def _is_compared(report: Report) -> bool:
    return any(each.previous is not None or each.last_year is not None for each in report.figures)


def _value(figure: Figure) -> tuple[Cell, ...]:
    """The value, its unit, and what it was in the earlier periods."""
    unit = {"percent": "%", "count": "number"}.get(figure.kind)
    units = [each for each in (unit, figure.currency) if each]
    value, *earlier_values = (
        Cell(each, figure.kind, figure.currency) for each in (figure.value, figure.previous, figure.last_year)
    )
    return value, Cell(", ".join(units)), *earlier_values


def _holds(check: Check) -> Cell:
    return Cell("yes" if check.holds else "no")


def _sheet(into: Book, name: str, widths: Sequence[int]) -> Worksheet:
    sheet = into.sheet(name)
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)
    return sheet


def _titles(into: Book, sheet: Worksheet, row: int, titles: Sequence[str]) -> int:
    """A line in bold; the row after it."""
    for place, title in enumerate(titles):
        write_text(into, sheet, (row, place), title, bold=True)
    return row + 1


def _lines(
    into: Book, sheet: Worksheet, row: int, titles: Sequence[str], lines: Iterable[Sequence[Cell]]
) -> int:
    """A table below its titles; the row after it."""
    row = _titles(into, sheet, row, titles)
    for line in lines:
        for place, cell in enumerate(line):
            put(into, sheet, (row, place), cell)
        row += 1
    return row


def _facts(into: Book, sheet: Worksheet, row: int, facts: Sequence[tuple[str, str]]) -> int:
    """A label and its text on each line; long text is wrapped."""
    for label, said in facts:
        write_text(into, sheet, (row, 0), label, valign="top")
        write_text(into, sheet, (row, 1), said, text_wrap=True, valign="top")
        row += 1
    return row
