"""Move the next renewal of a subscription to a later day, on a customer's behalf."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from console import clocks
from console.access import Actor
from console.actions import asking, phrases
from console.actions.asking import Asked, Shown
from console.actions.cancellation import Change, Expected
from console.actions.checked import checked_form
from console.actions.days import local_day, one_interval_after, same_time
from console.actions.done import Done
from console.actions.subscription_verb import SubscriptionVerb
from console.actions.verb import register
from console.audit import instant
from console.db import Reading, reading
from console.gateways.payments import SubscriptionChange
from queries.operations import Operation
from queries.subscriptions import Subscription

LONGEST = timedelta(days=92)  # or one interval, if that is longer
REASONS = {
    "payday": "To suit their payday",
    "service_outage": "Made good for an outage",
    "align": "Together with another subscription",
    "other": "Another reason",
}


class MoveRenewal(SubscriptionVerb):
    kind, step = "subscription:renewal_date", "renewal_date"
    taken_back_by = "renewal_date_changed"
    told_apart_by = ("new_date",)

    def snapshot(self, subscription: Subscription) -> dict[str, Any]:
        end = subscription.current_period_end
        return {"current_period_end": instant(end) if end else None, "version": subscription.version}

    def planned(
        self,
        subscription: Subscription,
        request: Mapping[str, Any],
        before: Mapping[str, Any],
        moment: datetime,
    ) -> Change:
        end = datetime.fromisoformat(request["new_date"])
        values = {"current_period_end": end, "version": before["version"] + 1}
        return Change(values, (("renewal_date_changed", 0),))

    def why_not(self, subscription: Subscription, request: Mapping[str, Any], now: datetime) -> str | None:
        no, end = why_not_move(subscription, now), subscription.current_period_end
        if no is not None or end is None or "new_date" not in request:
            return no
        new = datetime.fromisoformat(request["new_date"])
        if new <= end:
            paid = phrases.moment(end)
            return f"{subscription.number} is paid until {paid}: it cannot be charged earlier than that."
        latest = _latest(subscription, end)
        if new > latest:
            zone = subscription.customer_time_zone
            return f"{subscription.number} can renew on {phrases.day(latest, zone)} at the latest."
        return None

    def at_gateway(self, request: Mapping[str, Any]) -> SubscriptionChange | None:
        return SubscriptionChange(next_charge_at=datetime.fromisoformat(request["new_date"]))

    def message(self, operation: Operation) -> tuple[str, dict[str, Any]] | None:
        request = operation.request
        return "renewal_date_changed", {"product": request["product"], "renewal": request["new_date"]}


VERB = MoveRenewal()
register(VERB)


def _latest(subscription: Subscription, end: datetime) -> datetime:
    """One interval after the present renewal; of short intervals more."""
    day = local_day(subscription, end)
    farthest = max(day + LONGEST, one_interval_after(subscription, day))
    return same_time(subscription, end, farthest)


def why_not_move(subscription: Subscription, now: datetime) -> str | None:
    """Why its renewal cannot be moved at all, in words; None if it can."""
    number, end = subscription.number, subscription.current_period_end
    if subscription.status != "active" or subscription.ended_at is not None:
        return f"Only a subscription that is active and paid can renew on another day; {number} is not."
    if subscription.set_to_end:
        return f"{number} is set to end and will not renew: take the cancellation back first."
    if end is None:
        return f"The end of the period of {number} is not known."
    if end <= now:
        return f"The period of {number} ended on {phrases.moment(end)}: a renewal is under way."
    return None


def _asked(subscription: Subscription, day: date) -> Asked:
    """At the time of day at which it renews now, on the customer's calendar."""
    new = same_time(subscription, subscription.current_period_end or clocks.now(), day)
    return Asked(
        verb=VERB,
        number=subscription.number,
        keeps={"new_date": instant(new)},
        log={"new_date": day.isoformat()},
        says=f"{subscription.number} renews on {phrases.moment(new)}.",
    )


def preview_move_renewal(
    data: Reading, actor: Actor, number: str, day: date, *, now: datetime | None = None
) -> Shown:
    """Raises NotPermitted, NotFound, and Refused where it is not possible."""
    subscription = asking.find(data, actor, number)
    asked = _asked(subscription, day)
    zone, was = subscription.customer_time_zone, subscription.current_period_end
    new = datetime.fromisoformat(asked.keeps["new_date"])
    lines = [
        ("Renewal", f"{phrases.in_both_zones(was, zone)} → {phrases.in_both_zones(new, zone)}"),
        ("Next charge", f"{phrases.price(subscription)}, on the new day; the days between cost nothing"),
        ("Effect on MRR", "none"),
    ]
    button = f"Move the renewal to {phrases.day(new, zone)}"
    return asking.shown(data, subscription, asked, lines=lines, button=button, now=now)


def move_renewal(
    actor: Actor,
    number: str,
    *,
    day: date,
    operation_id: str,
    reason: str,
    expected: Expected,
    note: str = "",
    ticket_number: str | None = None,
    tell_customer: bool = True,
    now: datetime | None = None,
) -> Done:
    """Let it renew on a later day of the customer's calendar; nothing is prorated. Raises as `asking.act`."""
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
    return asking.act(actor, _asked(subscription, day), form, expected, now)
