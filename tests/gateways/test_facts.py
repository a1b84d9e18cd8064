"""What happens at the simulated gateway without the console asking, and the messages it sends about it."""

import contextlib
import json
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from console.gateways.payments import Declined, GatewayRefund, SubscriptionChange
from console.gateways.simulated import Charge, Customer, Order, SimulatedGateway, Subscription
from console.gateways.simulated.full import full
from console.gateways.webhooks import understood
from tests.gateways.conformance import new_id, refund
from tests.gateways.places import SimulatedPlace

JANUARY = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture
def heard() -> list[str]:
    """What the gateway's listener got, and what a test adds to it."""
    return []


@pytest.fixture
def gateway(tmp_path: Path, heard: list[str]) -> Iterator[SimulatedGateway]:
    made = SimulatedGateway(
        f"sqlite:///{tmp_path / 'gateway.sqlite'}",
        clock=lambda: JANUARY,
        listener=lambda event: heard.append(event["type"]),
    )
    with contextlib.closing(made):
        yield made


def subscribe(gateway: SimulatedGateway, **values: Any) -> str:
    gateway.add_customers([Customer(reference="cus_1", created_at=JANUARY)])
    fact: dict[str, Any] = {
        "reference": "sub_1",
        "created_at": JANUARY,
        "customer": "cus_1",
        "price": "price_1",
    }
    fact |= {"amount_minor": 1000, "currency": "EUR", "period_start": JANUARY, "period_end": JANUARY}
    gateway.add_subscriptions([Subscription(**fact | values)])
    return "sub_1"


def test_a_renewal_charges_and_moves_the_period(gateway: SimulatedGateway) -> None:
    reference = gateway.renew(subscribe(gateway))
    assert reference is not None
    charge = gateway.get_charge(reference)
    assert (charge.state, charge.amount_minor, charge.subscription_reference) == ("succeeded", 1000, "sub_1")
    assert charge.created_at == JANUARY
    # The last day of February: there is no 31st.
    assert gateway.get_subscription("sub_1").current_period_end == datetime(2026, 2, 28, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("interval", "count", "end"),
    [
        ("day", 10, datetime(2026, 2, 10, 12, tzinfo=UTC)),
        ("week", 2, datetime(2026, 2, 14, 12, tzinfo=UTC)),
        ("month", 11, datetime(2026, 12, 31, 12, tzinfo=UTC)),
        ("year", 1, datetime(2027, 1, 31, 12, tzinfo=UTC)),
    ],
)
def test_periods(gateway: SimulatedGateway, interval: str, count: int, end: datetime) -> None:
    gateway.renew(subscribe(gateway, interval=interval, interval_count=count))
    assert gateway.get_subscription("sub_1").current_period_end == end


def test_a_declined_renewal_waits_to_be_collected(gateway: SimulatedGateway) -> None:
    failed = gateway.renew(subscribe(gateway), declined=True)
    assert failed is not None
    assert gateway.get_subscription("sub_1").state == "past_due"
    paid = gateway.retry_charge(charge=failed, operation_id=new_id())
    assert paid.state == "succeeded"
    assert gateway.get_subscription("sub_1").state == "active"


@pytest.mark.parametrize("values", [{"cancel_at_period_end": True}, {"cancel_at": JANUARY}])
def test_what_was_to_end_ends_uncharged(gateway: SimulatedGateway, values: dict[str, Any]) -> None:
    assert gateway.renew(subscribe(gateway, **values)) is None
    ended = gateway.get_subscription("sub_1")
    assert (ended.state, ended.ended_at) == ("canceled", JANUARY)


def test_what_is_paused_is_not_charged(gateway: SimulatedGateway) -> None:
    assert gateway.renew(subscribe(gateway, paused=True)) is None
    assert gateway.get_subscription("sub_1").state == "paused"
    assert not list(gateway.charges(JANUARY))


def test_a_billing_day_is_at_most_one_period_ahead(gateway: SimulatedGateway) -> None:
    subscribe(gateway)
    with pytest.raises(Declined, match="next natural billing date"):
        gateway.restart_subscription(
            "sub_1", next_charge_at=JANUARY + timedelta(days=40), operation_id=new_id()
        )


