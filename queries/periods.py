"""Days, weeks and months of a time zone as half-open spans of UTC instants: the grain of every report.

A span's bounds come from the zone's own rules, so the days on which the clocks change are 23 or 25 hours.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Literal
from zoneinfo import ZoneInfo

Grain = Literal["day", "week", "month"]
LONGEST = timedelta(days=366 * 20)


def start_of(day: date, zone: ZoneInfo) -> datetime:
    """The first instant of a local day, in UTC."""
    return datetime.combine(day, time.min, tzinfo=zone).astimezone(UTC)


def first_of_month(day: date, months: int = 0) -> date:
    """The first day of the month `months` after that of `day`."""
    year, index = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, index + 1, 1)


def months_between(first: date, last: date) -> int:
    """From the month of one day to that of the other; below nothing if that is earlier."""
    return 12 * (last.year - first.year) + last.month - first.month


@dataclass(frozen=True)
class Span:
    """One day, week or month (or the part of it that is in the window), named by its first day. UTC,
    half-open."""

    first: date
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Window:
    """Local days from `first` to before `end`. Raises ValueError, in a sentence, for one that cannot be."""

    first: date
    end: date  # excluded
    zone: ZoneInfo

    def __post_init__(self) -> None:
        if self.end <= self.first:
            raise ValueError("The period ends before it begins. Choose a last day on or after the first.")
        if self.end - self.first > LONGEST:
            raise ValueError("The period is longer than 20 years. Choose a shorter one.")
        if self.first.year < 1900 or self.end.year > 2999:
            raise ValueError("The period is outside the years 1900 to 2999. Choose another.")

    @cached_property
    def start_instant(self) -> datetime:
        return start_of(self.first, self.zone)

    @cached_property
    def end_instant(self) -> datetime:
        return start_of(self.end, self.zone)

    @property
    def last(self) -> date:
        """The last day that is in it."""
        return self.end - timedelta(days=1)

    @property
    def days(self) -> list[Span]:
        return self._between([self.first + timedelta(days=n) for n in range((self.end - self.first).days)])

    @property
    def weeks(self) -> list[Span]:
        """Its weeks from Monday on; the first and last only as far as they are in the window."""
        monday = self.first - timedelta(days=self.first.weekday())
        later = range(7, (self.end - monday).days, 7)
        return self._between([self.first, *(monday + timedelta(days=n) for n in later)])

    @property
    def months(self) -> list[Span]:
        """Its months; the first and last only as far as they are in the window."""
        firsts = [self.first]
        while (following := first_of_month(firsts[-1], 1)) < self.end:
            firsts.append(following)
        return self._between(firsts)

    def spans(self, grain: Grain) -> list[Span]:
        if grain == "week":
            return self.weeks
        return self.days if grain == "day" else self.months

    def _between(self, firsts: list[date]) -> list[Span]:
        bounds = [start_of(day, self.zone) for day in firsts] + [self.end_instant]
        return [
            Span(day, start, end) for day, start, end in zip(firsts, bounds[:-1], bounds[1:], strict=True)
        ]
