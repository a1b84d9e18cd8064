"""Amounts, days and names as a language says them to one customer."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel.core import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import format_currency

from console import clocks, money, words

Value = str | dict[str, str | int]

LONGEST = 1_000  # characters of a text
DAYS = ("renewal", "charged_at")
_AN_INSTANT = timedelta(microseconds=1)
_JOINERS = "\u200c\u200d"  # not printable by themselves, but part of how some scripts are written


@dataclass(frozen=True)
class Voice:
    """How one customer is spoken to. `moment`: how the language joins a {day}, a {time} and a {zone}."""

    locale: Locale
    moment: str
    zone: ZoneInfo

    @classmethod
    def of(cls, tag: str | None, language: str, moment: str, zone: str | None) -> "Voice":
        """For a text of that language: as the tag's own country writes it, if the tag is of that language
        ("en-GB"). A zone that is not known is the reporting zone."""
        return cls(_locale(tag, language), moment, clocks.zone(zone))

    def say(self, name: str, value: Value) -> str:
        """The value of that name in words. A text stays on one line, and is never anything but text."""
        if isinstance(value, dict):
            return self._amount(int(value["minor"]), str(value["currency"]))
        if name == "end":  # midnight ends the day before
            return self._day(self._local(value) - _AN_INSTANT)
        if name in DAYS:
            return self._day(self._local(value))
        return self._moment(self._local(value)) if name == "expires" else one_line(value)

    def _local(self, instant: str) -> datetime:
        return datetime.fromisoformat(instant).astimezone(self.zone)

    def _amount(self, minor: int, currency: str) -> str:
        said = str(format_currency(money.amount(minor, currency), currency, locale=self.locale))
        return re.sub(r"(?<=[A-Z])(?=\d)", "\u00a0", said)  # a code does not touch the number: "USD 10.99"

    def _day(self, local: datetime) -> str:
        return str(format_date(local.date(), "long", locale=self.locale))

    def _moment(self, local: datetime) -> str:
        time = format_time(local, "short", tzinfo=self.zone, locale=self.locale)
        return self.moment.format(day=self._day(local), time=time, zone=_offset(local))


def _locale(tag: str | None, language: str) -> Locale:
    try:
        theirs = Locale.parse((tag or "").replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return Locale.parse(language)
    return theirs if theirs.language == language else Locale.parse(language)


def one_line(text: str) -> str:
    """Somebody's text without line ends, control characters and marks that turn the reading direction."""
    seen = words.visible(" ".join(text.split()))
    kept = (letter for letter in seen if letter.isprintable() or letter in _JOINERS)
    return "".join(kept)[:LONGEST]


def _offset(local: datetime) -> str:
    """ "UTC", "UTC+2", "UTC−3:30"."""
    minutes = (local.utcoffset() or timedelta()) // timedelta(minutes=1)
    if minutes == 0:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'−' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")
