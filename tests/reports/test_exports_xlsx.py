"""Workbooks, read back by another library: they have the types, and say what the CSV and the report say."""

import csv
import io
import tracemalloc
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.utils.escape import unescape

from console import clocks, exports, money
from console.commands.report import report as command
from console.db import reading
from console.errors import Refused
from console.exports import xlsx
from console.reporting import Question, filters, run
from queries.reports import REPORTS, Figure, Report
from queries.reports.report import Check
from tests.conftest import Databases
from tests.reports import at
from tests.reports.test_exports import REPORT

FORMULAS = ["=1+1", "+SUM(A1)", "@x", "-2+3", "\t=1+1", "\r=1+1", "\n=1+1"]


def _opened(made: bytes) -> Workbook:
    return load_workbook(io.BytesIO(made))


def _book(report: Report, **values: Any) -> Workbook:
    return _opened(exports.content(report, "xlsx", **values))


def _texts(texts: list[str]) -> Report:
    return replace(REPORT, columns=REPORT.columns[1:2], rows=[(text,) for text in texts])


def _read(report: Report) -> list[Any]:
    """The first column as it was before it was written."""
    sheet = _book(report)["Table"]
    return [cell.value if cell.value is None else unescape(cell.value) for cell in sheet["A"][1:]]


def test_cells_have_types_and_formats() -> None:
    sheet = _book(REPORT)["Table"]
    assert [cell.value for cell in sheet[1]] == [
        "Day", "Customer", "Amount", "Currency", "Rate", "Due (Europe/Helsinki)", "Due",
    ]  # fmt: skip
    first = [(cell.value, cell.number_format) for cell in sheet[2]]
    assert first == [
        (datetime(2026, 3, 29), "yyyy-mm-dd"),  # noqa: DTZ001 - a sheet knows no zone
        ("Aino", "General"),
        (1234.5, "#,##0.00"),
        ("EUR", "General"),
        (0.125, "0.0%"),
        (datetime(2026, 3, 29, 2, 59, 59), "yyyy-mm-dd hh:mm:ss"),  # noqa: DTZ001
        (3, "#,##0"),
    ]
    assert [cell.data_type for cell in sheet[2]] == ["d", "s", "n", "s", "n", "d", "n"]
    amounts = [(row[2].value, row[2].number_format) for row in sheet.iter_rows(min_row=3)]
    assert amounts == [(-5, "#,##0"), (1.005, "#,##0.000"), (None, "General")]


def test_the_header_is_bold_frozen_and_filters() -> None:
    sheet = _book(REPORT)["Table"]
    assert all(cell.font.b for cell in sheet[1])
    assert not any(cell.font.b for cell in sheet[2])
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:G5"
    assert all(8 <= sheet.column_dimensions[letter].width <= 51 for letter in "ABCDEFG")
    assert _book(replace(REPORT, rows=[]))["Table"].auto_filter.ref == "A1:G1"


@pytest.mark.parametrize("text", FORMULAS)
def test_what_looks_like_a_formula_is_text(text: str) -> None:
    cell = _book(_texts([text]))["Table"]["A2"]
    assert (cell.data_type, unescape(cell.value)) == ("s", text)
    assert cell.quotePrefix  # else it would become one when somebody edits the cell


@settings(max_examples=50)
@given(st.lists(st.text(st.characters(exclude_categories=()), min_size=1, max_size=20), min_size=1))
def test_text_comes_back_as_it_was(texts: list[str]) -> None:
    assert _read(_texts(texts)) == [text.encode(errors="replace").decode() for text in texts]


def test_text_that_looks_like_something_else_stays_text() -> None:
    texts = [
        "<r></x></r>",
        "<r><t>a</t></r>",
        "12",
        "2026-01-01",
        "https://a.example",
        "_x0041_",
        "a\x00",
        "<b>&",
    ]
    assert _read(_texts(texts)) == texts


