"""Trials: running, ending, converted. T1: published by others and recomputed."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.reports._days_to_convert import distribution, quantile
from tests import build
from tests.conftest import Databases
from tests.reports import HELSINKI, Data, ask, at, charge, days, event, only, scratch


def _trial(data: Data, end: str, *, length: int = 14, **values: Any) -> build.Row:
    start = at(end) - timedelta(days=length)
    begun = {
        "status": "trialing",
        "started_at": start,
        "trial_end": at(end),
        "current_period_start": start,
        "current_period_end": at(end),
    }
    customer = build.customer(data.subscriptions)
    made = build.subscription(data.subscriptions, customer["id"], **(begun | values))
    build.subscription_event(data.subscriptions, made, "trial_started", occurred_at=start)
    return made


def _not_converted(data: Data, end: str, **values: Any) -> build.Row:
    return _trial(data, end, status="expired", ended_at=at(end), **values)


def _converted(data: Data, end: str, paid: str | None = None, **values: Any) -> build.Row:
    made = _trial(data, end, status="active", **values)
    charge(data, made, paid or end, "2026-12-01", kind="purchase")
    return made


def test_t1_half_of_the_trials_that_ended_in_may(empty: Databases) -> None:
    with scratch() as data:
        for n in range(5):
            _converted(data, f"2026-05-{n + 3:02}")
            _not_converted(data, f"2026-05-{n + 20:02}")
        _converted(data, "2026-06-01")
        _not_converted(data, "2026-04-30T23:59:59")
        report = ask(data, "trials", "2026-07-01", period=days("2026-05-01", "2026-05-31"), by="month")
        row = only(report)
        assert (row["ending"], row["converted"], row["conversion"]) == (10, 5, 0.5)
        assert (report.figure("conversion"), report.figure("days_to_convert")) == (0.5, 14)
        assert report.notes == []


def test_a_failed_first_payment_is_still_open(empty: Databases) -> None:
    with scratch() as data:
        trying = _trial(data, "2026-05-10", status="past_due")
        charge(data, trying, "2026-05-10", "2026-06-10", kind="purchase", status="failed")
        _converted(data, "2026-05-10", paid="2026-05-13")
        free = _trial(data, "2026-05-11", status="active")
        charge(data, free, "2026-05-11", "2026-06-11", amount_minor=0, tax_minor=0)
        report = ask(data, "trials", "2026-05-20", period=days("2026-05-01", "2026-05-19"))
        assert (report.figure("converted"), report.figure("still_open"), report.figure("ended")) == (1, 2, 3)
        assert "can still move" in report.notes[0]
        listed = ask(data, "trials", "2026-05-20", period=days("2026-05-01", "2026-05-19"), rows=True)
        assert listed.values("outcome") == ["Still open", "Converted", "Still open"]
        assert listed.values("days_to_convert") == [None, 17, None]


def test_cancelled_in_the_trial_with_the_reason(empty: Databases) -> None:
    with scratch() as data:
        asked = _not_converted(data, "2026-05-10")
        event(data, asked, "cancel_requested", "2026-05-03", actor="customer", reason="too_expensive")
        again = _not_converted(data, "2026-05-11")
        event(data, again, "cancel_requested", "2026-05-03", actor="customer", reason="too_expensive")
        event(data, again, "cancel_undone", "2026-05-04", actor="customer")
        _not_converted(data, "2026-05-12", cancel_requested_at=at("2026-05-02"))
        late = _trial(data, "2026-05-06", status="canceled", ended_at=at("2026-05-20"))
        event(data, late, "cancel_requested", "2026-05-19", actor="customer", reason="other")
        _converted(data, "2026-05-13")
        window = days("2026-05-01", "2026-05-31")
        report = ask(data, "trials", "2026-06-05", period=window, by="reason")
        assert [(row["reason"], row["cancelled"]) for row in report.to_records()] == [
            ("not stated", 1), ("too_expensive", 1),
        ]  # fmt: skip
        assert (report.figure("cancelled"), report.figure("not_converted")) == (2, 4)
        listed = ask(data, "trials", "2026-06-05", period=window, rows=True, only="cancelled")
        assert listed.values("outcome") == ["Cancelled in the trial"] * 2
        assert listed.values("reason") == ["too_expensive", "not stated"]


def test_how_long_they_took_to_convert(empty: Databases) -> None:
    with scratch() as data:
        for length in (*[14] * 8, 20, 40):
            paid = (at("2026-05-10") + timedelta(days=length - 14)).date().isoformat()
            _converted(data, "2026-05-10", paid=paid)
        window = days("2026-05-01", "2026-05-31")
        report = ask(data, "trials", "2026-07-01", period=window, by="days_to_convert")
        assert report.rows == [(14, 8, 0.8), (20, 1, 0.9), (40, 1, 1.0)]
        assert (report.figure("days_to_convert"), report.figure("days_to_convert_90")) == (14, 20)


@given(st.lists(st.integers(0, 400), min_size=1, max_size=50))
def test_a_quantile_is_one_of_the_values_and_enough_are_below(values: list[int]) -> None:
    ordered = sorted(values)
    for percent in (50, 90):
        found = quantile(ordered, percent)
        assert found is not None
        assert sum(value <= found for value in ordered) * 100 >= percent * len(ordered)
        assert sum(value < found for value in ordered) * 100 < percent * len(ordered)
    assert sum(row["converted"] for row in distribution(ordered)) == len(ordered)
    assert distribution(ordered)[-1]["so_far"] == 1.0


def test_as_of_then_it_was_not_yet_set_to_end(empty: Databases) -> None:
    with scratch() as data:
        made = _trial(data, "2026-05-10", cancel_at_period_end=True)
        event(data, made, "cancel_requested", "2026-05-06", actor="customer")
        window = days("2026-05-01", "2026-05-31")
        then = ask(data, "trials", "2026-05-05", period=window, live=False)
        assert (then.figure("running_now"), then.figure("set_to_end")) == (1, 0)
        assert ask(data, "trials", "2026-05-07", period=window, live=False).figure("set_to_end") == 1
        assert "on file now" in then.notes[1]


def test_an_early_end_is_the_end(empty: Databases) -> None:
    with scratch() as data:
        _trial(data, "2026-05-10", status="canceled", ended_at=at("2026-05-02"))
        report = ask(data, "trials", "2026-05-20", period=days("2026-05-01", "2026-05-19"))
        assert [row["day"] for row in report.to_records() if row["ending"]] == [date(2026, 5, 2)]
        assert report.figure("not_converted") == 1


def test_as_of_then_it_was_running(empty: Databases) -> None:
    with scratch() as data:
        _converted(data, "2026-05-10")
        _not_converted(data, "2026-05-11")
        window = days("2026-05-01", "2026-05-31")
        then = ask(data, "trials", "2026-05-05", period=window, live=False)
        assert (then.figure("running_now"), then.figure("running_now") + then.figure("ended")) == (2, 2)
        assert sum(then.values("running")) == 2
        now = ask(data, "trials", "2026-06-05", period=window)
        assert (now.figure("running_now"), now.figure("ended"), now.figure("converted")) == (0, 2, 1)


def test_a_trial_whose_end_nobody_knows_runs(empty: Databases) -> None:
    with scratch() as data:
        _trial(data, "2026-05-10", trial_end=None, current_period_end=None)
        over = _trial(data, "2026-05-10", trial_end=None, status="expired", ended_at=at("2026-05-03"))
        event(data, over, "ended", "2026-05-03")
        report = ask(data, "trials", "2026-05-20", period=days("2026-05-01", "2026-05-31"))
        assert (report.figure("running_now"), report.figure("not_converted")) == (1, 1)


@pytest.mark.parametrize(
    ("end", "day"),
    [
        ("2026-03-28T22:00", date(2026, 3, 29)),
        ("2026-03-29T20:59:59", date(2026, 3, 29)),
        ("2026-03-29T21:00", date(2026, 3, 30)),
        ("2026-10-24T21:00", date(2026, 10, 25)),
        ("2026-10-25T21:59:59", date(2026, 10, 25)),
        ("2026-10-25T22:00", date(2026, 10, 26)),
    ],
)
def test_the_local_day_where_clocks_change(empty: Databases, end: str, day: date) -> None:
    with scratch() as data:
        _trial(data, end, cancel_at_period_end=True)
        window = days(f"{day:%Y-%m}-20", f"{day:%Y-%m}-31", HELSINKI)
        report = ask(data, "trials", f"{day:%Y-%m}-20", HELSINKI, period=window)
        assert [row["day"] for row in report.to_records() if row["set_to_end"]] == [day]
