"""Extend a running trial on a customer's behalf."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from console.access import Actor
from console.actions import asking, phrases
from console.actions.asking import Asked, Shown
from console.actions.cancellation import Change, Expected, end_of_day
from console.actions.checked import checked_form
from console.actions.done import Done
from console.actions.subscription_verb import SubscriptionVerb
from console.actions.verb import register
from console.audit import instant
from console.db import Reading, reading
from console.gateways.payments import SubscriptionChange
from queries.operations import Operation
from queries.subscriptions import Subscription

LONGEST = timedelta(days=90)
REASONS = {
    "needs_time": "Needs more time to try it",
    "technical_problems": "Technical problems during the trial",
    "sales": "Agreed with sales",
    "other": "Another reason",
}


class ExtendTrial(SubscriptionVerb):
    kind, step = "subscription:extend_trial", "extend_trial"
    taken_back_by = "trial_extended"
    told_apart_by = ("new_end",)

    def snapshot(self, subscription: Subscription) -> dict[str, Any]:
        return {
            "trial_end": _said(subscription.trial_end),
            "current_period_end": _said(subscription.current_period_end),
            "version": subscription.version,
        }

    def planned(
        self,
        subscription: Subscription,
        request: Mapping[str, Any],
        before: Mapping[str, Any],
        moment: datetime,
    ) -> Change:
        end = datetime.fromisoformat(request["new_end"])
        values: dict[str, Any] = {"trial_end": end, "version": before["version"] + 1}
        if before["current_period_end"] == before["trial_end"]:
            values["current_period_end"] = end
        return Change(values, (("trial_extended", 0),))

    def why_not(self, subscription: Subscription, request: Mapping[str, Any], now: datetime) -> str | None:
        no = why_not_extend(subscription)
        if no is not None or "new_end" not in request:
            return no
        end, old = datetime.fromisoformat(request["new_end"]), subscription.trial_end
        if old is not None and end <= old:
            return f"The trial of {subscription.number} runs until {phrases.moment(old)}: choose a later day."
        if end > now + LONGEST:
            return f"{phrases.day(end)} is more than {LONGEST.days} days away. Choose an earlier day."
        return None

    def at_gateway(self, request: Mapping[str, Any]) -> SubscriptionChange | None:
        return SubscriptionChange(trial_end=datetime.fromisoformat(request["new_end"]))

    def message(self, operation: Operation) -> tuple[str, dict[str, Any]] | None:
        request = operation.request
        return "trial_extended", {"product": request["product"], "end": request["new_end"]}


VERB = ExtendTrial()
register(VERB)


def _said(moment: datetime | None) -> str | None:
    return instant(moment) if moment else None


def why_not_extend(subscription: Subscription) -> str | None:
    """Why its trial cannot be extended at all, in words; None if it can."""
    if subscription.status != "trialing" or subscription.ended_at is not None:
        return f"{subscription.number} is not on trial."
    if subscription.trial_end is None:
        return f"The end of the trial of {subscription.number} is not known."
    if subscription.set_to_end:
        return f"{subscription.number} is set to end: take the cancellation back first."
    return None


def _asked(subscription: Subscription, last_day: date) -> Asked:
    end = end_of_day(subscription, last_day)
    return Asked(
        verb=VERB,
        number=subscription.number,
        keeps={"new_end": instant(end)},
        log={"new_end": last_day.isoformat()},
        says=f"The trial of {subscription.number} runs until {phrases.moment(end)}.",
    )


def preview_extend_trial(
    data: Reading, actor: Actor, number: str, last_day: date, *, now: datetime | None = None
) -> Shown:
    """Raises NotPermitted, NotFound, and Refused where it is not possible."""
    subscription = asking.find(data, actor, number)
    asked = _asked(subscription, last_day)
    zone = subscription.customer_time_zone
    was, end = subscription.trial_end, end_of_day(subscription, last_day)
    lines = [
        ("Trial", f"until {phrases.in_both_zones(was, zone)} → {phrases.in_both_zones(end, zone)}"),
        ("First charge", f"{phrases.price(subscription)}: not before the trial ends"),
        ("Effect on MRR", "none: trials are not counted"),
    ]
    button = f"Extend the trial to {phrases.day(end - timedelta(microseconds=1), zone)}"
    return asking.shown(data, subscription, asked, lines=lines, button=button, now=now)


def extend_trial(
    actor: Actor,
    number: str,
    *,
    last_day: date,
    operation_id: str,
    reason: str,
    expected: Expected,
    note: str = "",
    ticket_number: str | None = None,
    tell_customer: bool = True,
    now: datetime | None = None,
) -> Done:
    """Let a trial run to the end of a day of the customer's calendar. Raises as `asking.act` does."""
    form = checked_form(
        REASONS,
        operation_id=operation_id,
        reason=reason,
        note=note,
        ticket_number=ticket_number,
        tell_customer=tell_customer,
    )
    with reading() as data:
        subscription = asking.find(data, actor, number)
    return asking.act(actor, _asked(subscription, last_day), form, expected, now)
