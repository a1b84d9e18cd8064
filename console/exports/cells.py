"""A workbook and its cells: typed, and written row by row, so that large lists need little memory.

Text is never a formula. What a spreadsheet cannot hold exactly, as a number or a date, is text too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO, NamedTuple
from zoneinfo import ZoneInfo

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from console.exports.plain import FORMULA
from console.money import amount, decimals
from queries.reports.report import Kind

FIRST_YEAR = 1901  # spreadsheets differ on the days of 1900, and know none before
DIGITS = 15  # as many of a number it keeps
LONGEST_TEXT = 16_383  # half of what a cell holds: some characters count twice


class Cell(NamedTuple):
    """A value as a report has it: money in minor units, a share as 0.5, moments in UTC."""

    value: Any
    kind: Kind = "text"
    currency: str | None = None


@dataclass(frozen=True)
class Book:
    """A workbook under way. Moments are written in local time of `zone`."""

    workbook: Workbook
    zone: ZoneInfo
    styles: dict[str, Format] = field(default_factory=dict)

    def style(self, number: str = "General", **properties: Any) -> Format:
        """A cell format; each is made once."""
        key = f"{number} {properties}"
        if key not in self.styles:
            self.styles[key] = self.workbook.add_format({"num_format": number, **properties})
        return self.styles[key]

    def sheet(self, name: str) -> Worksheet:
        return self.workbook.add_worksheet(name)


@contextmanager
def book(file: BinaryIO, title: str, as_of: datetime, zone: ZoneInfo) -> Iterator[Book]:
    """A new workbook, in `file` at the end. The same content is the same bytes: it counts as made at `as_of`.
    Raises OSError where there is no room for it."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "made.xlsx")
        made = Workbook(path, {"constant_memory": True, "tmpdir": folder, "use_zip64": True})
        made.set_properties({"title": title, "created": as_of.astimezone(UTC)})
        yield Book(made, zone)
        try:
            made.close()
        except FileCreateError as error:
            raise error.args[0] from error  # the OSError inside
        with path.open("rb") as whole:
            copyfileobj(whole, file)


def put(into: Book, sheet: Worksheet, place: tuple[int, int], cell: Cell) -> None:
    """A value at a (row, column). None leaves the cell empty; so does money without a currency."""
    value = cell.value
    if value is None:
        return
    if cell.kind == "money":
        if cell.currency:
            _number(into, sheet, place, amount(value, cell.currency), money_format(cell.currency))
    elif cell.kind == "percent":
        sheet.write_number(*place, value, into.style("0.0%"))
    elif isinstance(value, datetime):
        _moment(into, sheet, place, value.astimezone(into.zone))
    elif isinstance(value, date):
        _day(into, sheet, place, value)
    elif isinstance(value, int):
        _number(into, sheet, place, Decimal(value), "#,##0" if cell.kind == "count" else "General")
    else:
        write_text(into, sheet, place, str(value))


def money_format(currency: str) -> str:
    """ "#,##0.00": the currency's own decimals."""
    places = decimals(currency)
    return "#,##0" + ("." + "0" * places if places else "")


def write_text(into: Book, sheet: Worksheet, place: tuple[int, int], value: str, **properties: Any) -> None:
    """Text as it is. What looks like a formula is marked, so that it stays text when somebody edits it."""
    shown = value.encode(errors="replace").decode()
    if len(shown) > LONGEST_TEXT:
        shown = shown[: LONGEST_TEXT - 1] + "…"
    if shown.startswith(FORMULA):
        properties["quote_prefix"] = True
    style = into.style(**properties)
    if shown.startswith("<r>") and shown.endswith("</r>"):  # would be taken for XML that is written already
        sheet.write_rich_string(*place, *shown[:2], shown[2:], style)
    elif shown:
        sheet.write_string(*place, shown, style)


def _number(into: Book, sheet: Worksheet, place: tuple[int, int], value: Decimal, number: str) -> None:
    if len(value.as_tuple().digits) <= DIGITS:
        sheet.write_number(*place, float(value), into.style(number))
    else:
        write_text(into, sheet, place, f"{value:f}")


def _day(into: Book, sheet: Worksheet, place: tuple[int, int], value: date) -> None:
    if value.year >= FIRST_YEAR:
        sheet.write_datetime(*place, value, into.style("yyyy-mm-dd"))
    else:
        write_text(into, sheet, place, value.isoformat())


def _moment(into: Book, sheet: Worksheet, place: tuple[int, int], local: datetime) -> None:
    """To the second, without the offset that a spreadsheet has no place for; the zone is in the header."""
    if local.year >= FIRST_YEAR:
        second = local.replace(tzinfo=None, microsecond=0)
        sheet.write_datetime(*place, second, into.style("yyyy-mm-dd hh:mm:ss"))
    else:
        write_text(into, sheet, place, local.isoformat(timespec="seconds"))
