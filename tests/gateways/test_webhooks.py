"""Messages of the gateway: signatures, and what real ones say (tests/cases/stripe)."""

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import stripe

from console.errors import Refused
from console.gateways.payments import GatewayCharge, GatewayDispute, GatewayRefund, GatewaySubscription
from console.gateways.webhooks import GatewayEvent, sign, understood, verified

CASES = Path(__file__).parents[1] / "cases" / "stripe"
SHARED = Path(__file__).parents[3] / "shared" / "data" / "stripe_events"
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
SECRET = "whsec_test"
BODY = (CASES / "charge_refunded.json").read_bytes()


def case(name: str) -> GatewayEvent:
    return understood((CASES / f"{name}.json").read_bytes())


def test_what_the_gateway_signed_is_read() -> None:
    event = verified(BODY, sign(BODY, SECRET, NOW), SECRET, NOW)
    assert (event.id, event.type) == ("evt_3KtQThJDPojXS6LN0E06aNxq", "charge.refunded")


def test_stripes_own_client_signs_the_same() -> None:
    stripe.WebhookSignature.verify_header(
        BODY.decode(), sign(BODY, SECRET, datetime.now(UTC)), SECRET, tolerance=300
    )


@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_five_minutes_are_not_too_long(seconds: int) -> None:
    assert verified(BODY, sign(BODY, SECRET, NOW - timedelta(seconds=seconds)), SECRET, NOW).id


@pytest.mark.parametrize("seconds", [-301, 301])
def test_an_old_message_is_not_taken_again(seconds: int) -> None:
    with pytest.raises(Refused, match="five minutes"):
        verified(BODY, sign(BODY, SECRET, NOW - timedelta(seconds=seconds)), SECRET, NOW)


def test_one_changed_byte_is_found() -> None:
    chance, signature = random.Random(1), sign(BODY, SECRET, NOW)
    for _ in range(100):
        changed = bytearray(BODY)
        changed[chance.randrange(len(BODY))] ^= 1 << chance.randrange(8)
        with pytest.raises(Refused, match="our secret"):
            verified(bytes(changed), signature, SECRET, NOW)


def test_the_time_is_signed_too() -> None:
    later = sign(BODY, SECRET, NOW).replace(f"t={NOW.timestamp():.0f}", f"t={NOW.timestamp() + 60:.0f}")
    with pytest.raises(Refused, match="our secret"):
        verified(BODY, later, SECRET, NOW)


def test_another_secret_is_refused() -> None:
    with pytest.raises(Refused, match="CONSOLE_STRIPE_WEBHOOK_SECRET"):
        verified(BODY, sign(BODY, "whsec_other", NOW), SECRET, NOW)


def test_one_of_several_signatures_is_enough() -> None:
    """While a secret is being replaced, Stripe signs with the old one and the new one."""
    old, new = (sign(BODY, secret, NOW).partition(",")[2] for secret in ("whsec_old", SECRET))
    header = f"t={NOW.timestamp():.0f},{old},{new},v0=0000"
    assert verified(BODY, header, SECRET, NOW).id
    with pytest.raises(Refused):
        verified(BODY, f"t={NOW.timestamp():.0f},{old},{new.replace('v1', 'v0')}", SECRET, NOW)


@pytest.mark.parametrize("header", ["", "nonsense", "t=", "t=x,v1=00", "t=1,t=2,v1=00", "v1=00", "t=²,v1=00"])
def test_a_signature_that_cannot_be_read_is_refused(header: str) -> None:
    with pytest.raises(Refused, match="no signature"):
        verified(BODY, header, SECRET, NOW)


def test_a_message_without_a_signature_that_counts_is_refused() -> None:
    for header in (
        f"t={NOW.timestamp():.0f}",
        f"t={NOW.timestamp():.0f},v1=",
        f"t={NOW.timestamp():.0f},v1=é",
    ):
        with pytest.raises(Refused, match="our secret"):
            verified(BODY, header, SECRET, NOW)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"\xff",
        b"{}",
        b'{"data": 1}',
        b'{"id": "e", "type": "t", "created": 1, "data": []}',
    ],
)
def test_what_is_no_event_is_refused(body: bytes) -> None:
    with pytest.raises(Refused, match="not an event"):
        verified(body, sign(body, SECRET, NOW), SECRET, NOW)


def test_an_object_of_an_unknown_form_is_refused() -> None:
    event = json.loads(BODY)
    del event["data"]["object"]["amount"]
    with pytest.raises(Refused, match="not an event"):
        understood(json.dumps(event).encode())


def test_a_refunded_charge() -> None:
    charge = case("charge_refunded").object
    assert isinstance(charge, GatewayCharge)
    assert (charge.reference, charge.customer_reference) == (
        "ch_3Kl36gJDPojXS6LN0DCM4A8l",
        "cus_J7Mkgr8mvbl1eK",
    )
    assert (charge.amount_minor, charge.refunded_minor, charge.currency) == (2500, 2500, "USD")
    assert (charge.state, charge.disputed, charge.failure_code) == ("succeeded", False, None)


def test_a_failed_charge() -> None:
    charge = case("charge_failed").object
    assert isinstance(charge, GatewayCharge)
    assert (charge.state, charge.failure_code, charge.refundable_minor) == ("failed", "card_declined", 0)


def test_a_dispute_names_its_charge() -> None:
    dispute = case("charge_dispute_closed").object
    assert isinstance(dispute, GatewayDispute)
    assert (dispute.charge_reference, dispute.state) == ("ch_1IqtGAJDPojXS6LNstgEfUji", "open")


def test_a_refund_says_what_it_is_whatever_the_message_is_called() -> None:
    event = case("refund_failed")
    assert isinstance(event.object, GatewayRefund)
    assert (event.type, event.object.state, event.object.amount_minor) == ("refund.failed", "succeeded", 1000)


def test_a_subscription_of_2020() -> None:
    subscription = case("subscription_created").object
    assert isinstance(subscription, GatewaySubscription)
    assert (subscription.state, subscription.amount_minor, subscription.currency) == ("active", 0, "USD")
    assert subscription.current_period_end == datetime.fromtimestamp(1625740918, UTC)


def test_what_does_not_concern_the_console_has_no_object() -> None:
    event = case("price_deleted")
    assert (event.type, event.object) == ("price.deleted", None)


def test_every_body_of_the_shared_data_is_read() -> None:
    """29 bodies where the shared data is there, else those that are kept here."""
    folder = SHARED if SHARED.exists() else CASES
    bodies = [path.read_bytes() for path in sorted(folder.glob("[a-z]*.json"))]
    kinds = [type(understood(body).object).__name__ for body in bodies]
    assert len(kinds) == (29 if folder == SHARED else 6)
    assert {"GatewayCharge", "GatewayDispute", "GatewayRefund", "GatewaySubscription"} <= set(kinds)
