"""Block refunds of a charge (a dispute is open, fraud is suspected), and allow them again.

The block is a row of the console's own, written in the transaction that settles the operation; every refund
looks at it in the transaction that begins it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console import clocks, money
from console.access import Actor, Permission, require
from console.actions import operations, phrases, refundable, refunding
from console.actions.cancellation import Expected
from console.actions.carrying_out import once
from console.actions.checked import Form, checked_form
from console.actions.done import Done
from console.actions.messages import outcome_for
from console.actions.operations import Intent, Judge
from console.actions.verb import Answer, Promise, Reserved, Verb, register
from console.actions.wording import Line
from console.db import Connection, Reading, reading
from console.errors import Refused
from queries import operations as stored
from queries import refund_blocks as blocks
from queries.charge import FullCharge
from queries.operations import Operation
from queries.tables_state import refund_blocks

REASONS = {
    "dispute_open": "A dispute is open",
    "fraud_suspected": "Fraud is suspected",
    "other": "Another reason",
}
UNBLOCK_REASONS = {
    "dispute_closed": "The dispute is closed",
    "no_fraud": "It was no fraud",
    "other": "Another reason",
}


@dataclass(frozen=True, kw_only=True)
class BlockPreview:
    number: str
    charge: FullCharge
    expected: Expected
    lines: tuple[Line, ...]
    button: str
    warnings: tuple[str, ...] = ()


class Block(Verb):
    kind = "charge:block"

    def reserve(self, connection: Connection, operation: Operation, now: datetime) -> Reserved:
        return Reserved(operation.preview["before"], operation.preview["after"], operation.requested_at)

    def close(self, connection: Connection, operation: Operation, at: datetime) -> None:
        request, number = operation.request, operation.subject_number
        if blocks.of_charge(connection, number) is None:
            row = {
                "charge_number": number,
                "reason": request["reason"],
                "note": request["note"] or None,
                "blocked_by": operation.requested_by,
                "blocked_at": at,
                "operation_id": operation.id,
            }
            connection.execute(refund_blocks.insert().values(row))

    def promises(self, operation: Operation, answer: Answer) -> Sequence[Promise]:
        return outcome_for(operation, self.sentence(operation), None)


class Unblock(Block):
    kind = "charge:unblock"

    def close(self, connection: Connection, operation: Operation, at: datetime) -> None:
        c = refund_blocks.c
        mine = c.charge_number == operation.subject_number, c.lifted_at.is_(None)
        connection.execute(refund_blocks.update().where(*mine).values(lifted_at=at))


register(Block())
register(Unblock())


def why_not_block(data: Reading, charge: FullCharge) -> str | None:
    """Why its refunds cannot be blocked, in words; None if they can."""
    there = blocks.of_charge(data.state, charge.number)
    held = stored.open_on(data.state, f"charge:{charge.id}")
    if held is not None:
        return (
            f"{held.requester_name} has something under way about {charge.number}: take that back, or "
            "look it up, under Operations first."
        )
    if there is not None:
        by, since = there.blocked_by_name or "the payment gateway", phrases.moment(there.blocked_at)
        return f"Refunds of {charge.number} are already blocked by {by} since {since}."
    if charge.status != "succeeded":
        return f"{charge.number} was not paid: there is nothing to give back."
    return None


def why_not_unblock(data: Reading, charge: FullCharge) -> str | None:
    """Why its refunds cannot be allowed again, in words; None if they can."""
    if blocks.of_charge(data.state, charge.number) is None:
        return f"Refunds of {charge.number} are not blocked."
    return None


def preview_block(
    data: Reading, actor: Actor, charge_number: str, *, now: datetime | None = None
) -> BlockPreview:
    """Raises NotPermitted, NotFound, and Refused where it is not possible."""
    del now
    charge = _allowed(data, actor, charge_number, block=True)
    left = money.in_words(charge.refundable_minor, charge.currency)
    lines = (
        ("Charge", f"{charge.number}, {left} of it could be refunded"),
        ("Refunds", "refused, by whomever, until somebody allows them again"),
    )
    return _preview(charge, lines, f"Block refunds of {charge.number}")


def preview_unblock(
    data: Reading, actor: Actor, charge_number: str, *, now: datetime | None = None
) -> BlockPreview:
    """Raises NotPermitted, NotFound, and Refused where it is not possible."""
    del now
    charge = _allowed(data, actor, charge_number, block=False)
    left = money.in_words(charge.refundable_minor, charge.currency)
    lines = (("Charge", charge.number), ("Refunds", f"possible again, up to {left}"))
    return _preview(charge, lines, f"Allow refunds of {charge.number}")


def _preview(charge: FullCharge, lines: tuple[Line, ...], button: str) -> BlockPreview:
    expected = refundable.as_it_is(charge)
    return BlockPreview(number=charge.number, charge=charge, expected=expected, lines=lines, button=button)


def _allowed(data: Reading, actor: Actor, charge_number: str, *, block: bool) -> FullCharge:
    require(actor, Permission.APPROVE_REFUND)
    charge = refunding.load(data.subscriptions, charge_number)
    no = why_not_block(data, charge) if block else why_not_unblock(data, charge)
    if no is not None:
        raise Refused(no)
    return charge


def block_refunds(
    actor: Actor,
    charge_number: str,
    *,
    operation_id: str,
    reason: str,
    expected: Expected,
    note: str = "",
    ticket_number: str | None = None,
    tell_customer: bool = False,
    now: datetime | None = None,
) -> Done:
    """Nothing of the charge goes back until it is allowed again. Raises NotPermitted, NotFound, Refused."""
    form = checked_form(
        REASONS, operation_id=operation_id, reason=reason, note=note, ticket_number=ticket_number,
        tell_customer=tell_customer,
    )  # fmt: skip
    return _act(actor, charge_number, form, expected, now, block=True)


def unblock_refunds(
    actor: Actor,
    charge_number: str,
    *,
    operation_id: str,
    reason: str,
    expected: Expected,
    note: str = "",
    ticket_number: str | None = None,
    tell_customer: bool = False,
    now: datetime | None = None,
) -> Done:
    """Refunds of the charge are possible again. Raises NotPermitted, NotFound, Refused."""
    form = checked_form(
        UNBLOCK_REASONS, operation_id=operation_id, reason=reason, note=note,
        ticket_number=ticket_number, tell_customer=tell_customer,
    )  # fmt: skip
    return _act(actor, charge_number, form, expected, now, block=False)


def _act(
    actor: Actor, number: str, form: Form, expected: Expected, now: datetime | None, *, block: bool
) -> Done:
    require(actor, Permission.APPROVE_REFUND)

    def prepared() -> tuple[Intent, Judge]:
        with reading() as data:
            charge = _allowed(data, actor, number, block=block)
        refundable.require_as_shown(charge, expected)
        return _intent(charge, form, block=block), operations.free

    def same(earlier: Operation) -> bool:
        return _same(earlier, number, block=block)

    return once(actor, form.operation_id, prepared, same, now or clocks.now())


def _same(operation: Operation, number: str, *, block: bool) -> bool:
    asked = (_kind(block=block), number.strip())
    return (operation.kind, operation.subject_number) == asked


def _kind(*, block: bool) -> str:
    return Block.kind if block else Unblock.kind


def _intent(charge: FullCharge, form: Form, *, block: bool) -> Intent:
    before: dict[str, Any] = {"refunds_blocked": not block}
    after: dict[str, Any] = {"refunds_blocked": block}
    said = "are blocked" if block else "are possible again"
    return Intent(
        id=form.operation_id,
        kind=_kind(block=block),
        subject_kind="charge",
        subject_number=charge.number,
        customer_number=charge.customer_number,
        customer_name=charge.customer_name,
        request={"reason": form.reason, "note": form.note},
        preview={"before": before, "after": after, "done": f"Refunds of {charge.number} {said}."},
        before=before,
        after=after,
        ticket_number=form.ticket_number,
        lock_key=f"charge:{charge.id}",
    )
