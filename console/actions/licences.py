"""Send a licence key to the customer again, or replace it. The key itself is in no log and in no outbox."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from console import words
from console.access import Actor
from console.actions import asking
from console.actions.asking import Asked, Shown
from console.actions.cancellation import Change, Expected
from console.actions.checked import checked_form
from console.actions.done import Done
from console.actions.subscription_verb import SubscriptionVerb, load
from console.actions.verb import register
from console.db import Reading, reading
from queries.operations import Operation
from queries.subscriptions import Subscription

RESEND_REASONS = {
    "lost": "The customer lost it",
    "new_device": "A new computer",
    "other": "Another reason",
}
REPLACE_REASONS = {
    "leaked": "The key became known to others",
    "does_not_work": "The key does not work",
    "other": "Another reason",
}
LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without what people mistake for each other


class Resend(SubscriptionVerb):
    kind, step = "subscription:resend_licence", "resend_licence"

    def snapshot(self, subscription: Subscription) -> dict[str, Any]:
        return {"version": subscription.version}

    def planned(
        self,
        subscription: Subscription,
        request: Mapping[str, Any],
        before: Mapping[str, Any],
        moment: datetime,
    ) -> Change:
        return Change({"version": before["version"]}, (("reported", 0),))

    def why_not(self, subscription: Subscription, request: Mapping[str, Any], now: datetime) -> str | None:
        return why_not_licence(subscription)

    def message(self, operation: Operation) -> tuple[str, dict[str, Any]] | None:
        key = {"licence_of": operation.subject_number}
        return "licence_resent", {"product": operation.request["product"], "licence_key": key}


class Replace(Resend):
    """The new key is made once, with the request, so that a repeated step writes the same one."""

    kind, step = "subscription:replace_licence", "replace_licence"

    def planned(
        self,
        subscription: Subscription,
        request: Mapping[str, Any],
        before: Mapping[str, Any],
        moment: datetime,
    ) -> Change:
        values = {"licence_key": request["new_key"], "version": before["version"] + 1}
        return Change(values, (("licence_replaced", 0),), secret=frozenset({"licence_key"}))

    def message(self, operation: Operation) -> tuple[str, dict[str, Any]] | None:
        key = {"licence_of": operation.subject_number}
        return "licence_replaced", {"product": operation.request["product"], "licence_key": key}


RESEND, REPLACE = Resend(), Replace()
register(RESEND)
register(REPLACE)


def why_not_licence(subscription: Subscription) -> str | None:
    """Why nothing can be done about its key, in words; None if something can."""
    if not subscription.licence_key:
        return f"{subscription.number} has no licence key."
    if not subscription.live:
        return f"{subscription.number} has ended: its licence key opens nothing any more."
    return None


def new_key(old: str) -> str:
    """A key of the same shape: the same groups, the first one kept where it names the product."""
    groups = old.split("-")
    kept = groups[:1] if len(groups) > 2 else []
    made = ["".join(secrets.choice(LETTERS) for _ in group) for group in groups[len(kept) :]]
    return "-".join([*kept, *made])


def _resend(subscription: Subscription) -> Asked:
    return Asked(
        verb=RESEND,
        number=subscription.number,
        says=f"The licence key of {subscription.number} is on its way to {subscription.customer_email}.",
    )


def _replace(subscription: Subscription) -> Asked:
    return Asked(
        verb=REPLACE,
        number=subscription.number,
        keeps={"new_key": new_key(subscription.licence_key or "")},
        says=f"{subscription.number} has a new licence key. The old one opens nothing any more.",
    )


def preview_resend_licence(data: Reading, actor: Actor, number: str, *, now: datetime | None = None) -> Shown:
    """Raises NotPermitted, NotFound, and Refused where it is not possible."""
    subscription = load(data.subscriptions, number)
    lines = [
        ("Licence key", f"{words.masked(subscription.licence_key)}, as it is"),
        ("Goes to", subscription.customer_email or "nobody: no e-mail address is known"),
    ]
    return asking.shown(
        data, actor, _resend(subscription), lines=lines, button="Send the licence key again", now=now
    )


def preview_replace_licence(
    data: Reading, actor: Actor, number: str, *, now: datetime | None = None
) -> Shown:
    """Raises NotPermitted, NotFound, and Refused where it is not possible."""
    subscription = load(data.subscriptions, number)
    lines = [
        ("Licence key", f"{words.masked(subscription.licence_key)} → a new one, at once"),
        ("The old key", "stops working wherever it is used"),
        ("Goes to", subscription.customer_email or "nobody: no e-mail address is known"),
    ]
    return asking.shown(
        data, actor, _replace(subscription), lines=lines, button="Replace the licence key", now=now
    )


def resend_licence(
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
    """Send the key to the customer's address: that is what it is for, so they are always told. Raises as
    `asking.act` does."""
    del tell_customer
    form = checked_form(
        RESEND_REASONS, operation_id=operation_id, reason=reason, note=note,
        ticket_number=ticket_number, tell_customer=True,
    )  # fmt: skip
    with reading() as data:
        asked = _resend(load(data.subscriptions, number))
    return asking.act(actor, asked, form, expected, now)


def replace_licence(
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
    """Another key in the place of the old one. Raises as `asking.act` does."""
    form = checked_form(
        REPLACE_REASONS, operation_id=operation_id, reason=reason, note=note,
        ticket_number=ticket_number, tell_customer=tell_customer,
    )  # fmt: skip
    with reading() as data:
        asked = _replace(load(data.subscriptions, number))
    return asking.act(actor, asked, form, expected, now)
