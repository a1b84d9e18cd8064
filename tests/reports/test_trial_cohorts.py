"""Trials by the month or week of their start: what became of each cohort, and which can still move."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests import build
from tests.conftest import Databases
from tests.reports import HELSINKI, UTC_ZONE, Data, ask, at, charge, days, only, scratch
from tests.reports.test_properties import few

SPRING = days("2026-03-01", "2026-05-31")
NOW = "2026-06-10"


def _started(data: Data, start: str, *, length: int = 14, **values: Any) -> build.Row:
    begun = {"status": "trialing", "started_at": at(start), "trial_end": at(start) + timedelta(days=length)}
    made = build.subscription(
        data.subscriptions, build.customer(data.subscriptions)["id"], **(begun | values)
    )
    build.subscription_event(data.subscriptions, made, "trial_started", occurred_at=at(start))
    return made


def _became(data: Data, start: str, outcome: str) -> None:
    if outcome == "running":
        _started(data, start, length=365)
    elif outcome == "not_converted":
        _started(data, start, status="expired", ended_at=at(start) + timedelta(days=14))
    else:
        made = _started(data, start, status="active" if outcome == "converted" else "past_due")
        if outcome == "converted":
            paid = (at(start) + timedelta(days=15)).replace(tzinfo=None).isoformat()
            charge(data, made, paid, "2027-01-01", kind="purchase")


def test_a_cohort_is_open_while_one_of_it_runs(empty: Databases) -> None:
    with scratch() as data:
        for outcome in ("converted", "converted", "not_converted", "still_open"):
            _became(data, "2026-03-10", outcome)
        for outcome in ("converted", "not_converted"):
            _became(data, "2026-04-10", outcome)
        report = ask(data, "trial_cohorts", NOW, period=SPRING)
        shown = ("month", "started", "conversion", "of_started", "state")
        assert [tuple(row[name] for name in shown) for row in report.to_records()] == [
            (date(2026, 3, 1), 4, 0.5, 0.5, "Still open"),
            (date(2026, 4, 1), 2, 0.5, 0.5, "Decided"),
            (date(2026, 5, 1), 0, None, None, None),
        ]
        assert (report.figure("days_to_convert"), report.figure("still_open")) == (15, 1)


def test_running_ones_lower_only_the_share_of_all_started(empty: Databases) -> None:
    with scratch() as data:
        _became(data, "2026-05-10", "converted")
        _became(data, "2026-05-10", "running")
        row = only(ask(data, "trial_cohorts", NOW, period=SPRING, by="currency"))
        assert (row["running"], row["conversion"], row["of_started"]) == (1, 1.0, 0.5)


def test_weeks_begin_on_monday_and_are_cut_at_the_ends(empty: Databases) -> None:
    with scratch() as data:
        _started(data, "2026-03-08T21:59")  # in Helsinki still Sunday
        _started(data, "2026-03-08T22:00")  # Monday
        window = days("2026-03-04", "2026-03-17", HELSINKI)
        report = ask(data, "trial_cohorts", NOW, HELSINKI, period=window, by="week")
        assert [(row["week"], row["started"]) for row in report.to_records()] == [
            (date(2026, 3, 4), 1), (date(2026, 3, 9), 1), (date(2026, 3, 16), 0),
        ]  # fmt: skip


@given(first=st.dates(date(2000, 1, 1), date(2050, 1, 1)), length=st.integers(0, 800))
def test_weeks_fill_the_window(first: date, length: int) -> None:
    window = days(first.isoformat(), (first + timedelta(days=length)).isoformat(), UTC_ZONE)
    weeks = window.weeks
    assert weeks[0].start == window.start_instant
    assert weeks[-1].end == window.end_instant
    assert all(one.end == next_.start for one, next_ in pairwise(weeks))
    assert all(week.first.weekday() == 0 and week.end > week.start for week in weeks[1:])


_outcomes = st.sampled_from(["running", "converted", "not_converted", "still_open"])


@given(st.lists(st.tuples(st.dates(date(2026, 3, 1), date(2026, 5, 20)), _outcomes), min_size=1, max_size=6))
@few
def test_the_outcomes_share_the_trials_among_them(empty: Databases, trials: list[tuple[date, str]]) -> None:
    with scratch() as data:
        for start, outcome in trials:
            _became(data, start.isoformat(), outcome)
        for by in ("month", "week", "product", "country"):
            report = ask(data, "trial_cohorts", NOW, period=SPRING, by=by)
            assert sum(report.values("started")) == len(trials)
            assert all(check.holds for check in report.checks)
        ended = ask(data, "trials", NOW, period=days("2026-03-01", "2027-12-31"))
        assert ended.figure("ending") == len(trials)
        assert all(check.holds for check in ended.checks), ended.checks


def test_as_of_a_past_day_later_events_change_nothing(empty: Databases) -> None:
    def then(data: Data) -> Any:
        report = ask(data, "trial_cohorts", "2026-03-20", period=SPRING, live=False)
        return report.rows, report.figures

    with scratch() as data:
        made = _started(data, "2026-03-10")
        before = then(data)
        charge(data, made, "2026-03-24", "2026-04-24", kind="purchase")
        _became(data, "2026-03-21", "converted")
        assert then(data) == before
        assert ask(data, "trial_cohorts", NOW, period=SPRING).figure("converted") == 2
