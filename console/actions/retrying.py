"""Collect a failed renewal charge again, on a customer's behalf: with the payment method they have now.

The answer is a new charge. One that the card declines again is an answer too: the operation was done, and
the money did not come.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console import clocks, money, words
from console.access import Actor, Permission, require
from console.actions import messages, operations, refundable, refunding
from console.actions.cancellation import Expected
from console.actions.carrying_out import again, carry_on
from console.actions.checked import Form, checked_form
from console.actions.done import Done
from console.actions.messages import outcome_for
from console.actions.operations import Intent
from console.actions.verb import Answer, Promise, Reserved, Verb, register
from console.actions.wording import Line
from console.audit import instant
from console.db import Connection, Reading, reading
from console.errors import NotFound, Refused
from console.gateways.payments import GatewayCharge, PaymentGateway
from queries import charge as charges_found
from queries import operations as stored
from queries import subscriptions as found
from queries.charge import FullCharge
from queries.operations import Operation
from queries.subscriptions import Subscription
from queries.tables_subscriptions import charges, subscription_events, subscriptions

REASONS = {
    "card_updated": "The payment details were updated",
    "customer_asked": "The customer asked for it",
    "bank_said_yes": "The bank allows it now",
    "other": "Another reason",
}


@dataclass(frozen=True, kw_only=True)
class RetryPreview:
    number: str
    charge: FullCharge
    expected: Expected
    lines: tuple[Line, ...]
    button: str
    warnings: tuple[str, ...] = ()


class Retry(Verb):
    kind = "charge:retry"

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


def why_not_retry(data: Reading, charge: FullCharge) -> str | None:
    """Why it cannot be collected again, in words; None if it can."""
    number = charge.number
    held = stored.open_on(data.state, f"charge:{charge.id}")
    if held is not None:
        return f"{held.requester_name} has something under way about {number}: look under Operations first."
    if charge.kind != "renewal":
        return f"{number} is not the charge of a renewal: only such a one is collected again."
    if charge.status != "failed":
        return f"{number} has not failed ({words.status('charge', charge.status)})."
    if charge.gateway_reference is None:
        return f"The payment gateway does not know {number}, so it cannot collect it again."
    if charge.subscription_status not in {"past_due", "active"}:
        return f"The subscription of {number} is not running: nothing is owed for it."
    latest = charges_found.latest_of(data.subscriptions, charge.subscription_id or 0)
    if latest is not None and latest.id != charge.id:
        return f"{number} was tried again since: {latest.number} is the latest charge."
    return None


def preview_retry(
    data: Reading, actor: Actor, charge_number: str, *, now: datetime | None = None
) -> RetryPreview:
    """Raises NotPermitted, NotFound, and Refused where it is not possible."""
    del now
    require(actor, Permission.CHANGE_SUBSCRIPTION)
    charge = refunding.load(data.subscriptions, charge_number)
    no = why_not_retry(data, charge)
    if no is not None:
        raise Refused(no)
    amount = money.in_words(charge.amount_minor, charge.currency)
    failed = words.sentence_case(charge.failure_code) if charge.failure_code else "not known why"
    lines = (
        ("Failed charge", f"{charge.number}: {amount}, attempt {charge.attempt}: {failed.lower()}"),
        ("Collects", f"{amount} from the payment method the customer has now"),
        ("If it succeeds", f"{charge.subscription_number} is active again"),
        ("If it is declined", "nothing changes, and the customer is told"),
    )
    expected = refundable.as_it_is(charge)
    return RetryPreview(
        number=charge.number, charge=charge, expected=expected, lines=lines, button=f"Collect {amount} again"
    )


def retry_charge(
    actor: Actor,
    charge_number: str,
    *,
    operation_id: str,
    reason: str,
    expected: Expected,
    note: str = "",
    ticket_number: str | None = None,
    tell_customer: bool = True,
    now: datetime | None = None,
) -> Done:
    """Collect a failed renewal again. Raises NotPermitted, NotFound, Refused, Conflict, Unavailable."""
    require(actor, Permission.CHANGE_SUBSCRIPTION)
    form = checked_form(
        REASONS, operation_id=operation_id, reason=reason, note=note, ticket_number=ticket_number,
        tell_customer=tell_customer,
    )  # fmt: skip
    moment, earlier = now or clocks.now(), operations.find(form.operation_id)
    if earlier is not None:
        return again(earlier, moment, same=_same(earlier, charge_number))
    with reading() as data:
        charge = refunding.load(data.subscriptions, charge_number)
        refundable.require_as_shown(charge, expected)
        no = why_not_retry(data, charge)
        subscription = found.by_number(data.subscriptions, charge.subscription_number or "")
    if no is not None:
        raise Refused(no)
    product = subscription.product_name if subscription else ""
    operation, new = operations.begin(actor, _intent(charge, form, expected, product), moment)
    return (
        carry_on(operation, moment) if new else again(operation, moment, same=_same(operation, charge_number))
    )


def _same(operation: Operation, number: str) -> bool:
    return (operation.kind, operation.subject_number) == (Retry.kind, number.strip())


def _intent(charge: FullCharge, form: Form, expected: Expected, product: str) -> Intent:
    amount = refundable.Amount(amount_minor=charge.amount_minor, tax_minor=charge.tax_minor, basis="")
    facts, said = dict(expected.facts), money.in_words(charge.amount_minor, charge.currency)
    request: dict[str, Any] = refunding.refund_request(charge, amount, expected) | {
        "reason": form.reason,
        "note": form.note,
        "product": product,
        "subscription_number": charge.subscription_number,
        "period_start": instant(charge.period_start) if charge.period_start else None,
        "period_end": instant(charge.period_end) if charge.period_end else None,
        "recipient": messages.payer_of(charge) if form.tell_customer else None,
    }
    return Intent(
        id=form.operation_id,
        kind=Retry.kind,
        subject_kind="charge",
        subject_number=charge.number,
        customer_number=charge.customer_number,
        customer_name=charge.customer_name,
        request=request,
        preview={"facts": facts, "charge_facts": facts, "before": {}, "after": {}, "done": said},
        before={"status": charge.status},
        after={},
        ticket_number=form.ticket_number,
        lock_key=f"charge:{charge.id}",
        log={"amount": said},
    )
