"""A renewal moves later, never earlier: the customer has paid until then."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from console.actions import renewal_dates
from console.errors import Refused
from tests.actions.company import END, NOW, events, kinds, mrr_of_events, now_is
from tests.actions.gateway_company import SUBSCRIPTION, collected
from tests.actions.money import gateway
from tests.actions.verbs import ID, RENEWAL_DAY, mailed, move, shown
from tests.conftest import Databases

pytestmark = pytest.mark.usefixtures("at_once")


def test_here_and_there(databases: Databases) -> None:
    there = collected()
    shows = shown(renewal_dates.preview_move_renewal, there.aino, there.number, RENEWAL_DAY)
    assert shows.button == "Move the renewal to 15 Feb 2026"
    assert "the days between cost nothing" in dict(shows.lines)["Next charge"]
    assert move(there, operation_id=ID, expected=shows.expected).settled
    now = now_is(there.number)
    assert now.current_period_end == datetime(2026, 2, 15, tzinfo=UTC)  # still at 02:00 in Helsinki
    assert gateway().get_subscription(SUBSCRIPTION).current_period_end == now.current_period_end
    assert events(there.number) == [("renewal_date_changed", 0)]
    assert mrr_of_events(there.number) == now.mrr_units
    assert kinds() == ["subscription.renewal_date.asked", "subscription.renewal_date.done"]
    assert mailed()["values"]["renewal"].startswith("2026-02-15")


def test_at_the_same_time_of_day_over_the_change_of_clocks(databases: Databases) -> None:
    there = collected(current_period_end=datetime(2026, 3, 20, 10, tzinfo=UTC))  # 12:00 in Helsinki
    move(there, day=date(2026, 4, 1))
    assert now_is(there.number).current_period_end == datetime(2026, 4, 1, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("made", "day", "says"),
    [
        ({}, date(2026, 1, 20), "paid until .*: it cannot be charged earlier"),
        ({}, date(2026, 2, 1), "paid until"),  # the day it renews on already
        ({}, date(2026, 5, 5), "can renew on 4 May 2026 at the latest"),  # 92 days
        ({"interval": "year"}, date(2027, 2, 2), "can renew on 1 Feb 2027 at the latest"),  # an interval
        ({}, date.max, "at the latest"),
        ({}, date.min, "paid until"),
    ],
)
def test_neither_earlier_nor_too_far(
    databases: Databases, made: dict[str, Any], day: date, says: str
) -> None:
    there = collected(**made)
    with pytest.raises(Refused, match=says):
        move(there, day=day)
    assert now_is(there.number).current_period_end == END


@pytest.mark.parametrize(("interval", "day"), [("month", date(2026, 5, 4)), ("year", date(2027, 2, 1))])
def test_the_last_day_is_possible(databases: Databases, interval: str, day: date) -> None:
    there = collected(interval=interval)
    assert move(there, day=day).settled


@pytest.mark.parametrize(
    ("made", "says"),
    [
        ({"status": "past_due"}, "active and paid"),
        ({"status": "trialing", "trial_end": END}, "active and paid"),
        ({"status": "paused"}, "active and paid"),
        ({"cancel_at_period_end": True}, "take the cancellation back first"),
        ({"current_period_end": None}, "is not known"),
        ({"current_period_end": NOW}, "a renewal is under way"),
    ],
)
def test_what_cannot_be_moved(databases: Databases, made: dict[str, Any], says: str) -> None:
    there = collected(**made)
    with pytest.raises(Refused, match=says):
        move(there)
