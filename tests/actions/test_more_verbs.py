"""The verbs beside cancelling and refunding: each done once, here and at the gateway, and told."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from console import db
from console.access import ROLES, Permission
from console.actions import (
    approvals,
    blocks,
    cancel_and_refund,
    licences,
    notes,
    pausing,
    payment_details,
    renewal_dates,
    resuming,
    retrying,
    trials,
)
from console.actions.points import POINTS, watch
from console.errors import Conflict, NotPermitted, Refused
from console.settings import get_settings
from queries import notes as kept_notes
from queries import outbox, payment_links
from queries.tables_state import staff as staff_table
from tests.actions.company import (
    END,
    NOW,
    alter,
    entries,
    events,
    kinds,
    log_is_intact,
    mrr_of_events,
    now_is,
    staff,
)
from tests.actions.gateway_company import SUBSCRIPTION, Collected, collected, common
from tests.actions.money import charge_now, gateway, given_back, operation, refund, refund_rows
from tests.conftest import Databases

LATER = NOW + timedelta(minutes=5)
ID = "6f1c2a52-6d8e-4c53-9f0e-3b1d7c5b8a01"


@pytest.fixture(autouse=True)
def no_waiting(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSOLE_RECALL_SECONDS", "0")
    monkeypatch.setenv("CONSOLE_MY_ACCOUNT_SECRET", "s" * 32)
    get_settings.cache_clear()
    monkeypatch.setattr(gateway().core, "_clock", lambda: NOW)


def shown(preview: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    with db.reading() as data:
        return preview(data, *arguments, now=NOW, **named)


def told(id: str) -> list[str]:
    """The messages an operation promised."""
    with db.reading() as data:
        rows = outbox.of_operation(data.state, id)
    return [row.payload.get("message", "ticket") for row in rows]


def extend(there: Collected, **values: Any) -> Any:
    day = values.pop("last_day", date(2026, 2, 10))
    preview = shown(trials.preview_extend_trial, there.aino, there.number, day)
    request = common(now=NOW) | {"last_day": day, "expected": preview.expected} | values
    return trials.extend_trial(there.aino, there.number, **request)


def test_a_trial_runs_longer_here_and_there(databases: Databases) -> None:
    there = collected(status="trialing", trial_end=END, current_period_end=END)
    done = extend(there, operation_id=ID)
    now, at_gateway = now_is(there.number), gateway().get_subscription(SUBSCRIPTION)
    assert done.settled
    assert now.trial_end == now.current_period_end == at_gateway.trial_end
    assert now.trial_end == datetime.fromisoformat("2026-02-10T22:00:00+00:00")  # midnight in Helsinki
    assert events(there.number) == [("trial_extended", 0)]
    assert kinds() == ["subscription.extend_trial.asked", "subscription.extend_trial.done"]
    assert told(ID) == ["trial_extended"]
    with pytest.raises(Refused, match="choose a later day"):
        extend(there, last_day=date(2026, 2, 1))
    with pytest.raises(Refused, match="more than 90 days"):
        extend(there, last_day=date(2026, 8, 1))


def test_only_a_trial_is_extended(databases: Databases) -> None:
    with pytest.raises(Refused, match="not on trial"):
        extend(collected())


def test_a_gateway_that_does_not_know_it_has_the_last_word(databases: Databases) -> None:
    there = collected(status="trialing", trial_end=END, current_period_end=END)
    alter(there.number, gateway_reference="sub_nobody")
    with pytest.raises(Refused, match="gateway said no"):
        extend(there, operation_id=ID)
    assert now_is(there.number).trial_end == END
    assert operation(ID).state == "failed"
    assert mrr_of_events(there.number) == now_is(there.number).mrr_units


def pause(there: Collected, **values: Any) -> Any:
    preview = shown(pausing.preview_pause, there.aino, there.number)
    request = common(now=NOW) | {"expected": preview.expected} | values
    return pausing.pause_subscription(there.aino, there.number, **request)


def test_pausing_keeps_what_was_paid_for(databases: Databases) -> None:
    there = collected()
    pause(there)
    assert (now_is(there.number).status, now_is(there.number).mrr_units) == ("paused", 0)
    assert gateway().get_subscription(SUBSCRIPTION).state == "paused"
    assert mrr_of_events(there.number) == 0
    with pytest.raises(Refused, match="already paused"):
        pause(there)
    later = NOW + timedelta(days=40)
    with db.reading() as data:
        preview = pausing.preview_unpause(data, there.aino, there.number, now=later)
    done = pausing.unpause_subscription(
        there.aino, there.number, expected=preview.expected, **common(now=later)
    )
    now = now_is(there.number)
    assert done.settled
    assert (now.status, now.current_period_end) == ("active", END + timedelta(days=40))
    assert mrr_of_events(there.number) == now.mrr_units > 0
    assert gateway().get_subscription(SUBSCRIPTION).state != "paused"


def test_a_renewal_moves_later_and_never_earlier(databases: Databases) -> None:
    there = collected()
    day = date(2026, 2, 15)
    preview = shown(renewal_dates.preview_move_renewal, there.aino, there.number, day)
    renewal_dates.move_renewal(
        there.aino, there.number, day=day, expected=preview.expected, **common(now=NOW)
    )
    end = now_is(there.number).current_period_end
    assert end is not None
    assert end.date() == day
    assert gateway().get_subscription(SUBSCRIPTION).current_period_end == end
    with pytest.raises(Refused, match="paid until"):
        shown(renewal_dates.preview_move_renewal, there.aino, there.number, date(2026, 1, 20))


def test_a_replaced_key_is_in_no_log(databases: Databases) -> None:
    there = collected(licence_key="DEPOT-7Q2MX-K9F3K")
    preview = shown(licences.preview_replace_licence, there.aino, there.number)
    licences.replace_licence(
        there.aino, there.number, expected=preview.expected, **common(now=NOW, operation_id=ID)
    )
    key = now_is(there.number).licence_key
    assert key is not None
    assert key.startswith("DEPOT-")
    assert (len(key), key != "DEPOT-7Q2MX-K9F3K") == (17, True)
    assert all(key not in str(entry) for entry in entries())
    with db.reading() as data:
        assert key not in str(outbox.of_operation(data.state, ID))
    assert told(ID) == ["licence_replaced"]
    again = shown(licences.preview_resend_licence, there.aino, there.number)
    licences.resend_licence(there.aino, there.number, expected=again.expected, **common(now=NOW))
    assert now_is(there.number).licence_key == key


def test_the_payment_link_is_sent_and_listed(databases: Databases) -> None:
    there = collected()
    preview = shown(payment_details.preview_payment_link, there.aino, there.number)
    done = payment_details.send_payment_link(
        there.aino, there.number, expected=preview.expected, **common(now=NOW, operation_id=ID)
    )
    assert done.settled
    with db.reading() as data:
        (link,) = payment_links.of_customer(data.state, there.customer)
        (mail,) = outbox.of_operation(data.state, ID)
    assert (link.sent_by_name, link.used_at) == ("Aino", None)
    assert mail.payload["values"]["link"] == {"payment_link": ID}
    preview = shown(payment_details.preview_payment_link, there.aino, there.number, by="gateway")
    done = payment_details.send_payment_link(
        there.aino, there.number, by="gateway", expected=preview.expected, **common(now=NOW)
    )
    assert done.settled


def retry(there: Collected, **values: Any) -> Any:
    preview = shown(retrying.preview_retry, there.aino, there.charge)
    request = common(now=NOW) | {"expected": preview.expected} | values
    return retrying.retry_charge(there.aino, there.charge, **request)


@pytest.mark.parametrize(("fault", "status"), [(None, "active"), ("declined_card", "past_due")])
def test_a_failed_renewal_is_collected_again(databases: Databases, fault: Any, status: str) -> None:
    there = collected(status="past_due", charge_status="failed")
    if fault:
        gateway().fault(fault)
    done = retry(there, operation_id=ID)
    assert done.settled
    assert ("declined again" in done.sentence) == (fault is not None)
    assert now_is(there.number).status == status
    charge = charge_now(there.charge)  # the invoice went to the new charge
    assert (charge.attempt, charge.status) == (2, "failed" if fault else "succeeded")
    assert told(ID) == ["payment_retried_failed" if fault else "payment_retried_ok"]
    assert kinds() == ["charge.retry.asked", "charge.retry.done"]


def test_a_lost_retry_is_looked_up(databases: Databases) -> None:
    there = collected(status="past_due", charge_status="failed")
    gateway().fault("answer_lost")
    assert retry(there, operation_id=ID).state == "unknown"
    resuming.resume(ID, now=LATER)
    assert operation(ID).state == "settled"
    assert now_is(there.number).status == "active"


def test_blocked_refunds(databases: Databases) -> None:
    there = collected()
    with pytest.raises(NotPermitted):
        shown(blocks.preview_block, there.aino, there.charge)
    preview = shown(blocks.preview_block, there.sofia, there.charge)
    blocks.block_refunds(
        there.sofia, there.charge, expected=preview.expected, **common("fraud_suspected", now=NOW)
    )
    with pytest.raises(Refused, match="blocked by Sofia"):
        refund(there.aino, there.charge, 100)
    preview = shown(blocks.preview_unblock, there.sofia, there.charge)
    blocks.unblock_refunds(
        there.sofia, there.charge, expected=preview.expected, **common("no_fraud", now=NOW)
    )
    assert refund(there.aino, there.charge, 100).settled


def test_a_note_is_written_once(databases: Databases) -> None:
    there = collected()
    for _ in range(2):
        notes.add_note(there.aino, there.customer, "Calls back on Monday", operation_id=ID, now=NOW)
    with db.reading() as data:
        (note,) = kept_notes.of_customer(data.state, there.customer)
    assert (note.body, note.author_name) == ("Calls back on Monday", "Aino")
    with pytest.raises(Refused, match="empty"):
        notes.add_note(there.aino, there.customer, " ", operation_id=common()["operation_id"])


def both(there: Collected, who: Any = None, **values: Any) -> Any:
    preview = shown(cancel_and_refund.preview_cancel_and_refund, there.aino, there.number, "now", "full")
    request = common(now=NOW) | {"expected": preview.expected, "at": "now"} | values
    return cancel_and_refund.cancel_and_refund(
        who or there.aino, there.number, amount_minor=preview.amount.amount_minor,
        charge_number=preview.charge.number, **request,
    )  # fmt: skip


def test_cancel_and_refund_are_one(databases: Databases) -> None:
    there = collected()
    done = both(there, operation_id=ID)
    assert done.settled
    assert now_is(there.number).status == "canceled"
    assert gateway().get_subscription(SUBSCRIPTION).state == "canceled"
    assert (given_back(), refund_rows()) == (1240, [(1240, 240, "succeeded")])
    assert kinds() == ["subscription.cancel_and_refund.asked", "subscription.cancel_and_refund.done"]
    assert told(ID) == ["cancel_and_refund"]
    assert log_is_intact()


def test_a_refund_that_is_declined_cancels_nothing(databases: Databases) -> None:
    there = collected()
    gateway().fault("disputed")
    with pytest.raises(Refused, match="gateway said no"):
        both(there, operation_id=ID)
    assert now_is(there.number).status == "active"
    assert gateway().get_subscription(SUBSCRIPTION).state == "active"
    assert refund_rows() == [(1240, 240, "failed")]
    assert mrr_of_events(there.number) == now_is(there.number).mrr_units


def test_cancel_and_refund_above_the_limit_waits_for_both(databases: Databases) -> None:
    there = collected()
    with db.writing("state") as connection:
        limits = {"refund": {"EUR": 100}, "refund_per_day": {"EUR": 100}}
        connection.execute(
            staff_table.update().where(staff_table.c.id == there.aino.staff_id).values(limits=limits)
        )
    assert both(there, operation_id=ID).state == "waiting_for_approval"
    assert now_is(there.number).status == "active"
    assert approvals.approve(there.sofia, ID, now=LATER).settled
    assert now_is(there.number).status == "canceled"


def test_a_change_of_either_is_a_conflict(databases: Databases) -> None:
    there = collected()
    preview = shown(cancel_and_refund.preview_cancel_and_refund, there.aino, there.number, "now", "full")
    refund(there.aino, there.charge, 40)
    with pytest.raises(Conflict):
        both(there, expected=preview.expected)
    assert now_is(there.number).status == "active"


class Killed(BaseException):
    pass


VERBS: dict[str, Callable[[Collected], Any]] = {
    "extend": lambda there: extend(there, operation_id=ID),
    "pause": lambda there: pause(there, operation_id=ID),
    "retry": lambda there: retry(there, operation_id=ID),
    "both": lambda there: both(there, operation_id=ID),
}
MADE: dict[str, dict[str, Any]] = {
    "extend": {"status": "trialing", "trial_end": END, "current_period_end": END},
    "retry": {"status": "past_due", "charge_status": "failed"},
}


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("point", [point for point in POINTS if point != "sending"])
def test_stopped_anywhere_it_comes_to_one_end(databases: Databases, verb: str, point: str) -> None:
    there = collected(**MADE.get(verb, {}))

    def kill(reached: str) -> None:
        if reached == point:
            raise Killed

    ended = watch(kill)
    with pytest.raises(Killed):
        VERBS[verb](there)
    ended()
    resuming.resume_open(timedelta(0), now=LATER)
    assert operation(ID).state == "settled"
    kind = operation(ID).kind.replace(":", ".")
    assert kinds() == [f"{kind}.asked", f"{kind}.done"]
    assert mrr_of_events(there.number) == now_is(there.number).mrr_units
    if verb == "both":
        assert given_back() == 1240


@pytest.mark.parametrize("role", ROLES)
def test_who_may(databases: Databases, role: str) -> None:
    there = collected()
    somebody = staff("Somebody", role)
    may = Permission.CHANGE_SUBSCRIPTION in ROLES[role]
    try:
        shown(pausing.preview_pause, somebody, there.number)
        assert may
    except NotPermitted:
        assert not may
