"""Cancel a subscription and give money back as one operation: both, or neither."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from console import audit, clocks, money, words
from console.access import Actor, Permission, require
from console.actions import (
    cancellation,
    cancelling,
    messages,
    operations,
    phrases,
    previews,
    refundable,
    refunding,
    refunds,
    wording,
)
from console.actions.cancellation import REASONS, Expected, When
from console.actions.cancelling_with_refund import CANCEL_AND_REFUND
from console.actions.carrying_out import once
from console.actions.checked import Form, checked_form
from console.actions.done import Done
from console.actions.operations import Intent, Judge
from console.actions.previews import CancelPreview
from console.actions.refundable import Amount, How
from console.actions.subscription_verb import at_the_gateway, load, require_free, why_held
from console.actions.wording import Line
from console.db import Connection, Reading, reading
from console.errors import Refused
from queries import charge as charges
from queries.charge import FullCharge
from queries.operations import Operation
from queries.subscriptions import Subscription

__all__ = [
    "CANCEL_AND_REFUND",
    "REASONS",
    "CancelAndRefundPreview",
    "cancel_and_refund",
    "preview_cancel_and_refund",
]


@dataclass(frozen=True, kw_only=True)
class CancelAndRefundPreview:
    """Both previews; `expected` covers both."""

    cancel: CancelPreview
    charge: FullCharge
    amount: Amount
    second_person: str | None
    recall_seconds: int
    expected: Expected

    @property
    def number(self) -> str:
        return self.cancel.number

    @property
    def warnings(self) -> tuple[str, ...]:
        return self.cancel.warnings

    @property
    def lines(self) -> tuple[Line, ...]:
        refund = wording.refund_words(
            self.charge,
            self.amount,
            second_person=self.second_person,
            recall_seconds=self.recall_seconds,
            tickets=(),
        )
        cancel = [line for line in wording.cancel_words(self.cancel) if line[0] != "Refund"]
        return (*cancel, *(line for line in refund if line[0] != "Effect on MRR"))

    @property
    def button(self) -> str:
        when = "now" if self.cancel.at == "now" else f"on {phrases.day(self.cancel.ends_at)}"
        refund = wording.refund_button(self.charge, self.amount)
        return f"Cancel {when} and {refund[:1].lower()}{refund[1:]}"


def preview_cancel_and_refund(
    data: Reading,
    actor: Actor,
    number: str,
    at: When,
    how: How = "full",
    *,
    amount_minor: int | None = None,
    charge_number: str | None = None,
    last_day: date | None = None,
    now: datetime | None = None,
) -> CancelAndRefundPreview:
    """Of the latest paid charge, unless another is named. Raises NotPermitted, NotFound, and Refused where
    either is not possible."""
    require(actor, Permission.REFUND_CHARGE)
    moment = now or clocks.now()
    cancel = previews.preview_cancel(data, actor, number, at, last_day=last_day, now=moment)
    charge = _charge(data, cancel.subscription, charge_number)
    no = why_held(data.state, cancel.subscription) or refunds.why_not_refund(data, charge)
    if no is not None:
        raise Refused(no)
    used_until = cancel.ends_at if how == "unused" else moment  # what they still use is not unused
    amount = refundable.amount_of(charge, how, used_until, amount_minor=amount_minor)
    return CancelAndRefundPreview(
        cancel=cancel,
        charge=charge,
        amount=amount,
        second_person=refunds.second_person(data.state, actor, amount.amount_minor, charge.currency, moment),
        recall_seconds=int(operations.recall_window().total_seconds()),
        expected=_both(cancel.subscription, at, charge),
    )


def charge_of(data: Reading, number: str, charge_number: str | None) -> FullCharge:
    """The named charge of a subscription, else its latest paid one. Raises NotFound, Refused."""
    return _charge(data, load(data.subscriptions, number), charge_number)


def _charge(data: Reading, subscription: Subscription, number: str | None) -> FullCharge:
    if number is None:
        latest = charges.latest_paid(data.subscriptions, subscription.id)
        if latest is None:
            raise Refused(f"Nothing was paid for {subscription.number}: cancel it without a refund.")
        return latest
    charge = refunding.load(data.subscriptions, number)
    if charge.subscription_id != subscription.id:
        raise Refused(f"{charge.number} is not a charge of {subscription.number}.")
    return charge


def _both(subscription: Subscription, step: str, charge: FullCharge) -> Expected:
    """One confirmation of two things: their fingerprints together."""
    one, other = cancellation.as_it_is(subscription, step), refundable.as_it_is(charge)
    facts = (*one.facts, *((f"charge: {name}", value) for name, value in other.facts))
    return Expected(one.version, f"{one.fingerprint}:{other.fingerprint}", facts)


def cancel_and_refund(
    actor: Actor,
    number: str,
    *,
    at: When,
    amount_minor: int,
    charge_number: str,
    operation_id: str,
    reason: str,
    expected: Expected,
    last_day: date | None = None,
    basis: str = "",
    note: str = "",
    ticket_number: str | None = None,
    tell_customer: bool = True,
    now: datetime | None = None,
) -> Done:
    """End it and give back that amount of that charge, both or neither. Raises as `refunds.refund_charge`."""
    require(actor, Permission.CANCEL_SUBSCRIPTION)
    require(actor, Permission.REFUND_CHARGE)
    form = checked_form(
        REASONS, operation_id=operation_id, reason=reason, note=note, ticket_number=ticket_number,
        tell_customer=tell_customer,
    )  # fmt: skip
    moment = now or clocks.now()

    def prepared() -> tuple[Intent, Judge]:
        with reading() as data:
            preview = preview_cancel_and_refund(
                data, actor, number, at, "amount", amount_minor=amount_minor, charge_number=charge_number,
                last_day=last_day, now=moment,
            )  # fmt: skip
        if preview.expected.fingerprint != expected.fingerprint:
            raise cancellation.changed(preview.number, expected, preview.expected)
        preview = replace(preview, amount=replace(preview.amount, basis=basis or preview.amount.basis))
        return _intent(preview, form, last_day, moment), _judging(actor, preview, moment)

    def same(earlier: Operation) -> bool:
        return _same(earlier, number, amount_minor)

    return once(actor, form.operation_id, prepared, same, moment)


def _judging(actor: Actor, preview: CancelAndRefundPreview, now: datetime) -> Judge:
    free = require_free(preview.cancel.subscription)
    may = refunds.judging(actor, preview.charge, preview.amount.amount_minor, now)

    def judge(state: Connection) -> str | None:
        free(state)
        return may(state)

    return judge


def _same(operation: Operation, number: str, amount_minor: int) -> bool:
    asked = (CANCEL_AND_REFUND, number.strip(), amount_minor)
    return asked == (operation.kind, operation.subject_number, operation.amount_minor)


def _intent(preview: CancelAndRefundPreview, form: Form, last_day: date | None, now: datetime) -> Intent:
    subscription, charge = preview.cancel.subscription, preview.charge
    before = cancellation.snapshot(subscription)
    request = _request(preview, form, last_day)
    change = cancelling.planned(subscription, request, before, now)
    request["ends_at"] = audit.instant(preview.cancel.ends_at)
    said = money.in_words(preview.amount.amount_minor, charge.currency)
    to = words.card(charge.brand, charge.last4)
    ended = phrases.outcome(replace(subscription, **change.values), preview.cancel.at)
    ended = ended.replace(" Nothing was refunded by this.", "")
    return Intent(
        id=form.operation_id,
        kind=CANCEL_AND_REFUND,
        subject_kind="subscription",
        subject_number=subscription.number,
        customer_number=subscription.customer_number,
        customer_name=subscription.customer_name,
        request=request,
        preview={
            "facts": dict(cancellation.as_it_is(subscription, preview.cancel.at).facts),
            "charge_facts": dict(refundable.as_it_is(charge).facts),
            "before": before,
            "after": change.after(before),
            "lines": preview.lines,
            "done": f"{ended} {said} of {charge.number} went back{'' if to == '–' else f' to {to}'}.",
        },
        before=before,
        after=change.after(before),
        ticket_number=form.ticket_number,
        lock_key=refunds.lock_key(charge),
        amount_minor=preview.amount.amount_minor,
        currency=charge.currency,
        log={"amount": said} | ({"when": f"on {last_day.isoformat()}"} if last_day else {}),
    )


def _request(preview: CancelAndRefundPreview, form: Form, last_day: date | None) -> dict[str, Any]:
    subscription, charge, at = preview.cancel.subscription, preview.charge, preview.cancel.at
    shown = cancellation.as_it_is(subscription, at)
    end = cancellation.end_of_day(subscription, last_day) if last_day else None
    return {
        **refunding.refund_request(charge, preview.amount, refundable.as_it_is(charge)),
        **at_the_gateway(subscription),
        "step": at,
        "was": None,
        "end": audit.instant(end) if end else None,
        "trial": subscription.status == "trialing",
        "product": phrases.product(subscription),
        "reason": form.reason,
        "note": form.note,
        "version": shown.version,
        "fingerprint": shown.fingerprint,
        "recipient": messages.recipient_of(subscription) if form.tell_customer else None,
    }
