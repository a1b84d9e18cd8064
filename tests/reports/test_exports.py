"""Files: equal to the rows, safe in a spreadsheet, plain for a program."""

import csv
import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import exports
from console.errors import Refused
from queries.reports import Column, Figure, Report
from tests import build
from tests.conftest import Databases
from tests.reports import HELSINKI, ask, at, days, paying, scratch

REPORT = Report(
    name="renewals",
    title="Renewals",
    definition="What falls due.",
    as_of=at("2026-03-29T00:30"),
    zone=HELSINKI,
    period=days("2026-03-28", "2026-03-30", HELSINKI),
    by="day",
    columns=(
        Column("day", "Day", "date"),
        Column("customer", "Customer", "text"),
        Column("amount", "Amount", "money"),
        Column("currency", "Currency", "text"),
        Column("rate", "Rate", "percent"),
        Column("due_at", "Due", "instant"),
        Column("due", "Due", "count"),
    ),
    rows=[
        (date(2026, 3, 29), "Aino", 123450, "EUR", 0.125, at("2026-03-29T00:59:59"), 3),
        (date(2026, 3, 29), "=1+1", -5, "JPY", None, at("2026-03-29T01:00"), 0),
        (date(2026, 3, 30), 'a;b,"c"\n', 1005, "KWD", 1.0, None, 1),
        (date(2026, 3, 30), None, 0, None, 0.0, None, 0),
    ],
    figures=[Figure("amount", "Amount", 123450, "money", "EUR"), Figure("rate", "Rate", None, "percent")],
    notes=["A note."],
)


def _cells(text: str, separator: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))


def test_csv_is_the_rows_in_plain_form() -> None:
    assert _cells("".join(exports.to_csv(REPORT))) == [
        ["Day", "Customer", "Amount", "Currency", "Rate", "Due", "Due"],
        ["2026-03-29", "Aino", "1234.50", "EUR", "0.125", "2026-03-29T02:59:59+02:00", "3"],
        ["2026-03-29", "'=1+1", "-5", "JPY", "", "2026-03-29T04:00:00+03:00", "0"],
        ["2026-03-30", 'a;b,"c"\n', "1.005", "KWD", "1", "", "1"],
        ["2026-03-30", "", "", "", "0", "", "0"],
    ]


def test_semicolons_come_with_decimal_commas() -> None:
    rows = _cells("".join(exports.to_csv(REPORT, style="semicolon")), ";")
    assert rows[1][2:5] == ["1234,50", "EUR", "0,125"]
    assert exports.to_csv_bytes(REPORT).startswith(b"\xef\xbb\xbfDay,")


@given(st.text(max_size=20), st.sampled_from(["", *"=+-@\t\r\n"]))
def test_text_never_becomes_a_formula(text: str, start: str) -> None:
    report = replace(REPORT, columns=REPORT.columns[1:2], rows=[(start + text,)])
    cell = _cells("".join(exports.to_csv(report)))[1:]
    written = cell[0][0] if cell and cell[0] else ""
    assert not written.startswith(tuple("=+-@\t\r\n"))
    assert written.removeprefix("'") == (start + text).removeprefix("'")
    exports.to_csv_bytes(report)


def test_json_gives_money_twice_and_says_what_was_asked() -> None:
    made = json.loads(exports.content(REPORT, "json"))
    assert made["period"] == {"first": "2026-03-28", "last": "2026-03-30"}
    assert (made["as_of"], made["time_zone"]) == ("2026-03-29T02:30:00+02:00", "Europe/Helsinki")
    assert made["figures"][0]["value"] == {"minor": 123450, "amount": "1234.50"}
    assert made["rows"][2]["amount"] == {"minor": 1005, "amount": "1.005"}
    assert made["rows"][3]["amount"] is None
    assert [column["kind"] for column in made["columns"]] == [column.kind for column in REPORT.columns]
    assert len(made["rows"]) == len(REPORT.rows)


def test_file_names() -> None:
    assert exports.file_name(REPORT, "csv") == "renewals-by-day-2026-03-28-2026-03-30.csv"
    assert exports.file_name(REPORT, "csv", rows=True) == "renewals-rows-2026-03-28-2026-03-30.csv"
    assert exports.file_name(replace(REPORT, period=None), "json") == "renewals-by-day-2026-03-29.json"


def test_a_file_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    exports.write(REPORT, "csv", str(tmp_path / "a.csv"))
    assert (tmp_path / "a.csv").read_bytes() == exports.to_csv_bytes(REPORT)
    for path in (str(tmp_path), str(tmp_path / "no" / "a.csv"), "\0"):
        with pytest.raises(Refused, match="cannot be written"):
            exports.write(REPORT, "csv", path)


def test_the_file_is_the_table(empty: Databases) -> None:
    with scratch() as data:
        for currency in ("EUR", "JPY"):
            paying(data, build.customer(data.subscriptions), "2026-01-01", currency=currency)
        report: Any = ask(data, "renewals", "2026-01-20")
    rows = _cells("".join(exports.to_csv(report)))
    amount = [column.name for column in report.columns].index("due_amount")
    for written, record in zip(rows[1:], report.to_records(), strict=True):
        scale = 1 if record["currency"] == "JPY" else 100
        assert round(float(written[amount]) * scale) == record["due_amount"]
