"""The rows of a worked example: few customers, one currency, days in UTC.

Days are texts like "2026-02-15" (their first instant), prices minor units without tax per interval.
"""

from datetime import UTC, datetime
from typing import Any

from console.demo.rows import Book, Row
from console.demo.worked import PLAN
from queries.recurring import monthly_units

CURRENCY = "EUR"  # the published examples name none


def at(text: str) -> datetime:
    """An instant in UTC: "2026-02-01" or "2026-02-01T10:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def customer(book: Book, joined: str) -> int:
    """A new customer's id."""
    number = book.next_id("customers")
    name = f"Example {number}"
    book.customers.append(
        {
            "id": number, "number": f"C-{number}", "email": f"example{number}@example.com", "name": name,
            "name_folded": name.casefold(), "created_at": at(joined),
        }
    )  # fmt: skip
    return number


def subscribed(
    book: Book,
    price_minor: int,
    start: str,
    *,
    interval: str = "month",
    every: int = 1,
    status: str = "active",
    period: tuple[str, str] | None = None,
    trial_end: str | None = None,
    asked_on: str | None = None,
    ended_on: str | None = None,
) -> Row:
    """A subscription of a customer of its own, as it is now; `period` is the present one. What happened to it
    is told by `started`, `changed` and `charged`."""
    number = book.next_id("subscriptions")
    begins, ends = period or (start, None)
    row = {
        "id": number, "number": f"S-{number}", "customer_id": customer(book, start), "plan_id": PLAN,
        "status": status, "price_minor": price_minor, "currency": CURRENCY, "interval": interval,
        "interval_count": every, "started_at": at(start), "trial_end": trial_end and at(trial_end),
        "current_period_start": at(begins), "current_period_end": ends and at(ends),
        "cancel_requested_at": asked_on and at(asked_on), "ended_at": ended_on and at(ended_on),
    }  # fmt: skip
    book.subscriptions.append(row)
    return row


def event(
    book: Book, subscription: Row, kind: str, day: str, units: int = 0, *, actor: str = "system"
) -> None:
    """What happened, and by how many units of queries.recurring MRR changed."""
    book.subscription_events.append(
        {
            "id": book.next_id("subscription_events"), "subscription_id": subscription["id"],
            "customer_id": subscription["customer_id"], "kind": kind, "occurred_at": at(day),
            "recorded_at": at(day), "actor": actor, "mrr_delta_units": units, "currency": CURRENCY,
        }
    )  # fmt: skip


def worth(subscription: Row) -> int:
    """Its MRR in units."""
    terms: tuple[Any, ...] = tuple(
        subscription[name] for name in ("price_minor", "interval", "interval_count")
    )
    return monthly_units(*terms)


def paying(book: Book, price_minor: int, start: str, **terms: Any) -> Row:
    """A subscription that is paid for from its start; `terms` as of `subscribed`."""
    made = subscribed(book, price_minor, start, **terms)
    event(book, made, "started", start, worth(made))
    return made


def ended(book: Book, subscription: Row, day: str) -> None:
    event(book, subscription, "ended", day, -worth(subscription))


def repriced(book: Book, subscription: Row, price_minor: int, day: str) -> None:
    """From that day on it costs this much; the row stays as it was sold."""
    change = worth({**subscription, "price_minor": price_minor}) - worth(subscription)
    event(book, subscription, "plan_changed", day, change)


def charged(book: Book, subscription: Row, start: str, end: str, *, kind: str = "renewal") -> None:
    """A charge for a period, due and paid on its first day."""
    _charge(book, subscription, start, end, kind=kind, due=start, status="succeeded", settled_at=at(start))


def owed(book: Book, amount_minor: int, start: str, end: str, *, due: str) -> None:
    """A charge of a subscription of its own for a period, which nobody has paid."""
    bought = subscribed(book, amount_minor, start, period=(start, end))
    _charge(book, bought, start, end, kind="purchase", due=due, status="pending", settled_at=None)


def _charge(
    book: Book, subscription: Row, start: str, end: str, *, kind: str, due: str, **settled: Any
) -> None:
    row = {
        "id": book.next_id("charges"), "customer_id": subscription["customer_id"],
        "subscription_id": subscription["id"], "kind": kind, "period_start": at(start), "period_end": at(end),
        "amount_minor": subscription["price_minor"], "currency": CURRENCY, "created_at": at(start),
        "due_at": at(due),
    }  # fmt: skip
    book.charges.append(row | settled)
