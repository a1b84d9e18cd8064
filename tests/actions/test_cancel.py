"""Cancelling and taking it back: what is written, what is refused, and what the second press answers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from console import db
from console.access import ROLES, Permission
from console.actions import operations
from console.actions import subscriptions as verbs
from console.errors import Conflict, NotFound, NotPermitted, Refused
from queries.recurring import monthly_units
from queries.tables_state import operations as operation_table
from queries.tables_subscriptions import subscription_events
from tests.actions.company import (
    END,
    NOW,
    alter,
    cancel,
    company,
    entries,
    events,
    expected,
    kinds,
    log_is_intact,
    mrr_of_events,
    now_is,
    operation_states,
    staff,
    undo,
)
from tests.conftest import Databases

UNITS = monthly_units(1000, "month", 1)
ID = "6f1c2a52-6d8e-4c53-9f0e-3b1d7c5b8a01"


def test_cancel_at_the_end(databases: Databases) -> None:
    there = company()
    done = cancel(there.aino, there.number, operation_id=ID, note=" moves to a\0nother city ")
    assert (done.already, done.by, done.at, done.operation_id) == (False, "Aino", NOW, ID)
    assert done.sentence == (
        f"{there.number} will end on 1 Feb 2026, 02:00 Europe/Helsinki and will not renew."
    )
    after = now_is(there.number)
    assert (after.status, after.cancel_at_period_end, after.version) == ("active", True, 2)
    assert (after.cancel_requested_at, after.cancel_requested_by) == (NOW, "staff")
    assert (after.cancel_reason, after.ended_at) == ("too_expensive", None)
    assert events(there.number) == [("cancel_requested", 0)]
    with db.reading() as data:
        event = data.subscriptions.execute(
            select(subscription_events).where(subscription_events.c.operation_id == ID)
        ).one()
        operation = data.state.execute(select(operation_table)).one()
    assert (event.actor, event.reason, event.note) == ("staff", "too_expensive", "moves to another city")
    assert (operation.state, operation.settled_at, operation.requested_by) == (
        "settled", NOW, there.aino.staff_id,
    )  # fmt: skip


def test_the_audit_says_who_whom_why_and_from_what_to_what(databases: Databases) -> None:
    there = company()
    cancel(there.aino, there.number, note="calls back in May", ticket_number="T-9")
    asked, done = entries()
    assert [asked.kind, done.kind] == ["subscription.cancel.asked", "subscription.cancel.done"]
    for entry in (asked, done):
        assert (entry.actor_name, entry.actor_email, entry.channel) == ("Aino", there.aino.email, "screen")
        assert (entry.subject_kind, entry.subject_number) == ("subscription", there.number)
        assert entry.customer_number == there.customer["number"]
        assert (entry.customer_name, entry.reason) == ("Maija Virtanen", "too_expensive")
        assert entry.note == "calls back in May"
        assert (entry.before["cancel_at_period_end"], entry.after["cancel_at_period_end"]) == (False, True)
        assert (entry.before["version"], entry.after["version"]) == (1, 2)
    assert asked.operation_id == done.operation_id
    assert log_is_intact()


def test_cancel_at_once_ends_it_and_takes_its_mrr(databases: Databases) -> None:
    there = company()
    done = cancel(there.aino, there.number, "now")
    after = now_is(there.number)
    assert (after.status, after.ended_at, after.cancel_at_period_end) == ("canceled", NOW, False)
    assert (after.cancel_requested_at, after.current_period_end) == (NOW, END)
    assert events(there.number) == [("cancel_requested", 0), ("ended", -UNITS)]
    assert mrr_of_events(there.number) == after.mrr_units == 0
    assert done.sentence == f"{there.number} has ended and will not renew. Nothing was refunded by this."


def test_a_trial_takes_no_mrr_with_it(databases: Databases) -> None:
    there = company(status="trialing", trial_end=END)
    cancel(there.aino, there.number, "now")
    assert events(there.number) == [("cancel_requested", 0), ("ended", 0)]
    undo(there.aino, there.number)
    assert now_is(there.number).status == "trialing"
    assert mrr_of_events(there.number) == 0


def test_one_set_to_end_can_be_ended_at_once_and_was_asked_for_once(databases: Databases) -> None:
    there = company()
    cancel(there.aino, there.number)
    cancel(there.onni, there.number, "now", reason="fraud", now=NOW + timedelta(hours=1))
    after = now_is(there.number)
    assert (after.status, after.cancel_requested_at, after.cancel_reason) == ("canceled", NOW, "fraud")
    assert events(there.number) == [("cancel_requested", 0), ("ended", -UNITS)]


def test_undo_of_a_scheduled_cancel(databases: Databases) -> None:
    there = company()
    cancel(there.aino, there.number)
    done = undo(there.onni, there.number)
    after = now_is(there.number)
    assert (after.cancel_at_period_end, after.cancel_requested_at, after.cancel_requested_by) == (
        False, None, None,
    )  # fmt: skip
    assert (after.cancel_reason, after.version) == (None, 3)
    assert done.sentence == (
        f"{there.number} runs on. The next charge is 10.00\u00a0€ without tax on 1 Feb 2026."
    )
    assert events(there.number) == [("cancel_requested", 0), ("cancel_undone", 0)]
    assert kinds()[2:] == ["subscription.cancel_undo.asked", "subscription.cancel_undo.done"]


@pytest.mark.parametrize("status", ["active", "past_due", "paused", "trialing"])
def test_undo_of_an_immediate_cancel_restores_what_it_was(databases: Databases, status: str) -> None:
    there = company(status=status, trial_end=END if status == "trialing" else None)
    before = now_is(there.number)
    cancel(there.aino, there.number, "now")
    undo(there.onni, there.number, now=NOW + timedelta(days=1))
    after = now_is(there.number)
    assert (after.status, after.ended_at, after.live) == (status, None, True)
    assert after.mrr_units == before.mrr_units == mrr_of_events(there.number)
    assert [kind for kind, _ in events(there.number)] == [
        "cancel_requested", "ended", "resumed", "cancel_undone",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({}, "is not cancelled"),
        ({"status": "expired", "ended_at": NOW - timedelta(days=1)}, "it ended by itself"),
        (
            {"status": "canceled", "ended_at": NOW - timedelta(days=1), "cancel_requested_at": NOW},
            "was not ended at once by staff",
        ),
        ({"cancel_at_period_end": True, "current_period_end": NOW}, "is over since"),
    ],
)
def test_what_cannot_be_taken_back_says_why(databases: Databases, values: dict[str, Any], why: str) -> None:
    there = company(**values)
    with pytest.raises(Refused, match=why):
        undo(there.aino, there.number)
    with db.reading() as data, pytest.raises(Refused, match=why):
        verbs.preview_undo(data, there.aino, there.number, now=NOW)
    assert entries() == []


def test_an_immediate_cancel_cannot_be_undone_after_its_period(databases: Databases) -> None:
    there = company()
    cancel(there.aino, there.number, "now")
    with pytest.raises(Refused, match="is over since"):
        undo(there.aino, there.number, now=END)


@pytest.mark.parametrize(
    ("values", "at", "why"),
    [
        ({"status": "expired", "ended_at": NOW}, "now", "has already ended on"),
        ({"status": "canceled", "ended_at": NOW}, "period_end", "has already ended on"),
        ({"current_period_end": None}, "period_end", "is not known"),
        ({"current_period_end": NOW}, "period_end", "The period of .* ended on"),
        ({"status": "paused"}, "period_end", "is paused"),
    ],
)
def test_what_is_not_possible_is_refused_and_not_offered(
    databases: Databases, values: dict[str, Any], at: verbs.When, why: str
) -> None:
    there = company(**values)
    with pytest.raises(Refused, match=why):
        cancel(there.aino, there.number, at)
    options = {option.at: option for option in verbs.cancel_options(now_is(there.number), NOW)}
    assert not options[at].possible
    assert entries() == []


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"reason": ""}, "A reason is required"),
        ({"reason": "because'; --"}, "is not a reason"),
        ({"note": "x" * 2_001}, "has 2001 characters"),
        ({"operation_id": "1"}, "not a UUID"),
        ({"operation_id": "🙂" * 10_000}, "not a UUID"),
        ({"at": "tomorrow"}, "not a time to cancel"),
    ],
)
def test_bad_input_is_refused(databases: Databases, values: dict[str, Any], why: str) -> None:
    there = company()
    with pytest.raises(Refused, match=why):
        cancel(there.aino, there.number, **({"expected": expected(there.number, "now")} | values))
    assert entries() == []


@pytest.mark.parametrize(
    "number", ["", "S-none", "%", "_", "' OR 1=1", "x" * 10_000, "a\0b", "🙂", "\ud800", "א"]
)
def test_an_unknown_number_is_not_found(databases: Databases, number: str) -> None:
    there = company()
    with pytest.raises(NotFound):
        cancel(there.aino, number, expected=expected(there.number, "now"))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("verb", ["cancel", "undo", "preview_cancel", "preview_undo"])
def test_role_and_verb(databases: Databases, role: str, verb: str) -> None:
    there = company()
    actor = staff("Somebody", role)
    if "undo" in verb:
        cancel(there.aino, there.number)
    before = len(entries())

    def act() -> object:
        with db.reading() as data:
            if verb == "preview_cancel":
                return verbs.preview_cancel(data, actor, there.number, "now", now=NOW)
            if verb == "preview_undo":
                return verbs.preview_undo(data, actor, there.number, now=NOW)
        return (undo if verb == "undo" else cancel)(actor, there.number)

    if Permission.CANCEL_SUBSCRIPTION in ROLES[role]:
        assert act()
    else:
        with pytest.raises(NotPermitted, match="subscription:cancel"):
            act()
        assert len(entries()) == before


def test_the_same_id_twice_is_one_operation(databases: Databases) -> None:
    there = company()
    shown = expected(there.number, "now")
    first = cancel(there.aino, there.number, "now", operation_id=ID, expected=shown)
    again = cancel(there.aino, there.number, "now", operation_id=ID.upper(), expected=shown)
    assert (first.already, again.already, again.by, again.at) == (False, True, "Aino", NOW)
    assert again.sentence == (
        "Already done by Aino on 15 Jan 2026, 12:00 Europe/Helsinki. Nothing was changed now."
    )
    assert operation_states() == {ID: "settled"}
    assert now_is(there.number).version == 2
    assert len(entries()) == 2


def test_another_tab_is_told_who_did_it(databases: Databases) -> None:
    there = company()
    for at in ("period_end", "now"):
        shown = expected(there.number, at)
        cancel(there.aino, there.number, at, expected=shown)
        done = cancel(there.onni, there.number, at, expected=shown)
        assert (done.already, done.by, done.at) == (True, "Aino", NOW)
    shown = expected(there.number, "undo")
    undo(there.onni, there.number, expected=shown)
    again = undo(there.aino, there.number, expected=shown)
    assert (again.already, again.by) == (True, "Onni")
    assert len(operation_states()) == 3


def test_what_the_customer_did_themselves_is_said(databases: Databases) -> None:
    asked = datetime(2026, 1, 10, tzinfo=UTC)
    there = company(cancel_at_period_end=True, cancel_requested_at=asked, cancel_requested_by="customer")
    done = cancel(there.aino, there.number)
    assert (done.already, done.by, done.at) == (True, "the customer", asked)


def test_another_request_under_the_same_id_is_refused(databases: Databases) -> None:
    there = company()
    cancel(there.aino, there.number, operation_id=ID)
    with pytest.raises(Refused, match="already used by Aino for another request"):
        cancel(there.aino, there.number, "now", operation_id=ID)
    assert now_is(there.number).live


@pytest.mark.parametrize(
    ("values", "changes"),
    [
        ({"status": "past_due", "version": 2}, {"status": ("Active", "Past due")}),
        (
            {"price_minor": 1500},  # a system that forgot to count the version up
            {
                "renewal price": (
                    "10.00\u00a0€ monthly, without tax",
                    "15.00\u00a0€ monthly, without tax",
                )
            },
        ),
        ({"version": 7}, {"version": ("1", "7")}),
        (
            {"current_period_end": datetime(2026, 3, 1, tzinfo=UTC)},
            {
                "period ends": (
                    "1 Feb 2026, 02:00 Europe/Helsinki",
                    "1 Mar 2026, 02:00 Europe/Helsinki",
                )
            },
        ),
    ],
)
def test_a_change_in_between_is_a_conflict(
    databases: Databases, values: dict[str, Any], changes: dict[str, tuple[str, str]]
) -> None:
    there = company()
    shown = expected(there.number, "period_end")
    alter(there.number, **values)
    before = now_is(there.number)
    with pytest.raises(Conflict, match="Nothing was done") as caught:
        cancel(there.aino, there.number, expected=shown)
    assert caught.value.changes == changes
    assert now_is(there.number) == before
    assert entries() == []


def test_confirming_is_bound_to_the_way_that_was_shown(databases: Databases) -> None:
    there = company()
    with pytest.raises(Conflict):
        cancel(there.aino, there.number, "now", expected=expected(there.number, "period_end"))


def test_a_change_after_the_last_look_is_refused_and_recorded(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = company()
    begin = operations.begin

    def slow(*arguments: Any) -> Any:
        begun = begin(*arguments)
        alter(there.number, price_minor=2000, version=2)
        return begun

    shown = expected(there.number, "period_end")
    monkeypatch.setattr(operations, "begin", slow)
    for _ in range(2):  # the same id again answers the same
        with pytest.raises(Conflict) as caught:
            cancel(there.aino, there.number, operation_id=ID, expected=shown)
        assert list(caught.value.changes) == ["renewal price"]
    assert operation_states() == {ID: "refused"}
    assert kinds() == ["subscription.cancel.asked", "subscription.cancel.refused"]
    assert events(there.number) == []
    assert log_is_intact()
