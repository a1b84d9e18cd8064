"""Text to values. A file has one date order and one decimal mark, found by reading all of it first."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from console.loading.files import BadRow, SourceFile, refuse
from console.money import decimals

ORDERS = {"ymd": "year-month-day", "dmy": "day-month-year", "mdy": "month-day-year"}
LARGEST_AMOUNT = 10**13  # minor units: MRR in units of 1/27,720 must still fit into 64 bits
LARGEST_INTEGER = 2**31 - 1

_CLOCK = r"(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$"
_YEAR_FIRST = re.compile(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})" + _CLOCK, re.ASCII)
_YEAR_LAST = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4})" + _CLOCK, re.ASCII)
_AMOUNT = re.compile(r"[+-]?\d{1,20}(?:[.,' \u00a0\u202f]\d{3})*(?:[.,]\d{1,10})?$", re.ASCII)
_SPACES = re.compile(r"['\s\u00a0\u202f]")
_TRUE, _FALSE = {"true", "yes", "y", "1", "t"}, {"false", "no", "n", "0", "f"}


def _shown(text: str) -> str:
    return f"“{text[:40]}{'…' if len(text) > 40 else ''}”"


@dataclass(frozen=True)
class Reading:
    """How the dates and amounts of one file are read."""

    date_order: str  # of ORDERS
    decimal_mark: str | None  # None: no amount of the file tells
    zone: ZoneInfo  # of moments that name none

    def instant(self, text: str) -> datetime:
        """A moment in UTC; a date alone is the start of that day in `zone`. Raises BadRow."""
        match = (_YEAR_FIRST if self.date_order == "ymd" else _YEAR_LAST).match(text)
        if match is None:
            raise BadRow(f"{_shown(text)} is not a date written {ORDERS[self.date_order]}.")
        first, second, third, hour, minute, second_of, offset = match.groups()
        year, month, day = {
            "ymd": (first, second, third),
            "dmy": (third, second, first),
            "mdy": (third, first, second),
        }[self.date_order]
        try:
            naive = datetime(  # noqa: DTZ001 - the zone follows below
                int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second_of or 0)
            )
            if offset:
                said = "+00:00" if offset == "Z" else offset
                return datetime.fromisoformat(naive.isoformat() + said).astimezone(UTC)
            return naive.replace(tzinfo=self.zone).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise BadRow(f"{_shown(text)} is not a date that exists.") from error

    def amount(self, text: str, currency: str) -> int:
        """Minor units of the currency. Raises BadRow for what is no amount or could be read two ways."""
        if not _AMOUNT.match(text):
            raise BadRow(f"{_shown(text)} is not an amount.")
        plain = _SPACES.sub("", text)
        value = Decimal(self._with_point(plain, text)).scaleb(decimals(currency))
        if value != value.to_integral_value():
            raise BadRow(f"{_shown(text)} has more decimals than {currency} has.")
        if abs(value) >= LARGEST_AMOUNT:
            raise BadRow(f"{_shown(text)} is too large an amount.")
        return int(value)

    def _with_point(self, plain: str, text: str) -> str:
        if "." not in plain and "," not in plain:
            return plain
        if self.decimal_mark is None:
            raise BadRow(f"{_shown(text)} can be read two ways, and nothing in the file tells which.")
        grouping = "," if self.decimal_mark == "." else "."
        whole, _, fraction = plain.partition(self.decimal_mark)
        if grouping in fraction or self.decimal_mark in fraction:
            raise BadRow(f"{_shown(text)} is not an amount with “{self.decimal_mark}” before its decimals.")
        if grouping in whole and not re.fullmatch(rf"[+-]?\d{{1,3}}(?:\{grouping}\d{{3}})+", whole):
            raise BadRow(f"{_shown(text)} is not an amount with “{self.decimal_mark}” before its decimals.")
        return whole.replace(grouping, "") + "." + (fraction or "0")


def integer(text: str) -> int:
    """Raises BadRow."""
    if not re.fullmatch(r"[+-]?\d{1,12}", text, re.ASCII) or abs(int(text)) > LARGEST_INTEGER:
        raise BadRow(f"{_shown(text)} is not a whole number.")
    return int(text)


def boolean(text: str) -> bool:
    """Raises BadRow."""
    word = text.casefold()
    if word not in _TRUE | _FALSE:
        raise BadRow(f"{_shown(text)} is neither true nor false.")
    return word in _TRUE


@dataclass
class Evidence:
    """What the dates and amounts of a file say about how they are written: the first line for each way."""

    source: SourceFile
    orders: dict[str, int] = field(default_factory=dict)
    marks: dict[str, int] = field(default_factory=dict)
    open_date: int = 0  # the first line with a date that can be day-month and month-day

    def date(self, text: str, line: int) -> None:
        if _YEAR_FIRST.match(text):
            self.orders.setdefault("ymd", line)
        elif match := _YEAR_LAST.match(text):
            first, second = int(match[1]), int(match[2])
            if first <= 12 and second <= 12:
                self.open_date = self.open_date or line
            elif first <= 31 and second <= 12:
                self.orders.setdefault("dmy", line)
            elif first <= 12 and second <= 31:
                self.orders.setdefault("mdy", line)

    def amount(self, text: str, line: int) -> None:
        plain = _SPACES.sub("", text)
        if not _AMOUNT.match(text):
            return
        last = max(plain.rfind("."), plain.rfind(","))
        if last < 0:
            return
        mark, digits = plain[last], len(plain) - last - 1
        both = "." in plain and "," in plain
        if both or (digits != 3 and plain.count(mark) == 1):
            self.marks.setdefault(mark, line)
        elif plain.count(mark) > 1:
            self.marks.setdefault("," if mark == "." else ".", line)

    def _one(self, found: dict[str, int], what: str, words: dict[str, str]) -> str | None:
        if len(found) > 1:
            (one, at), (other, line) = list(found.items())[:2]
            raise refuse(
                self.source.path,
                line,
                f"{what} is written {words[other]} here and {words[one]} on line {at}. "
                "Write all of them one way.",
            )
        return next(iter(found), None)

    def conclude(self, zone: ZoneInfo, order: str | None, usual: str | None) -> Reading:
        """The file's one way. `order` is what the person said; `usual` decides where the file leaves it open.

        Raises Refused for two ways in one file, and for dates nobody can tell.
        """
        mark = self._one(self.marks, "An amount", {".": "with a decimal point", ",": "with a decimal comma"})
        found = order or self._one(self.orders | self._also_open(), "A date", ORDERS)
        if found is None and self.open_date and usual in {None, "ymd"}:
            raise refuse(
                self.source.path,
                None,
                "Every date in it can be read as day-month or as month-day. "
                "Say which: --date-order dmy or --date-order mdy.",
            )
        return Reading(found or usual or "ymd", mark, zone)

    def _also_open(self) -> dict[str, int]:
        """Beside dates with the year first, one with the year last is another order whichever it is."""
        return {"dmy": self.open_date} if self.open_date and set(self.orders) == {"ymd"} else {}
