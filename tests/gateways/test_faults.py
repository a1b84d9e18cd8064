"""Every fault, in process and over HTTP: what the caller hears, and what was done."""

import time
from collections.abc import Callable
from typing import Literal

import pytest

from console.gateways.payments import (
    Broken,
    Declined,
    GatewayError,
    NoAnswer,
    NotSent,
    SubscriptionChange,
)
from console.gateways.simulated import Fault, SimulatedGateway
from tests.gateways.conformance import new_id, refund
from tests.gateways.places import SimulatedPlace

PATIENCE = 5  # seconds for a slow answer over HTTP to be done


def struck(place: SimulatedPlace, fault: Fault, error: type[GatewayError]) -> tuple[str, str, GatewayError]:
    """The charge and the operation of a refund of 400 that met a fault."""
    charge, operation = place.charge(1000), new_id()
    place.behind.fault(fault, operation_id=operation)
    with pytest.raises(error) as heard:
        refund(place, charge, 400, of=operation)
    assert type(heard.value) is error
    return charge, operation, heard.value


def given_back(place: SimulatedPlace, charge: str) -> int:
    return place.gateway.get_charge(charge).refunded_minor


def test_a_lost_request_did_nothing(place: SimulatedPlace) -> None:
    charge, operation, _ = struck(place, "request_lost", NoAnswer)
    assert place.gateway.find_refund(operation, charge=charge) is None
    refund(place, charge, 400, of=operation)
    assert given_back(place, charge) == 400


def test_a_lost_answer_was_done(place: SimulatedPlace) -> None:
    charge, operation, _ = struck(place, "answer_lost", NoAnswer)
    found = place.gateway.find_refund(operation, charge=charge)
    assert found is not None
    assert refund(place, charge, 400, of=operation) == found.reference
    assert given_back(place, charge) == 400


def test_too_many_requests_did_nothing_and_may_ask_again(place: SimulatedPlace) -> None:
    charge, operation, _ = struck(place, "rate_limited", NotSent)
    assert given_back(place, charge) == 0
    refund(place, charge, 400, of=operation)
    assert given_back(place, charge) == 400


def test_a_500_is_for_ever_and_nothing_was_done(place: SimulatedPlace) -> None:
    charge, operation, _ = struck(place, "broken", Broken)
    with pytest.raises(Broken):
        refund(place, charge, 400, of=operation)
    assert given_back(place, charge) == 0


def test_a_500_is_for_ever_and_all_was_done(place: SimulatedPlace) -> None:
    charge, operation, _ = struck(place, "broken_after", Broken)
    with pytest.raises(Broken):
        refund(place, charge, 400, of=operation)
    assert given_back(place, charge) == 400
    assert place.gateway.find_refund(operation, charge=charge) is not None


def test_a_slow_answer_is_done_later(place: SimulatedPlace) -> None:
    """A time-out is no failure: GOV.UK pay-connector #5911."""
    charge, operation, _ = struck(place, "slow", NoAnswer)
    assert place.gateway.find_refund(operation, charge=charge) is None
    with pytest.raises(NoAnswer) as under_way:
        refund(place, charge, 400, of=operation)
    assert under_way.value.code == "idempotency_key_in_use"
    if isinstance(place.gateway, SimulatedGateway):
        place.gateway.catch_up()
    until = time.monotonic() + PATIENCE
    while (found := place.gateway.find_refund(operation, charge=charge)) is None:
        assert time.monotonic() < until
        time.sleep(0.05)
    assert refund(place, charge, 400, of=operation) == found.reference
    assert given_back(place, charge) == 400


def test_a_dispute_is_faster_than_the_refund(place: SimulatedPlace) -> None:
    charge, _, refusal = struck(place, "disputed", Declined)
    assert refusal.code == "charge_disputed"
    assert place.gateway.get_charge(charge).disputed


@pytest.mark.parametrize("outcome", ["succeeded", "failed"])
def test_a_pending_refund_is_settled(place: SimulatedPlace, outcome: Literal["succeeded", "failed"]) -> None:
    charge = place.charge(1000)
    place.behind.fault("refund_pending")
    reference = refund(place, charge, 400)
    assert place.gateway.get_refund(reference).state == "pending"
    assert given_back(place, charge) == 400  # what is pending is not there to be given back twice
    place.behind.settle_refund(reference, outcome)
    assert place.gateway.get_refund(reference).state == outcome
    assert given_back(place, charge) == (400 if outcome == "succeeded" else 0)


def test_a_pending_refund_fails_later(place: SimulatedPlace) -> None:
    charge = place.charge(1000)
    place.behind.fault("refund_pending_then_failed")
    reference = refund(place, charge, 400)
    place.behind.catch_up()
    failed = place.gateway.get_refund(reference)
    assert (failed.state, failed.failure) == ("failed", "lost_or_stolen_card")
    assert place.gateway.get_charge(charge).refundable_minor == 1000


def test_a_refund_that_fails_gives_nothing_back(place: SimulatedPlace) -> None:
    charge = place.charge(1000)
    place.behind.fault("refund_fails")
    assert place.gateway.get_refund(refund(place, charge, 400)).state == "failed"
    assert given_back(place, charge) == 0


def collect(place: SimulatedPlace) -> tuple[str, Callable[[], object], Callable[[], object]]:
    failed, operation = place.renewal(state="failed"), new_id()
    return (
        operation,
        lambda: place.gateway.retry_charge(charge=failed, operation_id=operation),
        lambda: place.gateway.find_charge(operation, charge=failed),
    )


def end(place: SimulatedPlace) -> tuple[str, Callable[[], object], Callable[[], object]]:
    reference, operation = place.subscription(), new_id()
    now = SubscriptionChange(cancel="now")
    return (
        operation,
        lambda: place.gateway.change_subscription(reference, now, operation_id=operation),
        lambda: place.gateway.get_subscription(reference).ended_at,
    )


@pytest.mark.parametrize("step", [collect, end])
@pytest.mark.parametrize(("fault", "done"), [("request_lost", False), ("answer_lost", True)])
def test_the_step_that_works_is_struck_not_the_one_that_marks(
    place: SimulatedPlace,
    step: Callable[[SimulatedPlace], tuple[str, Callable[[], object], Callable[[], object]]],
    fault: Fault,
    done: bool,
) -> None:
    operation, act, look = step(place)
    place.behind.fault(fault, operation_id=operation)
    with pytest.raises(NoAnswer):
        act()
    assert (look() is not None) == done
    act()
    assert look() is not None


def test_a_fault_waits_for_its_operation(place: SimulatedPlace) -> None:
    place.behind.fault("answer_lost", operation_id="another")
    refund(place, place.charge(1000), 400)


def test_an_unknown_fault_is_refused(place: SimulatedPlace) -> None:
    with pytest.raises(ValueError, match="the faults are"):
        place.behind.fault("flood")  # type: ignore[arg-type]
