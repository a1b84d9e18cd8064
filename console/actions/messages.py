"""What is told once an operation is settled: the customer in their language, the ticket it came from."""

from collections.abc import Mapping, Sequence
from typing import Any

from console.actions.engine import Promise
from queries.charge import FullCharge
from queries.operations import Operation
from queries.subscriptions import Subscription


def recipient(email: str | None, name: str, locale: str | None, time_zone: str | None) -> dict[str, Any]:
    """Whom an operation tells, as its request keeps it."""
    return {"email": email, "name": name, "language": locale or "en", "time_zone": time_zone}


def recipient_of(subscription: Subscription) -> dict[str, Any]:
    """The customer of a subscription, as `recipient`."""
    s = subscription
    return recipient(s.customer_email, s.customer_name, s.customer_locale, s.customer_time_zone)


def payer_of(charge: FullCharge) -> dict[str, Any]:
    """The customer of a charge, as `recipient`."""
    c = charge
    return recipient(c.customer_email, c.customer_name or "", c.customer_locale, c.customer_time_zone)


def outcome_for(
    operation: Operation, sentence: str, message: tuple[str, Mapping[str, Any]] | None
) -> Sequence[Promise]:
    """A message to the customer, unless the request says to tell nobody or there is no address; and a note on
    the ticket the operation came from."""
    promises = []
    to = operation.request.get("recipient") or {}
    if message is not None and to.get("email"):
        kind, values = message
        payload = {"message": kind, "to": to["email"], "language": to["language"]}
        spoken = {"name": to["name"], "time_zone": to["time_zone"], **values}
        promises.append(Promise("mail", payload | {"values": spoken}))
    if operation.ticket_number:
        note = {"ticket": operation.ticket_number, "note": sentence}
        promises.append(Promise("ticket", note | {"agent_email": operation.requester_email}))
    return promises
