"""What went wrong in public in other back offices, each as a test of ours named after its report."""

import inspect
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier
from typing import Any

import pytest

from console import clocks
from console.actions import refundable, resuming
from console.actions.done import Done
from console.actions.previews import preview_cancel
from console.actions.refunds import How, preview_refund
from console.actions.subscriptions import When, cancel_subscription, preview_undo
from console.cli import main
from console.db import reading
from console.errors import Conflict, Refused
from queries.recurring import monthly_units
from queries.tables_subscriptions import PAYING_STATUSES
from tests.actions.company import (
    NOW,
    alter,
    cancel,
    company,
    events,
    kinds,
    mrr_of_events,
    now_is,
    undo,
)
from tests.actions.gateway_company import SUBSCRIPTION, collected
from tests.actions.money import charge_now, gateway, given_back, operation, paid, refund, refund_rows
from tests.actions.verbs import ID, LATER
from tests.conftest import Databases

pytestmark = pytest.mark.usefixtures("at_once")
CLICKS = 8
MINUTE = timedelta(minutes=1)


def test_openfoodnetwork_6330_a_double_click_is_one_refund(databases: Databases) -> None:
    there = paid()
    shown, gate = refundable.as_it_is(charge_now(there.number)), Barrier(CLICKS)

    def click(_number: int) -> Done:
        gate.wait()
        return refund(there.aino, there.number, operation_id=ID, expected=shown)

    with ThreadPoolExecutor(CLICKS) as pool:
        done = list(pool.map(click, range(CLICKS)))
    assert {one.operation_id for one in done} == {ID}
    assert given_back() == 1000
    assert refund_rows() == [(1000, 250, "succeeded")]
    assert kinds() == ["charge.refund.asked", "charge.refund.done"]


def test_coopcycle_4608_a_second_tab_does_not_refund_again(databases: Databases) -> None:
    """Another form, opened before the first was confirmed: its operation is another one."""
    there = paid()
    shown = refundable.as_it_is(charge_now(there.number))
    refund(there.aino, there.number, expected=shown)
    with pytest.raises(Conflict):
        refund(there.aino, there.number, expected=shown)
    assert given_back() == 1000


def test_saleor_dashboard_4474_a_click_after_no_answer_does_not_refund_again(databases: Databases) -> None:
    """The first click gave the money back and its answer was lost; the form was opened anew."""
    there = paid()
    gateway().fault("answer_lost")
    assert refund(there.aino, there.number, operation_id=ID).state == "unknown"
    with pytest.raises(Refused, match="something under way"):
        refund(there.aino, there.number)
    assert refund(there.aino, there.number, operation_id=ID).settled
    assert given_back() == 1000


@pytest.mark.parametrize("fault", ["answer_lost", "broken_after", "slow"])
def test_pay_connector_5911_a_time_out_is_not_booked_as_failed(databases: Databases, fault: Any) -> None:
    there = paid()
    gateway().fault(fault)
    assert refund(there.aino, there.number, operation_id=ID).state == "unknown"
    assert refund_rows() == [(1000, 250, "pending")]  # set aside: it may have left the house
    gateway().catch_up()
    resuming.resume_open(MINUTE, now=LATER)
    assert (operation(ID).state, given_back()) == ("settled", 1000)
    assert refund_rows() == [(1000, 250, "succeeded")]


@pytest.mark.parametrize("verb", [cancel_subscription, preview_cancel])
def test_killbill_admin_ui_285_nothing_cancels_at_once_by_default(verb: Any) -> None:
    """When it ends has to be said."""
    assert inspect.signature(verb).parameters["at"].default is inspect.Parameter.empty


def test_killbill_admin_ui_285_the_command_keeps_what_was_paid_for(databases: Databases) -> None:
    there = company(current_period_end=clocks.now() + timedelta(days=20))
    with pytest.raises(SystemExit) as left:
        main(["cancel", there.number, "--as", there.aino.email, "--reason", "other"])
    assert not left.value.code
    now = now_is(there.number)
    assert (now.status, now.cancel_at_period_end) == ("active", True)


