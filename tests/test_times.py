"""Moments and days in words."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from console import times

NOW = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)  # 02:30 on 23 November in Helsinki


@pytest.mark.parametrize(
    ("distance", "said"),
    [
        (timedelta(0), "just now"),
        (timedelta(seconds=-59), "just now"),
        (timedelta(minutes=-119), "1 hour ago"),
        (timedelta(hours=-47), "1 day ago"),
        (timedelta(days=-13), "1 week ago"),
        (timedelta(days=-59), "1 month ago"),
        (timedelta(days=-1000), "2 years ago"),
        (timedelta(days=3), "in 3 days"),
        (timedelta(days=400), "in 1 year"),
    ],
)
def test_ago_counts_whole_units(distance: timedelta, said: str) -> None:
    with time_machine.travel(NOW, tick=False):
        assert times.ago(NOW + distance) == said


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2026, 11, 22, 21, 59, tzinfo=UTC), "yesterday"),  # 23:59 the day before, in Helsinki
        (datetime(2026, 11, 22, 22, 0, tzinfo=UTC), "today"),
        (datetime(2026, 11, 23, 22, 0, tzinfo=UTC), "tomorrow"),
        (datetime(2027, 6, 11, 9, 15, tzinfo=UTC), "in 200 days"),
    ],
)
def test_days_are_local_days(moment: datetime, said: str) -> None:
    with time_machine.travel(NOW, tick=False):
        assert times.days_from_now(moment) == said


def test_a_moment_has_no_day_without_a_zone() -> None:
    with pytest.raises(TypeError):
        times.day(NOW)
    assert times.day_of(NOW) == "23 Nov 2026"
    assert times.moment(NOW) == "23 Nov 2026, 02:30"
    assert times.moment(None) == "–"
