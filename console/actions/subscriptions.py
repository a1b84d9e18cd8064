"""Cancel a subscription or trial on a customer's behalf, and take a cancellation back.

Each verb: permission, rule, transaction, audit, in that order. The same operation id again is the same
operation; another id for what is already so answers who did it and when; what changed since it was shown is a
Conflict. Nothing of this calls a screen, so a closed tab cannot leave half of it.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from console import audit, clocks
from console.access import Actor, Permission, require
from console.actions import cancellation, cancelling, messages, operations, phrases
from console.actions.cancellation import (
    REASONS,
    UNDO_REASONS,
    Expected,
    Option,
    Step,
    When,
    as_it_is,
    cancel_options,
)
from console.actions.carrying_out import once
from console.actions.checked import checked_note, checked_ticket, require_reason
from console.actions.done import Done
from console.actions.operations import Intent, Judge, new_operation_id
from console.actions.previews import CancelPreview, Preview, UndoPreview, preview_cancel, preview_undo
from console.actions.subscription_verb import at_the_gateway, load, lock_key, require_free
from console.db import Reading, reading
from console.errors import Refused
from queries.operations import Operation
from queries.subscriptions import Subscription

__all__ = [
    "REASONS",
    "UNDO_REASONS",
    "CancelPreview",
    "Done",
    "Expected",
    "Option",
    "Preview",
    "UndoPreview",
    "When",
    "as_it_is",
    "cancel_options",
    "cancel_subscription",
    "new_operation_id",
    "preview_cancel",
    "preview_undo",
    "shown_now",
    "undo_cancel",
    "why_not_undo",
]


def cancel_subscription(
    actor: Actor,
    number: str,
    *,
    operation_id: str,
    at: When,
    reason: str,
    expected: Expected,
    last_day: date | None = None,
    note: str = "",
    ticket_number: str | None = None,
    tell_customer: bool = True,
    now: datetime | None = None,
) -> Done:
    """Cancel at the end of the period (or trial), at once, or at the end of a day (`at` "date": `last_day` on
    the customer's calendar). Nothing is refunded by it.

    `expected` is the preview's; `ticket_number` the ticket it came from. Raises NotPermitted, NotFound,
    Refused (a rule or bad input), Conflict (it changed since it was shown) and Unavailable (then press again:
    what was begun is finished, nothing happens twice).
    """
    require(actor, Permission.CANCEL_SUBSCRIPTION)
    if at not in ("period_end", "now", "date"):
        raise Refused(f"“{str(at)[:20]}” is not a time to cancel: choose period_end, now or date.")
    if (at == "date") != (last_day is not None):
        raise Refused("A cancellation on a date needs that date, and only such a one has a date.")
    require_reason(reason, REASONS)
    asked = _Asked(
        cancelling.CANCEL, operation_id, number, at, reason, note, ticket_number, tell_customer, last_day
    )
    return _act(actor, asked.checked(), expected, now or clocks.now())


def undo_cancel(
    actor: Actor,
    number: str,
    *,
    operation_id: str,
    reason: str,
    expected: Expected,
    note: str = "",
    ticket_number: str | None = None,
    tell_customer: bool = True,
    now: datetime | None = None,
) -> Done:
    """Take a cancellation back: one set for the end of the period, or one that staff made at once while the
    paid period or trial still runs. Raises as `cancel_subscription` does."""
    require(actor, Permission.CANCEL_SUBSCRIPTION)
    require_reason(reason, UNDO_REASONS)
    asked = _Asked(cancelling.UNDO, operation_id, number, "undo", reason, note, ticket_number, tell_customer)
    return _act(actor, asked.checked(), expected, now or clocks.now())


def why_not_undo(data: Reading, subscription: Subscription, now: datetime | None = None) -> str | None:
    """Why a cancellation cannot be taken back, in words; None if it can."""
    was = cancelling.status_before_end(data, subscription)
    return cancellation.why_not_undo(subscription, was, now or clocks.now())


def shown_now(data: Reading, actor: Actor, number: str, step: Step) -> Expected:
    """For whoever confirms without a form in between, like the command. Raises NotPermitted, NotFound."""
    require(actor, Permission.CANCEL_SUBSCRIPTION)
    return as_it_is(load(data.subscriptions, number), step)


@dataclass(frozen=True)
class _Asked:
    kind: str
    operation_id: str
    number: str
    step: Step
    reason: str
    note: str
    ticket_number: str | None
    tell_customer: bool
    last_day: date | None = None

    def checked(self) -> "_Asked":
        """With the id in its one spelling and the note as it can be kept. Raises Refused."""
        return replace(
            self,
            operation_id=operations.checked_id(self.operation_id),
            number=self.number.strip(),
            note=checked_note(self.note),
            ticket_number=checked_ticket(self.ticket_number),
        )

    def end(self, subscription: Subscription) -> datetime | None:
        """When access stops, for a cancellation on a date."""
        return cancellation.end_of_day(subscription, self.last_day) if self.last_day else None

    def same_as(self, operation: Operation) -> bool:
        request = operation.request
        day = self.last_day.isoformat() if self.last_day else None
        mine = (self.kind, self.number, self.step, self.reason, self.note, day)
        kept = (request["step"], request["reason"], request["note"], request.get("last_day"))
        return mine == (operation.kind, operation.subject_number, *kept)


def _act(actor: Actor, asked: _Asked, expected: Expected, now: datetime) -> Done:
    def prepared() -> Done | tuple[Intent, Judge]:
        with reading() as data:
            subscription = load(data.subscriptions, asked.number)
            end = asked.end(subscription)
            done = cancelling.already(data, subscription, asked.step, asked.operation_id, end)
            if done is not None:
                return done
            cancellation.require_as_shown(subscription, asked.step, expected)
            was = _require_possible(data, subscription, asked.step, now, end)
        return _intent(asked, subscription, was, expected, now), require_free(subscription)

    return once(actor, asked.operation_id, prepared, asked.same_as, now)


def _require_possible(
    data: Reading, subscription: Subscription, step: Step, now: datetime, end: datetime | None
) -> str | None:
    """Raises Refused with why it is not possible. Returns the status an ended one goes back to."""
    was = cancelling.status_before_end(data, subscription) if step == "undo" else None
    why_not = cancelling.why_not(subscription, step, was, now, end)
    if why_not is not None:
        raise Refused(why_not)
    return was


def _intent(
    asked: _Asked, subscription: Subscription, was: str | None, expected: Expected, now: datetime
) -> Intent:
    before = cancellation.snapshot(subscription)
    end = asked.end(subscription)
    request = {
        "step": asked.step,
        "reason": asked.reason,
        "note": asked.note,
        "version": expected.version,
        "fingerprint": expected.fingerprint,
        "was": was,
        "last_day": asked.last_day.isoformat() if asked.last_day else None,
        "end": audit.instant(end) if end else None,
        "trial": subscription.status == "trialing",
        "product": phrases.product(subscription),
        "recipient": messages.recipient_of(subscription) if asked.tell_customer else None,
    } | at_the_gateway(subscription)
    change = cancelling.planned(subscription, request, before, now)
    after = replace(subscription, **change.values)
    request["ends_at"] = audit.instant(ends) if (ends := after.ends_at) else None
    return Intent(
        id=asked.operation_id,
        kind=asked.kind,
        subject_kind="subscription",
        subject_number=subscription.number,
        customer_number=subscription.customer_number,
        customer_name=subscription.customer_name,
        request=request,
        preview={
            "facts": dict(expected.facts),
            "before": before,
            "done": phrases.outcome(after, asked.step),
        },
        before=before,
        after=change.after(before),
        ticket_number=asked.ticket_number,
        lock_key=lock_key(subscription),
        log={"when": f"on {asked.last_day.isoformat()}"} if asked.last_day else {},
    )
