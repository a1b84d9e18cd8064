"""Messages of the gateway: each once, early or late, and what they mean for our books."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from console.actions import engine, notices, operations, refunding
from console.actions.notices import SEEN, apply_left, look_after, receive
from console.actions.verb import Answer, Reserved
from console.db import reading, writing
from console.errors import Refused, Unavailable
from console.gateways.payments import GatewayRefund, NotSent
from console.gateways.webhooks import understood
from console.settings import get_settings
from queries import outbox
from queries.tables_state import refund_blocks
from tests import build
from tests.actions.company import NOW, entries, kinds, log_is_intact
from tests.actions.gateway_says import (
    blocked,
    books,
    dispute_there,
    hear,
    is_blocked,
    kept,
    left,
    made_elsewhere,
    message,
    refund_there,
    waiting,
)
from tests.actions.money import REFERENCE, Paid, gateway, operation, paid, refund, refund_rows
from tests.conftest import Databases

ID = "6f1c2a52-6d8e-4c53-9f0e-3b1d7c5b8a01"


@pytest.fixture
def there(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Paid:
    monkeypatch.setenv("CONSOLE_RECALL_SECONDS", "0")
    get_settings.cache_clear()
    return paid()


def test_a_message_is_kept_once(there: Paid) -> None:
    reference = made_elsewhere()
    created, counted = waiting()
    said = receive(created, now=NOW)
    assert said == f"refund {reference} of {there.number}, made elsewhere, is in our books as succeeded"
    before = (books(), kinds(), kept())
    assert receive(created, now=NOW + timedelta(days=1)) == SEEN
    assert (books(), kinds(), kept()) == before
    assert before[:2] == ([(reference, REFERENCE, 500, 125, "succeeded")], ["refund.found"])
    assert receive(counted, now=NOW) == f"noted: {REFERENCE} is succeeded there"


def test_two_processes_get_it_at_once(there: Paid) -> None:
    made_elsewhere()
    bodies = waiting()
    said: list[str] = []
    barrier = threading.Barrier(4)

    def get() -> None:
        barrier.wait()
        said.extend(receive(body, now=NOW) for body in bodies)

    threads = [threading.Thread(target=get) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 8
    assert said.count(SEEN) == 6
    assert (len(books()), kinds(), left()) == (1, ["refund.found"], 0)


def test_a_process_stopped_between_keeping_and_applying(there: Paid) -> None:
    made_elsewhere()
    for body in waiting():
        event = understood(json.dumps(body).encode())
        assert notices.keep(event, NOW)
    assert (books(), left()) == ([], 2)
    assert apply_left(NOW) == 2
    assert (len(books()), left(), apply_left(NOW)) == (1, 0, 0)


def test_a_process_stopped_between_the_row_and_the_log(there: Paid, monkeypatch: pytest.MonkeyPatch) -> None:
    made_elsewhere()
    created, _ = waiting()

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("console.actions.outside_refunds._write_down", stop)
        with pytest.raises(KeyboardInterrupt):
            receive(created, now=NOW)
    assert (len(books()), kinds(), left()) == (1, [], 1)
    apply_left(NOW)
    assert (len(books()), kinds(), left()) == (1, ["refund.found"], 0)
    assert log_is_intact()


def test_what_the_gateway_cannot_be_asked_is_left_for_later(
    there: Paid, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_elsewhere()
    created, _ = waiting()

    def away(_: str) -> GatewayRefund:
        raise NotSent("The payment gateway did not answer. Nothing was read. Try again.")

    with monkeypatch.context() as patch:
        patch.setattr(gateway(), "get_refund", away)
        assert receive(created, now=NOW).startswith("Left for later. The payment gateway did not answer.")
        assert apply_left(NOW) == 0
    assert (books(), left()) == ([], 1)
    assert apply_left(NOW) == 1
    assert (len(books()), left()) == (1, 0)


def test_a_gateway_that_is_away_is_not_asked_for_ever(there: Paid, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def away(reference: str) -> GatewayRefund:
        asked.append(reference)
        raise NotSent("It is away.")

    monkeypatch.setattr(gateway(), "get_refund", away)
    for n in range(10):
        receive(message("refund.created", refund_there(f"re_{n}", "succeeded"), id=f"evt_{n}"), now=NOW)
    asked.clear()
    assert apply_left(NOW) == 0
    assert len(asked) == notices.PATIENCE


def test_a_database_that_is_away_is_no_reason_to_forget(there: Paid, monkeypatch: pytest.MonkeyPatch) -> None:
    made_elsewhere()
    created, _ = waiting()

    def away(*_: object) -> str:
        raise Unavailable("The subscriptions database cannot be used now.", "subscriptions")

    with monkeypatch.context() as patch:
        patch.setattr("console.actions.outside_refunds.keep", away)
        assert receive(created, now=NOW).startswith("Left for later.")
    assert apply_left(NOW) == 1


# Refunds of ours.


def test_a_pending_refund_is_settled_by_its_message(there: Paid) -> None:
    gateway().fault("refund_pending")
    done = refund(there.aino, there.number, 1000, operation_id=ID)
    assert done.state == "pending"
    gateway().settle_refund(operation(ID).gateway_reference or "", "succeeded")
    assert f"operation {ID} is settled" in hear()
    assert (operation(ID).state, refund_rows()) == ("settled", [(1000, 250, "succeeded")])
    assert kinds()[-1] == "charge.refund.done"


def test_a_pending_refund_fails_by_its_message(there: Paid) -> None:
    gateway().fault("refund_pending_then_failed")
    refund(there.aino, there.number, 1000, operation_id=ID)
    gateway().catch_up()
    hear()
    assert (operation(ID).state, refund_rows()) == ("failed", [(1000, 250, "failed")])
    assert kinds()[-1] == "charge.refund.failed"


def test_a_refund_that_comes_back_is_reversed_and_told(there: Paid) -> None:
    refund(there.aino, there.number, 1000, operation_id=ID)
    gateway().settle_refund(operation(ID).gateway_reference or "", "failed")
    hear()
    assert (operation(ID).state, refund_rows()) == ("failed", [(1000, 250, "failed")])
    assert kinds()[-1] == "charge.refund.reversed"
    with reading() as data:
        told = outbox.of_operation(data.state, ID)
    assert [(row.kind, row.payload["message"]) for row in told] == [
        ("mail", "refund_sent"),
        ("mail:reversed", "refund_failed"),
    ]
    assert hear(waiting()) == []


def test_a_lost_answer_is_found_by_its_message(there: Paid) -> None:
    gateway().fault("answer_lost")
    assert refund(there.aino, there.number, 1000, operation_id=ID).state == "unknown"
    hear()
    assert (operation(ID).state, refund_rows()) == ("settled", [(1000, 250, "succeeded")])


def test_a_message_that_comes_before_our_own_answer(there: Paid, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    gateway().fault("early")
    monkeypatch.setattr(gateway(), "listener", lambda body: heard.append(receive(body, now=NOW)))
    assert refund(there.aino, there.number, 1000, operation_id=ID).settled
    assert heard[0] == f"operation {ID} is settled"
    assert refund_rows() == [(1000, 250, "succeeded")]
    assert kinds() == ["charge.refund.asked", "charge.refund.done"]


@pytest.mark.parametrize("late", ["pending", "succeeded"])
def test_an_answer_that_is_late_does_not_undo_what_came_after(there: Paid, late: str) -> None:
    """It answers, the refund comes back, we hear of that; only then our own process has the answer."""
    gateway().fault("answer_lost")
    refund(there.aino, there.number, 1000, operation_id=ID)
    (made,) = (r for r in gateway().refunds(NOW - timedelta(days=9999)) if r.operation_id == ID)
    gateway().settle_refund(made.reference, "failed")
    hear()
    assert (operation(ID).state, refund_rows()) == ("failed", [(1000, 250, "failed")])
    answer = Answer("pending" if late == "pending" else "succeeded", made.reference)
    with pytest.raises(Refused, match="said no"):
        engine.conclude(operation(ID), answer, NOW, reserved=Reserved({}, {}, NOW))
    assert (operation(ID).state, refund_rows()) == ("failed", [(1000, 250, "failed")])


def test_a_late_pending_answer_does_not_undo_success(there: Paid) -> None:
    refund(there.aino, there.number, 1000, operation_id=ID)
    answer = Answer("pending", operation(ID).gateway_reference)
    engine.conclude(operation(ID), answer, NOW, reserved=Reserved({}, {}, NOW))
    assert (operation(ID).state, refund_rows()) == ("settled", [(1000, 250, "succeeded")])


INTERLEAVINGS = ["book, settle | fail", "book | fail | settle", "fail | book, settle"]


@pytest.mark.parametrize("order", INTERLEAVINGS)
def test_success_and_failure_at_the_same_time(
    there: Paid, order: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our process has "succeeded" in hand while another hears that it failed: whoever is where, it failed."""
    gateway().fault("answer_lost")
    refund(there.aino, there.number, 1000, operation_id=ID)
    (made,) = (r for r in gateway().refunds(NOW - timedelta(days=9999)) if r.operation_id == ID)
    mine, failed = operation(ID), Answer("succeeded", made.reference)
    gateway().settle_refund(made.reference, "failed")
    bodies = waiting()

    def ours(between: Callable[[], object]) -> None:
        with writing("subscriptions") as connection:
            refunding.book_refund(connection, mine, failed, NOW)
        between()
        operations.settle(mine, before={}, after={}, at=NOW, columns={"gateway_reference": made.reference})

    if order.startswith("fail"):
        hear(bodies)
        ours(lambda: None)
    elif order.startswith("book |"):
        ours(lambda: hear(bodies))
    else:
        ours(lambda: None)
        hear(bodies)
    assert (operation(ID).state, refund_rows()) == ("failed", [(1000, 250, "failed")])
    assert log_is_intact()


