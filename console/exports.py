"""A report as a file: the same rows the screen shows, in a form that spreadsheets and programs can trust.

CSV is a pure table. Money is a plain number in major units with the currency's decimals, beside its currency;
moments carry the offset of the reporting zone; text cannot become a formula. JSON says besides what was asked
and what it means, and gives money in both minor units and decimals.
"""

import csv
import io
import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from console.errors import Refused
from console.money import amount
from queries.reports import Column, Figure, Report

Style = Literal["comma", "semicolon"]
STYLES: dict[Style, tuple[str, str]] = {"comma": (",", "."), "semicolon": (";", ",")}  # separator, decimal
FORMATS = ("csv", "json")
# A spreadsheet takes a cell that begins so for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def to_csv(report: Report, *, style: Style = "comma") -> Iterator[str]:
    """The report line by line: a header of column titles, then its rows. With "semicolon" the decimals have a
    comma, as spreadsheets of many European languages expect."""
    separator, point = STYLES[style]
    line = io.StringIO()
    writer = csv.writer(line, delimiter=separator, lineterminator="\r\n")

    def written(cells: list[str]) -> str:
        line.seek(0)
        line.truncate()
        writer.writerow(cells)
        return line.getvalue()

    yield written([column.title for column in report.columns])
    for record in report.to_records():
        yield written([cell(report, record, column, point) for column in report.columns])


def to_csv_bytes(report: Report, *, style: Style = "comma") -> bytes:
    """The whole file, UTF-8 with the mark by which spreadsheets recognise it."""
    return "".join(to_csv(report, style=style)).encode("utf-8-sig", errors="replace")


def to_json(report: Report) -> dict[str, Any]:
    """The report with what was asked and what it means. Stable: names stay, new ones may come."""
    period = report.period
    return {
        "name": report.name,
        "title": report.title,
        "as_of": _local(report.as_of, report.zone),
        "time_zone": report.time_zone,
        "period": period and {"first": period.first.isoformat(), "last": period.last.isoformat()},
        "by": report.by,
        "figures": [_figure(figure, report.zone) for figure in report.figures],
        "columns": [
            {"name": column.name, "title": column.title, "kind": column.kind} for column in report.columns
        ],
        "rows": [_row(record, report) for record in report.to_records()],
        "definition": report.definition,
        "notes": report.notes,
        "next": report.next,
    }


def file_name(report: Report, form: str, *, rows: bool = False) -> str:
    """ "renewals-by-day-2026-03-01-2026-03-30.csv"; with `rows`, that of the rows behind the report."""
    period = report.period
    days = [period.first, period.last] if period else [report.as_of.astimezone(report.zone).date()]
    kind = "rows" if rows or report.by == "rows" else f"by-{report.by}"
    return "-".join([report.name, kind, *(day.isoformat() for day in days)]) + f".{form}"


def write(report: Report, form: str, path: str, *, style: Style = "comma") -> None:
    """The file that the screen's download gives, at `path`. Raises Refused where it cannot be written."""
    try:
        with open(path, "wb") as file:  # noqa: PTH123 - a path a person typed, of any shape
            file.write(content(report, form, style=style))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a file name"
        raise Refused(f"The file “{path[:200]}” cannot be written: {reason}.") from error


def content(report: Report, form: str, *, style: Style = "comma") -> bytes:
    """A report as the bytes of one of FORMATS."""
    if form == "csv":
        return to_csv_bytes(report, style=style)
    return (json.dumps(to_json(report), ensure_ascii=False, indent=2) + "\n").encode(errors="replace")


def cell(report: Report, record: dict[str, Any], column: Column, point: str = ".") -> str:
    """One value of a row (`Report.to_records`) as a file has it."""
    value = record[column.name]
    if value is None:
        return ""
    if column.kind == "money":
        return _amount(value, record.get("currency")).replace(".", point)
    if column.kind == "percent":
        return f"{value:.6f}".rstrip("0").rstrip(".").replace(".", point)
    if isinstance(value, datetime):
        return _local(value, report.zone)
    if isinstance(value, date | int):
        return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _amount(minor: int, currency: str | None) -> str:
    """ "1234.50"; nothing where there is no currency to say how many decimals."""
    return f"{amount(minor, currency):f}" if currency else ""


def _local(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds")


def _plain(value: Any, kind: str, currency: str | None, zone: ZoneInfo) -> Any:
    if value is None:
        return None
    if kind == "money":
        return {"minor": value, "amount": _amount(value, currency)} if currency else None
    if isinstance(value, datetime):
        return _local(value, zone)
    return value.isoformat() if isinstance(value, date) else value


def _figure(figure: Figure, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "name": figure.name,
        "label": figure.label,
        "kind": figure.kind,
        "currency": figure.currency,
        "value": _plain(figure.value, figure.kind, figure.currency, zone),
        "help": figure.help,
    }


def _row(record: dict[str, Any], report: Report) -> dict[str, Any]:
    currency = record.get("currency")
    return {
        column.name: _plain(record[column.name], column.kind, currency, report.zone)
        for column in report.columns
    }
