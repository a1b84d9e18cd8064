"""What `console prove operations` and `console prove crowd` have found: each defect as a test of its own."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from console.actions import approvals, operations, resuming
from console.errors import Refused
from queries.tables_subscriptions import LIVE_STATUSES
from tests.actions.company import NOW, cancel, kinds, now_is, undo
from tests.actions.gateway_company import SUBSCRIPTION, collected
from tests.actions.money import gateway, given_back, operation, paid, refund
from tests.actions.verbs import ID, LATER
from tests.conftest import Databases

pytestmark = pytest.mark.usefixtures("at_once")
MINUTE = timedelta(minutes=1)


def test_a_restart_that_the_gateway_made_and_answered_500_is_found_there(databases: Databases) -> None:
    """Closed as not done, the new subscription went on collecting and our books did not know it."""
    there = collected()
    cancel(there.aino, there.number, "now")
    gateway().fault("broken_after")
    assert undo(there.aino, there.number, operation_id=ID).state == "unknown"
    approvals.close_as_not_done(there.sofia, ID, why="it is not there", now=LATER)
    assert operation(ID).state == "settled"
    now = now_is(there.number)
    (live,) = [one for one in gateway().subscriptions(NOW - timedelta(days=99)) if one.state != "canceled"]
    assert (now.status, now.gateway_reference) == ("active", live.reference)
    assert live.reference != SUBSCRIPTION


def test_a_restart_is_found_by_the_sweep(databases: Databases) -> None:
    there = collected()
    cancel(there.aino, there.number, "now")
    gateway().fault("answer_lost")
    undo(there.aino, there.number, operation_id=ID)
    resuming.resume_open(MINUTE, now=LATER)
    assert operation(ID).state == "settled"


def test_a_500_that_follows_a_lost_call_can_be_closed(databases: Databases) -> None:
    """Under its key the gateway would say so for ever, and nobody could end the operation."""
    there = paid()
    gateway().fault("request_lost")
    refund(there.aino, there.number, operation_id=ID)
    with pytest.raises(Refused, match="may still arrive"):
        approvals.close_as_not_done(there.manager, ID, why="it is not there", now=LATER)
    gateway().fault("broken")
    assert resuming.resume(ID, now=LATER).state == "unknown"
    assert kinds().count("charge.refund.unknown") == 1
    approvals.close_as_not_done(there.manager, ID, why="it is not there", now=LATER)
    assert (operation(ID).state, given_back()) == ("failed", 0)


def test_a_500_under_no_key_is_not_for_ever(databases: Databases) -> None:
    """Ending at once has no key at the gateway: a call on its way may still arrive, so it is sent again."""
    there = collected()
    gateway().fault("broken")
    assert cancel(there.aino, there.number, "now", operation_id=ID).state == "unknown"
    with pytest.raises(Refused, match="may still arrive"):
        approvals.close_as_not_done(there.sofia, ID, why="it is not there", now=LATER)
    resuming.resume(ID, now=LATER)
    assert operation(ID).state == "settled"
    assert now_is(there.number).status not in LIVE_STATUSES
    assert gateway().get_subscription(SUBSCRIPTION).state == "canceled"


def test_who_settles_and_who_begins_do_not_wait_for_each_other(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL ended one of the two: one that held the charge's lock and waited for the log."""
    there, begin = paid(), operations.begin
    asked: list[Any] = []

    def listened(*arguments: Any) -> Any:
        asked.extend(arguments)
        return begin(*arguments)

    monkeypatch.setattr(operations, "begin", listened)
    gateway().fault("answer_lost")
    refund(there.aino, there.number, operation_id=ID)
    actor, intent, *rest = asked
    other = replace(intent, id="6f1c2a52-6d8e-4c53-9f0e-3b1d7c5b8a02")
    with ThreadPoolExecutor(1) as pool:
        begun: list[Any] = []

        def meanwhile(_connection: Any) -> None:
            begun.append(pool.submit(begin, actor, other, *rest))
            with pytest.raises(TimeoutError):
                begun[0].result(timeout=0.5)

        assert operations.move(operation(ID), "succeed", LATER, promise=meanwhile)
        assert begun[0].result()[1]
