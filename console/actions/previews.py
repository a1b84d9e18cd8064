"""What a cancellation, or taking one back, will do: computed by the rules that will act."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from console import clocks
from console.access import Actor, Permission, require
from console.actions import cancellation, cancelling
from console.actions.cancellation import Expected, When
from console.actions.subscription_verb import load
from console.db import Reading
from console.errors import Refused, Unavailable
from queries import subscriptions, ticket_mentions
from queries.subscriptions import Subscription


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The subscription as it is, and `after` as it will be. Amounts are minor units of its currency without
    tax; MRR is in units of queries.recurring; instants are UTC."""

    subscription: Subscription
    after: Subscription
    asked_at: datetime
    mrr_delta_units: int
    mrr_changes_at: datetime
    next_charge_at: datetime | None
    next_charge_minor: int | None
    other_live: int  # the customer's other subscriptions, which stay as they are
    tickets: tuple[str, ...] | None  # open ones that speak of cancelling or a refund; None: could not be read
    warnings: tuple[str, ...]  # sentences
    expected: Expected  # give it back when confirming

    @property
    def number(self) -> str:
        return self.subscription.number

    @property
    def trial(self) -> bool:
        return "trialing" in (self.subscription.status, self.after.status)

    @property
    def version(self) -> int:
        return self.expected.version

    @property
    def fingerprint(self) -> str:
        return self.expected.fingerprint


@dataclass(frozen=True, kw_only=True)
class CancelPreview(Preview):
    """The next charge is the one that will not be made. Cancelling never refunds: `unused_days` (full days of
    the customer's calendar, paid for and lost) is what a refund, a decision of its own, would be about."""

    at: When
    ends_at: datetime  # access stops, and the status becomes that of `after`
    unused_days: int
    renews_before: bool = False  # the next charge is made after all: the end lies behind it


@dataclass(frozen=True, kw_only=True)
class UndoPreview(Preview):
    """The next charge is the one that will be made again."""


def preview_cancel(
    data: Reading,
    actor: Actor,
    number: str,
    at: When,
    *,
    last_day: date | None = None,
    now: datetime | None = None,
) -> CancelPreview:
    """Raises NotPermitted, NotFound, and Refused where it is not possible."""
    require(actor, Permission.CANCEL_SUBSCRIPTION)
    moment = now or clocks.now()
    subscription = load(data.subscriptions, number)
    day = cancellation.end_of_day(subscription, last_day) if at == "date" and last_day else None
    _require_possible(cancelling.why_not(subscription, at, None, moment, day))
    end = day or (None if at == "now" else cancellation.ends_at(subscription)) or moment
    renews_before = subscription.next_charge_at is not None and subscription.next_charge_at < end
    return CancelPreview(
        subscription=subscription,
        after=replace(subscription, status="canceled", ended_at=end),
        asked_at=moment,
        mrr_delta_units=-subscription.mrr_units,
        mrr_changes_at=end,
        next_charge_at=subscription.next_charge_at,
        next_charge_minor=subscription.next_charge_minor,
        other_live=_other_live(data, subscription),
        tickets=_tickets(data, subscription),
        warnings=_warnings(subscription, moment),
        expected=cancellation.as_it_is(subscription, at),
        renews_before=renews_before,
        at=at,
        ends_at=end,
        unused_days=unused_days(subscription, moment) if at == "now" else 0,
    )


def preview_undo(data: Reading, actor: Actor, number: str, *, now: datetime | None = None) -> UndoPreview:
    """Raises NotPermitted, NotFound, and Refused where it is not possible."""
    require(actor, Permission.CANCEL_SUBSCRIPTION)
    moment = now or clocks.now()
    subscription = load(data.subscriptions, number)
    was = cancelling.status_before_end(data, subscription)
    _require_possible(cancelling.why_not(subscription, "undo", was, moment))
    after = replace(
        subscription,
        status=was or subscription.status,
        ended_at=None,
        cancel_at_period_end=False,
        cancel_at=None,
    )
    return UndoPreview(
        subscription=subscription,
        after=after,
        asked_at=moment,
        mrr_delta_units=after.mrr_units - subscription.mrr_units,
        mrr_changes_at=moment,
        next_charge_at=after.next_charge_at,
        next_charge_minor=after.next_charge_minor,
        other_live=_other_live(data, subscription),
        tickets=_tickets(data, subscription),
        warnings=_warnings(after, moment),
        expected=cancellation.as_it_is(subscription, "undo"),
    )


def _require_possible(why_not: str | None) -> None:
    if why_not is not None:
        raise Refused(why_not)


def unused_days(subscription: Subscription, now: datetime) -> int:
    """Full days of the customer's calendar between today and the end of the paid period: today is used. None
    where nothing is paid: on trial, past due, paused."""
    end = subscription.current_period_end
    if end is None or subscription.status != "active":
        return 0
    zone = clocks.zone(subscription.customer_time_zone)
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return max(0, (end.astimezone(zone).date() - tomorrow).days)


def _other_live(data: Reading, subscription: Subscription) -> int:
    theirs = subscriptions.of_customer(data.subscriptions, subscription.customer_id)
    return sum(other.live and other.id != subscription.id for other in theirs)


def _tickets(data: Reading, subscription: Subscription) -> tuple[str, ...] | None:
    try:
        return tuple(ticket_mentions.of_cancelling(data.tickets, subscription.customer_number))
    except Unavailable:  # cancelling does not wait for the ticket system
        return None


def _warnings(subscription: Subscription, now: datetime) -> tuple[str, ...]:
    said = []
    if subscription.status == "past_due":
        said.append("The last payment failed and is still open: this neither collects nor waives it.")
    if subscription.set_to_end:
        said.append("It is already set to end: cancelling at once ends it sooner.")
    if subscription.survives is False:
        said.append("The card expires before the next charge.")
    end = cancellation.ends_at(subscription)
    if subscription.status in {"active", "trialing"} and end is not None and end <= now:
        said.append("Its period is over although it still runs: a renewal may be under way.")
    return tuple(said)
