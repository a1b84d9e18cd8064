"""Collecting a failed renewal again: a new charge, paid or declined, whatever the gateway loses."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from console import db
from console.actions import resuming, retrying
from console.actions.points import watch
from console.errors import Refused
from queries.tables_subscriptions import charges
from tests import build
from tests.actions.company import END, NOW, START, alter, events, kinds, mrr_of_events, now_is
from tests.actions.gateway_company import CHARGE, Collected, collected
from tests.actions.money import charge_now, gateway, operation
from tests.actions.verbs import ID, LATER, OWING, retry, shown, told
from tests.conftest import Databases

pytestmark = pytest.mark.usefixtures("at_once")
MONTH = timedelta(days=28)


def rows() -> list[Any]:
    with db.reading() as data:
        return list(data.subscriptions.execute(select(charges).order_by(charges.c.id)).all())


def test_paid(databases: Databases) -> None:
    there = collected(**OWING)
    shows = shown(retrying.preview_retry, there.aino, there.charge)
    assert shows.button == "Collect 12.40\u00a0€ again"
    done = retry(there, operation_id=ID, expected=shows.expected)
    assert done.sentence == f"12.40\u00a0€ for {there.number} was collected."
    old, new = rows()
    assert (old.status, old.invoice_number, old.attempt) == ("failed", None, 1)
    assert (new.status, new.invoice_number, new.attempt, new.kind) == (
        "succeeded", there.charge, 2, "renewal",
    )  # fmt: skip
    assert (new.operation_id, new.settled_at, new.failure_code) == (ID, NOW, None)
    assert gateway().get_charge(new.gateway_reference).state == "succeeded"
    assert now_is(there.number).status == "active"
    assert events(there.number) == [("payment_recovered", 0), ("renewed", 0)]
    assert mrr_of_events(there.number) == now_is(there.number).mrr_units
    assert kinds() == ["charge.retry.asked", "charge.retry.done"]
    with pytest.raises(Refused, match="has not failed"):
        retry(there)


def test_declined_again_is_done_and_says_so(databases: Databases) -> None:
    there = collected(**OWING)
    gateway().fault("declined_card")
    done = retry(there, operation_id=ID)
    assert (done.state, done.already) == ("settled", False)
    assert done.sentence.endswith("was declined again: nothing was collected.")
    old, new = rows()
    assert (old.invoice_number, new.invoice_number) == (None, there.charge)
    assert (new.status, new.attempt, new.settled_at) == ("failed", 2, None)
    assert new.failure_code
    assert now_is(there.number).status == "past_due"
    assert events(there.number) == [("payment_failed", 0)]
    assert told() == ["payment_retried_failed"]
    assert retry(there).settled  # the new one can be tried again
    assert now_is(there.number).status == "active"
    assert [(row.status, row.attempt) for row in rows()] == [("failed", 1), ("failed", 2), ("succeeded", 3)]


def test_the_period_that_was_paid_for_is_the_present_one(databases: Databases) -> None:
    """Where the source moves the period only once it is paid; where it did before, nothing moves."""
    there = collected(**OWING)
    with db.writing("subscriptions") as connection:
        connection.execute(charges.update().values(period_start=END, period_end=END + MONTH))
    retry(there)
    now = now_is(there.number)
    assert (now.current_period_start, now.current_period_end) == (END, END + MONTH)


def test_a_period_further_on_stays(databases: Databases) -> None:
    there = collected(**OWING, current_period_start=END, current_period_end=END + MONTH)
    retry(there)
    assert now_is(there.number).current_period_end == END + MONTH


@pytest.mark.parametrize("fault", ["answer_lost", "slow"])
def test_what_is_lost_is_found_by_looking(databases: Databases, fault: Any) -> None:
    there = collected(**OWING)
    gateway().fault(fault)
    assert retry(there, operation_id=ID).state == "unknown"
    assert len(rows()) == 1
    with pytest.raises(Refused, match="under way"):
        retry(there)
    gateway().catch_up()
    resuming.resume_open(timedelta(0), now=LATER)  # only looks
    assert operation(ID).state == "settled"
    assert [row.status for row in rows()] == ["failed", "succeeded"]


def test_what_never_arrived_is_sent_again_under_the_same_key(databases: Databases) -> None:
    there = collected(**OWING)
    gateway().fault("request_lost")
    assert retry(there, operation_id=ID).state == "unknown"
    resuming.resume_open(timedelta(0), now=LATER)
    assert operation(ID).state == "unknown"  # no timer sends anything again
    assert resuming.resume(ID, now=LATER).settled
    assert len([charge for charge in gateway().charges(START) if charge.state == "succeeded"]) == 1


def test_ended_meanwhile_it_stays_ended(databases: Databases) -> None:
    there = collected(**OWING)

    def meanwhile(point: str) -> None:
        if point == "answered":
            alter(there.number, status="canceled", ended_at=NOW)

    ended = watch(meanwhile)
    assert retry(there).settled
    ended()
    assert now_is(there.number).status == "canceled"
    assert events(there.number) == [("payment_recovered", 0)]
    assert charge_now(there.charge).status == "succeeded"  # the money came, and can be refunded


def changed(there: Collected, **values: Any) -> None:
    with db.writing("subscriptions") as connection:
        connection.execute(charges.update().values(values))


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"kind": "purchase"}, "not the charge of a renewal"),
        ({"status": "pending"}, "has not failed"),
        ({"gateway_reference": None}, "gateway does not know"),
    ],
)
def test_what_is_not_collected_again(databases: Databases, values: dict[str, Any], says: str) -> None:
    there = collected(**OWING)
    changed(there, **values)
    with pytest.raises(Refused, match=says):
        retry(there)


def test_only_the_latest_attempt_of_a_running_subscription(databases: Databases) -> None:
    there = collected(**OWING)
    alter(there.number, status="canceled", ended_at=NOW)
    with pytest.raises(Refused, match="is not running"):
        retry(there)
    alter(there.number, status="past_due", ended_at=None)
    with db.writing("subscriptions") as connection:
        subscription = now_is(there.number)
        build.charge(
            connection, subscription.customer_id, subscription_id=subscription.id, status="failed",
            created_at=NOW, attempt=2,
        )  # fmt: skip
    with pytest.raises(Refused, match="was tried again since"):
        retry(there)


def test_a_charge_that_belongs_to_no_renewal_there(databases: Databases) -> None:
    there = collected(**OWING)
    changed(there, gateway_reference="ch_unknown")
    with pytest.raises(Refused, match="gateway said no"):
        retry(there, operation_id=ID)
    assert operation(ID).state == "failed"
    assert (len(rows()), now_is(there.number).status) == (1, "past_due")
    assert gateway().get_charge(CHARGE).state == "failed"
