"""Files taken from a screen: who is offered them, what is in them, and that it is written down."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from console import clocks, packs
from console.access import Actor
from console.db import reading
from console.errors import NotPermitted
from console.reporting import answered
from console.signin.who import actor_with_email
from console.ui import downloads
from queries import staff
from queries.audit import AuditFilters, page
from queries.periods import Window, first_of_month
from queries.reports import Params
from queries.tables_desk import exports
from tests.conftest import Databases
from tests.pages.screen import open_screen

FILES = ["Table as CSV", "Table as XLSX", "Rows as CSV", "Rows as XLSX"]


def _offered(screen: str, role: str) -> list[str]:
    return [button.proto.label for button in open_screen(screen, role).at.get("download_button")]


@pytest.mark.parametrize("screen", ["renewals.py", "trials.py", "cancellations.py"])
def test_tables_and_rows_are_offered_as_both(company: Databases, screen: str) -> None:
    assert _offered(screen, "finance") == FILES


def test_the_pack_is_offered_on_revenue(company: Databases) -> None:
    assert _offered("revenue.py", "finance") == [*FILES, "Finance pack as XLSX"]


def _who(role: str) -> Actor:
    with reading() as data:
        email = next(one.email for one in staff.everyone(data.state) if one.role == role)
    return actor_with_email(email, "screen")


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("rows", [False, True])
def test_the_file_is_the_report_and_is_written_down(company_copy: Databases, form: str, rows: bool) -> None:
    now = clocks.now()
    window = Window(clocks.today(), clocks.today() + timedelta(days=30), clocks.zone())
    asked = Params(as_of=now, zone=clocks.zone(), period=window, rows=rows)
    with reading() as data:
        report = answered(data, "renewals", asked)
    actor = _who("finance")
    made = (
        downloads._file_of_rows(actor, "renewals", asked, form)
        if rows
        else downloads._file(actor, report, form)
    )
    assert len(_lines(made, form)) - 1 == len(report.rows) > 5
    assert _written_down() == [("renewals", form, len(report.rows), report.by)]


def _lines(made: bytes, form: str) -> list[Any]:
    if form == "csv":
        return list(csv.reader(io.StringIO(made.decode("utf-8-sig"), newline="")))
    return list(load_workbook(io.BytesIO(made)).worksheets[0].iter_rows())


def _written_down() -> list[tuple[Any, ...]]:
    with reading() as data:
        rows = list(data.state.execute(select(exports).order_by(exports.c.id)))
        entries = page(data.state, AuditFilters(kind="report.exported")).rows
    assert [entry.subject_number for entry in reversed(entries)] == [row.report for row in rows]
    return [(row.report, row.format, row.rows, row.parameters.get("by")) for row in rows]


def test_a_pack_is_written_down(company_copy: Databases) -> None:
    first = first_of_month(clocks.today(), -1)
    with reading() as data:
        report = packs.pack(data, first)
    made = downloads._pack(_who("finance"), first)
    assert load_workbook(io.BytesIO(made)).sheetnames[0] == "Summary"
    assert _written_down() == [("finance_pack", "xlsx", report.rows, None)]


def test_who_may_not_take_reports_out_gets_none(company_copy: Databases) -> None:
    with pytest.raises(NotPermitted):
        downloads._pack(_who("agent"), first_of_month(clocks.today(), -1))
    assert _written_down() == []
