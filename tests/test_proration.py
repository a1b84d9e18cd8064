"""Unused time of a paid period: the published examples, and what holds for every period, zone and moment."""

import tomllib
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from console import money
from console.errors import Refused
from console.proration import By, Prorated, prorated_refund, unused

CASES = tomllib.loads((Path(__file__).parent / "cases" / "proration.toml").read_text(encoding="utf-8"))[
    "case"
]
RUNS = [
    pytest.param(case, by, zone, id=f"{case['name']}, by {by}, {zone}")
    for case in CASES
    for by in case["by"]
    for zone in case["zones"]
]
ZONES = [
    "UTC",
    "Europe/Helsinki",
    "America/Los_Angeles",
    "America/Havana",  # the clocks change at midnight
    "Africa/Cairo",
    "Asia/Kolkata",
    "Australia/Lord_Howe",  # by half an hour
    "Pacific/Apia",
    "Pacific/Kiritimati",
]
HELSINKI, PARIS = ZoneInfo("Europe/Helsinki"), ZoneInfo("Europe/Paris")


def minor(text: str) -> int:
    return money.parse(text, "EUR", locale="en", zero=True)


def in_zone(moment: datetime, zone: str) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(("case", "by", "zone"), RUNS)
def test_published_examples(case: dict[str, Any], by: By, zone: str) -> None:
    back = prorated_refund(
        minor(case["amount"]),
        minor(case["tax"]),
        period_start=in_zone(case["from"], zone),
        period_end=in_zone(case["to"], zone),
        at=in_zone(case["at"], zone),
        zone=ZoneInfo(zone),
        by=by,
    )
    assert (back.amount_minor, back.tax_minor) == (minor(case["refund"]), minor(case["refund_tax"]))
    assert back.unused_days == case["unused"]


def test_by_the_second_the_hour_that_comes_twice_is_time_too() -> None:
    """Why F3 and F8 are days: Paris has 25 hours on 25 October 2026."""
    back = prorated_refund(
        3720,
        620,
        period_start=datetime(2026, 10, 1, tzinfo=PARIS),
        period_end=datetime(2026, 11, 1, tzinfo=PARIS),
        at=datetime(2026, 10, 16, tzinfo=PARIS),
        zone=PARIS,
    )
    assert (back.unused_seconds, back.period_seconds) == ((16 * 24 + 1) * 3600, (31 * 24 + 1) * 3600)
    assert (back.amount_minor, back.tax_minor, back.net_minor) == (1922, 320, 1602)


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 11, 25), 24)])
def test_a_day_has_as_many_seconds_as_pass(day: tuple[int, int, int], hours: int) -> None:
    start = datetime(*day, tzinfo=HELSINKI)
    end = start + timedelta(days=1)  # by the clock on the wall
    noon = start.replace(hour=12)
    assert unused(start, end, noon) == Fraction(12, hours)
    assert unused(start, end, noon.astimezone(UTC)) == Fraction(12, hours)


def test_a_begun_second_and_a_begun_day_are_used() -> None:
    start, end = datetime(2026, 6, 1, tzinfo=HELSINKI), datetime(2026, 7, 1, tzinfo=HELSINKI)

    def left(moment: datetime) -> tuple[int, int]:
        back = prorated_refund(3000, 0, period_start=start, period_end=end, at=moment, zone=HELSINKI)
        return back.unused_days, end_seconds - back.unused_seconds

    end_seconds = 30 * 86_400
    assert left(start) == (30, 0)
    assert left(start + timedelta(microseconds=1)) == (29, 1)
    assert left(start + timedelta(seconds=1)) == (29, 1)
    assert left(start + timedelta(days=1)) == (29, 86_400)
    assert left(start + timedelta(days=1, microseconds=1)) == (28, 86_401)
    assert left(end - timedelta(microseconds=1)) == (0, end_seconds)


def test_what_is_no_period_is_refused() -> None:
    now = datetime(2026, 6, 1, tzinfo=UTC)
    for end in (now, now - timedelta(days=1), now + timedelta(microseconds=1)):
        with pytest.raises(Refused, match="no paid period"):
            unused(now, end, now)
    with pytest.raises(ValueError, match="time zone"):
        unused(now, now + timedelta(days=1), datetime(2026, 6, 1))  # noqa: DTZ001 - that is the point


def test_a_charge_that_contradicts_itself_is_refused() -> None:
    start, end = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    with pytest.raises(Refused, match="not within its amount"):
        prorated_refund(100, 101, period_start=start, period_end=end, at=start, zone=HELSINKI)


