"""Refund a charge on a customer's behalf, in full or part.

Permission, rule, transaction, audit, in that order. Above a limit a second person has to agree; before money
leaves the house it can be recalled for a while. What was confirmed is exactly one amount of one charge as it
was shown: anything else is a Conflict.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from console import clocks, limits, money, words
from console.access import Actor, Permission, require
from console.actions import messages, operations, refundable, refunding, wording
from console.actions.cancellation import Expected
from console.actions.carrying_out import once
from console.actions.checked import Form, checked_form
from console.actions.done import Done
from console.actions.operations import Intent, Judge
from console.actions.refundable import REASONS, Amount, How
from console.db import Connection, Reading, reading
from console.errors import Refused, Unavailable
from queries import operations as stored
from queries import refund_blocks, staff, ticket_mentions
from queries.charge import FullCharge
from queries.operations import Operation

__all__ = ["REASONS", "How", "RefundPreview", "preview_refund", "refund_charge", "why_not_refund"]


@dataclass(frozen=True, kw_only=True)
class RefundPreview:
    """What a refund will do, by the rules that will act. Amounts are minor units of the charge's currency."""

    charge: FullCharge
    amount: Amount
    how: How
    asked_at: datetime
    second_person: str | None  # why one is needed; None: not
    recall_seconds: int
    tickets: tuple[str, ...] | None  # open ones that speak of cancelling or a refund; None: could not be read
    expected: Expected  # give it back when confirming, with the amount

    @property
    def number(self) -> str:
        return self.charge.number

    @property
    def lines(self) -> list[wording.Line]:
        return wording.refund_words(
            self.charge,
            self.amount,
            second_person=self.second_person,
            recall_seconds=self.recall_seconds,
            tickets=self.tickets,
        )

    @property
    def button(self) -> str:
        return wording.refund_button(self.charge, self.amount)

    @property
    def left_after_minor(self) -> int:
        return self.charge.refundable_minor - self.amount.amount_minor


def why_not_refund(data: Reading, charge: FullCharge) -> str | None:
    """Why nothing of the charge can be given back now, in words; None if something can."""
    held = stored.open_on(data.state, lock_key(charge))
    if held is not None:
        return (
            f"{held.requester_name} has something under way about {charge.number} "
            f"({held.state.replace('_', ' ')}): look at it under Operations first."
        )
    return refundable.why_not(charge, refund_blocks.of_charge(data.state, charge.number))


def preview_refund(
    data: Reading,
    actor: Actor,
    number: str,
    how: How = "full",
    *,
    amount_minor: int | None = None,
    now: datetime | None = None,
) -> RefundPreview:
    """Raises NotPermitted, NotFound, and Refused where it is not possible."""
    require(actor, Permission.REFUND_CHARGE)
    moment = now or clocks.now()
    charge = refunding.load(data.subscriptions, number)
    no = why_not_refund(data, charge)
    if no is not None:
        raise Refused(no)
    amount = refundable.amount_of(charge, how, moment, amount_minor=amount_minor)
    return RefundPreview(
        charge=charge,
        amount=amount,
        how=how,
        asked_at=moment,
        second_person=second_person(data.state, actor, amount.amount_minor, charge.currency, moment),
        recall_seconds=int(operations.recall_window().total_seconds()),
        tickets=mentions(data, charge.customer_number),
        expected=refundable.as_it_is(charge),
    )


