"""Pause a subscription on a customer's behalf, and resume it. What was paid for is not lost: it renews as
many days later as it was paused."""

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from console import clocks, words
from console.access import Actor
from console.actions import asking, phrases
from console.actions.asking import Asked, Shown
from console.actions.cancellation import Change, Expected, units
from console.actions.checked import checked_form
from console.actions.days import local_day, one_interval_after, same_time
from console.actions.done import Done
from console.actions.subscription_verb import SubscriptionVerb, is_so
from console.actions.verb import Answer, register
from console.audit import instant
from console.db import Reading, reading
from console.gateways.payments import PaymentGateway, SubscriptionChange
from queries import subscription_events as events
from queries.operations import Operation
from queries.subscriptions import Subscription

REASONS = {
    "customer_asked": "The customer asked for it",
    "payment_problems": "Payment problems",
    "service_outage": "Service outage",
    "other": "Another reason",
}


class Pause(SubscriptionVerb):
    kind, step, taken_back_by = "subscription:pause", "pause", "resumed"

    def snapshot(self, subscription: Subscription) -> dict[str, Any]:
        return {"status": subscription.status, "version": subscription.version}

    def planned(
        self,
        subscription: Subscription,
        request: Mapping[str, Any],
        before: Mapping[str, Any],
        moment: datetime,
    ) -> Change:
        values = {"status": "paused", "version": before["version"] + 1}
        return Change(values, (("paused", -units(subscription, before["status"])),))

    def why_not(self, subscription: Subscription, request: Mapping[str, Any], now: datetime) -> str | None:
        return why_not_pause(subscription)

    def at_gateway(self, request: Mapping[str, Any]) -> SubscriptionChange | None:
        return SubscriptionChange(pause=True)

    def message(self, operation: Operation) -> tuple[str, dict[str, Any]] | None:
        return "paused", {"product": operation.request["product"]}


class Unpause(SubscriptionVerb):
    kind, step, taken_back_by = "subscription:unpause", "unpause", "paused"

    def snapshot(self, subscription: Subscription) -> dict[str, Any]:
        start, end = subscription.current_period_start, subscription.current_period_end
        return {
            "status": subscription.status,
            "current_period_start": instant(start) if start else None,
            "current_period_end": instant(end) if end else None,
            "version": subscription.version,
        }

    def planned(
        self,
        subscription: Subscription,
        request: Mapping[str, Any],
        before: Mapping[str, Any],
        moment: datetime,
    ) -> Change:
        values: dict[str, Any] = {"status": "active", "version": before["version"] + 1}
        values["current_period_end"] = datetime.fromisoformat(request["new_end"])
        if before["current_period_start"] is None:
            values["current_period_start"] = moment
        return Change(values, (("resumed", units(subscription, "active")),))

    def why_not(self, subscription: Subscription, request: Mapping[str, Any], now: datetime) -> str | None:
        return why_not_unpause(subscription)

    def at_gateway(self, request: Mapping[str, Any]) -> SubscriptionChange | None:
        return SubscriptionChange(unpause=True)

    def ask(self, gateway: PaymentGateway, operation: Operation, *, first: bool) -> Answer:
        """Two changes, each of which may be made again: not before that day, and then it collects again."""
        reference, later = operation.request["gateway_reference"], _not_before(operation)
        if first or not is_so(gateway.get_subscription(reference), later):
            dated = str(uuid.uuid5(uuid.UUID(operation.id), "next charge"))  # another request, another key
            gateway.change_subscription(reference, later, operation_id=dated)
        return super().ask(gateway, operation, first=first)

    def look_up(self, gateway: PaymentGateway, operation: Operation) -> Answer | None:
        found = super().look_up(gateway, operation)
        if found is None or found.state == "failed":
            return found
        there = gateway.get_subscription(operation.request["gateway_reference"])
        return found if is_so(there, _not_before(operation)) else None

    def message(self, operation: Operation) -> tuple[str, dict[str, Any]] | None:
        request = operation.request
        return "unpaused", {"product": request["product"], "renewal": request["new_end"]}


def _not_before(operation: Operation) -> SubscriptionChange:
    return SubscriptionChange(next_charge_at=datetime.fromisoformat(operation.request["new_end"]))


PAUSE, UNPAUSE = Pause(), Unpause()
register(PAUSE)
register(UNPAUSE)


