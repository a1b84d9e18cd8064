"""End at the gateway what has ended here, and is collected for there: a kind of operation of its own, so that
a lost answer is looked up and the log has it. Nothing of ours changes.
"""

from datetime import datetime

from console.access import Actor, Permission, require
from console.actions import operations
from console.actions.carrying_out import carry_on
from console.actions.done import Done
from console.actions.operations import Intent
from console.actions.subscription_verb import load
from console.actions.verb import Answer, Reserved, Verb, register
from console.db import Connection, reading
from console.errors import Refused
from console.gateways.payments import PaymentGateway, SubscriptionChange
from queries.operations import Operation
from queries.subscriptions import Subscription
from queries.tables_subscriptions import LIVE_STATUSES


class EndThere(Verb):
    """`request` has the "gateway_reference"."""

    kind = "subscription:end_there"

    def leaves_the_house(self, operation: Operation) -> bool:
        return True

    def reserve(self, connection: Connection, operation: Operation, now: datetime) -> Reserved:
        _require_ended(load(connection, operation.subject_number))
        return Reserved(operation.preview["before"], operation.preview["after"], now)

    def ask(self, gateway: PaymentGateway, operation: Operation, *, first: bool) -> Answer:
        reference, change = operation.request["gateway_reference"], SubscriptionChange(cancel="now")
        there = gateway.change_subscription(reference, change, operation_id=operation.id)
        return Answer("succeeded", there.reference)

    def look_up(self, gateway: PaymentGateway, operation: Operation) -> Answer | None:
        there = gateway.get_subscription(operation.request["gateway_reference"])
        return Answer("succeeded", there.reference) if there.state == "canceled" else None


register(EndThere())


def end_there(actor: Actor, number: str, *, operation_id: str, now: datetime) -> Done:
    """Raises NotPermitted, NotFound, Refused (it has not ended here; the gateway does not collect for it; the
    gateway said no), Unavailable."""
    require(actor, Permission.CANCEL_SUBSCRIPTION)
    with reading() as data:
        subscription = load(data.subscriptions, number)
    _require_ended(subscription)
    if subscription.gateway_reference is None:
        raise Refused(f"{number} has no reference of the payment gateway: it collects nothing for it.")
    intent = _intent(subscription, operations.checked_id(operation_id))
    operation, _ = operations.begin(actor, intent, now)
    return carry_on(operation, now)


def _require_ended(subscription: Subscription) -> None:
    if subscription.status in LIVE_STATUSES:
        raise Refused(
            f"{subscription.number} has not ended here ({subscription.status}): cancel it instead. "
            "Nothing was done."
        )


def _intent(subscription: Subscription, operation_id: str) -> Intent:
    before, after = {"collects there": "yes"}, {"collects there": "no"}
    return Intent(
        id=operation_id,
        kind=EndThere.kind,
        subject_kind="subscription",
        subject_number=subscription.number,
        customer_number=subscription.customer_number,
        customer_name=subscription.customer_name,
        request={
            "gateway_reference": subscription.gateway_reference,
            "reason": "ended_here",
            "note": "",
        },
        preview={
            "before": before,
            "after": after,
            "done": f"{subscription.number} has ended at the payment gateway, too.",
        },
        before=before,
        after=after,
        lock_key=f"subscription:{subscription.number}",
    )
