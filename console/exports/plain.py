"""A report as CSV or JSON.

CSV is a pure table, made line by line. Money is a plain number in major units with the currency's decimals,
beside its currency; moments carry the offset of the reporting zone; text cannot become a formula. JSON says
besides what was asked and what it means, and gives money in both minor units and decimals.
"""

import codecs
import csv
import io
import json
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, BinaryIO, Literal
from zoneinfo import ZoneInfo

from console.money import amount
from queries.reports import Column, Figure, Report

Style = Literal["comma", "semicolon"]
STYLES: dict[Style, tuple[str, str]] = {"comma": (",", "."), "semicolon": (";", ",")}  # separator, decimal
# A spreadsheet takes a cell that begins so for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def records(report: Report) -> Iterator[dict[str, Any]]:
    """`Report.to_records`, one at a time: a large list is not in memory twice."""
    names = [column.name for column in report.columns]
    return (dict(zip(names, row, strict=True)) for row in report.rows)


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
    for record in records(report):
        yield written([cell(report, record, column, point) for column in report.columns])


def to_csv_bytes(report: Report, *, style: Style = "comma") -> bytes:
    """The whole file, UTF-8 with the mark by which spreadsheets recognise it."""
    file = io.BytesIO()
    write_csv(report, file, style=style)
    return file.getvalue()


def write_csv(report: Report, file: BinaryIO, *, style: Style = "comma") -> None:
    """The same, line by line into a file."""
    file.write(codecs.BOM_UTF8)
    for line in to_csv(report, style=style):
        file.write(line.encode(errors="replace"))


def write_json(report: Report, file: BinaryIO) -> None:
    file.write((json.dumps(to_json(report), ensure_ascii=False, indent=2) + "\n").encode(errors="replace"))


def to_json(report: Report) -> dict[str, Any]:
    """The report with what was asked and what it means. Stable: names stay, new ones may come."""
    period = report.period
    return {
        "name": report.name,
        "title": report.title,
        "as_of": moment(report.as_of, report.zone),
        "time_zone": report.time_zone,
        "period": period and {"first": period.first.isoformat(), "last": period.last.isoformat()},
        "by": report.by,
        "figures": [_figure(figure, report.zone) for figure in report.figures],
        "columns": [
            {"name": column.name, "title": column.title, "kind": column.kind} for column in report.columns
        ],
        "rows": [_row(record, report) for record in records(report)],
        "definition": report.definition,
        "notes": report.notes,
        "next": report.next,
    }


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
        return moment(value, report.zone)
    if isinstance(value, date | int):
        return str(value)
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _amount(minor: int, currency: str | None) -> str:
    """ "1234.50"; nothing where there is no currency to say how many decimals."""
    return f"{amount(minor, currency):f}" if currency else ""


def moment(instant: datetime, zone: ZoneInfo) -> str:
    """ "2026-03-01T10:00:00+02:00": local time with its offset."""
    return instant.astimezone(zone).isoformat(timespec="seconds")


def _plain(value: Any, kind: str, currency: str | None, zone: ZoneInfo) -> Any:
    if value is None:
        return None
    if kind == "money":
        return {"minor": value, "amount": _amount(value, currency)} if currency else None
    if isinstance(value, datetime):
        return moment(value, zone)
    return value.isoformat() if isinstance(value, date) else value


def _figure(figure: Figure, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "name": figure.name,
        "label": figure.label,
        "kind": figure.kind,
        "currency": figure.currency,
        "value": _plain(figure.value, figure.kind, figure.currency, zone),
        "previous": _plain(figure.previous, figure.kind, figure.currency, zone),
        "last_year": _plain(figure.last_year, figure.kind, figure.currency, zone),
        "help": figure.help,
    }


def _row(record: dict[str, Any], report: Report) -> dict[str, Any]:
    currency = record.get("currency")
    return {
        column.name: _plain(record[column.name], column.kind, currency, report.zone)
        for column in report.columns
    }