def test_what_a_person_closed_as_not_done_and_was_done_after_all(there: Paid) -> None:
    gateway().fault("broken_after")
    refund(there.aino, there.number, 1000, operation_id=ID)
    operations.move(operation(ID), "close", NOW, actor=there.finance, outcome={"failed": "I looked."})
    with writing("subscriptions") as connection:
        refunding.release_refund(connection, operation(ID), NOW)
    hear()
    assert (operation(ID).state, refund_rows()) == ("settled", [(1000, 250, "succeeded")])


def test_another_amount_than_was_asked_for_is_for_a_person(there: Paid) -> None:
    gateway().fault("request_lost")
    refund(there.aino, there.number, 1000, operation_id=ID)
    marked = {"charge": REFERENCE, "amount": 700, "metadata": {"operation_id": ID}}
    gateway().call("post", "/v1/refunds", marked)
    created, _ = waiting()
    assert "has a refund of 7.00" in receive(created, now=NOW)
    assert operation(ID).state == "unknown"


# Refunds made elsewhere.


def test_a_refund_made_elsewhere_is_kept_in_step(there: Paid) -> None:
    reference = made_elsewhere(1001)
    hear()
    gateway().settle_refund(reference, "failed")
    hear()
    assert books() == [(reference, REFERENCE, 1001, 250, "failed")]
    assert kinds() == ["refund.found", "refund.found_failed"]
    assert [entry.subject_number for entry in entries()] == [reference, reference]
    refund(there.manager, there.number, 4000)
    assert log_is_intact()