def test_what_a_cell_cannot_hold_is_text_and_marked() -> None:
    assert _read(_texts(["x" * 40_000])) == ["x" * 16_382 + "…"]
    row = (date(1900, 12, 31), "a", 10**15, "EUR", None, at("1900-01-01T00:00"), 10**15)
    sheet = _book(replace(REPORT, rows=[row]))["Table"]
    assert [cell.value for cell in sheet[2]] == [
        "1900-12-31", "a", "10000000000000.00", "EUR", None,
        "1900-01-01T01:39:49+01:39:49", "1000000000000000",
    ]  # fmt: skip


@given(st.integers(-(10**15) + 1, 10**15 - 1), st.sampled_from(["JPY", "EUR", "KWD"]))
@settings(max_examples=50)
def test_amounts_are_exact(minor: int, currency: str) -> None:
    row = (None, None, minor, currency, None, None, None)
    cell = _book(replace(REPORT, rows=[row]))["Table"]["C2"]
    assert cell.data_type == "n"
    assert round(cell.value * 10 ** money.decimals(currency)) == minor


def test_the_definitions_say_what_was_asked_and_what_it_means() -> None:
    figures = [
        Figure("amount", "Amount", 123450, "money", "EUR", "What is due.", 5000, None),
        Figure("rate", "Rate by money", 0.5, "percent", "EUR"),
        Figure("due", "Due", 7, "count"),
    ]
    checks = (Check("Parts", True, "They add up."), Check("Rows", False, "It is 3, and 2 rows."))
    asked = replace(REPORT, figures=figures, checks=checks, notes=["A note.", "Another."])
    found = _rows_of(_book(asked, filters=["only “at risk”", "at most 5 rows"]), "Definitions")
    assert found == [
        ("Renewals",),
        ("Definition", "What falls due."),
        ("Period", "2026-03-28 to 2026-03-30"),
        ("The period before", "2026-03-25 to 2026-03-27"),
        ("The year before", "2025-03-28 to 2025-03-30"),
        ("As of", "2026-03-29 02:30:00+02:00"),
        ("Time zone", "Europe/Helsinki"),
        ("Breakdown", "day"),
        ("Filters", "only “at risk”; at most 5 rows"),
        ("Note", "A note."),
        ("Note", "Another."),
        ("Figure", "Meaning", "Value", "Unit", "The period before", "The year before"),
        ("Amount", "What is due.", 1234.5, "EUR", 50),
        ("Rate by money", None, 0.5, "%, EUR"),
        ("Due", None, 7, "number"),
        ("Check", "In words", "Holds"),
        ("Parts", "They add up.", "yes"),
        ("Rows", "It is 3, and 2 rows.", "no"),
    ]
    plain = _rows_of(_book(replace(REPORT, period=None)), "Definitions")
    assert ("Period", "none: as of that moment") in plain
    assert ("Filters", "none") in plain
    assert ("Figure", "Meaning", "Value", "Unit") in plain


def _rows_of(book: Workbook, sheet: str) -> list[tuple[Any, ...]]:
    """Rows without the empty cells at their end; no empty rows."""
    rows = [list(row) for row in book[sheet].iter_rows(values_only=True)]
    for row in rows:
        while row and row[-1] is None:
            row.pop()
    return [tuple(row) for row in rows if row]


@pytest.mark.parametrize(("rows", "sheets"), [(0, 1), (1, 1), (3, 1), (4, 2), (6, 2), (7, 3)])
def test_rows_go_on_in_the_next_sheet(monkeypatch: pytest.MonkeyPatch, rows: int, sheets: int) -> None:
    monkeypatch.setattr(xlsx, "ROWS_A_SHEET", 3)
    book = _book(replace(_texts([str(n) for n in range(rows)]), by="rows"))
    assert book.sheetnames == [*["Rows", "Rows 2", "Rows 3"][:sheets], "Definitions"]
    parts = [book[name] for name in book.sheetnames[:-1]]
    assert [sheet["A1"].value for sheet in parts] == ["Customer"] * sheets
    assert all(sheet.freeze_panes == "A2" and sheet.max_row <= 4 for sheet in parts)
    assert [cell.value for sheet in parts for cell in sheet["A"][1:]] == [str(n) for n in range(rows)]


def test_a_sheet_is_as_long_as_spreadsheets_allow() -> None:
    assert xlsx.ROWS_A_SHEET == 2**20 - 1  # Excel specifications and limits: 1,048,576 rows by 16,384 columns


