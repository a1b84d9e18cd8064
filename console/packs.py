"""The finance pack: every report for one month as of its end, in one workbook."""

import io
from calendar import month_name
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO

from console import clocks
from console.db import Reading
from console.errors import Refused
from console.exports.files import to_file
from console.reporting import DAY, Question, answered, params
from queries.periods import first_of_month
from queries.reports import REPORTS, Report


@dataclass(frozen=True)
class Pack:
    """All reports about the days of one month (`first` is its first day), asked at one moment."""

    first: date
    reports: tuple[Report, ...]

    @property
    def title(self) -> str:
        return f"Finance pack, {month_name[self.first.month]} {self.first.year}"

    @property
    def rows(self) -> int:
        return sum(len(report.rows) for report in self.reports)


def pack(data: Reading, first: date) -> Pack:
    """The month that begins on `first`: as of its last instant, or now while it runs; figures also of the
    month before and the year before. Raises Refused for a month to come, Unavailable for a database."""
    if first > clocks.today():
        raise Refused(f"The month {first:%Y-%m} is still to come. Choose one up to {clocks.today():%Y-%m}.")
    last = first_of_month(first, 1) - DAY
    as_of = last.isoformat() if last < clocks.today() else None
    asked = params(Question(name="", first=first.isoformat(), last=last.isoformat(), as_of=as_of))
    return Pack(first, tuple(answered(data, name, asked, compare=True) for name in REPORTS))


def month(text: str) -> date:
    """The first day of a month written like 2026-10. Raises Refused."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise Refused(f"“{text[:40]}” is not a month. Write it as 2026-10.") from error


def file_name(first: date) -> str:
    """ "finance-pack-2026-10.xlsx"."""
    return f"finance-pack-{first:%Y-%m}.xlsx"


def content(made: Pack) -> bytes:
    """The workbook."""
    file = io.BytesIO()
    _write(made, file)
    return file.getvalue()


def write(made: Pack, path: str) -> None:
    """The workbook at a path. Raises Refused where it cannot be written."""
    to_file(path, lambda file: _write(made, file))


def _write(made: Pack, file: BinaryIO) -> None:
    from console.exports.xlsx import write_pack  # takes a tenth of a second to load

    write_pack(made.title, made.reports, file)
