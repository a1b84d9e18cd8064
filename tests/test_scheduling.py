"""When a report is due: at an hour of a zone's own day, once, whatever the clocks and months do."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.scheduling import PERIODS, Timetable, days_of, next_due, passed

HELSINKI = ZoneInfo("Europe/Helsinki")
DAY = timedelta(days=1)
ZONES = sorted(name for name in available_timezones() if "/" in name and not name.startswith("posix"))

hours = st.integers(0, 23)
timetables = st.one_of(
    st.builds(Timetable, st.just("day"), hours),
    st.builds(Timetable, st.just("week"), hours, st.integers(1, 7)),
    st.builds(Timetable, st.just("month"), hours, st.integers(1, 31)),
)
zones = st.sampled_from(ZONES).map(ZoneInfo)
moments = st.dates(date(1990, 1, 1), date(2090, 1, 1)).flatmap(
    lambda day: st.integers(0, 24 * 3600 - 1).map(lambda second: _midnight(day) + timedelta(seconds=second))
)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def local(year: int, month: int, day: int, hour: int = 0) -> datetime:
    return datetime(year, month, day, hour, tzinfo=HELSINKI).astimezone(UTC)


def wanted(timetable: Timetable, day: date) -> bool:
    if timetable.every == "week":
        return day.isoweekday() == timetable.on
    last = monthrange(day.year, day.month)[1]
    return timetable.every == "day" or day.day == min(timetable.on or 1, last)


@given(timetables, moments, zones)
def test_the_next_is_at_its_hour_of_a_wanted_day(
    timetable: Timetable, after: datetime, zone: ZoneInfo
) -> None:
    due = next_due(timetable, after, zone)
    assert after < due <= after + timedelta(days=33)
    here = due.astimezone(zone)
    if here.hour == timetable.hour and here.minute == 0 and wanted(timetable, here.date()):
        assert here.fold == 0
    else:  # that hour, or all of its day, is not there: it is due when the clocks have jumped
        assert wanted(timetable, here.date()) or wanted(timetable, here.date() - DAY)
        assert _offset(due - timedelta(days=1), zone) != _offset(due, zone)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta | None:
    return moment.astimezone(zone).utcoffset()


@given(timetables, moments, zones, st.integers(0, 120))
def test_none_is_forgotten_and_none_comes_twice(
    timetable: Timetable, after: datetime, zone: ZoneInfo, days: int
) -> None:
    until = after + DAY * days
    one_by_one: list[datetime] = []
    due = next_due(timetable, after, zone)
    while due <= until:
        one_by_one.append(due)
        due = next_due(timetable, due, zone)
    assert passed(timetable, after, until, zone) == one_by_one
    assert sorted(set(one_by_one)) == one_by_one


@given(timetables, moments, zones)
def test_a_year_has_each_wanted_day_once(timetable: Timetable, after: datetime, zone: ZoneInfo) -> None:
    first = after.astimezone(zone).date() + DAY
    days = [day for n in range(365) if wanted(timetable, day := first + DAY * n)]
    start, end = _midday(first - DAY, zone), _midday(first + DAY * 365, zone)
    found = passed(timetable, start, end, zone)
    assert abs(len(found) - len(days)) <= 2  # the two days at the ends, in half


def _midday(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=zone).astimezone(UTC)


def test_the_skipped_hour_is_due_when_the_clocks_have_jumped() -> None:
    """Helsinki, 29 March 2026: 03:00 becomes 04:00."""
    timetable = Timetable("day", 3)
    due = next_due(timetable, local(2026, 3, 28, 12), HELSINKI)
    assert due == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert due.astimezone(HELSINKI).hour == 4
    assert next_due(timetable, due, HELSINKI) == local(2026, 3, 30, 3)


def test_the_doubled_hour_is_due_once() -> None:
    """Helsinki, 25 October 2026: 03:00 comes twice."""
    timetable = Timetable("day", 3)
    due = next_due(timetable, local(2026, 10, 24, 12), HELSINKI)
    assert due == datetime(2026, 10, 25, 0, tzinfo=UTC)
    assert next_due(timetable, due, HELSINKI) == local(2026, 10, 26, 3)


def test_a_day_that_a_zone_left_out_is_due_once_with_the_next() -> None:
    """Samoa went from 29 to 31 December 2011."""
    apia = ZoneInfo("Pacific/Apia")
    start = datetime(2011, 12, 29, 12, tzinfo=apia).astimezone(UTC)
    found = passed(Timetable("day", 8), start, start + DAY * 3, apia)
    assert [due.astimezone(apia).date().day for due in found] == [31, 1, 2]


@pytest.mark.parametrize(
    ("on", "days"),
    [(28, [28, 28, 28, 28]), (30, [30, 28, 30, 30]), (31, [31, 28, 31, 30]), (1, [1, 1, 1, 1])],
)
def test_short_months_have_their_last_day(on: int, days: list[int]) -> None:
    found = passed(Timetable("month", 8, on), local(2027, 1, 1, 0), local(2027, 4, 30, 23), HELSINKI)
    assert [due.astimezone(HELSINKI).day for due in found] == days


def test_a_leap_year_has_its_29th() -> None:
    due = next_due(Timetable("month", 8, 31), local(2028, 2, 1, 0), HELSINKI)
    assert due == local(2028, 2, 29, 8)


def test_the_very_hour_counts_up_to_and_not_after() -> None:
    eight = local(2026, 11, 23, 8)
    weekly = Timetable("week", 8, 1)
    assert passed(weekly, eight - DAY, eight, HELSINKI) == [eight]
    assert next_due(weekly, eight, HELSINKI) == local(2026, 11, 30, 8)


@pytest.mark.parametrize(
    ("every", "hour", "on", "says"),
    [
        ("day", 24, None, "hour"),
        ("day", -1, None, "hour"),
        ("day", 8, 1, "no weekday"),
        ("week", 8, None, "weekday"),
        ("week", 8, 8, "weekday"),
        ("month", 8, 0, "1 to 31"),
        ("month", 8, 32, "1 to 31"),
    ],
)
def test_a_timetable_that_cannot_be(every: str, hour: int, on: int | None, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Timetable(every, hour, on)  # type: ignore[arg-type]


def test_timetables_in_words() -> None:
    assert str(Timetable("day", 8)) == "Every day at 08:00"
    assert str(Timetable("week", 18, 5)) == "Every Friday at 18:00"
    assert str(Timetable("month", 0, 1)) == "Every month on day 1 at 00:00"
    assert "last day of a shorter month" in str(Timetable("month", 0, 29))


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("yesterday", "2026-11-24", "2026-11-24"),
        ("last_7_days", "2026-11-18", "2026-11-24"),
        ("last_30_days", "2026-10-26", "2026-11-24"),
        ("last_week", "2026-11-16", "2026-11-22"),
        ("last_month", "2026-10-01", "2026-10-31"),
        ("month_to_date", "2026-11-01", "2026-11-25"),
        ("last_12_months", "2025-11-01", "2026-10-31"),
        ("next_7_days", "2026-11-25", "2026-12-01"),
        ("next_30_days", "2026-11-25", "2026-12-24"),
        ("next_90_days", "2026-11-25", "2027-02-22"),
    ],
)
def test_the_days_of_a_period_on_a_wednesday(period: str, first: str, last: str) -> None:
    days = days_of(period, date(2026, 11, 25))
    assert days == (date.fromisoformat(first), date.fromisoformat(last))


@given(st.sampled_from(sorted(PERIODS)), st.dates(date(1990, 1, 1), date(2090, 1, 1)))
def test_every_period_ends_on_or_after_its_first_day(period: str, today: date) -> None:
    first, last = days_of(period, today)
    assert first <= last
    assert (last < today) == (not period.startswith(("next_", "month_to")))