def test_a_refund_that_had_succeeded_comes_back(gateway: SimulatedGateway) -> None:
    gateway.add_charges(
        [Charge(reference="ch_1", created_at=JANUARY, amount_minor=1000, currency="EUR", refunded_minor=300)]
    )
    [before] = gateway.refunds(JANUARY)
    assert (before.amount_minor, before.state, before.operation_id) == (300, "succeeded", None)
    gateway.settle_refund(before.reference, "failed")
    gateway.settle_refund(before.reference, "failed")
    assert gateway.get_charge("ch_1").refundable_minor == 1000


def test_a_lot_is_added_at_once(gateway: SimulatedGateway) -> None:
    gateway.add_charges(
        Charge(reference=f"ch_{n}", created_at=JANUARY, amount_minor=n, currency="JPY", subscription="sub_1")
        for n in range(12_345)
    )
    assert sum(charge.amount_minor for charge in gateway.charges(JANUARY)) == 12_344 * 12_345 // 2


# -- messages


def events(gateway: SimulatedGateway, order: Order, seed: int = 0) -> list[dict[str, Any]]:
    got: list[dict[str, Any]] = []
    gateway.deliver(got.append, order, random.Random(seed))
    return got


def four_refunds(gateway: SimulatedGateway) -> None:
    gateway.add_charges([Charge(reference="ch_1", created_at=JANUARY, amount_minor=1000, currency="EUR")])
    for _ in range(4):
        gateway.refund(charge="ch_1", amount_minor=1, currency="EUR", operation_id=new_id())


def test_messages_come_once_and_in_order(gateway: SimulatedGateway) -> None:
    four_refunds(gateway)
    assert [event["type"] for event in events(gateway, "in_order")] == [
        "refund.created",
        "charge.refunded",
    ] * 4
    assert events(gateway, "in_order") == []


def test_messages_come_badly(gateway: SimulatedGateway) -> None:
    four_refunds(gateway)
    late = events(gateway, "late")
    assert 0 < len(late) < 8
    rest = events(gateway, "reordered")
    assert len({event["id"] for event in late + rest}) == len(late + rest) == 8


def test_messages_come_twice(gateway: SimulatedGateway) -> None:
    four_refunds(gateway)
    twice = Counter(event["id"] for event in events(gateway, "duplicate"))
    assert set(twice.values()) == {2}
    assert len(twice) == 8


def test_reordered_is_another_order(gateway: SimulatedGateway) -> None:
    four_refunds(gateway)
    seen = [event["type"] for event in events(gateway, "reordered", seed=1)]
    assert seen != ["refund.created", "charge.refunded"] * 4


def test_a_message_that_was_not_taken_comes_again(gateway: SimulatedGateway) -> None:
    four_refunds(gateway)

    def away(_event: object) -> None:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        gateway.deliver(away)
    assert len(events(gateway, "in_order")) == 8


def test_a_message_can_be_faster_than_the_answer(gateway: SimulatedGateway, heard: list[str]) -> None:
    gateway.add_charges([Charge(reference="ch_1", created_at=JANUARY, amount_minor=1000, currency="EUR")])
    for fault in (False, True):
        if fault:
            gateway.fault("early")
        gateway.refund(charge="ch_1", amount_minor=1, currency="EUR", operation_id=new_id())
        heard.append("the answer")
    assert heard == ["the answer", *["refund.created", "charge.refunded"] * 2, "the answer"]


def test_every_message_is_understood(place: SimulatedPlace) -> None:
    """By what reads Stripe's, in process and with all keys."""
    refund(place, place.charge(1000), 400)
    subscription = place.subscription()
    wanted = SubscriptionChange(cancel="now")
    place.gateway.change_subscription(subscription, wanted, operation_id=new_id())
    place.behind.open_dispute(place.charge(1000))
    sent: list[dict[str, Any]] = []
    place.behind.deliver(sent.append)
    lean = [understood(json.dumps(event).encode()) for event in sent]
    assert lean == [understood(json.dumps(full(event)).encode()) for event in sent]
    assert [e.object.amount_minor for e in lean if isinstance(e.object, GatewayRefund)] == [400]
    assert {e.type for e in lean} >= {"charge.dispute.created", "customer.subscription.deleted"}
