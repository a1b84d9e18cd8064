"""Bulk runs: what is shown, what has to be typed, what comes of each row, and that nothing happens twice."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from console import db
from console.actions import bulk, points
from console.errors import NotFound, NotPermitted, Refused, Unavailable
from queries.tables_state import operations as operation_table
from queries.tables_state import staff as staff_table
from tests.actions.bulk_company import begun, items, many, outcomes, prepared
from tests.actions.company import (
    NOW,
    alter,
    cancel,
    entries,
    kinds,
    log_is_intact,
    now_is,
    operation_states,
    staff,
)
from tests.actions.money import charge_now, gateway, refund, refund_rows
from tests.conftest import Databases

pytestmark = pytest.mark.usefixtures("at_once")
ID = "6f1c2a52-6d8e-4c53-9f0e-3b1d7c5b8a01"


class Killed(BaseException):
    """As a process dies: nothing catches it."""


def operations_made() -> int:
    with db.reading() as data:
        return int(data.state.scalar(select(func.count()).select_from(operation_table)) or 0)


def test_one_preview_says_every_effect(databases: Databases) -> None:
    there = many(3)
    alter(there.numbers[1], cancel_at_period_end=True)
    shown = prepared(there.aino, "cancel", [*there.numbers, "S-none", there.numbers[0]])
    first, second, _ = shown.rows
    assert (first.ends_at, first.next_charge_minor) == (now_is(first.number).current_period_end, 1000)
    assert first.what.endswith(now_is(first.number).plan_name)
    assert (first.customer_name, first.mrr_delta_units) == ("Maija Virtanen", -now_is(first.number).mrr_units)
    assert not second.possible
    assert "already set to end" in (second.why_not or "")
    assert (shown.unknown, shown.repeated) == (("S-none",), (there.numbers[0],))
    assert shown.typed == "2 subscriptions"
    (total,) = shown.totals
    assert (total.currency, total.rows, total.next_charges_minor, total.mrr_delta_minor) == (
        "EUR", 2, 2000, -2000,
    )  # fmt: skip


def test_a_refund_is_of_the_latest_paid_charge_or_of_a_charge(databases: Databases) -> None:
    there = many(2, amounts=[1500, 2500])
    shown = prepared(there.aino, "refund", [there.numbers[0], there.charges[1], there.charges[0]])
    assert [row.subject_number for row in shown.rows] == list(there.charges)
    assert [(row.amount_minor, row.card) for row in shown.rows] == [
        (1500, "Visa ••4242"), (2500, "Visa ••4242"),
    ]  # fmt: skip
    assert shown.repeated == (there.charges[0],)  # the same charge, called otherwise
    assert shown.typed == "2 refunds"


def test_totals_are_never_added_up_across_currencies(databases: Databases) -> None:
    euros, yen = many(2), many(1, amounts=[900], currency="JPY")
    shown = prepared(euros.aino, "refund", [*euros.numbers, *yen.numbers])
    assert [(one.currency, one.refund_minor) for one in shown.totals] == [("EUR", 2000), ("JPY", 900)]


def test_numbers_are_read_as_they_are_pasted(databases: Databases) -> None:
    assert bulk.numbers_in(" S-1, S-2;S-3\r\nS-4\t\n\n") == ["S-1", "S-2", "S-3", "S-4"]


def test_none_and_too_many_are_refused(databases: Databases) -> None:
    there = many(1)
    with pytest.raises(Refused, match="No number is given"):
        prepared(there.aino, "cancel", [" "])
    with pytest.raises(Refused, match="501 numbers are too many at once: at most 500"):
        prepared(there.aino, "cancel", ["S-1"] * 501)


def test_who_may_not_cancel_sees_no_preview(databases: Databases) -> None:
    there = many(1)
    with pytest.raises(NotPermitted):
        prepared(there.finance, "cancel", there.numbers)


@pytest.mark.parametrize("typed", ["", "2", "2 subscription", "3 subscriptions", "2 refunds", "yes"])
def test_other_words_do_nothing(databases: Databases, typed: str) -> None:
    there = many(2)
    with pytest.raises(Refused, match="type exactly: 2 subscriptions"):
        begun(there.aino, prepared(there.aino, "cancel", there.numbers), typed=typed)
    assert (entries(), bulk.left_running(NOW)) == ([], [])


def test_nothing_possible_is_nothing_to_confirm(databases: Databases) -> None:
    there = many(1)
    alter(there.numbers[0], cancel_at_period_end=True)
    with pytest.raises(Refused, match="None of these rows is possible"):
        begun(there.aino, prepared(there.aino, "cancel", there.numbers))


def test_a_run_from_its_begin_to_its_end(databases: Databases) -> None:
    there = many(3)
    run = begun(there.aino, prepared(there.aino, "cancel", there.numbers))
    assert (run.state, run.rows, run.done) == ("running", 3, 0)
    assert bulk.left_running(NOW) == [run.id]
    done = bulk.go_on(run.id, NOW)
    assert (done.state, done.done, done.finished_at) == ("finished", 3, NOW)
    assert outcomes(run) == ["settled"] * 3
    assert all(now_is(number).cancel_at_period_end for number in there.numbers)
    each = ["subscription.cancel.asked", "subscription.cancel.done"]
    assert kinds() == ["bulk.asked", *each * 3, "bulk.finished"]
    assert bulk.left_running(NOW) == []
    assert log_is_intact()


def test_the_same_form_twice_is_one_run(databases: Databases) -> None:
    there = many(2)
    shown = prepared(there.aino, "cancel", there.numbers)
    gate = Barrier(4)

    def press(_n: int) -> str:
        gate.wait()
        return begun(there.aino, shown, bulk_id=ID).id

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(press, range(4))) == {ID}
    assert kinds() == ["bulk.asked"]
    with pytest.raises(Refused, match="already used by Aino for another selection"):
        begun(there.aino, prepared(there.aino, "cancel", there.numbers[:1]), bulk_id=ID)
    with pytest.raises(Refused, match="already used by Aino"):
        begun(there.onni, shown, bulk_id=ID)


def test_what_changed_meanwhile_is_that_rows_outcome(databases: Databases) -> None:
    there = many(4)
    run = begun(there.aino, prepared(there.aino, "cancel", there.numbers))
    cancel(there.onni, there.numbers[0])  # as the run would leave it
    alter(there.numbers[1], price_minor=2000)
    cancel(there.onni, there.numbers[2], "now")
    bulk.go_on(run.id, NOW)
    assert outcomes(run) == ["already", "changed", "changed", "settled"]
    said = [item.said or "" for item in items(run)]
    assert "Already done by Onni" in said[0]
    assert "10.00" in said[1]
    assert "20.00" in said[1]
    assert not now_is(there.numbers[1]).cancel_at_period_end


def test_stopped_in_the_middle_and_let_go_on(databases: Databases) -> None:
    there = many(5)
    run = begun(there.aino, prepared(there.aino, "cancel", there.numbers))
    assert bulk.go_on(run.id, NOW, limit=2).done == 2
    assert bulk.stop(there.aino, run.id, now=NOW).state == "stopped"
    assert bulk.go_on(run.id, NOW).done == 2
    assert outcomes(run) == ["settled", "settled", None, None, None]
    assert bulk.left_running(NOW) == []
    bulk.resume(there.onni, run.id, now=NOW)
    assert bulk.go_on(run.id, NOW).state == "finished"
    assert outcomes(run) == ["settled"] * 5
    logged = [kind for kind in kinds() if kind.startswith("bulk.")]
    assert logged == ["bulk.asked", "bulk.stopped", "bulk.resumed", "bulk.finished"]
    for again in (bulk.stop, bulk.resume):
        with pytest.raises(Refused, match="is finished"):
            again(there.aino, run.id)


def test_who_may_stop_it_and_who_may_let_it_go_on(databases: Databases) -> None:
    there = many(1)
    run = begun(there.aino, prepared(there.aino, "cancel", there.numbers))
    for nobody in (there.finance, there.onni):
        with pytest.raises(NotPermitted, match="Only Aino, a manager or an administrator"):
            bulk.stop(nobody, run.id)
    for somebody in (there.aino, staff("Sofia", "manager"), staff("Daniel", "admin")):
        assert bulk.stop(somebody, run.id).state == "stopped"
        with pytest.raises(NotPermitted):
            bulk.resume(there.finance, run.id)
        assert bulk.resume(there.onni, run.id).state == "running"
    with pytest.raises(NotFound):
        bulk.stop(there.aino, str(uuid.uuid4()))


def test_who_may_no_longer_come_in_does_no_further_row(databases: Databases) -> None:
    there = many(3)
    run = begun(there.aino, prepared(there.aino, "cancel", there.numbers))
    bulk.go_on(run.id, NOW, limit=1)
    with db.writing("state") as connection:
        mine = staff_table.c.id == there.aino.staff_id
        connection.execute(staff_table.update().where(mine).values(active=False))
    with pytest.raises(NotPermitted, match="The rest was not done, and the run is stopped"):
        bulk.go_on(run.id, NOW)
    assert (bulk.load(run.id).state, outcomes(run)) == ("stopped", ["settled", None, None])


@pytest.mark.parametrize("kind", ["cancel", "refund"])
@pytest.mark.parametrize("point", points.POINTS)
def test_killed_in_the_middle_each_row_is_one_operation(
    databases: Databases, kind: bulk.Kind, point: str
) -> None:
    there = many(3)
    run = begun(there.aino, prepared(there.aino, kind, there.numbers))
    bulk.go_on(run.id, NOW, limit=1)

    def die(reached: str) -> None:
        if reached == point:
            raise Killed

    end = points.watch(die)
    passes = _killed(run.id)
    end()
    # Not every point lies on the way: nothing of these leaves later, and a cancellation asks no gateway here.
    passed = {"begun", "reserved", "closed"} | (
        {"claimed", "answered", "booked"} if kind == "refund" else set()
    )
    assert passes == (point in passed)
    assert bulk.go_on(run.id, NOW).state == "finished"
    assert outcomes(run) == ["settled"] * 3
    assert operations_made() == 3
    assert set(operation_states()) == {item.operation_id for item in items(run)}
    said = "subscription.cancel" if kind == "cancel" else "charge.refund"
    assert kinds().count(f"{said}.done") == 3
    if kind == "refund":
        assert refund_rows() == [(1000, 200, "succeeded")] * 3
        assert [gateway().get_charge(f"ch_EUR_{n}").refunded_minor for n in range(3)] == [1000] * 3
    assert log_is_intact()


def _killed(bulk_id: str) -> bool:
    try:
        bulk.go_on(bulk_id, NOW)
    except Killed:
        return True
    return False


@pytest.mark.parametrize("kind", ["cancel", "refund"])
def test_two_at_once_do_each_row_once(databases: Databases, kind: bulk.Kind) -> None:
    there = many(8)
    run = begun(there.aino, prepared(there.aino, kind, there.numbers))
    gate = Barrier(2)

    def runner(_n: int) -> str:
        gate.wait()
        return bulk.go_on(run.id, NOW).state

    with ThreadPoolExecutor(2) as pool:
        assert set(pool.map(runner, range(2))) == {"finished"}
    assert set(operation_states().values()) == {"settled"}
    assert operations_made() == 8
    assert kinds().count("bulk.finished") == 1
    assert None not in outcomes(run)
    assert {item.state for item in items(run)} == {"settled"}
    if kind == "refund":
        assert refund_rows() == [(1000, 200, "succeeded")] * 8


def test_a_database_away_ends_the_pass_and_not_the_run(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = many(2)
    run = begun(there.aino, prepared(there.aino, "cancel", there.numbers))
    with monkeypatch.context() as patch:

        def away(*_arguments: object, **_named: object) -> None:
            raise Unavailable("The subscriptions database is away.", "subscriptions")

        patch.setattr("console.actions.bulk_rows.subscriptions.cancel_subscription", away)
        with pytest.raises(Unavailable):
            bulk.go_on(run.id, NOW)
    assert (bulk.load(run.id).state, outcomes(run)) == ("running", [None, None])
    assert bulk.go_on(run.id, NOW).state == "finished"


def test_the_days_limit_is_crossed_in_the_middle_as_the_preview_said(databases: Databases) -> None:
    there = many(6, amounts=[4500])  # an agent gives back 200.00 € a day alone: four of 45.00 €
    refund(there.aino, many(1, currency="USD").charges[0])  # a currency counts for itself
    shown = prepared(there.aino, "refund", there.numbers)
    assert shown.second_person == 2
    assert [row.second_person is not None for row in shown.rows] == [False] * 4 + [True] * 2
    assert "the limit a day" in (shown.rows[4].second_person or "")
    run = begun(there.aino, shown)
    assert bulk.go_on(run.id, NOW).state == "finished"
    assert outcomes(run) == ["settled"] * 4 + ["waiting_for_approval"] * 2
    assert refund_rows() == [(1000, 200, "succeeded"), *[(4500, 900, "succeeded")] * 4]
    assert charge_now(there.charges[5]).refunded_minor == 0


def test_a_row_above_the_limit_waits_whatever_stands_before_it(databases: Databases) -> None:
    there = many(2, amounts=[6000, 1000])
    shown = prepared(there.aino, "refund", there.numbers)
    assert [row.second_person is not None for row in shown.rows] == [True, False]
    run = begun(there.aino, shown)
    bulk.go_on(run.id, NOW)
    assert outcomes(run) == ["waiting_for_approval", "settled"]


def test_what_is_under_way_is_not_possible(databases: Databases) -> None:
    there = many(2, amounts=[6000])
    refund(there.aino, there.charges[0], 6000)
    first, second = prepared(there.aino, "refund", there.numbers).rows
    assert "has something under way" in (first.why_not or "")
    assert second.possible


def test_five_hundred_rows(databases: Databases) -> None:
    there = many(500)
    shown = prepared(there.aino, "cancel", there.numbers)
    assert shown.typed == "500 subscriptions"
    run = begun(there.aino, shown, tell_customer=False, note="Product withdrawn")
    assert bulk.go_on(run.id, NOW).done == 500
    assert outcomes(run) == ["settled"] * 500
    assert kinds().count("subscription.cancel.done") == 500
    assert log_is_intact()


def test_an_outcome_says_what_was_shown(databases: Databases) -> None:
    there = many(1)
    shown = prepared(there.aino, "refund", there.numbers)
    run = begun(there.aino, shown)
    bulk.go_on(run.id, NOW)
    (item,) = items(run)
    assert item.expected["amount_minor"] == 1000
    assert item.said == f"10.00\N{NO-BREAK SPACE}€ of {there.charges[0]} went back to Visa ••4242."
