"""The tables that stand on more than one screen: charges, refunds, tickets, a subscription's life."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Literal

import streamlit as st

from console import clocks, money, times, words
from console.ui.tables import Column, table
from queries.charges import Charge, Refund
from queries.paging import Cursor
from queries.recurring import minor_from_units
from queries.subscription_events import SubscriptionEvent
from queries.subscriptions import Subscription
from queries.tickets import Ticket


def charges_table(rows: Sequence[Charge], *, key: str, empty: str) -> None:
    """Newest first, with what was given back of each."""
    table(
        [
            {
                "at": row.created_at,
                "kind": words.sentence_case(row.kind),
                "subscription": row.subscription_number,
                "amount": row.amount_minor,
                "tax": row.tax_minor,
                "refunded": row.refunded_minor or None,
                "currency": row.currency,
                "status": row.status,
                "card": words.card(row.brand, row.last4),
                "why": words.sentence_case(row.failure_code) if row.failure_code else None,
                "invoice": row.invoice_number,
            }
            for row in rows
        ],
        [
            Column("at", "When", "instant"),
            Column("kind", "What"),
            Column("subscription", "Subscription", opens="subscription.py", width=110),
            Column("amount", "Amount", "money", help="With tax"),
            Column("tax", "Of which tax", "money"),
            Column("refunded", "Refunded", "money"),
            Column("status", "Status", "status", of="charge"),
            Column("card", "Paid with"),
            Column("why", "Failed because"),
            Column("invoice", "Invoice"),
        ],
        key=key,
        alt="Charges, newest first",
        empty=empty,
    )


def refunds_table(rows: Sequence[Refund], *, key: str) -> None:
    """Newest first; nothing at all is drawn where nothing was refunded."""
    if not rows:
        return
    st.caption("Refunds")
    table(
        [{**asdict(row), "reason": words.sentence_case(row.reason)} for row in rows],
        [
            Column("created_at", "When", "instant"),
            Column("amount_minor", "Refunded", "money", help="With tax"),
            Column("tax_minor", "Of which tax", "money"),
            Column("status", "Status", "status", of="refund"),
            Column("reason", "Reason"),
            Column("invoice_number", "Of invoice"),
        ],
        key=key,
        alt="Refunds, newest first",
        empty="",
    )


def tickets_table(
    rows: Sequence[Ticket], *, key: str, empty: str, height: Literal["auto", "content"] = "auto"
) -> None:
    """Tickets in the order they come in; a badge says that the customer waits for our answer."""
    table(
        [
            {
                "number": row.number,
                "subject": row.subject,
                "status": row.status,
                "waits": row.unanswered,
                "priority": words.sentence_case(row.priority),
                "problem_type": row.problem_type,
                "team": row.team,
                "assignee": row.assignee_name,
                "channel": words.CHANNEL.get(row.channel or "", row.channel),
                "language": words.language(row.language),
                "created_at": row.created_at,
                "age": times.ago(row.created_at),
            }
            for row in rows
        ],
        [
            Column("number", "Ticket", opens="ticket.py", width=90),
            Column("subject", "Subject", width=250),
            Column("status", "Status", "status", of="ticket", width=85),
            Column("waits", "Answer", "flag", of="Waits for us", width=105),
            Column("age", "Written", width=100),
            Column("priority", "Priority", width=70),
            Column("problem_type", "Problem", width=125),
            Column("team", "Team", width=85),
            Column("assignee", "Assignee", width=120),
            Column("channel", "Channel"),
            Column("language", "Language"),
            Column("created_at", "Created", "instant"),
        ],
        key=key,
        alt="Tickets",
        empty=empty,
        height=height,
    )


EVENTS = {
    "trial_started": "Trial started",
    "trial_extended": "Trial extended",
    "started": "First paid period began",
    "renewed": "Renewed",
    "plan_changed": "Plan changed",
    "price_changed": "Price changed",
    "payment_failed": "Payment failed",
    "payment_recovered": "Payment recovered",
    "paused": "Paused",
    "resumed": "Resumed",
    "cancel_requested": "Cancellation requested",
    "cancel_undone": "Cancellation taken back",
    "ended": "Ended",
    "licence_sent": "Licence key sent again",
    "licence_replaced": "Licence key replaced",
    "payment_link_sent": "Payment link sent",
    "reported": "Reported by the source",
}
ACTORS = {"customer": "Customer", "staff": "Staff", "system": "Billing"}


def life(rows: Sequence[SubscriptionEvent]) -> None:
    """A subscription's events, newest first, with what each did to the monthly revenue."""
    table(
        [
            {
                "at": row.occurred_at,
                "what": EVENTS.get(row.kind, words.sentence_case(row.kind)),
                "who": ACTORS.get(row.actor, row.actor),
                "why": words.sentence_case(row.reason) if row.reason else None,
                "note": row.note,
                "mrr": minor_from_units(row.mrr_delta_units) or None,
                "currency": row.currency,
            }
            for row in rows
        ],
        [
            Column("at", "When", "instant"),
            Column("what", "What"),
            Column("who", "By", width=65),
            Column("why", "Reason"),
            Column("mrr", "MRR", "money", width=95, help="How it changed the monthly recurring revenue"),
            Column("note", "Note"),
        ],
        key="life",
        alt="The life of this subscription, newest first",
        empty="Nothing is known of its past.",
    )


def more(what: str, following: Cursor | None) -> None:
    """Say that a list on a page was cut; nothing is dropped in silence."""
    if following:
        st.caption(f"The newest {what} are shown; there are older ones.")


def last_paid(subscription: Subscription) -> str:
    """ "12.55 € on 1 Nov 2026", with tax; or that nothing was paid yet."""
    if subscription.last_paid_minor is None or subscription.last_paid_currency is None:
        return "Nothing known"
    amount = money.in_words(subscription.last_paid_minor, subscription.last_paid_currency)
    return f"{amount} on {times.day_of(subscription.last_paid_at)}"


def cancellation(subscription: Subscription) -> str:
    """Who asked for the end, when and why."""
    if subscription.cancel_requested_at is None:
        return "Set to end, the source does not say by whom" if subscription.cancel_at_period_end else "None"
    who = {"customer": "by the customer", "staff": "by staff"}.get(subscription.cancel_requested_by or "", "")
    why = f": {words.sentence_case(subscription.cancel_reason).lower()}" if subscription.cancel_reason else ""
    return f"Requested {who} {times.moment(subscription.cancel_requested_at)}{why}"


def period(subscription: Subscription) -> str:
    """The paid period, in the customer's zone."""
    start, end = subscription.current_period_start, subscription.current_period_end
    if start is None and end is None:
        return "Not known"
    zone = clocks.zone(subscription.customer_time_zone)
    return f"{times.day_of(start, zone)} – {times.day_of(end, zone)}"
