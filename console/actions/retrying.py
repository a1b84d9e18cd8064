"""Collect a failed renewal charge again, on a customer's behalf: with the payment method they have now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console import clocks, money, words
from console.access import Actor, Permission, require
from console.actions import collecting, messages, operations, refundable, refunding
from console.actions.cancellation import Expected
from console.actions.carrying_out import once
from console.actions.checked import Form, checked_form
from console.actions.done import Done
from console.actions.operations import Intent, Judge
from console.actions.wording import Line
from console.audit import instant
from console.db import Reading, reading
from console.errors import Refused
from queries import charge as charges_found
from queries import operations as stored
from queries import subscriptions as found
from queries.charge import FullCharge
from queries.operations import Operation

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


def why_not_retry(data: Reading, charge: FullCharge) -> str | None:
    """Why it cannot be collected again, in words; None if it can."""
    number = charge.number
    held = stored.open_on(data.state, f"charge:{charge.id}")
    if held is not None:
        return f"{held.requester_name} has something under way about {number}: look under Operations first."
    latest = charges_found.latest_of(data.subscriptions, charge.subscription_id or 0)
    if charge.status == "failed" and latest is not None and latest.id != charge.id:
        return f"{number} was tried again since: {latest.number} is the latest charge."
    return _why_not(charge)


def _why_not(charge: FullCharge) -> str | None:
    number = charge.number
    if charge.kind != "renewal":
        return f"{number} is not the charge of a renewal: only such a one is collected again."
    if charge.status != "failed":
        return f"{number} has not failed ({words.status('charge', charge.status)})."
    if charge.gateway_reference is None:
        return f"The payment gateway does not know {number}, so it cannot collect it again."
    if charge.subscription_status not in {"past_due", "active"}:
        return f"The subscription of {number} is not running: nothing is owed for it."
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

    def prepared() -> tuple[Intent, Judge]:
        with reading() as data:
            charge = refunding.load(data.subscriptions, charge_number)
            refundable.require_as_shown(charge, expected)
            no = why_not_retry(data, charge)
            subscription = found.by_number(data.subscriptions, charge.subscription_number or "")
        if no is not None:
            raise Refused(no)
        product = subscription.product_name if subscription else ""
        return _intent(charge, form, expected, product), operations.free

    def same(earlier: Operation) -> bool:
        return _same(earlier, charge_number)

    return once(actor, form.operation_id, prepared, same, now or clocks.now())


def _same(operation: Operation, number: str) -> bool:
    return (operation.kind, operation.subject_number) == (collecting.RETRY, number.strip())


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
        kind=collecting.RETRY,
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