def refund_charge(
    actor: Actor,
    number: str,
    *,
    operation_id: str,
    amount_minor: int,
    reason: str,
    expected: Expected,
    note: str = "",
    basis: str = "",
    ticket_number: str | None = None,
    tell_customer: bool = True,
    now: datetime | None = None,
) -> Done:
    """Give back `amount_minor` (tax included) of a charge. `expected` and `basis` are the preview's.

    Raises NotPermitted, NotFound, Refused (a rule, bad input, or the gateway said no), Conflict (the charge
    changed since it was shown) and Unavailable (press again: nothing happens twice). What the gateway has not
    decided or not answered is no error: the answer says how far it came."""
    require(actor, Permission.REFUND_CHARGE)
    form = checked_form(
        REASONS,
        operation_id=operation_id,
        reason=reason,
        note=note,
        ticket_number=ticket_number,
        tell_customer=tell_customer,
    )
    moment = now or clocks.now()

    def prepared() -> tuple[Intent, Judge]:
        with reading() as data:
            charge = refunding.load(data.subscriptions, number)
            refundable.require_as_shown(charge, expected)
            no = why_not_refund(data, charge)
            if no is not None:
                raise Refused(no)
            amount = refundable.amount_of(charge, "amount", moment, amount_minor=amount_minor)
            amount = replace(amount, basis=basis or amount.basis)
            said = wording.refund_words(
                charge,
                amount,
                second_person=second_person(data.state, actor, amount_minor, charge.currency, moment),
                recall_seconds=int(operations.recall_window().total_seconds()),
                tickets=mentions(data, charge.customer_number),
            )
        judge = judging(actor, charge, amount_minor, moment)
        return _intent(form, charge, amount, expected, said), judge

    def same(earlier: Operation) -> bool:
        asked = (refunding.REFUND, number.strip(), amount_minor)
        return asked == (earlier.kind, earlier.subject_number, earlier.amount_minor)

    return once(actor, form.operation_id, prepared, same, moment)


def _intent(
    form: Form, charge: FullCharge, amount: Amount, expected: Expected, said_before: list[wording.Line]
) -> Intent:
    before, after = refunding.snapshot(charge), refunding.snapshot(charge, amount.amount_minor)
    said = money.in_words(amount.amount_minor, charge.currency)
    to = words.card(charge.brand, charge.last4)
    facts = dict(expected.facts)
    return Intent(
        id=form.operation_id,
        kind=refunding.REFUND,
        subject_kind="charge",
        subject_number=charge.number,
        customer_number=charge.customer_number,
        customer_name=charge.customer_name,
        request=refunding.refund_request(charge, amount, expected)
        | {
            "reason": form.reason,
            "note": form.note,
            "recipient": messages.payer_of(charge) if form.tell_customer else None,
        },
        preview={
            "facts": facts,
            "charge_facts": facts,
            "before": before,
            "after": after,
            "lines": said_before,
            "done": f"{said} of {charge.number} went back{'' if to == '–' else f' to {to}'}.",
        },
        before=before,
        after=after,
        ticket_number=form.ticket_number,
        lock_key=lock_key(charge),
        amount_minor=amount.amount_minor,
        currency=charge.currency,
        log={"amount": said},
    )


def lock_key(charge: FullCharge) -> str:
    return f"charge:{charge.id}"


def judging(actor: Actor, charge: FullCharge, amount_minor: int, now: datetime) -> Judge:
    """What is looked at in the transaction that begins a refund: a block, and the limits."""

    def judge(state: Connection) -> str | None:
        no = refundable.why_not(charge, refund_blocks.of_charge(state, charge.number))
        if no is not None:
            raise Refused(no)
        return second_person(state, actor, amount_minor, charge.currency, now)

    return judge


def second_person(
    state: Connection, actor: Actor, amount_minor: int, currency: str, now: datetime
) -> str | None:
    """Why this person may not give this back alone, in words; None if they may."""
    member = staff.by_id(state, actor.staff_id)
    limit = limits.limit_for(actor.role, member.limits if member else None, currency)
    day = clocks.start_of(now.astimezone(clocks.zone()).date())
    already = stored.money_since(state, actor.staff_id, currency, day)
    return limits.needs_second_person(limit, amount_minor, already)


def mentions(data: Reading, customer_number: str | None) -> tuple[str, ...] | None:
    """Open tickets of the customer that speak of cancelling or of money back; None if they cannot be read."""
    if customer_number is None:
        return ()
    try:
        return tuple(ticket_mentions.of_cancelling(data.tickets, customer_number))
    except Unavailable:  # a refund does not wait for the ticket system
        return None
