"""Send a licence key to the customer again, or replace it. The key itself is in no log and in no outbox."""

import secrets
import string
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
from console.actions.subscription_verb import SubscriptionVerb
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
ALPHABETS = (  # of a key, the narrowest that has all of its characters
    string.digits,
    string.digits + "ABCDEF",
    string.digits + "abcdef",
    "ABCDEFGHJKLMNPQRSTUVWXYZ23456789",  # without what people mistake for each other
    string.ascii_uppercase + string.digits,
    string.ascii_lowercase + string.digits,
    string.ascii_letters + string.digits,
)
SHORTEST = 8  # characters made by chance


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
        return Change({"version": before["version"]}, (("licence_sent", 0),))

    def why_not(self, subscription: Subscription, request: Mapping[str, Any], now: datetime) -> str | None:
        return why_not_resend(subscription)

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

    def why_not(self, subscription: Subscription, request: Mapping[str, Any], now: datetime) -> str | None:
        return why_not_replace(subscription)

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


def why_not_resend(subscription: Subscription) -> str | None:
    """Why its key cannot be sent, in words; None if it can."""
    no = why_not_licence(subscription)
    if no is None and not subscription.customer_email:
        return f"No e-mail address of {subscription.customer_number} is known."
    return no


def why_not_replace(subscription: Subscription) -> str | None:
    """Why it cannot have another key, in words; None if it can."""
    no = why_not_licence(subscription)
    if no is None and len(_made_anew(subscription.licence_key or "")) < SHORTEST:
        return f"The licence key of {subscription.number} is too short for another one to be its own."
    return no


def new_key(old: str) -> str:
    """A key of the same shape: the same groups of the same characters, the first group kept where it names
    the product."""
    made_anew = _made_anew(old)
    used = set(made_anew) - {"-"}
    letters = next((some for some in ALPHABETS if used <= set(some)), ALPHABETS[-1])
    made = (secrets.choice(letters) if letter != "-" else "-" for letter in made_anew)
    return old[: len(old) - len(made_anew)] + "".join(made)


def _made_anew(key: str) -> str:
    """The part of a key that is made by chance."""
    product, _, rest = key.partition("-")
    return rest if product and "-" in rest else key


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
    subscription = asking.find(data, actor, number)
    lines = [
        ("Licence key", f"{words.masked(subscription.licence_key)}, as it is"),
        ("Goes to", subscription.customer_email or ""),
    ]
    asked, button = _resend(subscription), "Send the licence key again"
    return asking.shown(data, subscription, asked, lines=lines, button=button, now=now)


def preview_replace_licence(
    data: Reading, actor: Actor, number: str, *, now: datetime | None = None
) -> Shown:
    """Raises NotPermitted, NotFound, and Refused where it is not possible."""
    subscription = asking.find(data, actor, number)
    lines = [
        ("Licence key", f"{words.masked(subscription.licence_key)} → a new one, at once"),
        ("The old key", "stops working wherever it is used"),
        ("Goes to", subscription.customer_email or "nobody: no e-mail address is known"),
    ]
    asked, button = _replace(subscription), "Replace the licence key"
    return asking.shown(data, subscription, asked, lines=lines, button=button, now=now)


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
        asked = _resend(asking.find(data, actor, number))
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
        asked = _replace(asking.find(data, actor, number))
    return asking.act(actor, asked, form, expected, now)
