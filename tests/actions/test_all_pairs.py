"""Who may do what with which refund in which state: every pair of role, verb, state and amount.

What is not allowed leaves the row and the log as they were.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from console.access import ROLES, Actor, Permission
from console.actions import approvals, blocks, operations, refundable, resuming
from console.actions.done import Done
from console.actions.subscriptions import cancel_subscription, undo_cancel
from console.db import reading, writing
from console.errors import Conflict, ConsoleError, NotPermitted, Refused
from queries.tables_subscriptions import charges, refunds
from tests.actions.company import NOW, cancel, company, entries, expected, kinds, staff, undo
from tests.actions.gateway_says import dispute_there, hear, message
from tests.actions.money import Paid, charge_now, gateway, given_back, operation, paid, refund
from tests.actions.put_in_state import ID, LATER, STATES, put_in, unchanged, waiting
from tests.conftest import Databases

pytestmark = pytest.mark.usefixtures("at_once")
# What each role may give back alone, in cents: at once, and in a day.
ALONE = {
    "agent": (5_000, 20_000), "manager": (50_000, 200_000), "finance": (100_000, 500_000),
    "admin": (100_000, 500_000),
}  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("amount", ["within", "at the limit", "above", "above the day's"])
def test_role_and_amount(databases: Databases, role: str, amount: str) -> None:
    at_once, a_day = ALONE[role]
    there, who = paid(1_000_000), staff("Somebody", role)
    if amount == "above the day's":
        for _ in range(a_day // at_once):
            assert refund(who, there.number, at_once).settled
    minor = {"within": at_once - 1, "at the limit": at_once, "above": at_once + 1}.get(amount, 1)
    before = given_back()
    done = refund(who, there.number, minor, operation_id=ID)
    alone = amount in {"within", "at the limit"}
    assert done.state == ("settled" if alone else "waiting_for_approval")
    assert given_back() == before + (minor if alone else 0)


Decide = Callable[[Actor, str], Done]
DECISIONS: dict[str, tuple[Decide, set[str]]] = {  # and the states in which it is possible
    "approve": (lambda who, id: approvals.approve(who, id, now=LATER), {"waiting_for_approval"}),
    "reject": (lambda who, id: approvals.reject(who, id, why="no", now=LATER), {"waiting_for_approval"}),
    "recall": (lambda who, id: approvals.recall(who, id, now=LATER), {"waiting_for_approval", "approved"}),
    "close": (lambda who, id: approvals.close_as_not_done(who, id, why="not there", now=LATER), {"unknown"}),
}


def may_decide(decision: str, role: str, *, own: bool) -> bool:
    second = Permission.APPROVE_REFUND in ROLES[role]
    if decision == "recall":
        return own or second
    return second and (decision == "close" or not own)


@pytest.mark.parametrize("own", [False, True], ids=["another's", "their own"])
@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("decision", DECISIONS)
def test_role_verb_and_state(databases: Databases, decision: str, role: str, own: bool) -> None:
    decide, states = DECISIONS[decision]
    there, who = paid(1_000_000), staff("Somebody", role)
    waiting(there, who if own else there.aino)
    for state in STATES:
        before, log = put_in(state, outcome={"unknown": "…", "broken": True}, send_after=None), kinds()
        if state in states and may_decide(decision, role, own=own):
            decide(who, ID)
            assert operation(ID).state in {"settled", "refused", "failed"}
            assert len(kinds()) > len(log)
            break
        with pytest.raises(ConsoleError) as refused:
            decide(who, ID)
        assert isinstance(refused.value, NotPermitted | Refused)
        assert unchanged(before, log), (state, refused.value)
    assert given_back() in {0, 1_000_000 if decision == "approve" and not own else 0}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("now_as", ["as they are", "as an administrator", "by another session", "renamed"])
def test_nobody_approves_their_own(databases: Databases, role: str, now_as: str) -> None:
    """Who they are is the row in the staff table, whatever has become of it since."""
    there, who = paid(1_000_000), staff("Somebody", role)
    before, log = waiting(there, who), kinds()
    again = {
        "as they are": who,
        "as an administrator": replace(who, role="admin"),
        "by another session": replace(who, channel="command"),
        "renamed": replace(who, name="Somebody Else", email="else@company.example", role="admin"),
    }[now_as]
    for decide in (DECISIONS["approve"][0], DECISIONS["reject"][0]):
        with pytest.raises(NotPermitted):
            decide(again, ID)
    assert unchanged(before, log)
    assert given_back() == 0


def _another_refund(there: Paid) -> None:
    with writing("subscriptions") as connection:
        row = {"charge_id": charge_now(there.number).id, "amount_minor": 1, "currency": "EUR"}
        connection.execute(refunds.insert().values(row | {"status": "succeeded", "created_at": NOW}))


def _a_failed_refund(there: Paid) -> None:
    """The same money is left; only the version differs."""
    with writing("subscriptions") as connection:
        row = {"charge_id": charge_now(there.number).id, "amount_minor": 1, "currency": "EUR"}
        connection.execute(refunds.insert().values(row | {"status": "failed", "created_at": NOW}))


def _charge(**values: Any) -> Callable[[Paid], None]:
    def change(there: Paid) -> None:
        with writing("subscriptions") as connection:
            mine = charges.c.id == charge_now(there.number).id
            connection.execute(charges.update().where(mine).values(values))

    return change


def _block(there: Paid) -> None:
    """As somebody set one while the request was waiting: a person cannot, the gateway can."""
    hear([message("charge.dispute.created", dispute_there("needs_response"))])


CHANGES: dict[str, Callable[[Paid], None]] = {
    "part of it went back": _another_refund,
    "the version": _a_failed_refund,
    "the amount": _charge(amount_minor=2_000_000),
    "the tax": _charge(tax_minor=1),
    "the currency": _charge(currency="SEK"),
    "the charge": _charge(gateway_reference="ch_2"),
    "not paid after all": _charge(status="failed"),
    "disputed": _block,
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_is_not_approved(databases: Databases, change: str) -> None:
    there = paid(1_000_000)
    waiting(there, there.aino)
    CHANGES[change](there)
    with pytest.raises((Conflict, Refused)):
        approvals.approve(there.manager, ID, now=LATER)
    assert operation(ID).state == "refused"
    assert operation(ID).approved_by is None
    assert kinds()[-1] == "charge.refund.refused"
    assert given_back() == 0
    with pytest.raises((Conflict, Refused)):  # for good, also where it is changed back
        approvals.approve(there.finance, ID, now=LATER)


def test_what_changes_after_the_yes_is_not_sent(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = paid(1_000_000)
    waiting(there, there.aino)
    monkeypatch.setattr(operations, "recall_window", lambda: timedelta(minutes=1))
    assert approvals.approve(there.manager, ID, now=NOW).state == "approved"
    _another_refund(there)
    with pytest.raises(Conflict):
        resuming.resume(ID, now=LATER)
    assert (operation(ID).state, given_back()) == ("refused", 0)


def test_a_block_waits_until_the_request_is_decided(databases: Databases) -> None:
    there = paid(1_000_000)
    waiting(there, there.aino)
    with reading() as data:
        assert "under way" in (blocks.why_not_block(data, charge_now(there.number)) or "")


@pytest.mark.parametrize("role", ROLES)
def test_role_and_verb_on_a_subscription(databases: Databases, role: str) -> None:
    there, who = company(), staff("Somebody", role)
    if Permission.CANCEL_SUBSCRIPTION in ROLES[role]:
        for at in ("period_end", "undo", "now", "undo", "date"):
            if at == "undo":
                assert undo(who, there.number).settled
            else:
                day = {"last_day": (NOW + timedelta(days=3)).date()} if at == "date" else {}
                assert cancel(who, there.number, at, **day).settled  # type: ignore[arg-type]
        return
    common: dict[str, Any] = {"operation_id": ID, "now": NOW}
    with pytest.raises(NotPermitted):
        cancel_subscription(
            who, there.number, at="now", reason="other", expected=expected(there.number, "now"), **common
        )
    with pytest.raises(NotPermitted):
        undo_cancel(who, there.number, reason="mistake", expected=expected(there.number, "undo"), **common)
    assert entries() == []


@pytest.mark.parametrize("role", ["nobody", "", "Admin"])
def test_an_unknown_role_may_do_nothing(databases: Databases, role: str) -> None:
    there = paid(1_000_000)
    who, shown = staff("Somebody", role), refundable.as_it_is(charge_now(there.number))
    before, log = waiting(there, there.aino), kinds()
    with pytest.raises(NotPermitted):
        refund(who, there.number, 1, expected=shown)
    for decide, _ in DECISIONS.values():
        with pytest.raises(NotPermitted):
            decide(who, ID)
    assert unchanged(before, log)
    assert gateway().get_charge("ch_1").refunded_minor == 0
