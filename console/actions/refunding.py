"""Giving money back, as a kind of operation: see console.actions.engine.

The money is set aside first: a refund row "pending" with the operation's id, in the transaction that looks at
what is left. So what is on its way counts as given back, and two at once cannot give back more than was paid.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from console import money
from console.actions import refundable
from console.actions.cancellation import Expected
from console.actions.engine import Answer, Promise, Reserved, Verb, register
from console.actions.messages import outcome_for
from console.audit import instant
from console.db import Connection
from console.errors import NotFound
from console.gateways.payments import Declined, GatewayRefund, NoAnswer, PaymentGateway
from queries import charge as charges
from queries.charge import FullCharge
from queries.operations import Operation
from queries.tables_subscriptions import refunds

REFUND = "charge:refund"


def load(connection: Connection, number: str) -> FullCharge:
    """Raises NotFound."""
    wanted = number.strip()
    found = charges.by_number(connection, wanted) if wanted.isprintable() else None
    if found is None:
        raise NotFound(f"There is no charge “{wanted[:40]}”.")
    return found


class Refund(Verb):
    """`request` is what `refund_request` makes of it."""

    kind = REFUND

    def leaves_the_house(self, operation: Operation) -> bool:
        return True

    def reserve(self, connection: Connection, operation: Operation, now: datetime) -> Reserved:
        set_aside(connection, operation, now)
        return Reserved(operation.preview["before"], operation.preview["after"], now)

    def ask(self, gateway: PaymentGateway, operation: Operation, *, first: bool) -> Answer:
        return ask_refund(gateway, operation, first=first)

    def look_up(self, gateway: PaymentGateway, operation: Operation) -> Answer | None:
        found = find_refund(gateway, operation)
        return None if found is None else answer_of(found, operation)

    def book(self, connection: Connection, operation: Operation, answer: Answer, now: datetime) -> None:
        book_refund(connection, operation, answer, now)

    def release(self, connection: Connection, operation: Operation, now: datetime) -> None:
        release_refund(connection, operation, now)

    def promises(self, operation: Operation, answer: Answer) -> Sequence[Promise]:
        request = operation.request
        amount = {"minor": request["amount_minor"], "currency": request["currency"]}
        message = ("refund_sent", {"amount": amount, "charged_at": request["charged_at"]})
        return outcome_for(operation, self.sentence(operation), message)

    def regrets(self, operation: Operation, sentence: str) -> Sequence[Promise]:
        return refund_regrets(operation, sentence)


register(Refund())


def refund_regrets(operation: Operation, sentence: str) -> Sequence[Promise]:
    """To the customer and the ticket: the money did not arrive."""
    request = operation.request
    amount = {"minor": request["amount_minor"], "currency": request["currency"]}
    message = ("refund_failed", {"amount": amount, "charged_at": request["charged_at"]})
    return outcome_for(operation, f"The refund did not arrive after all: {sentence}.", message)


def set_aside(connection: Connection, operation: Operation, now: datetime) -> None:
    """The refund as a row on its way, once. Raises Conflict where the charge is no longer as it was shown."""
    request = operation.request
    charge = charges.locked(connection, request["charge_id"])
    if charge is None:
        raise NotFound(f"There is no charge “{operation.subject_number}” any more. Nothing was done.")
    if connection.execute(refunds.select().where(refunds.c.operation_id == operation.id)).first():
        return
    refundable.require_as_shown(charge, shown(operation))
    row = {
        "charge_id": charge.id,
        "customer_id": charge.customer_id,
        "amount_minor": request["amount_minor"],
        "tax_minor": request["tax_minor"],
        "currency": request["currency"],
        "status": "pending",
        "reason": request["reason"],
        "created_at": now,
        "operation_id": operation.id,
    }
    connection.execute(refunds.insert(), row)


def shown(operation: Operation) -> Expected:
    """The charge as whoever asked saw it."""
    request, facts = operation.request, operation.preview["charge_facts"]
    return Expected(request["charge_version"], request["charge_fingerprint"], tuple(facts.items()))


def ask_refund(gateway: PaymentGateway, operation: Operation, *, first: bool) -> Answer:
    """The gateway's refund of this operation: the one it has made, else the one it makes now."""
    found = None if first else find_refund(gateway, operation)
    try:
        return answer_of(found or _make(gateway, operation), operation)
    except Declined:
        if not first and (late := find_refund(gateway, operation)) is not None:
            return answer_of(late, operation)  # an earlier call arrived while we looked
        raise