def test_the_same_report_is_the_same_bytes() -> None:
    assert exports.content(REPORT, "xlsx") == exports.content(REPORT, "xlsx")


@pytest.mark.parametrize("name", REPORTS)
def test_the_workbook_has_the_rows_of_the_csv_and_the_report(company: Databases, name: str) -> None:
    month = clocks.today().replace(day=1).isoformat()
    asked = [
        Question(name=name, first=month, last=clocks.today().isoformat(), by=by) for by in REPORTS[name].by
    ]
    with reading() as data:
        found = [run(data, question) for question in (*asked, Question(name=name, rows=True))]
    for report in found:
        book = _book(report)
        assert book.sheetnames == ["Rows" if report.by == "rows" else "Table", "Definitions"]
        lines = list(csv.reader(io.StringIO("".join(exports.to_csv(report)), newline="")))
        rows = list(book.worksheets[0].iter_rows())[1:]
        assert len(rows) == len(lines) - 1 == len(report.rows)
        for cells, line, record in zip(rows, lines[1:], report.to_records(), strict=True):
            values = [cell.value for cell in cells]
            assert [_as_csv(*each, record) for each in zip(values, report.columns, strict=True)] == line


def _as_csv(value: Any, column: Any, record: dict[str, Any]) -> str:
    """A cell of a workbook as the CSV has it; the offset of a moment, which no sheet has, is the report's."""
    if value is None:
        return ""
    if column.kind == "money":
        return f"{value:.{money.decimals(record['currency'])}f}"
    if column.kind == "percent":
        return f"{value:.6f}".rstrip("0").rstrip(".")
    if column.kind == "date":
        return str(value.date())
    if column.kind == "instant":
        local = record[column.name].astimezone(clocks.zone())
        assert local.replace(tzinfo=None, microsecond=0) == value
        return str(local.isoformat(timespec="seconds"))
    return str(value)


def test_filters_are_said_in_words() -> None:
    asked = Question(name="renewals", rows=True, only="at_risk", sort="money", limit=1)
    assert filters(asked) == ["only “at risk”", "the largest amount first", "at most 1 row"]
    assert filters(Question(name="renewals", rows=True)) == []
    assert filters(Question(name="renewals", sort="money", limit=1)) == []


def test_the_command_writes_a_workbook_to_a_file_only(company: Databases, tmp_path: Path) -> None:
    out = tmp_path / "renewals.xlsx"
    asked = ["renewals", "--only", "upcoming", "--limit", "3", "--format", "xlsx"]
    done = CliRunner().invoke(command, [*asked, "--out", str(out)], catch_exceptions=False)
    assert (done.exit_code, "3 rows written to" in done.stderr) == (0, True)
    book = _opened(out.read_bytes())
    assert book["Rows"].max_row == 4
    assert ("Filters", "only “upcoming”; at most 3 rows") in _rows_of(book, "Definitions")
    with pytest.raises(Refused, match=r"Add --out FILE\.xlsx\."):
        CliRunner().invoke(command, asked, catch_exceptions=False)


def test_a_workbook_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="cannot be written: No such file"):
        exports.write(REPORT, "xlsx", str(tmp_path / "no" / "a.xlsx"))
    if (full := Path("/dev/full")).exists():
        for form in exports.FORMATS:
            with pytest.raises(Refused, match="cannot be written: No space left"):
                exports.write(REPORT, form, str(full))


@pytest.mark.parametrize(("form", "mark"), [("csv", b"\r\n"), ("xlsx", b"</row>")])
def test_a_large_list_needs_little_memory(tmp_path: Path, form: str, mark: bytes) -> None:
    large = replace(REPORT, by="rows", columns=REPORT.columns[1:3], rows=[REPORT.rows[0][1:3]] * 100_000)
    path = tmp_path / f"large.{form}"
    tracemalloc.start()
    exports.write(large, form, str(path))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10_000_000  # bytes: no more than a few rows at a time
    assert _inside(path).count(mark) == 100_001


def _inside(path: Path) -> bytes:
    if path.suffix != ".xlsx":
        return path.read_bytes()
    with ZipFile(path) as file:
        return file.read("xl/worksheets/sheet1.xml")
