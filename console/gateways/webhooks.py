"""Messages from the gateway: who sent them, and what they say.

A message is a hint, not the truth: messages come twice, late and in any order, and each shows its object as
it was when it was written. Stripe signs the time and the body, so nobody else can write one, and an old one
cannot be sent again after five minutes; within them the event's id tells a repeat.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from console.errors import Refused
from console.gateways import shapes
from console.gateways.payments import GatewayCharge, GatewayDispute, GatewayRefund, GatewaySubscription

TOLERANCE = timedelta(minutes=5)
GatewayObject = GatewayRefund | GatewayCharge | GatewaySubscription | GatewayDispute
_KNOWN: dict[str, Callable[[Mapping[str, Any]], GatewayObject]] = {
    "charge": shapes.charge,
    "dispute": shapes.dispute,
    "refund": shapes.refund,
    "subscription": shapes.subscription,
}


@dataclass(frozen=True, kw_only=True)
class GatewayEvent:
    """`object` as it was at `created_at`; None for kinds that do not concern the console. A charge in an
    event does not say which subscription it paid for."""

    id: str
    type: str  # the gateway's word: "charge.refunded"
    created_at: datetime
    object: GatewayObject | None


def verified(body: bytes, signature: str, secret: str, now: datetime) -> GatewayEvent:
    """The event of a message with its header `Stripe-Signature`. Raises Refused for one that is not from the
    gateway, was changed, is more than five minutes old or early, or cannot be read."""
    sent_at, signatures = _parts(signature)
    expected = _signature(body, sent_at, secret)
    if not any(hmac.compare_digest(expected, given) for given in signatures):
        raise Refused("The message is not signed with our secret. Check CONSOLE_STRIPE_WEBHOOK_SECRET.")
    if abs(now.timestamp() - sent_at) > TOLERANCE.total_seconds():
        raise Refused("The message was signed more than five minutes ago or ahead. Check the clock.")
    return understood(body)


def understood(body: bytes) -> GatewayEvent:
    """An event whose sender is known already. Raises Refused for what is no event."""
    try:
        event = json.loads(body)
        about = event["data"]["object"]
        understand = _KNOWN.get(about.get("object"))
        return GatewayEvent(
            id=event["id"],
            type=event["type"],
            created_at=shapes.instant(event["created"]),
            object=understand(about) if understand else None,
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise Refused("The message is not an event of the payment gateway that we know.") from error


def sign(body: bytes, secret: str, now: datetime) -> str:
    """The header `Stripe-Signature` of a message that is sent now."""
    sent_at = shapes.timestamp(now)
    return f"t={sent_at},v1={_signature(body, sent_at, secret).decode()}"


def _signature(body: bytes, sent_at: int, secret: str) -> bytes:
    signed = str(sent_at).encode() + b"." + body
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode()


def _parts(header: str) -> tuple[int, list[bytes]]:
    """When it was sent, and its signatures: more than one while a secret is being replaced."""
    parts = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in parts if name == "t"]
    if len(times) != 1 or not (times[0].isascii() and times[0].isdigit()):
        raise Refused("The message has no signature that can be read.")
    return int(times[0]), [value.encode() for name, _, value in parts if name == "v1"]
