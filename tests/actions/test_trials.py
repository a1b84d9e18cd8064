"""Extending a trial: to the end of a day of the customer's calendar, not for ever, and of a trial only."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from console.actions import trials
from console.errors import NotFound, Refused
from tests.actions.company import END, NOW, alter, entries, events, kinds, now_is
from tests.actions.gateway_company import SUBSCRIPTION, collected
from tests.actions.money import gateway
from tests.actions.verbs import ID, TRIAL, TRIAL_DAY, extend, mailed, shown
from tests.conftest import Databases

pytestmark = pytest.mark.usefixtures("at_once")
MIDNIGHT = datetime(2026, 2, 10, 22, tzinfo=UTC)  # in Helsinki, after the 10th


def test_here_and_there(databases: Databases) -> None:
    there = collected(**TRIAL)
    shows = shown(trials.preview_extend_trial, there.aino, there.number, TRIAL_DAY)
    assert (shows.number, shows.button) == (there.number, "Extend the trial to 10 Feb 2026")
    assert [label for label, _ in shows.lines] == [
        "Subscription", "Customer", "Product", "Price", "Trial", "First charge", "Effect on MRR",
    ]  # fmt: skip
    assert shows.after.trial_end == MIDNIGHT
    assert extend(there, operation_id=ID, expected=shows.expected).settled
    now = now_is(there.number)
    assert (now.trial_end, now.current_period_end, now.mrr_units) == (MIDNIGHT, MIDNIGHT, 0)
    assert gateway().get_subscription(SUBSCRIPTION).trial_end == MIDNIGHT
    assert events(there.number) == [("trial_extended", 0)]
    assert kinds() == ["subscription.extend_trial.asked", "subscription.extend_trial.done"]
    assert mailed()["values"]["end"].startswith("2026-02-10T22:00:00")
    done = entries()[-1]
    assert done.before["trial_end"].startswith("2026-02-01T00:00:00")
    assert done.after["trial_end"].startswith("2026-02-10T22:00:00")
    assert done.after["new_end"] == "2026-02-10"


def test_a_period_of_its_own_stays(databases: Databases) -> None:
    there = collected(**TRIAL | {"current_period_end": END + timedelta(days=3)})
    extend(there)
    assert now_is(there.number).current_period_end == END + timedelta(days=3)


@pytest.mark.parametrize(
    ("day", "says"),
    [
        (date(2026, 1, 31), "choose a later day"),
        (date(2026, 4, 15), "more than 90 days away"),
        (date.max, "more than 90 days away"),
        (date.min, "choose a later day"),
    ],
)
def test_not_earlier_and_not_for_ever(databases: Databases, day: date, says: str) -> None:
    there = collected(**TRIAL)
    with pytest.raises(Refused, match=says):
        extend(there, day=day)
    assert kinds() == []


def test_ninety_days_are_possible(databases: Databases) -> None:
    there = collected(**TRIAL)
    assert extend(there, day=(NOW + timedelta(days=89)).date()).settled


@pytest.mark.parametrize(
    ("made", "says"),
    [
        ({}, "is not on trial"),
        ({"status": "paused"}, "is not on trial"),
        (TRIAL | {"trial_end": None}, "end of the trial of .* is not known"),
        (TRIAL | {"cancel_at_period_end": True}, "take the cancellation back first"),
    ],
)
def test_only_a_trial_that_runs_on(databases: Databases, made: dict[str, Any], says: str) -> None:
    there = collected(**made)
    with pytest.raises(Refused, match=says):
        extend(there)


def test_an_ended_trial_and_a_number_that_is_none(databases: Databases) -> None:
    there = collected(**TRIAL)
    with pytest.raises(NotFound):
        shown(trials.preview_extend_trial, there.aino, "S-none", TRIAL_DAY)
    alter(there.number, status="expired", ended_at=NOW)
    with pytest.raises(Refused, match="is not on trial"):
        extend(there)
