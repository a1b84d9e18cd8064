"""A note for colleagues about a customer, or about one subscription of theirs."""

from datetime import datetime

from console import clocks
from console.access import Actor, Permission, require
from console.actions import operations
from console.actions.carrying_out import once
from console.actions.checked import checked_note
from console.actions.done import Done
from console.actions.operations import Intent, Judge
from console.actions.subscription_verb import load
from console.actions.verb import Reserved, Verb, register
from console.db import Connection, Reading, reading
from console.errors import NotFound, Refused
from queries import customers
from queries.customers import Customer
from queries.operations import Operation
from queries.tables_state import notes


class Note(Verb):
    """Its row is written in the transaction that settles the operation."""

    kind = "customer:note"

    def reserve(self, connection: Connection, operation: Operation, now: datetime) -> Reserved:
        return Reserved({}, {}, operation.requested_at)

    def close(self, connection: Connection, operation: Operation, at: datetime) -> None:
        request = operation.request
        row = {
            "customer_number": operation.customer_number,
            "subject_kind": "subscription" if request["about"] else "customer",
            "subject_number": request["about"] or operation.subject_number,
            "body": request["note"],
            "staff_id": operation.requested_by,
            "created_at": at,
            "operation_id": operation.id,
        }
        connection.execute(notes.insert().values(row))


register(Note())


def add_note(
    actor: Actor,
    customer_number: str,
    body: str,
    *,
    operation_id: str,
    subject_number: str | None = None,
    now: datetime | None = None,
) -> Done:
    """Write a note of 1 to 2,000 characters, once; `subject_number` is a subscription of the customer's.
    Raises NotPermitted, NotFound, Refused, Unavailable."""
    require(actor, Permission.WRITE_NOTES)
    moment, id, text = now or clocks.now(), operations.checked_id(operation_id), checked_note(body)
    if not text:
        raise Refused("The note is empty. Write what colleagues should know.")

    def prepared() -> tuple[Intent, Judge]:
        with reading() as data:
            customer = _customer(data, customer_number)
            about = _about(data, customer, subject_number)
        return _intent(id, customer, text, about), operations.free

    def same(earlier: Operation) -> bool:
        asked = (Note.kind, customer_number.strip(), text)
        return asked == (earlier.kind, earlier.subject_number, earlier.request["note"])

    return once(actor, id, prepared, same, moment)


def _customer(data: Reading, number: str) -> Customer:
    found = customers.by_number(data.subscriptions, number)
    if found is None:
        raise NotFound(f"There is no customer “{number.strip()[:40]}”.")
    return found


def _about(data: Reading, customer: Customer, number: str | None) -> str | None:
    if number is None:
        return None
    subscription = load(data.subscriptions, number)
    if subscription.customer_id != customer.id:
        raise Refused(f"{subscription.number} is not a subscription of {customer.number}.")
    return subscription.number


def _intent(id: str, customer: Customer, text: str, about: str | None) -> Intent:
    return Intent(
        id=id,
        kind=Note.kind,
        subject_kind="customer",
        subject_number=customer.number,
        customer_number=customer.number,
        customer_name=customer.name,
        request={"reason": None, "note": text, "about": about},
        preview={"before": {}, "done": f"The note about {customer.number} is kept."},
        before={},
        after={},
    )
