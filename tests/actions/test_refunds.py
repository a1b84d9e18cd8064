"""A refund: one outcome, never more than was paid, whatever the gateway does."""

from datetime import timedelta

import pytest

from console.actions import approvals, operations, refundable, resuming
from console.actions.refunds import preview_refund
from console.db import reading, writing
from console.errors import Conflict, NotPermitted, Refused
from console.settings import get_settings
from queries.tables_subscriptions import refunds
from tests.actions.company import NOW, kinds, log_is_intact
from tests.actions.money import (
    charge_now,
    gateway,
    given_back,
    operation,
    paid,
    refund,
    refund_rows,
)
from tests.conftest import Databases

ID = "6f1c2a52-6d8e-4c53-9f0e-3b1d7c5b8a01"
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def no_waiting(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSOLE_RECALL_SECONDS", "0")
    get_settings.cache_clear()


def test_part_and_rest(databases: Databases) -> None:
    there = paid()
    done = refund(there.aino, there.number, 1001)
    assert done.settled
    assert done.sentence == f"10.01\u00a0€ of {there.number} went back to Visa ••4242."
    refund(there.aino, there.number, 2999)
    assert refund_rows() == [(1001, 250, "succeeded"), (2999, 750, "succeeded")]
    assert given_back() == 4000
    assert kinds() == ["charge.refund.asked", "charge.refund.done"] * 2
    with pytest.raises(Refused, match="refunded in full"):
        refund(there.aino, there.number, 1)
    assert log_is_intact()


def test_the_same_id_is_one_refund(databases: Databases) -> None:
    there = paid()
    shown = refundable.as_it_is(charge_now(there.number))
    first = refund(there.aino, there.number, operation_id=ID, expected=shown)
    second = refund(there.aino, there.number, operation_id=ID, expected=shown)
    assert (first.already, second.already) == (False, True)
    assert given_back() == 1000
    with pytest.raises(Refused, match="already used by Aino for another request"):
        refund(there.aino, there.number, 2000, operation_id=ID, expected=shown)


def test_a_charge_that_changed_is_a_conflict(databases: Databases) -> None:
    there = paid()
    shown = refundable.as_it_is(charge_now(there.number))
    refund(there.aino, there.number)
    with pytest.raises(Conflict) as caught:
        refund(there.aino, there.number, expected=shown)
    assert caught.value.changes["left to refund"] == ("40.00\u00a0€", "30.00\u00a0€")
    assert given_back() == 1000


@pytest.mark.parametrize("fault", ["request_lost", "answer_lost", "slow"])
def test_a_lost_call_is_unknown_and_looked_up(databases: Databases, fault: str) -> None:
    """GOV.UK pay-connector #5911: a time-out was booked as failed while the money went out."""
    there = paid()
    gateway().fault(fault)  # type: ignore[arg-type]
    done = refund(there.aino, there.number, operation_id=ID)
    assert done.state == "unknown"
    assert refund_rows() == [(1000, 250, "pending")]
    with pytest.raises(Refused, match="something under way"):
        refund(there.manager, there.number)
    with pytest.raises(Refused, match="may still arrive"):
        approvals.close_as_not_done(there.manager, ID, why="looked")
    if fault == "slow":
        gateway().catch_up()
    resuming.resume(ID, now=NOW + MINUTE)
    assert operation(ID).state == "settled"
    assert refund_rows() == [(1000, 250, "succeeded")]
    assert given_back() == 1000
    assert kinds() == ["charge.refund.asked", "charge.refund.unknown", "charge.refund.done"]


def test_a_late_request_after_it_was_sent_again(databases: Databases) -> None:
    there = paid()
    gateway().fault("slow")
    refund(there.aino, there.number, operation_id=ID)
    assert resuming.resume(ID, now=NOW + MINUTE).state == "unknown"  # the first call is still under way there
    gateway().catch_up()
    assert resuming.resume_open(MINUTE, now=NOW + 2 * MINUTE)
    assert operation(ID).state == "settled"
    assert given_back() == 1000


@pytest.mark.parametrize(("fault", "done_there"), [("broken", False), ("broken_after", True)])
def test_an_error_of_the_gateway_is_closed_by_a_person_only_if_it_did_nothing(
    databases: Databases, fault: str, done_there: bool
) -> None:
    there = paid()
    gateway().fault(fault)  # type: ignore[arg-type]
    assert refund(there.aino, there.number, operation_id=ID).state == "unknown"
    resuming.resume(ID, now=NOW + MINUTE) if done_there else None
    if done_there:
        assert operation(ID).state == "settled"
        assert given_back() == 1000
        return
    with pytest.raises(NotPermitted):
        approvals.close_as_not_done(there.aino, ID, why="it is not there")
    approvals.close_as_not_done(there.manager, ID, why="it is not there")
    assert operation(ID).state == "failed"
    assert refund_rows() == [(1000, 250, "failed")]
    assert given_back() == 0
    assert refund(there.aino, there.number).settled  # another operation, another key


def test_busy_is_not_lost(databases: Databases) -> None:
    there = paid()
    gateway().fault("rate_limited")
    assert refund(there.aino, there.number, operation_id=ID).state == "sending"
    assert operation(ID).attempts == 0
    resuming.resume(ID, now=NOW + MINUTE)
    assert operation(ID).state == "settled"


def test_pending_then_decided(databases: Databases) -> None:
    there = paid()
    gateway().fault("refund_pending")
    assert refund(there.aino, there.number, operation_id=ID).state == "pending"
    reference = operation(ID).gateway_reference
    assert reference is not None
    assert refund_rows() == [(1000, 250, "pending")]
    gateway().settle_refund(reference, "succeeded")
    resuming.resume_open(MINUTE, now=NOW + 2 * MINUTE)
    assert operation(ID).state == "settled"
    assert refund_rows() == [(1000, 250, "succeeded")]


def test_pending_then_failed_frees_the_money(databases: Databases) -> None:
    there = paid()
    gateway().fault("refund_pending_then_failed")
    refund(there.aino, there.number, operation_id=ID)
    gateway().catch_up()
    resuming.resume_open(MINUTE, now=NOW + 2 * MINUTE)
    assert operation(ID).state == "failed"
    assert refund_rows() == [(1000, 250, "failed")]
    assert charge_now(there.number).refundable_minor == 4000


def test_a_disputed_charge_is_declined(databases: Databases) -> None:
    there = paid()
    gateway().fault("disputed")
    with pytest.raises(Refused, match="The payment gateway said no"):
        refund(there.aino, there.number, operation_id=ID)
    assert operation(ID).state == "failed"
    assert kinds()[-1] == "charge.refund.failed"
    assert refund_rows() == [(1000, 250, "failed")]


def test_above_the_limit_a_second_person_decides(databases: Databases) -> None:
    there = paid(10_000)
    done = refund(there.aino, there.number, 8_000, operation_id=ID)
    assert done.state == "waiting_for_approval"
    assert "above what an agent may refund alone" in done.sentence
    with pytest.raises(NotPermitted):
        approvals.approve(there.aino, ID, now=NOW)
    assert given_back() == 0
    assert approvals.approve(there.manager, ID, now=NOW + MINUTE).settled
    assert given_back() == 8_000
    assert kinds() == ["charge.refund.asked", "charge.refund.approved", "charge.refund.done"]


def test_nobody_approves_their_own(databases: Databases) -> None:
    there = paid(100_000)
    refund(there.manager, there.number, 80_000, operation_id=ID)
    with pytest.raises(NotPermitted, match="second person"):
        approvals.approve(there.manager, ID, now=NOW)
    approvals.reject(there.finance, ID, why="too much", now=NOW)
    assert operation(ID).state == "refused"
    with pytest.raises(Refused, match="Oskar said no: too much"):
        resuming.resume(ID, now=NOW)


def test_what_changed_is_not_approved(databases: Databases) -> None:
    there = paid(10_000)
    refund(there.aino, there.number, 8_000, operation_id=ID)
    gateway().refund(charge="ch_1", amount_minor=500, currency="EUR", operation_id="elsewhere")
    with writing("subscriptions") as connection:
        connection.execute(
            refunds.insert().values(
                charge_id=charge_now(there.number).id, amount_minor=500, currency="EUR",
                status="succeeded", created_at=NOW,
            )
        )  # fmt: skip
    with pytest.raises(Conflict):
        approvals.approve(there.manager, ID, now=NOW + MINUTE)
    assert operation(ID).state == "refused"
    assert given_back() == 500


def test_an_approval_lapses(databases: Databases) -> None:
    there = paid(10_000)
    refund(there.aino, there.number, 8_000, operation_id=ID)
    with pytest.raises(Refused, match="too long ago"):
        approvals.approve(there.manager, ID, now=NOW + timedelta(days=4))
    assert operation(ID).state == "refused"


def test_the_days_limit_counts_what_is_on_its_way(databases: Databases) -> None:
    there = paid(100_000)
    for _ in range(4):
        assert refund(there.aino, there.number, 5_000).settled
    fifth = refund(there.aino, there.number, 100)
    assert fifth.state == "waiting_for_approval"
    assert "today" in fifth.sentence


def test_money_can_be_recalled_for_a_while(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSOLE_RECALL_SECONDS", "60")
    get_settings.cache_clear()
    there = paid()
    done = refund(there.aino, there.number, operation_id=ID)
    assert (done.state, done.due) == ("approved", NOW + MINUTE)
    assert given_back() == 0
    approvals.recall(there.aino, ID, now=NOW)
    with pytest.raises(Refused, match="Taken back by Aino"):
        resuming.resume(ID, now=NOW + 2 * MINUTE)
    other = operations.new_operation_id()
    refund(there.aino, there.number, operation_id=other)
    resuming.resume_open(timedelta(0), now=NOW + 2 * MINUTE)
    assert operation(other).state == "settled"
    with pytest.raises(Refused, match="settled"):
        approvals.recall(there.aino, other, now=NOW)


def test_the_preview_says_what_will_happen(databases: Databases) -> None:
    there = paid()
    with reading() as data:
        whole = preview_refund(data, there.aino, there.number, now=NOW)
        unused = preview_refund(data, there.aino, there.number, "unused", now=NOW)
    assert (whole.amount.amount_minor, whole.amount.tax_minor, whole.left_after_minor) == (4000, 1000, 0)
    assert 0 < unused.amount.amount_minor < 4000
    assert unused.expected == whole.expected
