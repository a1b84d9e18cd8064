"""Collecting a failed renewal charge again, as a kind of operation: see console.actions.engine.

The answer is a new charge. One that the card declines again is an answer too: the operation was done, and
the money did not come.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from console import money
from console.actions import refundable, refunding
from console.actions.messages import outcome_for
from console.actions.verb import Answer, Promise, Reserved, Verb, register
from console.db import Connection, reading
from console.errors import NotFound
from console.gateways.payments import GatewayCharge, PaymentGateway
from queries import charge as charges_found
from queries import subscriptions as found
from queries.operations import Operation
from queries.subscriptions import Subscription
from queries.tables_subscriptions import charges, subscription_events, subscriptions

RETRY = "charge:retry"


class Retry(Verb):
    kind = RETRY

    def leaves_the_house(self, operation: Operation) -> bool:
        return True

    def reserve(self, connection: Connection, operation: Operation, now: datetime) -> Reserved:
        charge = charges_found.locked(connection, operation.request["charge_id"])
        if charge is None:
            raise NotFound(f"There is no charge “{operation.subject_number}” any more. Nothing was done.")
        if not operation.attempts and not _booked(connection, operation):
            refundable.require_as_shown(charge, refunding.shown(operation))
        return Reserved(operation.preview["before"], operation.preview["after"], now)

    def ask(self, gateway: PaymentGateway, operation: Operation, *, first: bool) -> Answer:
        reference = operation.request["charge_reference"]
        found = None if first else gateway.find_charge(operation.id, charge=reference)
        return _answer(found or gateway.retry_charge(charge=reference, operation_id=operation.id))

    def look_up(self, gateway: PaymentGateway, operation: Operation) -> Answer | None:
        there = gateway.find_charge(operation.id, charge=operation.request["charge_reference"])
        return None if there is None else _answer(there)

    def book(self, connection: Connection, operation: Operation, answer: Answer, now: datetime) -> None:
        if answer.state == "succeeded" and not _booked(connection, operation):
            _book(connection, operation, answer, now)

    def sentence(self, operation: Operation) -> str:
        return _sentence(operation, paid=_paid(operation))

    def promises(self, operation: Operation, answer: Answer) -> Sequence[Promise]:
        request, paid = operation.request, not answer.sentence
        amount = {"minor": request["amount_minor"], "currency": request["currency"]}
        kind = "payment_retried_ok" if paid else "payment_retried_failed"
        values = {"amount": amount, "product": request["product"]}
        return outcome_for(operation, _sentence(operation, paid=paid), (kind, values))


register(Retry())


def _answer(there: GatewayCharge) -> Answer:
    """Declined again is done, too: its sentence then says so."""
    if there.state == "pending":
        return Answer("pending", there.reference)
    declined = there.failure_code or "declined" if there.state == "failed" else ""
    return Answer("succeeded", there.reference, declined)


def _booked(connection: Connection, operation: Operation) -> bool:
    row = charges.select().where(charges.c.operation_id == operation.id)
    return connection.execute(row).first() is not None


def _paid(operation: Operation) -> bool:
    with reading() as data:
        row = charges.select().where(charges.c.operation_id == operation.id)
        made = data.subscriptions.execute(row).first()
    return made is not None and made.status == "succeeded"


def _sentence(operation: Operation, *, paid: bool) -> str:
    request = operation.request
    amount = money.in_words(request["amount_minor"], request["currency"])
    said = "was collected" if paid else "was declined again: nothing was collected"
    return f"{amount} for {request['subscription_number']} {said}."


def _book(connection: Connection, operation: Operation, answer: Answer, now: datetime) -> None:
    """The new charge, with the invoice of the failed one; paid, it makes the subscription active again."""
    old = connection.execute(
        charges.select().where(charges.c.id == operation.request["charge_id"])
    ).mappings().one()  # fmt: skip
    connection.execute(charges.update().where(charges.c.id == old["id"]).values(invoice_number=None))
    paid = not answer.sentence
    row = dict(old) | {
        "status": "succeeded" if paid else "failed",
        "failure_code": answer.sentence or None,
        "attempt": old["attempt"] + 1,
        "gateway_reference": answer.reference,
        "created_at": now,
        "settled_at": now if paid else None,
        "operation_id": operation.id,
    }
    del row["id"]
    connection.execute(charges.insert().values(row))
    if old["subscription_id"] is not None:
        _carry_on_subscription(connection, operation, paid=paid, now=now)


def _carry_on_subscription(
    connection: Connection, operation: Operation, *, paid: bool, now: datetime
) -> None:
    subscription = found.by_number(connection, operation.request["subscription_number"])
    if subscription is None:
        return
    kinds = ["payment_recovered"] if paid else ["payment_failed"]
    if paid and _made_active(connection, subscription, operation):
        kinds.append("renewed")
    for place, kind in enumerate(kinds):
        event = {
            "subscription_id": subscription.id,
            "customer_id": subscription.customer_id,
            "kind": kind,
            "occurred_at": now,
            "recorded_at": now,
            "actor": "staff",
            "mrr_delta_units": 0,
            "currency": subscription.currency,
            "reason": operation.request["reason"],
            "operation_id": operation.id if place == 0 else None,
        }
        connection.execute(subscription_events.insert().values(event))


def _made_active(connection: Connection, subscription: Subscription, operation: Operation) -> bool:
    """Paid up, if it still was past due; the period that was paid for is the present one."""
    row, paid_until = subscriptions.c, operation.request["period_end"]
    values: dict[str, Any] = {"status": "active", "version": row.version + 1}
    end = datetime.fromisoformat(paid_until) if paid_until else None
    if end is not None and (subscription.current_period_end or end) <= end:
        start = operation.request["period_start"]
        values["current_period_start"] = datetime.fromisoformat(start) if start else None
        values["current_period_end"] = end
    owing = subscriptions.update().where(row.id == subscription.id, row.status == "past_due")
    return connection.execute(owing.values(values)).rowcount == 1
