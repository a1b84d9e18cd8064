"""Invoices: what a renewal bills, and paying one again whose charge failed."""

from typing import Any

from sqlalchemy import Row

from console.gateways.simulated import objects, tables
from console.gateways.simulated.objects import Object
from console.gateways.simulated.requests import Refusal, merged, missing
from console.gateways.simulated.work import Work


def pay(work: Work, reference: str) -> Object:
    invoice = work.one(tables.invoices, reference, "invoice")
    if invoice.status != "open":
        raise Refusal(400, f"Invoice is already {invoice.status}")
    declined = work.fault == "declined_card"
    charge = collect(work, invoice, declined=declined)
    if declined:
        refusal = Refusal(402, "Your card was declined.", code="card_declined")
        refusal.error["charge"] = charge.id
        raise refusal
    return objects.invoice(work.one(tables.invoices, reference, "invoice"))


def collect(work: Work, invoice: Row[Any], *, declined: bool) -> Row[Any]:
    """A charge for an open invoice. It takes the payment intent's metadata along, as Stripe's do."""
    charge = work.insert(
        tables.charges,
        "ch",
        customer=invoice.customer,
        invoice=invoice.id,
        intent=invoice.intent,
        amount=invoice.amount,
        currency=invoice.currency,
        status="failed" if declined else "succeeded",
        failure_code="card_declined" if declined else None,
        metadata=invoice.intent_metadata,
    )
    status = "open" if declined else "paid"
    row = work.update(tables.invoices, invoice.number, status=status, charge=charge.id)
    work.tell("charge.failed" if declined else "charge.succeeded", objects.charge(charge))
    work.tell("invoice.payment_failed" if declined else "invoice.paid", objects.invoice(row))
    if invoice.subscription:
        _subscription_follows(work, invoice.subscription, declined)
    return charge


def _subscription_follows(work: Work, reference: str, declined: bool) -> None:
    row = work.one(tables.subscriptions, reference, "subscription")
    status = "past_due" if declined else "active"
    if row.status in {"active", "past_due"} and row.status != status:
        changed = work.update(tables.subscriptions, row.number, status=status)
        work.tell("customer.subscription.updated", objects.subscription(changed))


def mark_intent(work: Work, reference: str) -> Object:
    """Change a payment intent's metadata."""
    found = tables.invoices.select().where(tables.invoices.c.intent == reference).with_for_update()
    row = work.connection.execute(found).one_or_none()
    if row is None:
        raise missing("payment_intent", reference)
    marks = merged(row.intent_metadata, work.params)
    work.update(tables.invoices, row.number, intent_metadata=marks)
    return {"id": reference, "object": "payment_intent", "metadata": objects.metadata(marks)}