@pytest.mark.parametrize("status", ["active", "past_due"])
@pytest.mark.parametrize("at", ["period_end", "now", "date"])
def test_lago_545_a_cancellation_is_what_its_preview_showed(
    databases: Databases, at: When, status: str
) -> None:
    there, day = company(status=status), date(2026, 1, 20) if at == "date" else None
    with reading() as data:
        shown = preview_cancel(data, there.aino, there.number, at, last_day=day, now=NOW)
    cancel(there.aino, there.number, at, last_day=day, expected=shown.expected)
    now = now_is(there.number)
    assert sum(delta for _, delta in events(there.number)) == (shown.mrr_delta_units if at == "now" else 0)
    ends = {"now": now.ended_at, "date": now.cancel_at, "period_end": now.current_period_end}
    assert ends[at] == shown.ends_at
    assert (now.status == "canceled") == (shown.mrr_changes_at == NOW)
    worth = monthly_units(1000, "month", 1) if now.status in PAYING_STATUSES else 0
    assert mrr_of_events(there.number) == worth


def test_lago_545_an_undo_is_what_its_preview_showed(databases: Databases) -> None:
    there = company()
    cancel(there.aino, there.number)
    with reading() as data:
        shown = preview_undo(data, there.aino, there.number, now=NOW)
    undo(there.aino, there.number, expected=shown.expected)
    now = now_is(there.number)
    assert (now.status, now.cancel_at_period_end, now.cancel_at, now.ended_at) == (
        shown.after.status, shown.after.cancel_at_period_end, shown.after.cancel_at, shown.after.ended_at,
    )  # fmt: skip


@pytest.mark.parametrize(("how", "asked"), [("full", None), ("amount", 1234), ("unused", None)])
def test_lago_545_a_refund_is_what_its_preview_showed(
    databases: Databases, how: How, asked: int | None
) -> None:
    there = paid()
    with reading() as data:
        shown = preview_refund(data, there.aino, there.number, how, amount_minor=asked, now=NOW)
    amount, tax = shown.amount.amount_minor, shown.amount.tax_minor
    refund(there.aino, there.number, amount, expected=shown.expected, basis=shown.amount.basis, now=LATER)
    assert refund_rows() == [(amount, tax, "succeeded")]
    assert given_back() == amount
    assert charge_now(there.number).refundable_minor == shown.left_after_minor


def test_gumroad_3749_a_refund_in_yen_is_not_a_hundredfold_off(databases: Databases) -> None:
    there = paid(2_000, "JPY")
    done = refund(there.manager, there.number, 500)
    assert done.sentence.startswith(f"500\u00a0¥ of {there.number} went back")
    there_are = list(gateway().refunds(NOW - timedelta(days=99)))
    assert [(one.amount_minor, one.currency) for one in there_are] == [(500, "JPY")]
    assert refund_rows() == [(500, 125, "succeeded")]


@pytest.mark.parametrize("fault", [None, "request_lost", "answer_lost", "rate_limited"])
@pytest.mark.parametrize("at", ["now", "period_end"])
def test_woocommerce_payments_4547_cancelled_here_is_not_charged_there(
    databases: Databases, at: When, fault: Any
) -> None:
    there = collected()
    if fault:
        gateway().fault(fault)
    done = cancel(there.aino, there.number, at, operation_id=ID)
    assert done.settled == (fault is None)  # it is not called done before the gateway stops
    resuming.resume(ID, now=LATER)
    assert operation(ID).state == "settled"
    subscription = gateway().get_subscription(SUBSCRIPTION)
    assert (subscription.state == "canceled", subscription.cancel_at_period_end) == (
        at == "now",
        at == "period_end",
    )
    assert (now_is(there.number).status == "canceled") == (at == "now")


def test_woocommerce_payments_4547_what_the_gateway_refuses_is_not_cancelled_here(
    databases: Databases,
) -> None:
    there = collected()
    alter(there.number, gateway_reference="sub_of_somebody_else")
    with pytest.raises(Refused, match="payment gateway said no"):
        cancel(there.aino, there.number, "now", operation_id=ID)
    assert now_is(there.number).status == "active"
    assert operation(ID).state == "failed"
