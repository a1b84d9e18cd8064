"""The rules of cancelling: what is possible, what it changes, and what a confirmation is bound to.

Pure functions and frozen values, no database: `previews` and `subscriptions` put them to work.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from console import clocks
from console.actions import phrases
from console.actions.days import within
from console.audit import instant
from console.errors import Conflict
from queries.recurring import monthly_units
from queries.subscriptions import Subscription
from queries.tables_subscriptions import PAYING_STATUSES

When = Literal["period_end", "now", "date"]
Step = Literal["period_end", "now", "date", "undo"]

LATEST_END = timedelta(days=731)

REASONS = {
    "too_expensive": "Too expensive",
    "missing_features": "Features are missing",
    "switched": "Switched to another product",
    "not_using": "No longer used",
    "technical_problems": "Technical problems",
    "customer_service": "Unhappy with customer service",
    "duplicate": "Bought twice by mistake",
    "fraud": "Fraud",
    "other": "Another reason",
}
UNDO_REASONS = {
    "changed_mind": "The customer changed their mind",
    "offer_accepted": "The customer accepted an offer",
    "mistake": "Cancelled by mistake",
    "other": "Another reason",
}


@dataclass(frozen=True)
class Option:
    """A way to cancel; one that is not possible says why instead of being offered."""

    at: When
    label: str
    why_not: str | None

    @property
    def possible(self) -> bool:
        return self.why_not is None


def ends_at(subscription: Subscription) -> datetime | None:
    """The end of what is running: of the trial while it runs, else of the period. None if not known."""
    if subscription.status == "trialing":
        return subscription.trial_end or subscription.current_period_end
    return subscription.current_period_end


def cancel_options(subscription: Subscription, now: datetime) -> list[Option]:
    """Both ways to cancel, each with why it is not possible, if so."""
    what = "trial" if subscription.status == "trialing" else "period"
    return [
        Option("period_end", f"At the end of the {what}", _why_not_at_end(subscription, now)),
        Option("now", "At once", _ended(subscription)),
        Option("date", "On a date", _why_not_on_a_date(subscription)),
    ]


def end_of_day(subscription: Subscription, last_day: date) -> datetime:
    """The instant at which access stops when `last_day` is its last, on the customer's calendar."""
    following = within(last_day) + timedelta(days=1)
    return clocks.start_of(following, clocks.zone(subscription.customer_time_zone))


def why_not_until(subscription: Subscription, end: datetime, now: datetime) -> str | None:
    """Why it cannot end at that instant."""
    number, said = subscription.number, phrases.moment(end)
    if end <= now:
        return f"That day is over: {number} can end today at the earliest, or at once."
    if subscription.cancel_at == end:
        return f"{number} is already set to end on {said}."
    if subscription.status == "trialing" and (limit := ends_at(subscription)) is not None and end > limit:
        return f"The trial of {number} ends on {phrases.moment(limit)}: choose a day up to then."
    if end > now + LATEST_END:
        return f"{said} is more than two years away. Choose an earlier day."
    return None


def _why_not_on_a_date(subscription: Subscription) -> str | None:
    if subscription.live and subscription.status == "paused":
        return f"{subscription.number} is paused and runs to no end: it can only be cancelled at once."
    return _ended(subscription)


def _ended(subscription: Subscription) -> str | None:
    if subscription.live:
        return None
    when = f" on {phrases.moment(subscription.ended_at)}" if subscription.ended_at else ""
    return f"{subscription.number} has already ended{when}: there is nothing to cancel."


def _why_not_at_end(subscription: Subscription, now: datetime) -> str | None:
    end, number = ends_at(subscription), subscription.number
    if not subscription.live:
        return _ended(subscription)
    if subscription.cancel_at_period_end and subscription.cancel_at is None:
        return f"{number} is already set to end{f' on {phrases.moment(end)}' if end else ''}."
    if subscription.status == "paused":
        return f"{number} is paused and runs to no end: it can only be cancelled at once."
    if end is None:
        return f"The end of the period of {number} is not known: it can only be cancelled at once."
    if end <= now:
        return f"The period of {number} ended on {phrases.moment(end)}: it can only be cancelled at once."
    return None


def cancelled_at_once(subscription: Subscription) -> bool:
    """It was ended by a cancellation that did not wait for the end of the period."""
    asked = subscription.cancel_requested_at is not None and not subscription.cancel_at_period_end
    return subscription.status == "canceled" and subscription.ended_at is not None and asked


def reached(subscription: Subscription, step: Step, end: datetime | None = None) -> bool:
    """The subscription already is as the step would leave it. `end`: of a cancellation on a date."""
    if step == "now":
        return cancelled_at_once(subscription)
    if step == "date":
        return subscription.live and subscription.cancel_at == end
    at_end = subscription.cancel_at_period_end and subscription.cancel_at is None
    return at_end and subscription.live if step == "period_end" else _runs_on(subscription)


def _runs_on(subscription: Subscription) -> bool:
    return subscription.live and not subscription.set_to_end


def why_not_undo(subscription: Subscription, was: str | None, now: datetime) -> str | None:
    """Why a cancellation cannot be taken back. `was`: its status before staff ended it at once."""
    number = subscription.number
    if _runs_on(subscription):
        return f"{number} is not cancelled: there is nothing to take back."
    if not subscription.live and subscription.status != "canceled":
        return f"{number} was not cancelled; it ended by itself. There is nothing to take back."
    if not subscription.live and was is None:
        return (
            f"{number} was not ended at once by staff, so its end cannot be taken back. "
            "The customer can subscribe again."
        )
    status = subscription.status if was is None else was
    end = subscription.trial_end if status == "trialing" else subscription.current_period_end
    end = end or subscription.current_period_end
    if status != "paused" and end is not None and end <= now:
        return (
            f"The period of {number} is over since {phrases.moment(end)}. The customer can subscribe again."
        )
    if was is not None and status != "paused" and end is None:
        return f"The end of the period of {number} is not known, so its end cannot be taken back."
    return None


