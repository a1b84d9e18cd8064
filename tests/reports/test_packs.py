"""The finance pack: the figures and rows of every report for a month, as of its end."""

import io
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import time_machine
from click.testing import CliRunner
from openpyxl import Workbook, load_workbook

from console import clocks, money, packs
from console.cli import main
from console.commands.pack import pack as command
from console.db import Reading, reading
from console.errors import Refused
from console.reporting import DAY, TICK, Question, run
from queries.periods import first_of_month
from queries.reports import REPORTS, Report
from tests.conftest import Databases


def _last_month() -> date:
    return first_of_month(clocks.today(), -1)


def _opened(made: packs.Pack) -> Workbook:
    return load_workbook(io.BytesIO(packs.content(made)))


def _asked_alone(data: Reading, name: str) -> Report:
    """The report of last month, asked as `console report` asks."""
    last = (clocks.today().replace(day=1) - DAY).isoformat()
    return run(
        data, Question(name=name, first=_last_month().isoformat(), last=last, as_of=last, compare=True)
    )


def test_it_is_every_report_as_of_the_end_of_the_month(company: Databases) -> None:
    with reading() as data:
        made = packs.pack(data, _last_month())
        assert made.reports == tuple(_asked_alone(data, name) for name in REPORTS)
    end = clocks.start_of(clocks.today().replace(day=1))
    assert {report.as_of for report in made.reports} == {end - TICK}


def test_the_workbook_has_all_of_it(company: Databases) -> None:
    with reading() as data:
        made = packs.pack(data, _last_month())
    book = _opened(made)
    assert book.sheetnames == ["Summary", *(report.title for report in made.reports), "Definitions"]
    summary = list(book["Summary"].iter_rows(values_only=True))
    assert summary[0][0] == made.title
    said = {row[:2] for row in summary}
    for report in made.reports:
        sheet = book[report.title]
        assert [cell.value for cell in sheet[1]] == [column.title for column in report.columns]
        assert sheet.max_row == len(report.rows) + 1
        assert said >= {(report.title, figure.label) for figure in report.figures}
        assert said >= {(report.title, check.name) for check in report.checks}
    definitions = [
        row[1] for row in book["Definitions"].iter_rows(values_only=True) if row[0] == "Definition"
    ]
    assert definitions == [" ".join(report.definition.split()) for report in made.reports]


def test_the_summary_has_values_units_and_earlier_values(company: Databases) -> None:
    with reading() as data:
        made = packs.pack(data, _last_month())
    rows = list(_opened(made)["Summary"].iter_rows(values_only=True))
    header = ("Report", "Figure", "Value", "Unit", "The period before", "The year before", "Meaning")
    first = rows.index(header) + 1
    figures = [(report, figure) for report in made.reports for figure in report.figures]
    for (report, figure), row in zip(figures, rows[first:], strict=False):
        scale = 10 ** money.decimals(figure.currency or "") if figure.kind == "money" else 1
        values = [None if row[n] is None else round(row[n] * scale, 6) for n in (2, 4, 5)]
        assert (row[0], row[1], *values) == (
            report.title, figure.label, figure.value, figure.previous, figure.last_year,
        )  # fmt: skip
        assert (figure.currency or "") in row[3]
    assert {rows[n][0] for n in range(1, first)} >= {"Period", "As of", "Time zone"}
    checks = rows[first + len(figures) + 1 :]
    assert checks[0][:4] == ("Report", "Check", "Holds", "In words")
    assert {row[2] for row in checks[1:]} == {"yes"}


def test_the_running_month_is_as_of_now(company: Databases) -> None:
    with reading() as data:
        made = packs.pack(data, clocks.today().replace(day=1))
    assert all(abs((report.as_of - clocks.now()).total_seconds()) < 60 for report in made.reports)
    assert len({report.as_of for report in made.reports}) == 1


@pytest.mark.parametrize(
    ("now", "month", "as_of"),
    [
        ("2026-03-31T20:59:59", "2026-03", "2026-03-31T20:59:59"),  # Helsinki: still March, until 21:00 UTC
        ("2026-03-31T21:00:00", "2026-03", "2026-03-31T20:59:59.999999"),
        ("2026-03-31T21:00:00", "2026-04", "2026-03-31T21:00:00"),
        ("2028-03-05T00:00:00", "2028-02", "2028-02-29T21:59:59.999999"),
    ],
)
def test_a_month_ends_in_the_reporting_zone(empty: Databases, now: str, month: str, as_of: str) -> None:
    with time_machine.travel(datetime.fromisoformat(now).replace(tzinfo=UTC), tick=False), reading() as data:
        made = packs.pack(data, packs.month(month))
    assert {report.as_of for report in made.reports} == {datetime.fromisoformat(as_of).replace(tzinfo=UTC)}


def test_an_empty_company_has_a_pack(empty: Databases) -> None:
    with reading() as data:
        made = packs.pack(data, _last_month())
    assert "Definitions" in _opened(made).sheetnames


def test_the_command_writes_it(company: Databases, tmp_path: Path) -> None:
    out = tmp_path / packs.file_name(_last_month())
    asked = ["--month", f"{_last_month():%Y-%m}", "--out", str(out)]
    done = CliRunner().invoke(command, asked, catch_exceptions=False)
    assert (done.exit_code, done.stderr) == (0, f"{len(REPORTS)} reports written to {out}\n")
    assert load_workbook(out).sheetnames[0] == "Summary"
    with pytest.raises(Refused, match="cannot be written"):
        CliRunner().invoke(command, [*asked[:3], str(tmp_path)], catch_exceptions=False)


@pytest.mark.parametrize(
    "month",
    ["", "2026", "2026-13", "2026-1", "202610", "2026-10-01", "2026-W1", "x" * 10_000, "\udcff", "’; --"],
)
def test_what_is_no_month_is_said(month: str) -> None:
    with pytest.raises(Refused, match=r"is not a month\. Write it as 2026-10\."):
        packs.month(month)


@pytest.mark.parametrize("month", ["9999-12", "0001-01", "1900-01", "2990-01"])
def test_months_out_of_reach_are_refused(
    empty: Databases, month: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["pack", "--month", month, "--out", str(tmp_path / "a.xlsx")])
    assert stopped.value.code == 3
    assert capsys.readouterr().err.strip().endswith(".")
    assert not list(tmp_path.iterdir())


def test_names() -> None:
    made = packs.Pack(date(2026, 10, 1), ())
    assert made.title == "Finance pack, October 2026"
    assert packs.file_name(made.first) == "finance-pack-2026-10.xlsx"
