"""Moments and days in words, always in a named zone. Pure functions: no drawing."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta

from console import clocks
from console.settings import get_settings

DAY_PATTERN = "d MMM y"
MOMENT_PATTERN = "d MMM y, HH:mm"


def day(value: date | None) -> str:
    """ "23 Nov 2026", or a dash. A moment is refused: its day depends on a zone (see `day_of`)."""
    if isinstance(value, datetime):
        raise TypeError("a moment has no day without a zone")
    return str(format_date(value, DAY_PATTERN, locale=get_settings().locale)) if value else "–"


def month(first: date) -> str:
    """ "Nov 2026"."""
    return str(format_date(first, "MMM y", locale=get_settings().locale))


def day_of(moment: datetime | None, zone: ZoneInfo | None = None) -> str:
    """The local day of a moment, in the reporting zone unless told otherwise."""
    return day(moment.astimezone(zone or clocks.zone()).date()) if moment else "–"


def moment(value: datetime | None, zone: ZoneInfo | None = None) -> str:
    """ "23 Nov 2026, 14:05", in the reporting zone unless told otherwise."""
    if value is None:
        return "–"
    local = value.astimezone(zone or clocks.zone())
    return str(format_datetime(local, MOMENT_PATTERN, tzinfo=local.tzinfo, locale=get_settings().locale))


def time_of_day(value: datetime, zone: ZoneInfo) -> str:
    return str(format_datetime(value, "HH:mm", tzinfo=zone, locale=get_settings().locale))


_UNITS = (timedelta(days=365), timedelta(days=30), timedelta(days=7), timedelta(days=1), timedelta(hours=1),
          timedelta(minutes=1))  # fmt: skip


def ago(value: datetime | None) -> str:
    """In whole units: "3 hours ago", "in 2 days"; "2 years ago" until the third is over. For glances only."""
    if value is None:
        return "–"
    distance = value - clocks.now()
    unit = next((unit for unit in _UNITS if abs(distance) >= unit), None)
    if unit is None:
        return "just now"
    whole = abs(distance) // unit * unit
    said = whole if distance > timedelta(0) else -whole
    return str(format_timedelta(said, threshold=1, add_direction=True, locale=get_settings().locale))


def days_from_now(value: datetime | None, zone: ZoneInfo | None = None) -> str:
    """ "today", "tomorrow", "in 12 days", "3 days ago": from our today to the
    moment's own local day, so that the same date always reads the same."""
    if value is None:
        return "–"
    days = (value.astimezone(zone or clocks.zone()).date() - clocks.today()).days
    words = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    if days in words:
        return words[days]
    return str(
        format_timedelta(timedelta(days=days), granularity="day", threshold=400, add_direction=True,
                         locale=get_settings().locale)
    )  # fmt: skip


def as_of_now() -> str:
    return as_of(clocks.now())


def as_of(moment_: datetime) -> str:
    """The line under every figure and list: when it was true, and in which zone."""
    return f"As of {moment(moment_)} · {clocks.zone().key} time"
