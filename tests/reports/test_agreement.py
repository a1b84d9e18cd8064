"""Tile, table, list and file say the same: for every report, breakdown and filter. Of roles: tests/pages."""

import csv
import io
from collections import Counter
from datetime import date
from typing import Any

import pytest
from openpyxl import load_workbook

from console import clocks, exports
from console.db import reading
from queries.periods import Window, first_of_month
from queries.reports import REPORTS, Params, Report, run
from queries.reports.narrowing import NAMED, SPANS
from tests.conftest import Databases

LINES = 2  # of each table, whose rows are listed
# Tables of some of the trials only: those that were cancelled, those that became paid.
OF_SOME = {("trials", "reason"), ("trials", "days_to_convert")}


def asked(name: str, *, past: bool, **more: Any) -> Report:
    month = Window(first_of_month(clocks.today(), -1), first_of_month(clocks.today()), clocks.zone())
    with reading() as data:
        params = Params(as_of=clocks.now(), zone=clocks.zone(), period=month if past else None, **more)
        return run(name, data, params)


def counts(report: Report, only: str) -> Counter[Any]:
    """The column by the lines of the table, over all currencies."""
    found: Counter[Any] = Counter()
    for record in report.to_records():
        found[record[report.columns[0].name]] += record[only] or 0
    return found


def has_count(report: Report, only: str) -> bool:
    return any(column.name == only and column.kind == "count" for column in report.columns)


def in_address(line: Any) -> str:
    if isinstance(line, date):
        return line.isoformat()
    return "" if line is None else str(line)


@pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)  # each report's own tests are on both
@pytest.mark.parametrize("past", [False, True], ids=["default", "last month"])
@pytest.mark.parametrize("name", REPORTS)
def test_every_breakdown_and_filter(name: str, past: bool, company: Databases) -> None:
    compared = 0
    for by in REPORTS[name].by:
        table = asked(name, past=past, by=by)
        for only in REPORTS[name].only:
            if not has_count(table, only) or (name, by) in OF_SOME:
                continue
            rows = asked(name, past=past, by=by, rows=True, only=only)
            tile = [figure.value for figure in table.figures if figure.name == only]
            lines = counts(table, only)
            assert lines.total() == len(rows.rows), (by, only)
            assert not tile or lines.total() == sum(tile), (by, only)
            compared += 1
            for line, value in [one for one in lines.items() if one[1]][:LINES] if listed_by(by) else []:
                of_line = asked(name, past=past, by=by, rows=True, only=only, key=in_address(line))
                assert len(of_line.rows) == value, (by, only, line)
    assert compared or not any(has_count(table, only) for only in REPORTS[name].only)


def listed_by(by: str) -> bool:
    return by in NAMED or by in SPANS


def test_claims_add_up_to_their_bucket(company: Databases) -> None:
    """Receivables count money: what is listed of a bucket is its amount, in each currency."""
    table = asked("receivables", past=False)
    for only in REPORTS["receivables"].only:
        rows = asked("receivables", past=False, rows=True, only=only)
        sums: Counter[str] = Counter()
        for record in rows.to_records():
            sums[record["currency"]] += record["amount"]
        tiles = {one.currency: one.value for one in table.figures if one.name == only and one.value}
        assert tiles == {currency: amount for currency, amount in sums.items() if amount}


@pytest.mark.parametrize("name", REPORTS)
def test_the_files_have_the_rows_of_the_table(name: str, company: Databases) -> None:
    for rows in (False, True):
        report = asked(name, past=False, rows=rows)
        text = exports.content(report, "csv").decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline="")))
        sheet = load_workbook(io.BytesIO(exports.content(report, "xlsx"))).worksheets[0]
        assert len(lines) - 1 == sheet.max_row - 1 == len(report.rows)
        titles = [column.title for column in report.columns]
        assert lines[0][: len(titles)] == titles
