"""Cancelled and refunded as one: both or neither, whatever the gateway says, and in whatever order."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from console import db
from console.actions import approvals, cancel_and_refund, notices, operations, resuming
from console.actions import subscriptions as cancelling
from console.actions.points import watch
from console.db import writing
from console.errors import Conflict, NotPermitted, Refused
from console.gateways.payments import SubscriptionChange
from console.settings import get_settings
from queries.tables_state import staff as staff_table
from tests import build
from tests.actions.company import (
    END,
    NOW,
    alter,
    cancel,
    events,
    kinds,
    log_is_intact,
    mrr_of_events,
    now_is,
    staff,
)
from tests.actions.gateway_company import SUBSCRIPTION, Collected, collected
from tests.actions.money import gateway, given_back, operation, refund, refund_rows
from tests.actions.verbs import ID, LATER, both, shown, told
from tests.conftest import Databases

pytestmark = pytest.mark.usefixtures("at_once")


def as_before(there: Collected) -> None:
    """Nothing of either is left, here or there."""
    assert now_is(there.number).status == "active"
    assert not now_is(there.number).set_to_end
    assert gateway().get_subscription(SUBSCRIPTION).state == "active"
    assert mrr_of_events(there.number) == now_is(there.number).mrr_units
    assert given_back() == 0


def cancelled(there: Collected) -> None:
    assert now_is(there.number).status == "canceled"
    assert gateway().get_subscription(SUBSCRIPTION).state == "canceled"
    assert mrr_of_events(there.number) == 0


def test_now(databases: Databases) -> None:
    there = collected()
    shows = shown(cancel_and_refund.preview_cancel_and_refund, there.aino, there.number, "now", "full")
    assert (shows.number, shows.charge.number) == (there.number, there.charge)  # the latest that was paid
    assert shows.button == "Cancel now and refund 12.40\u00a0€ to Visa ••4242"
    assert [dict(shows.lines)[label] for label in ("Of which tax", "Effect on MRR")] == [
        "2.40\u00a0€", "−10.00\u00a0€ a month on 15 Jan 2026",
    ]  # fmt: skip
    done = both(there, operation_id=ID, expected=shows.expected, amount_minor=1240)
    assert done.settled
    assert "12.40\u00a0€" in done.sentence
    assert "Nothing was refunded" not in done.sentence
    cancelled(there)
    assert (given_back(), refund_rows()) == (1240, [(1240, 240, "succeeded")])
    assert kinds() == ["subscription.cancel_and_refund.asked", "subscription.cancel_and_refund.done"]
    assert told() == ["cancel_and_refund"]
    assert log_is_intact()


def test_unused_is_what_lies_behind_the_end(databases: Databases) -> None:
    """On the customer's calendar January has 31 days, of which it can be used until the end of the 20th; at
    the end of the period nothing is unused."""
    there = collected()
    preview = cancel_and_refund.preview_cancel_and_refund
    now = shown(preview, there.aino, there.number, "now", "unused").amount.amount_minor
    on = shown(preview, there.aino, there.number, "date", "unused", last_day=date(2026, 1, 20)).amount
    seconds = (END - datetime(2026, 1, 20, 22, tzinfo=UTC)).total_seconds()  # midnight in Helsinki
    assert on.amount_minor == pytest.approx(1240 * seconds / (31 * 86_400), abs=1)
    assert on.amount_minor < now < 1240
    with pytest.raises(Refused, match=r"No time .* is unused"):
        shown(preview, there.aino, there.number, "period_end", "unused")


@pytest.mark.parametrize(("at", "day"), [("period_end", None), ("date", date(2026, 1, 20))])
def test_later_than_now(databases: Databases, at: Any, day: date | None) -> None:
    there = collected()
    assert both(there, operation_id=ID, at=at, last_day=day).settled
    now, at_gateway = now_is(there.number), gateway().get_subscription(SUBSCRIPTION)
    assert (now.status, now.set_to_end) == ("active", True)
    assert (at_gateway.cancel_at_period_end, at_gateway.cancel_at) == (day is None, now.cancel_at)
    assert given_back() == 1240
    assert told() == sorted(["cancel_on_date" if day else "cancel_at_end", "refund_sent"])


def test_a_refund_that_is_declined_cancels_nothing(databases: Databases) -> None:
    there = collected()
    gateway().fault("disputed")
    with pytest.raises(Refused, match="gateway said no"):
        both(there, operation_id=ID)
    as_before(there)
    assert refund_rows() == [(1240, 240, "failed")]
    assert [kind for kind, _ in events(there.number)][-2:] == ["resumed", "cancel_undone"]
    assert told() == []


@pytest.mark.parametrize("fault", ["refund_fails", "request_lost", "rate_limited"])
def test_money_that_does_not_leave_ends_nothing_there(databases: Databases, fault: Any) -> None:
    there = collected()
    gateway().fault(fault)
    if fault == "refund_fails":
        with pytest.raises(Refused, match="the refund failed"):
            both(there, operation_id=ID)
        assert now_is(there.number).status == "active"
    else:
        assert not both(there, operation_id=ID).settled
    assert gateway().get_subscription(SUBSCRIPTION).state == "active"


def test_pending_money_is_cancelled_already(databases: Databases) -> None:
    there = collected()
    gateway().fault("refund_pending")
    assert both(there, operation_id=ID).state == "pending"
    cancelled(there)
    assert refund_rows() == [(1240, 240, "pending")]
    reference = operation(ID).gateway_reference
    assert reference is not None
    gateway().settle_refund(reference, "succeeded")
    resuming.resume_open(timedelta(0), now=LATER)
    assert operation(ID).state == "settled"
    assert refund_rows() == [(1240, 240, "succeeded")]
    assert told() == ["cancel_and_refund"]


def hear(message: Any) -> None:
    notices.receive(message, now=LATER)


@pytest.mark.parametrize("by", ["looking", "message"])
def test_money_that_fails_later_leaves_it_cancelled(databases: Databases, by: str) -> None:
    """The gateway has cancelled by then, and cannot take that back: our rows must not say that it runs."""
    there = collected()
    gateway().fault("refund_pending_then_failed")
    with db.writing("tickets") as connection:
        build.ticket(connection, number="T-77")
    assert both(there, operation_id=ID, ticket_number="T-77").state == "pending"
    gateway().catch_up()
    if by == "looking":
        resuming.resume_open(timedelta(0), now=LATER)
    else:
        gateway().deliver(hear)
    kept = operation(ID)
    assert kept.state == "failed"
    assert "The cancellation stays" in (kept.outcome or {})["failed"]
    cancelled(there)
    assert refund_rows() == [(1240, 240, "failed")]
    assert told() == ["cancel_now", "ticket"]  # the customer hears that it has ended, not that money comes
    resuming.resume_open(timedelta(0), now=LATER)
    cancelled(there)


def with_fault_of_the_cancellation(there: Collected, fault: Any, at: Any) -> Any:
    """The refund comes first, and goes well."""

    def put(point: str) -> None:
        if point == "claimed":
            gateway().fault("early", operation_id=ID)  # harmless, and used up by the refund
            gateway().fault(fault, operation_id=ID)

    ended = watch(put)
    done = both(there, operation_id=ID, at=at)
    ended()
    assert gateway().get_subscription(SUBSCRIPTION).state == "active" or fault == "answer_lost"
    assert given_back() == 1240
    return done


@pytest.mark.parametrize("fault", ["answer_lost", "request_lost", "broken", "rate_limited"])
def test_the_cancellation_alone_is_lost(databases: Databases, fault: Any) -> None:
    """Finished later, without a second refund."""
    there = collected()
    done = with_fault_of_the_cancellation(there, fault, "now")
    assert done.state == ("sending" if fault == "rate_limited" else "unknown")
    assert resuming.resume(ID, now=LATER).settled
    cancelled(there)
    assert (given_back(), refund_rows()) == (1240, [(1240, 240, "succeeded")])


def test_a_cancellation_that_breaks_is_never_closed_as_not_done(databases: Databases) -> None:
    """Under its key the gateway answers the same for ever: somebody has to cancel there."""
    there = collected()
    assert with_fault_of_the_cancellation(there, "broken", "period_end").state == "unknown"
    assert "cancel it there" in (operation(ID).outcome or {})["unknown"]
    assert resuming.resume(ID, now=LATER).state == "unknown"
    with pytest.raises(Refused, match="has not answered"):
        approvals.close_as_not_done(there.sofia, ID, why="not there", now=LATER)
    assert refund_rows() == [(1240, 240, "pending")]
    in_the_dashboard = operations.new_operation_id()
    gateway().change_subscription(
        SUBSCRIPTION, SubscriptionChange(cancel="period_end"), operation_id=in_the_dashboard
    )
    resuming.resume_open(timedelta(0), now=LATER)
    assert operation(ID).state == "settled"
    assert (given_back(), refund_rows()) == (1240, [(1240, 240, "succeeded")])


def test_a_refund_that_broke_after_it_was_made_is_never_closed_as_not_done(databases: Databases) -> None:
    there = collected()
    gateway().fault("broken_after")
    assert both(there, operation_id=ID).state == "unknown"
    with pytest.raises(Refused, match="only the cancellation is missing"):
        approvals.close_as_not_done(there.sofia, ID, why="not there", now=LATER)
    assert refund_rows() == [(1240, 240, "pending")]
    assert resuming.resume(ID, now=LATER).settled
    cancelled(there)
    assert given_back() == 1240


def test_what_certainly_was_not_done_is_closed(databases: Databases) -> None:
    there = collected()
    gateway().fault("broken")
    assert both(there, operation_id=ID).state == "unknown"
    approvals.close_as_not_done(there.sofia, ID, why="not in the dashboard", now=LATER)
    as_before(there)


def test_a_subscription_the_gateway_does_not_have(databases: Databases) -> None:
    """It collects nothing for it: the refund is what there is to do."""
    there = collected()
    alter(there.number, gateway_reference="sub_nobody")
    assert both(there, operation_id=ID).settled
    assert (now_is(there.number).status, given_back()) == ("canceled", 1240)


def limited(there: Collected) -> None:
    with writing("state") as connection:
        limits = {"refund": {"EUR": 100}, "refund_per_day": {"EUR": 100}}
        mine = staff_table.update().where(staff_table.c.id == there.aino.staff_id)
        connection.execute(mine.values(limits=limits))


def test_above_the_limit_both_wait(databases: Databases) -> None:
    there = collected()
    limited(there)
    assert both(there, operation_id=ID).state == "waiting_for_approval"
    as_before(there)
    with pytest.raises(NotPermitted, match="may not do this"):
        approvals.approve(there.aino, ID, now=LATER)
    assert approvals.approve(there.sofia, ID, now=LATER).settled
    cancelled(there)


def test_what_changed_while_it_waited_is_not_approved(databases: Databases) -> None:
    there = collected()
    limited(there)
    both(there, operation_id=ID)
    alter(there.number, version=9, price_minor=1100)
    with pytest.raises(Conflict):
        approvals.approve(there.sofia, ID, now=LATER)
    assert operation(ID).state == "refused"
    assert refund_rows() == []
    assert now_is(there.number).status == "active"


def test_it_can_be_recalled(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    there = collected()
    monkeypatch.setenv("CONSOLE_RECALL_SECONDS", "60")
    get_settings.cache_clear()
    done = both(there, operation_id=ID)
    assert (done.state, done.due) == ("approved", NOW + timedelta(seconds=60))
    as_before(there)
    with pytest.raises(Refused, match="under way"):  # nor is it cancelled twice over
        cancel(there.aino, there.number, "now")
    approvals.recall(there.aino, ID, now=LATER)
    as_before(there)
    assert cancel(there.aino, there.number, "now").settled


def test_cancelled_by_somebody_else_is_not_money_back(databases: Databases) -> None:
    """The subscription is as it would be, the money is not: that is a conflict, never "already done"."""
    there, onni = collected(), staff("Onni")
    with db.reading() as data:
        shows = cancel_and_refund.preview_cancel_and_refund(
            data, there.aino, there.number, "now", "full", now=NOW
        )

    def meanwhile(point: str) -> None:
        if point == "begun" and now_is(there.number).status == "active":
            alter(there.number, status="canceled", ended_at=NOW, cancel_requested_at=NOW, version=2)

    ended = watch(meanwhile)
    with pytest.raises(Conflict):
        both(there, operation_id=ID, expected=shows.expected, amount_minor=1240)
    ended()
    assert (refund_rows(), given_back()) == ([], 0)
    with pytest.raises(Refused, match="nothing to cancel"):
        both(there, onni)


def test_a_change_of_either_is_a_conflict(databases: Databases) -> None:
    there = collected()
    shows = shown(cancel_and_refund.preview_cancel_and_refund, there.aino, there.number, "now", "full")
    refund(there.aino, there.charge, 40)
    with pytest.raises(Conflict) as raised:
        both(there, expected=shows.expected, amount_minor=1200)
    assert "charge: left to refund" in raised.value.changes
    assert now_is(there.number).status == "active"


@pytest.mark.parametrize("needs", ["agent", "finance"])
def test_who_may(databases: Databases, needs: str) -> None:
    """Finance may refund and not cancel."""
    there, somebody = collected(), staff("Somebody", needs)
    if needs == "agent":
        assert both(there, somebody).settled
        return
    with pytest.raises(NotPermitted):
        both(there, somebody)


def test_of_which_charge(databases: Databases) -> None:
    there, other = collected(), None
    with db.writing("subscriptions") as connection:
        row = build.charge(connection, now_is(there.number).customer_id, gateway_reference="ch_2")
        other = row["invoice_number"]
    preview = cancel_and_refund.preview_cancel_and_refund
    with pytest.raises(Refused, match="is not a charge of"):
        shown(preview, there.aino, there.number, "now", "full", charge_number=other)
    with db.writing("subscriptions") as connection:
        connection.exec_driver_sql("UPDATE charges SET status = 'failed'")
    with pytest.raises(Refused, match="cancel it without a refund"):
        shown(preview, there.aino, there.number, "now", "full")


def test_undo_waits_until_it_is_decided(databases: Databases) -> None:
    there = collected()
    gateway().fault("refund_pending")
    both(there, operation_id=ID, at="period_end")
    shown_now = cancelling.as_it_is(now_is(there.number), "undo")
    with pytest.raises(Refused, match="Aino has something under way"):
        cancelling.undo_cancel(
            there.aino, there.number, operation_id=operations.new_operation_id(), reason="changed_mind",
            expected=shown_now, now=LATER,
        )  # fmt: skip