@dataclass(frozen=True)
class Expected:
    """The subscription as a form showed it: confirming is bound to exactly this."""

    version: int
    fingerprint: str
    facts: tuple[tuple[str, str], ...]  # plain field name, and what was shown, in words


def as_it_is(subscription: Subscription, step: str) -> Expected:
    """What a form for this step shows of the subscription now. The fingerprint covers the version and every
    field the outcome depends on, so that it also notices a system that forgot to count the version up."""
    names = (
        *("number", "version", "status", "plan_id", "price_minor", "currency", "interval", "interval_count"),
        *("quantity", "trial_end", "current_period_end", "cancel_at_period_end", "cancel_at", "ended_at"),
    )
    covered = {name: getattr(subscription, name) for name in names}
    text = json.dumps(covered | {"step": step}, sort_keys=True, default=instant)
    fingerprint = hashlib.sha256(text.encode()).hexdigest()
    return Expected(subscription.version, fingerprint, tuple(phrases.facts(subscription).items()))


def require_as_shown(subscription: Subscription, step: str, expected: Expected) -> None:
    """Raises Conflict naming each field that changed since it was shown."""
    current = as_it_is(subscription, step)
    if (current.version, current.fingerprint) != (expected.version, expected.fingerprint):
        raise changed(subscription.number, expected, current)


def changed(number: str, shown: Expected, current: Expected) -> Conflict:
    """What differs between what was shown and what is now, in words."""
    before, after = dict(shown.facts), dict(current.facts)
    changes = {
        name: (before.get(name, "–"), after.get(name, "–"))
        for name in before | after
        if before.get(name) != after.get(name)
    }
    if not changes:
        changes = {"version": (str(shown.version), str(current.version))}
    return Conflict(
        f"{number} has changed since it was shown. Nothing was done. Look at what changed and decide again.",
        changes,
    )


def snapshot(subscription: Subscription) -> dict[str, Any]:
    """The fields a cancellation touches, as JSON keeps them: "before" in the audit log."""
    requested, ended = subscription.cancel_requested_at, subscription.ended_at
    return {
        "status": subscription.status,
        "cancel_at_period_end": subscription.cancel_at_period_end,
        "cancel_at": instant(subscription.cancel_at) if subscription.cancel_at else None,
        "cancel_requested_at": instant(requested) if requested else None,
        "cancel_requested_by": subscription.cancel_requested_by,
        "cancel_reason": subscription.cancel_reason,
        "ended_at": instant(ended) if ended else None,
        "version": subscription.version,
    }


def columns_of(snapshot_: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a snapshot as they are written back: without the version, which only counts up."""
    instants = {
        "cancel_at", "cancel_requested_at", "ended_at", "trial_end", "current_period_start",
        "current_period_end",
    }  # fmt: skip
    return {
        name: datetime.fromisoformat(value) if name in instants and value else value
        for name, value in snapshot_.items()
        if name != "version"
    }


def units(subscription: Subscription, status: str) -> int:
    """Its part of MRR in that status, in units of queries.recurring."""
    if status not in PAYING_STATUSES:
        return 0
    return monthly_units(subscription.price_minor, subscription.interval, subscription.interval_count)


@dataclass(frozen=True)
class Change:
    """New values of columns, and the events to add: the last one carries the operation's id."""

    values: dict[str, Any]
    events: tuple[tuple[str, int], ...]  # kind, change of MRR in units
    secret: frozenset[str] = frozenset()  # columns that no log names

    def after(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """The snapshot once this is done."""
        plain = {
            name: instant(value) if isinstance(value, datetime) else value
            for name, value in self.values.items()
            if name not in self.secret
        }
        return dict(before) | plain


def change(
    step: Step,
    *,
    before: Mapping[str, Any],
    reason: str,
    moment: datetime,
    was: str | None,
    mrr_units: int,
    end: datetime | None = None,
    renews_before: bool = False,
) -> Change:
    """What a step writes. `mrr_units` is what the subscription is worth while it pays; `was` as above; `end`
    that of a cancellation on a date, and `renews_before` whether a renewal falls due until then."""
    version = {"version": before["version"] + 1}
    request = {"cancel_requested_at": moment, "cancel_requested_by": "staff"}
    if step in {"period_end", "date"}:
        values = request | {"cancel_at_period_end": not renews_before, "cancel_reason": reason}
        return Change(values | {"cancel_at": end} | version, (("cancel_requested", 0),))
    if step == "now":
        # One that was set to end keeps its request: it was asked for once.
        set_to_end = before["cancel_at_period_end"] or before["cancel_at"] is not None
        first = () if set_to_end else (("cancel_requested", 0),)
        values = {} if set_to_end else request
        values |= {"status": "canceled", "ended_at": moment, "cancel_at_period_end": False, "cancel_at": None}
        return Change(values | {"cancel_reason": reason} | version, (*first, ("ended", -mrr_units)))
    values = dict.fromkeys((*request, "cancel_reason", "cancel_at")) | {"cancel_at_period_end": False}
    if was is None:
        return Change(values | version, (("cancel_undone", 0),))
    values |= {"status": was, "ended_at": None}
    return Change(values | version, (("resumed", mrr_units), ("cancel_undone", 0)))
