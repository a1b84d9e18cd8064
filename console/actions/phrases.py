"""Phrases of the verbs in plain text: moments, prices, and what a confirmation rests on."""

from datetime import datetime

from console import clocks, money, times, words
from queries.recurring import minor_from_units
from queries.subscriptions import Subscription


def moment(value: datetime | None, zone: str | None = None) -> str:
    """ "1 Feb 2026, 02:00 Europe/Helsinki": in the reporting zone unless told otherwise."""
    if value is None:
        return "not known"
    there = clocks.zone(zone)
    return f"{times.moment(value, there)} {there.key}"


def moment_with_seconds(value: datetime) -> str:
    """ "10:31:05 Europe/Helsinki": for what happens within the hour."""
    there = clocks.zone()
    return f"{value.astimezone(there):%H:%M:%S} {there.key}"


def in_both_zones(value: datetime | None, customer_zone: str | None) -> str:
    """In the customer's zone, and in the company's where that reads differently."""
    company = moment(value)
    theirs = moment(value, customer_zone)
    return company if theirs == company else f"{theirs} ({company})"


def day(value: datetime | None, zone: str | None = None) -> str:
    return times.day_of(value, clocks.zone(zone)) if value else "not known"


def product(subscription: Subscription) -> str:
    """Product and plan; the plan alone where its name begins with the product's."""
    name, plan = subscription.product_name, subscription.plan_name
    return plan if plan.startswith(name) else f"{name}, {plan}"


def price(subscription: Subscription) -> str:
    amount = money.in_words(subscription.price_minor, subscription.currency)
    how_often = words.interval(subscription.interval, subscription.interval_count)
    return f"{amount} {how_often}, without tax"


def monthly(units: int, currency: str) -> str:
    """A change of MRR: "−10.00 € a month", "none"."""
    if units == 0:
        return "none"
    minor = minor_from_units(units)
    return f"{'−' if minor < 0 else '+'}{money.in_words(abs(minor), currency)} a month"


def cancellation(subscription: Subscription) -> str:
    if subscription.ended_at is not None:
        return f"ended on {moment(subscription.ended_at)}"
    if subscription.set_to_end:
        end = subscription.ends_at
        return f"set to end on {moment(end)}" if end else "set to end"
    return "none"


def facts(subscription: Subscription) -> dict[str, str]:
    """What a confirmation rests on, field by field: compared word by word when it has changed."""
    said = {
        "status": words.status("subscription", subscription.status),
        "plan": product(subscription),
        "quantity": str(subscription.quantity),
        "renewal price": price(subscription),
        "period ends": moment(subscription.current_period_end),
        "cancellation": cancellation(subscription),
    }
    if subscription.trial_end is not None:
        said["trial ends"] = moment(subscription.trial_end)
    return said


def outcome(subscription: Subscription, step: str) -> str:
    """What a verb has done, in one sentence."""
    number = subscription.number
    if step in {"period_end", "date"}:
        renews = "" if subscription.next_charge_at else " and will not renew"
        return f"{number} will end on {moment(subscription.ends_at)}{renews}."
    if step == "now":
        return f"{number} has ended and will not renew. Nothing was refunded by this."
    if subscription.next_charge_at is None:
        return f"{number} runs on."
    amount = money.in_words(subscription.price_minor, subscription.currency)
    return f"{number} runs on. The next charge is {amount} without tax on {day(subscription.next_charge_at)}."
