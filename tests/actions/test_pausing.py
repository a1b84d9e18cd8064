"""Pausing keeps what was paid for; running on renews as many days later as it was paused."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console import db
from console.actions import pausing
from console.actions.days import one_interval_after
from console.errors import Refused
from tests import build
from tests.actions.company import END, NOW, alter, company, events, mrr_of_events, now_is
from tests.actions.gateway_company import SUBSCRIPTION, collected
from tests.actions.money import gateway
from tests.actions.verbs import ID, mailed, pause, shown, unpause
from tests.conftest import Databases

pytestmark = pytest.mark.usefixtures("at_once")
DAY = timedelta(days=1)


def test_nothing_is_charged_or_counted_while_it_is_paused(databases: Databases) -> None:
    there = collected()
    shows = shown(pausing.preview_pause, there.aino, there.number)
    assert dict(shows.lines)["Effect on MRR"] == "−10.00\u00a0€ a month"
    assert pause(there).settled
    now = now_is(there.number)
    assert (now.status, now.mrr_units, now.next_charge_at) == ("paused", 0, None)
    assert gateway().get_subscription(SUBSCRIPTION).state == "paused"
    assert mrr_of_events(there.number) == 0
    assert [kind for kind, _ in events(there.number)] == ["paused"]


def test_it_runs_on_with_what_was_left(databases: Databases) -> None:
    there = collected()
    pause(there)
    later = NOW + 40 * DAY
    shows = shown(pausing.preview_unpause, there.aino, there.number, now=later)
    assert "40 days later than without the pause" in dict(shows.lines)["Next charge"]
    assert unpause(there, operation_id=ID, now=later, expected=shows.expected).settled
    now = now_is(there.number)
    assert (now.status, now.current_period_end) == ("active", END + 40 * DAY)
    assert now.current_period_end == shows.after.current_period_end  # what was shown
    assert mrr_of_events(there.number) == now.mrr_units > 0
    at_gateway = gateway().get_subscription(SUBSCRIPTION)
    assert at_gateway.state != "paused"
    assert at_gateway.current_period_end == now.current_period_end
    assert mailed()["values"]["renewal"].startswith("2026-03-13")


def test_a_pause_of_an_hour_moves_nothing(databases: Databases) -> None:
    there = collected()
    pause(there)
    unpause(there, now=NOW + timedelta(hours=1))
    assert now_is(there.number).current_period_end == END


@pytest.mark.parametrize(
    ("end", "next_charge", "why"),
    [
        (END, END, "the end of the paid period"),
        (datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 2, 15, tzinfo=UTC), "one period from today"),
        (None, datetime(2026, 2, 14, 22, tzinfo=UTC), "one period from today"),  # midnight in Helsinki
    ],
)
def test_paused_elsewhere(
    databases: Databases, end: datetime | None, next_charge: datetime, why: str
) -> None:
    """Nobody knows when: the paid period holds if it still runs, else one period from today is given."""
    there = collected(status="paused", current_period_start=None, current_period_end=end)
    shows = shown(pausing.preview_unpause, there.aino, there.number)
    assert why in dict(shows.lines)["Next charge"]
    unpause(there, expected=shows.expected)
    now = now_is(there.number)
    assert (now.status, now.current_period_start, now.current_period_end) == ("active", NOW, next_charge)


@given(paid=st.integers(1, 400 * 86_400), paused=st.integers(0, 800 * 86_400))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_nobody_is_charged_early_or_loses_a_day(databases: Databases, paid: int, paused: int) -> None:
    there = company(status="paused", current_period_end=NOW + timedelta(seconds=paid))
    subscription = now_is(there.number)
    with db.writing("subscriptions") as connection:
        row = {"id": subscription.id, "customer_id": subscription.customer_id, "currency": "EUR"}
        build.subscription_event(connection, row, "paused", occurred_at=NOW)
    at = NOW + timedelta(seconds=paused)
    with db.reading() as data:
        shows = pausing.preview_unpause(data, there.aino, there.number, now=at)
    new = shows.after.current_period_end
    assert new is not None
    assert new > at
    assert (
        timedelta(seconds=paid) - timedelta(hours=25)
        < new - at
        < timedelta(seconds=paid) + timedelta(hours=26)
    )


@pytest.mark.parametrize(
    ("made", "says"),
    [
        ({"status": "paused"}, "already paused"),
        ({"status": "past_due"}, "active and paid"),
        ({"status": "trialing", "trial_end": END}, "active and paid"),
        ({"cancel_at_period_end": True}, "take the cancellation back first"),
        ({"current_period_end": None}, "is not known"),
    ],
)
def test_what_cannot_be_paused(databases: Databases, made: dict[str, Any], says: str) -> None:
    there = collected(**made)
    with pytest.raises(Refused, match=says):
        pause(there)


def test_what_cannot_run_on(databases: Databases) -> None:
    there = collected()
    with pytest.raises(Refused, match="is not paused"):
        unpause(there)
    alter(there.number, status="canceled", ended_at=NOW)
    with pytest.raises(Refused, match="is not paused"):
        unpause(there)


@pytest.mark.parametrize(
    ("interval", "count", "day", "later"),
    [
        ("month", 1, date(2026, 1, 31), date(2026, 2, 28)),
        ("month", 3, date(2026, 1, 15), date(2026, 4, 15)),
        ("year", 1, date(2028, 2, 29), date(2029, 2, 28)),
        ("week", 2, date(2026, 1, 15), date(2026, 1, 29)),
        ("day", 10, date(2026, 1, 15), date(2026, 1, 25)),
    ],
)
def test_one_interval(databases: Databases, interval: str, count: int, day: date, later: date) -> None:
    there = company(interval=interval, interval_count=count)
    assert one_interval_after(now_is(there.number), day) == later
