"""Totals in the reporting currency: dated exchange rates from a file, with the rate and date of each shown.

The file is CSV with a header: `date` (ISO), `currency` (ISO 4217), `rate` (what one unit of that currency is
worth in the reporting currency, with a point). Lines that begin with # are about the file; the first is shown
as its source. A rate holds from its day until the next one of its currency.
"""

import csv
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

from babel.numbers import list_currencies

from console import money, times
from console.errors import Refused
from console.settings import get_settings
from queries.parts import allotted
from queries.reports import Figure, Report

HEADER = ["date", "currency", "rate"]
LARGEST_FILE = 10_000_000  # bytes: thirty currencies every day for more than a thousand years
# The figures that have a total, by report.
TOTALLED = {
    "mrr": ("mrr", "arr"),
    "refunds": ("refunded", "charged"),
    "receivables": ("open",),
    "disputes": ("opened_amount",),
}


@dataclass(frozen=True)
class Rate:
    """What one unit of `currency` is worth in the reporting currency from `day` on."""

    day: date
    currency: str
    rate: Decimal


@dataclass(frozen=True)
class Rates:
    """All rates of a file to the reporting currency `to`; those of each currency by day. `source` is what the
    file says of itself."""

    to: str
    by_currency: Mapping[str, tuple[Rate, ...]]
    source: str = ""

    def at(self, currency: str, day: date) -> Rate | None:
        """The latest rate at or before a day; None if there is none."""
        rates = self.by_currency.get(currency, ())
        place = bisect_right(rates, day, key=lambda rate: rate.day)
        return rates[place - 1] if place else None


@dataclass(frozen=True)
class Part:
    """An amount in its own currency and, in `to`, its part of the total; `rate` is None for the reporting
    currency itself. Minor units."""

    minor: int
    currency: str
    to_minor: int
    rate: Rate | None


@dataclass(frozen=True)
class Total:
    """A figure in the reporting currency (minor units): rounded half-even once, its parts by largest
    remainder. `lacking` are the amounts that no rate turns into it: they are not in."""

    label: str
    minor: int
    currency: str
    parts: tuple[Part, ...]
    lacking: tuple[tuple[int, str], ...]
    day: date
    source: str

    @property
    def sentence(self) -> str:
        """ "MRR together: 9.71 EUR, at 1 SEK = 0.0871 EUR (1 Nov 2026). Not in it: 5.00 USD; there is …" """
        said = f"{self.label} together: {_with_code(self.minor, self.currency)}"
        rates = [part.rate for part in self.parts if part.rate is not None]
        if rates:
            said += f", at {', '.join(self._rate_in_words(rate) for rate in rates)}"
        if self.lacking:
            missing = ", ".join(_with_code(minor, currency) for minor, currency in self.lacking)
            said += f". Not in it: {missing}; there is no rate at or before {times.day(self.day)}"
        return f"{said}. {self.source}".strip()

    def _rate_in_words(self, rate: Rate) -> str:
        return f"1 {rate.currency} = {rate.rate.normalize():f} {self.currency} ({times.day(rate.day)})"


def _with_code(minor: int, currency: str) -> str:
    """With the code and no sign: notes are Markdown, where two dollars would be a formula."""
    return f"{money.number_in_words(minor, currency)} {currency}"


def total(label: str, amounts: Mapping[str, int], rates: Rates, day: date) -> Total:
    """Amounts in minor units by currency, together in the reporting currency at the latest rates of a day."""
    found: dict[str, Rate | None] = {
        currency: None if currency == rates.to else rates.at(currency, day) for currency in amounts
    }
    there = [currency for currency in amounts if currency == rates.to or found[currency] is not None]
    exact = [_exact(amounts[currency], currency, rates.to, found[currency]) for currency in there]
    whole = round(sum(exact, Fraction(0)))
    parts = [
        Part(amounts[currency], currency, minor, found[currency])
        for currency, minor in zip(there, allotted(exact, whole), strict=True)
    ]
    lacking = tuple((minor, currency) for currency, minor in amounts.items() if currency not in there)
    return Total(label, whole, rates.to, tuple(parts), lacking, day, rates.source)


def _exact(minor: int, currency: str, to: str, rate: Rate | None) -> Fraction:
    """In minor units of the reporting currency, not rounded."""
    places = money.decimals(to) - money.decimals(currency)
    return minor * Fraction(10) ** places * (Fraction(rate.rate) if rate is not None else 1)