def _make(gateway: PaymentGateway, operation: Operation) -> GatewayRefund:
    request = operation.request
    return gateway.refund(
        charge=request["charge_reference"],
        amount_minor=request["amount_minor"],
        currency=request["currency"],
        operation_id=operation.id,
        reason=request["reason"],
    )


def find_refund(gateway: PaymentGateway, operation: Operation) -> GatewayRefund | None:
    return gateway.find_refund(operation.id, charge=operation.request["charge_reference"])


def answer_of(there: GatewayRefund, operation: Operation) -> Answer:
    """Raises NoAnswer where the gateway has another amount than was asked for: a person has to look."""
    request = operation.request
    if (there.amount_minor, there.currency) != (request["amount_minor"], request["currency"]):
        has = money.in_words(there.amount_minor, there.currency)
        raise NoAnswer(f"The payment gateway has a refund of {has} for it: compare the two.", "other_amount")
    failure = f"the refund failed ({there.failure or 'no reason given'})" if there.state == "failed" else ""
    return Answer(there.state, there.reference, failure)


_BEFORE = {
    "pending": ("pending",),
    "succeeded": ("pending", "failed"),
    "failed": ("pending", "succeeded"),
}


def book_refund(connection: Connection, operation: Operation, answer: Answer, now: datetime) -> None:
    """What the gateway says of the refund, in our row, whatever it said before and in whatever order that
    arrives: what has succeeded is not pending again, and what failed there never succeeds."""
    row = refunds.c
    values: dict[str, Any] = {"status": answer.state}
    if answer.reference:
        values["gateway_reference"] = answer.reference
    if answer.state != "pending":
        values["settled_at"] = now
    mine = refunds.update().where(row.operation_id == operation.id, row.status.in_(_BEFORE[answer.state]))
    if answer.state == "succeeded":  # one that we took for failed may turn out to be done
        unheard_of = row.gateway_reference.is_(None) | (row.gateway_reference != answer.reference)
        mine = mine.where((row.status != "failed") | unheard_of)
    connection.execute(mine.values(values))


def release_refund(connection: Connection, operation: Operation, now: datetime) -> None:
    """The money set aside is free again. What has been given back meanwhile stays so."""
    row = refunds.c
    mine = refunds.update().where(row.operation_id == operation.id, row.status == "pending")
    connection.execute(mine.values(status="failed", settled_at=now))


def snapshot(charge: FullCharge, refund_minor: int = 0) -> dict[str, Any]:
    """The fields a refund changes, as the log keeps them."""
    return {
        "refunded": money.in_words(charge.refunded_minor + refund_minor, charge.currency),
        "left": money.in_words(charge.refundable_minor - refund_minor, charge.currency),
    }


def refund_request(charge: FullCharge, amount: refundable.Amount, expected: Expected) -> dict[str, Any]:
    """What an operation keeps of a refund, to finish it whenever and wherever."""
    return {
        "charge_id": charge.id,
        "charge_number": charge.number,
        "charge_reference": charge.gateway_reference,
        "charged_at": instant(charge.created_at),
        "amount_minor": amount.amount_minor,
        "tax_minor": amount.tax_minor,
        "currency": charge.currency,
        "basis": amount.basis,
        "charge_version": expected.version,
        "charge_fingerprint": expected.fingerprint,
    }
