"""When a scheduled report is due, and which days it is about. Pure functions: no clock, no database.

A report is due at an hour of a zone's own day. Where the clocks skip that hour, it is due when they have
jumped; where they have it twice, at the first. The 29th to 31st mean the last day of a shorter month.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from console.clocks import add_months
from queries.periods import first_of_month

Every = Literal["day", "week", "month"]

DAY = timedelta(days=1)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

PERIODS = {  # code -> words; the days behind each: `days_of`
    "yesterday": "Yesterday",
    "last_7_days": "Last 7 full days",
    "last_30_days": "Last 30 full days",
    "last_week": "Last full week",
    "last_month": "Last full month",
    "month_to_date": "Month to date",
    "last_12_months": "Last 12 full months",
    "next_7_days": "Next 7 days",
    "next_30_days": "Next 30 days",
    "next_90_days": "Next 90 days",
}


@dataclass(frozen=True)
class Timetable:
    """`on`: of a week the ISO weekday (1 is Monday), of a month the day (1–31), of a day nothing. Raises
    ValueError, in a sentence, for one that cannot be."""

    every: Every
    hour: int  # 0–23
    on: int | None = None

    def __post_init__(self) -> None:
        last = {"day": None, "week": 7, "month": 31}[self.every]
        if not 0 <= self.hour <= 23:
            raise ValueError("The hour must be from 0 to 23.")
        if last is None and self.on is not None:
            raise ValueError("A daily report has no weekday and no day of the month. Leave it out.")
        if last is not None and not (self.on is not None and 1 <= self.on <= last):
            raise ValueError("Choose a weekday." if last == 7 else "Choose a day of the month, from 1 to 31.")

    def __str__(self) -> str:
        """ "Every Monday at 08:00"."""
        if self.every == "day":
            return f"Every day at {self.hour:02}:00"
        if self.every == "week":
            return f"Every {WEEKDAYS[(self.on or 1) - 1]} at {self.hour:02}:00"
        last = ", or the last day of a shorter month," if (self.on or 1) > 28 else ""
        return f"Every month on day {self.on}{last} at {self.hour:02}:00"


def next_due(timetable: Timetable, after: datetime, zone: ZoneInfo) -> datetime:
    """The first instant after `after` (both UTC) at which it is due."""
    return next(_dues(timetable, after, zone))


def passed(timetable: Timetable, after: datetime, until: datetime, zone: ZoneInfo) -> list[datetime]:
    """The instants (UTC) at which it was due after `after`, up to and including `until`."""
    found: list[datetime] = []
    for due in _dues(timetable, after, zone):
        if due > until:
            return found
        found.append(due)
    return found


def _dues(timetable: Timetable, after: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    last = after
    for day in _days(timetable, after.astimezone(zone).date() - DAY):
        due = _at(day, timetable.hour, zone)
        if due > last:  # a day that a zone left out has no instant of its own
            last = due
            yield due


def _days(timetable: Timetable, first: date) -> Iterator[date]:
    """The local days of a timetable, from the one on or before `first` on."""
    if timetable.every == "month":
        month = first_of_month(first)
        while True:
            yield min(month + DAY * ((timetable.on or 1) - 1), add_months(month, 1) - DAY)
            month = add_months(month, 1)
    weekly = timetable.every == "week"
    day = first - DAY * (first.isoweekday() - (timetable.on or 1)) if weekly else first
    while True:
        yield day
        day += DAY * (7 if weekly else 1)


def _at(day: date, hour: int, zone: ZoneInfo) -> datetime:
    """The instant of an hour. `fold` 0: of two the first, and a skipped one by the offset before the jump."""
    return datetime.combine(day, time(hour), tzinfo=zone).astimezone(UTC)


def days_of(period: str, today: date) -> tuple[date, date]:
    """First and last day of one of PERIODS, seen from the local day of a run. "Full" days are over: today
    belongs only to the month to date and to what is ahead, where it is the first."""
    if period.startswith("next_"):
        return today, today + DAY * (int(period.split("_")[1]) - 1)
    monday = today - DAY * (today.isoweekday() - 1)
    return {
        "yesterday": (today - DAY, today - DAY),
        "last_7_days": (today - DAY * 7, today - DAY),
        "last_30_days": (today - DAY * 30, today - DAY),
        "last_week": (monday - DAY * 7, monday - DAY),
        "last_month": (first_of_month(today, -1), first_of_month(today) - DAY),
        "month_to_date": (first_of_month(today), today),
        "last_12_months": (first_of_month(today, -12), first_of_month(today) - DAY),
    }[period]