def why_not_pause(subscription: Subscription) -> str | None:
    """Why it cannot be paused, in words; None if it can."""
    number = subscription.number
    if subscription.status == "paused":
        return f"{number} is already paused."
    if subscription.status != "active" or subscription.ended_at is not None:
        return f"Only a subscription that is active and paid can be paused; {number} is not."
    if subscription.set_to_end:
        return f"{number} is set to end: take the cancellation back first."
    if subscription.current_period_end is None:
        return f"The end of the period of {number} is not known, so what is left of it could not be kept."
    return None


def why_not_unpause(subscription: Subscription) -> str | None:
    """Why it cannot be resumed, in words; None if it can."""
    if subscription.status != "paused" or subscription.ended_at is not None:
        return f"{subscription.number} is not paused."
    return None


def _pause(subscription: Subscription) -> Asked:
    return Asked(
        verb=PAUSE,
        number=subscription.number,
        says=f"{subscription.number} is paused. Nothing is charged until it is resumed.",
    )


def _next_charge(data: Reading, subscription: Subscription, now: datetime) -> tuple[datetime, str]:
    """When it is charged next, and why then."""
    paused = events.latest(data.subscriptions, subscription.id, ["paused"])
    end, today = subscription.current_period_end, local_day(subscription, now)
    if end is not None and paused is not None and paused.occurred_at < end:
        days = (today - local_day(subscription, paused.occurred_at)).days
        was = local_day(subscription, end)
        new = same_time(subscription, end, was + timedelta(days=days))
        if new <= now:  # what was left was less than a day
            new = same_time(subscription, end, was + timedelta(days=days + 1))
        later = f"{words.plural(days, 'day')} later than without" if days else "as without"
        return new, f"{later} the pause"
    if end is not None and end > now:
        return end, "the end of the paid period"
    midnight = clocks.start_of(today, clocks.zone(subscription.customer_time_zone))
    new = same_time(subscription, end or midnight, one_interval_after(subscription, today))
    return new, "one period from today: no paid time is known to be left"


def _unpause(data: Reading, subscription: Subscription, now: datetime) -> Asked:
    new, _ = _next_charge(data, subscription, now)
    return Asked(
        verb=UNPAUSE,
        number=subscription.number,
        keeps={"new_end": instant(new)},
        log={"new_end": phrases.day(new)},
        says=f"{subscription.number} is active again. It renews on {phrases.moment(new)}.",
    )


def preview_pause(data: Reading, actor: Actor, number: str, *, now: datetime | None = None) -> Shown:
    """Raises NotPermitted, NotFound, and Refused where it is not possible."""
    subscription = asking.find(data, actor, number)
    lines = [
        ("Status", "Active → Paused, at once"),
        ("Access", "stops until it is resumed; what is left of the paid period is kept"),
        ("Next charge", "none while it is paused"),
        ("Effect on MRR", phrases.monthly(-subscription.mrr_units, subscription.currency)),
    ]
    asked, button = _pause(subscription), "Pause the subscription"
    return asking.shown(data, subscription, asked, lines=lines, button=button, now=now)


def preview_unpause(data: Reading, actor: Actor, number: str, *, now: datetime | None = None) -> Shown:
    """Raises NotPermitted, NotFound, and Refused where it is not possible."""
    moment = now or clocks.now()
    subscription = asking.find(data, actor, number)
    asked = _unpause(data, subscription, moment)
    end, why = _next_charge(data, subscription, moment)
    on = phrases.in_both_zones(end, subscription.customer_time_zone)
    lines = [
        ("Status", "Paused → Active, at once"),
        ("Next charge", f"{phrases.price(subscription)} on {on}: {why}"),
        ("Effect on MRR", phrases.monthly(units(subscription, "active"), subscription.currency)),
    ]
    button = "Resume the subscription"
    return asking.shown(data, subscription, asked, lines=lines, button=button, now=now)


def pause_subscription(
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
    """Nothing is charged until it is resumed. Raises as `asking.act` does."""
    form = checked_form(
        REASONS, operation_id=operation_id, reason=reason, note=note, ticket_number=ticket_number,
        tell_customer=tell_customer,
    )  # fmt: skip
    with reading() as data:
        asked = _pause(asking.find(data, actor, number))
    return asking.act(actor, asked, form, expected, now)


def unpause_subscription(
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
    """It is active again; what was left of the paid period is left. Raises as `asking.act` does."""
    form = checked_form(
        REASONS, operation_id=operation_id, reason=reason, note=note, ticket_number=ticket_number,
        tell_customer=tell_customer,
    )  # fmt: skip
    moment = now or clocks.now()
    with reading() as data:
        asked = _unpause(data, asking.find(data, actor, number), moment)
    return asking.act(actor, asked, form, expected, moment)