def test_a_refund_made_elsewhere_takes_from_what_is_left(there: Paid) -> None:
    made_elsewhere(3000)
    hear()
    with pytest.raises(Refused, match="more than is left"):
        refund(there.manager, there.number, 1001)
    refund(there.manager, there.number, 1000)
    assert sum(tax for _, _, _, tax, _ in books()) == 1000


def test_a_refund_of_a_charge_we_do_not_know_is_noted(there: Paid) -> None:
    body = message("refund.created", refund_there("re_9", "succeeded", charge="ch_unknown"))
    assert receive(body, now=NOW) == "The charge ch_unknown of re_9 is not in our books."
    assert (books(), left()) == ([], 0)


def test_a_charge_whose_own_tax_cannot_be_is_refunded_all_the_same(there: Paid) -> None:
    with writing("subscriptions") as connection:
        build.charge(connection, None, amount_minor=100, tax_minor=200, gateway_reference="ch_2")
    receive(message("refund.created", refund_there("re_9", "succeeded", 100, charge="ch_2")), now=NOW)
    assert books() == [("re_9", "ch_2", 100, 0, "succeeded")]


# Disputes, subscriptions, and the rest.


def test_a_dispute_blocks_refunds_until_it_is_won(there: Paid) -> None:
    gateway().open_dispute(REFERENCE)
    (opened,) = waiting()
    receive(opened, now=NOW)
    assert is_blocked(there.number)
    with pytest.raises(Refused, match="blocked by the payment gateway"):
        refund(there.aino, there.number)
    won = dict(opened["data"]["object"]) | {"status": "won"}
    receive(message("charge.dispute.closed", won, id="evt_2", created=NOW + timedelta(days=999)), now=NOW)
    assert not is_blocked(there.number)
    assert kinds() == ["charge.disputed", "charge.dispute_won"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize(("end", "stays"), [("won", False), ("lost", True)])
def test_a_dispute_in_any_order(there: Paid, order: tuple[int, int], end: str, stays: bool) -> None:
    bodies = [
        message("charge.dispute.created", dispute_there("needs_response"), id="evt_1"),
        message("charge.dispute.closed", dispute_there(end), id="evt_2"),
    ]
    hear([bodies[n] for n in order])
    assert is_blocked(there.number) is stays


def test_one_dispute_won_and_another_open(there: Paid) -> None:
    for n, (status, reference) in enumerate([("won", "dp_1"), ("needs_response", "dp_2"), ("won", "dp_3")]):
        receive(message("charge.dispute.updated", dispute_there(status, reference), id=f"evt_{n}"), now=NOW)
    assert blocked() == [(there.number, "dp_2")]


def test_a_block_that_a_person_lifted_does_not_come_back(there: Paid) -> None:
    receive(message("charge.dispute.created", dispute_there("needs_response")), now=NOW)
    with writing("state") as connection:
        connection.execute(refund_blocks.update().values(lifted_at=NOW))
    receive(message("charge.dispute.updated", dispute_there("under_review"), id="evt_2"), now=NOW)
    assert blocked() == []


def test_a_block_of_a_person_is_left_alone(there: Paid) -> None:
    mine = {"charge_number": there.number, "reason": "fraud", "blocked_by": there.manager.staff_id}
    with writing("state") as connection:
        connection.execute(refund_blocks.insert().values(mine | {"blocked_at": NOW}))
    for n, status in enumerate(["needs_response", "won"]):
        receive(message("charge.dispute.updated", dispute_there(status), id=f"evt_{n}"), now=NOW)
    assert is_blocked(there.number)
    assert kinds() == []


def test_what_does_not_concern_us_is_kept_and_nothing_else(there: Paid) -> None:
    body = message("price.deleted", {"id": "price_1", "object": "price"})
    assert receive(body, now=NOW) == "does not concern the console"
    assert kept() == [("evt_1", "price.deleted", "does not concern the console")]


def test_what_is_no_event_is_refused(there: Paid) -> None:
    with pytest.raises(Refused, match="not an event"):
        receive({"id": "evt_1"}, now=NOW)
    with pytest.raises(Refused, match="longer"):
        receive(message("x" * 65, {"object": "price"}), now=NOW)


def test_the_sweep_hears_the_simulated_gateway(there: Paid) -> None:
    made_elsewhere()
    gateway().fault("refund_pending_then_failed")
    refund(there.aino, there.number, 1000, operation_id=ID)
    assert look_after(NOW) == 6
    assert sorted(status for *_, status in books()) == ["failed", "succeeded"]
    assert operation(ID).state == "failed"
    assert look_after(NOW) == 0