def totals(report: Report) -> list[Total]:
    """The report's figures in the reporting currency: those of TOTALLED that are in another currency too.

    None without the settings. Raises Refused for a file of rates that cannot be used.
    """
    shown = [figure for figure in report.figures if figure.name in TOTALLED.get(report.name, ())]
    rates = configured() if shown else None
    if rates is None:
        return []
    day = report.as_of.astimezone(report.zone).date()
    found = []
    for name in dict.fromkeys(figure.name for figure in shown):
        amounts = {one.currency: one.value for one in shown if one.name == name and one.currency}
        if set(amounts) - {rates.to}:
            found.append(total(_label(shown, name), amounts, rates, day))
    return found


def _label(figures: list[Figure], name: str) -> str:
    return next(figure.label for figure in figures if figure.name == name)


def with_totals(report: Report) -> Report:
    """The report with its totals among the notes; or why there are none."""
    try:
        notes = [each.sentence for each in totals(report)]
    except Refused as error:
        notes = [f"There is no total in the reporting currency. {error}"]
    return replace(report, notes=[*report.notes, *notes]) if notes else report


def notes_beside_totals(report: Report) -> list[str]:
    """The report's notes without those of its totals, for a screen that draws these."""
    drawn = with_totals(replace(report, notes=[])).notes
    return [note for note in report.notes if note not in drawn]


def configured() -> Rates | None:
    """The rates of the settings; None if there are none. Raises Refused for what cannot be used."""
    settings = get_settings()
    path, to = settings.exchange_rates, settings.reporting_currency
    if path is None and to is None:
        return None
    if path is None or to is None:
        lacks = "CONSOLE_EXCHANGE_RATES" if path is None else "CONSOLE_REPORTING_CURRENCY"
        raise Refused(f"Totals in a reporting currency need {lacks} too. Set both, or neither.")
    try:
        found = path.stat()
    except OSError as error:
        raise Refused(f"The file of exchange rates “{path}” cannot be read: {error.strerror}.") from error
    return _read(path, to, found.st_mtime_ns, found.st_size)


@lru_cache(maxsize=4)
def _read(path: Path, to: str, _changed: int, size: int) -> Rates:
    """`read`, again only when the file has changed."""
    if size > LARGEST_FILE:
        raise Refused(f"The file of exchange rates “{path}” is larger than {LARGEST_FILE // 10**6} MB.")
    return read(path, to)


def read(path: Path, to: str) -> Rates:
    """The rates of a file to the currency `to`. Raises Refused, naming the line, for what is wrong."""
    if to not in list_currencies():
        raise Refused(f"“{to}” is not a currency. Set CONSOLE_REPORTING_CURRENCY to a code like EUR.")
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise Refused(f"The file of exchange rates “{path}” cannot be read: {reason}.") from error
    source = next((line.lstrip("# ").strip()[:200] for line in lines if line.startswith("#")), "")
    by_day: dict[str, dict[date, Rate]] = {}
    for number, rate in _rates(lines):
        known = by_day.setdefault(rate.currency, {})
        if rate.day in known:
            raise _wrong(number, f"{rate.currency} has two rates for {rate.day}")
        if rate.currency == to and rate.rate != 1:
            raise _wrong(number, f"{to} is the reporting currency, so its rate is 1")
        known[rate.day] = rate
    ordered = {code: tuple(known[day] for day in sorted(known)) for code, known in by_day.items()}
    return Rates(to, ordered, source)


def _rates(lines: list[str]) -> Iterator[tuple[int, Rate]]:
    """(line number, rate) of each line that has one."""
    written = [(n, line) for n, line in enumerate(lines, 1) if line.strip() and not line.startswith("#")]
    rows = [
        (n, [cell.strip() for cell in next(csv.reader([line], skipinitialspace=True))]) for n, line in written
    ]
    if not rows or rows[0][1] != HEADER:
        raise Refused(f"The file of exchange rates does not begin with the header {','.join(HEADER)}.")
    for number, row in rows[1:]:
        yield number, _rate(number, row)


def _rate(number: int, row: list[str]) -> Rate:
    if len(row) != len(HEADER):
        raise _wrong(number, f"it has {len(row)} values instead of {len(HEADER)}")
    try:
        day, rate = date.fromisoformat(row[0]), Decimal(row[2])
    except ValueError as error:
        raise _wrong(number, f"“{row[0][:20]}” is not a date like 2026-01-31") from error
    except InvalidOperation as error:
        raise _wrong(number, f"“{row[2][:20]}” is not a number like 0.0871") from error
    if row[1] not in list_currencies():
        raise _wrong(number, f"“{row[1][:20]}” is not a currency like SEK")
    if not rate.is_finite() or not Decimal("1e-9") <= rate <= Decimal("1e9"):
        raise _wrong(number, f"the rate {row[2][:20]} is not above zero, or is out of proportion")
    return Rate(day, row[1], rate)


def _wrong(number: int, what: str) -> Refused:
    return Refused(f"Line {number} of the file of exchange rates cannot be used: {what}. Correct the file.")