moments = st.datetimes(datetime(2010, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
lengths = st.one_of(
    st.timedeltas(timedelta(seconds=1), timedelta(days=800)),
    st.sampled_from([timedelta(days=days) for days in (1, 7, 28, 30, 31, 365, 366)]),
)
amounts = st.integers(0, 10**9)
zones = st.sampled_from([ZoneInfo(name) for name in ZONES])
measures: st.SearchStrategy[By] = st.sampled_from(["second", "day"])


@st.composite
def ended(draw: st.DrawFn) -> dict[str, Any]:
    """A charge with a period, in a zone; its instants may be given in that zone or in UTC."""
    start, zone, amount = draw(moments), draw(zones), draw(amounts)
    given_in = draw(st.sampled_from([UTC, zone]))
    return {
        "amount_minor": amount,
        "tax_minor": draw(st.integers(0, amount)),
        "period_start": start.astimezone(given_in),
        "period_end": (start + draw(lengths)).astimezone(given_in),
        "zone": zone,
        "by": draw(measures),
    }


def at_part(charge: dict[str, Any], part: float) -> datetime:
    start, end = charge["period_start"].astimezone(UTC), charge["period_end"].astimezone(UTC)
    return start + (end - start) * part  # type: ignore[no-any-return]


parts = st.floats(-0.2, 1.2, allow_nan=False)


@given(ended(), parts, parts)
def test_the_later_the_less(charge: dict[str, Any], one: float, other: float) -> None:
    earlier, later = sorted([one, other])
    first = prorated_refund(**charge, at=at_part(charge, earlier))
    second = prorated_refund(**charge, at=at_part(charge, later))
    assert first.amount_minor >= second.amount_minor
    assert first.tax_minor >= second.tax_minor
    assert first.unused_days >= second.unused_days
    assert first.unused_seconds >= second.unused_seconds


@given(ended(), parts)
def test_parts_of_it_are_within_the_whole(charge: dict[str, Any], part: float) -> None:
    back = prorated_refund(**charge, at=at_part(charge, part))
    assert 0 <= back.amount_minor <= charge["amount_minor"]
    assert 0 <= back.tax_minor <= charge["tax_minor"]
    assert 0 <= back.net_minor <= charge["amount_minor"] - charge["tax_minor"]
    assert back.net_minor + back.tax_minor == back.amount_minor
    assert 0 <= back.unused_days <= back.period_days
    assert 0 <= back.unused_seconds <= back.period_seconds


@given(ended(), st.timedeltas(timedelta(0), timedelta(days=400)))
def test_all_until_it_starts_and_nothing_from_its_end(charge: dict[str, Any], by: timedelta) -> None:
    def amount(back: Prorated) -> tuple[int, int]:
        return back.amount_minor, back.tax_minor

    before = charge["period_start"].astimezone(UTC) - by
    after = charge["period_end"].astimezone(UTC) + by
    assert amount(prorated_refund(**charge, at=before)) == (charge["amount_minor"], charge["tax_minor"])
    assert amount(prorated_refund(**charge, at=after)) == (0, 0)


@given(ended(), parts, st.floats(0, 1))
@example(
    {
        "amount_minor": 999,
        "tax_minor": 203,
        "period_start": datetime(2026, 6, 1, tzinfo=UTC),
        "period_end": datetime(2026, 7, 1, tzinfo=UTC),
        "zone": HELSINKI,
        "by": "second",
    },
    0.2,
    0.9,
)
def test_never_more_than_is_left(charge: dict[str, Any], part: float, refunded: float) -> None:
    """After other refunds it stays within the rest, and giving back what is then left completes the tax."""
    amount, tax = charge["amount_minor"], charge["tax_minor"]
    before = int(amount * refunded)
    back = prorated_refund(**charge, at=at_part(charge, part), refunded_minor=before)
    assert 0 <= back.amount_minor <= amount - before
    rest = amount - before - back.amount_minor
    shares = [(0, before), (before, back.amount_minor), (before + back.amount_minor, rest)]
    assert sum(money.tax_share(amount, tax, *share) for share in shares) == tax
    assert back.tax_minor == money.tax_share(amount, tax, before, back.amount_minor)


@given(moments, lengths, st.floats(0, 1), zones, zones)
def test_by_the_second_the_zone_does_not_matter(
    start: datetime, length: timedelta, part: float, one: ZoneInfo, other: ZoneInfo
) -> None:
    at = start + length * part
    here = [moment.astimezone(one) for moment in (start, start + length, at)]
    there = [moment.astimezone(other) for moment in (start, start + length, at)]
    assert unused(*here) == unused(*there)
