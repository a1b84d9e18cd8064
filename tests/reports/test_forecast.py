"""The renewal forecast: what is due times the rate of its group, between a lowest and a highest.

The score interval: Newcombe, Two-sided confidence intervals for the single proportion (Statistics in
Medicine 17, 1998), table I, method 3.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.renewal_rates import Group, Rate, rate_of, score_interval
from tests import build
from tests.conftest import Databases
from tests.reports import Data, ask, at, charge, days, ended, event, only, paying, scratch
from tests.reports.test_properties import few

NOW = "2026-03-10"


@pytest.mark.parametrize(
    ("seen", "number", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_published_score_intervals(seen: int, number: int, low: float, high: float) -> None:
    found = score_interval(seen / number, number)
    assert (round(found[0], 4), round(found[1], 4)) == (low, high)


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.floats(1, 10**6))
def test_the_interval_holds_what_was_observed(kept: int, whole: int, number: float) -> None:
    observed = min(kept, whole) / whole
    low, high = score_interval(observed, number)
    assert 0 <= low <= observed <= high <= 1


def test_uneven_amounts_tell_less_than_even_ones() -> None:
    even, uneven = Rate(100, 90, 100, 100.0), Rate(100, 90, 100, 90.0**2 + 10)
    assert even.ends and uneven.ends
    assert uneven.ends[0] < even.ends[0] < 0.9 < even.ends[2] <= uneven.ends[2]
    assert Rate().ends is None


def test_a_small_group_takes_the_rate_of_its_currency() -> None:
    large, small = ("EUR", "Photo", "month"), ("EUR", "Photo", "year")
    rates: dict[Group, Rate] = {
        large: Rate(30, 27, 30, 30.0),
        small: Rate(29, 0, 29, 29.0),
        ("SEK", "Photo", "month"): Rate(90, 9, 90, 90.0),
    }
    assert rate_of(large, rates) == rates[large]
    assert rate_of(small, rates) == Rate(59, 27, 59, 59.0)
    assert rate_of(("JPY", "Photo", "month"), rates) == Rate()


def _company(data: Data) -> build.Row:
    """A plan of 10.00 a month of which 30 of 40 renewals in February were kept."""
    plan = build.plan(data.subscriptions)
    for number in range(40):
        _decided(data, plan, kept=number < 30)
    return plan


def _decided(data: Data, plan: build.Row, *, kept: bool) -> None:
    lost = {"status": "canceled", "ended_at": at("2026-02-05")}
    # Paused since: decided in February, and not due again.
    values = {"status": "paused", "current_period_end": None} if kept else lost
    made = paying(data, build.customer(data.subscriptions), "2026-01-05", plan_id=plan["id"], **values)
    charge(data, made, "2026-01-05", "2026-02-05")
    if kept:
        charge(data, made, "2026-02-05", "2026-03-05")
        event(data, made, "paused", "2026-03-05")
    else:
        ended(data, made, "2026-02-05", actor="customer")


def _coming(data: Data, plan: build.Row, when: str = "2026-03-20", **values: Any) -> build.Row:
    begun = {"plan_id": plan["id"], "current_period_end": at(when)} | values
    return paying(data, build.customer(data.subscriptions), "2026-02-20", **begun)


def test_amount_times_rate_between_its_ends(empty: Databases) -> None:
    with scratch() as data:
        plan = _company(data)
        for _ in range(4):
            _coming(data, plan)
        _coming(data, plan, cancel_at_period_end=True)
        row = only(ask(data, "forecast", NOW, by="product"))
        assert (row["due"], row["expected_amount"], row["forecast"], row["rate"]) == (4, 4000, 3000, 0.75)
        low, high = score_interval(0.75, 40)
        assert (row["low"], row["high"]) == (round(4000 * low), round(4000 * high))
        listed = ask(data, "forecast", NOW, rows=True)
        assert listed.values("amount") == [1000] * 4


def test_a_currency_without_history_has_no_forecast(empty: Databases) -> None:
    with scratch() as data:
        plan = _company(data)
        _coming(data, plan)
        _coming(data, build.plan(data.subscriptions, currency="JPY"), currency="JPY")
        report = ask(data, "forecast", NOW, by="currency")
        assert [(row["currency"], row["forecast"]) for row in report.to_records()] == [
            ("EUR", 750), ("JPY", None),
        ]  # fmt: skip
        assert report.figure("forecast", "JPY") is None
        assert report.notes == ["No renewal in JPY was decided in the last 12 months: no forecast."]


def test_nothing_to_come_is_a_row_for_each_day(empty: Databases) -> None:
    with scratch() as data:
        report = ask(data, "forecast", NOW, days=10)
        assert (len(report.rows), report.figure("due"), report.notes) == (10, 0, [])


@given(
    prices=st.lists(st.tuples(st.integers(1, 10**7), st.integers(0, 29)), min_size=1, max_size=6),
    kept=st.integers(0, 4),
)
@few
def test_whatever_the_breakdown_the_forecast_is_one(
    empty: Databases, prices: list[tuple[int, int]], kept: int
) -> None:
    with scratch() as data:
        plan = build.plan(data.subscriptions)
        for number in range(4):
            _decided(data, plan, kept=number < kept)
        other = build.plan(data.subscriptions)
        for price, day in prices:
            plan_of = plan if price % 2 else other
            _coming(
                data,
                plan_of,
                f"2026-03-{day + 11:02}" if day < 20 else f"2026-04-{day - 19:02}",
                price_minor=price,
            )
        headlines = []
        for by in ("day", "month", "product", "interval", "currency"):
            report = ask(data, "forecast", NOW, by=by, period=days("2026-03-10", "2026-04-30"))
            assert all(check.holds for check in report.checks)
            for name in ("expected_amount", "low", "forecast", "high"):
                assert sum(report.values(name)) == report.figure(name, "EUR")
            headlines.append([report.figure(name, "EUR") for name in ("low", "forecast", "high")])
        assert headlines == [headlines[0]] * 5
        assert headlines[0] == sorted(headlines[0])
        assert headlines[0][2] <= sum(price for price, _ in prices)


def test_as_of_a_past_day_later_events_change_nothing(empty: Databases) -> None:
    def then(data: Data) -> Any:
        report = ask(data, "forecast", NOW, by="day", live=False)
        return report.rows, report.figures

    with scratch() as data:
        plan = _company(data)
        coming = _coming(data, plan)
        charge(data, coming, "2026-02-20", "2026-03-20")
        before = then(data)
        charge(data, coming, "2026-03-20", "2026-04-20")
        event(data, coming, "renewed", "2026-03-20")
        late = _coming(data, plan, started_at=at("2026-03-11"), current_period_start=at("2026-03-11"))
        charge(data, late, "2026-03-11", "2026-03-20")
        assert then(data) == before
