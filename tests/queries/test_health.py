"""Each check finds the contradiction built for it, and nothing among clean rows."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection

from console import db
from queries import health
from queries.health import HealthRow, health_check, health_count, health_rows, health_summary
from queries.health_checks import CHECKS
from queries.recurring import monthly_units
from tests import build
from tests.conftest import Databases

HOUR = timedelta(hours=1)
LATER = build.START + HOUR
END = datetime(2026, 2, 1, tzinfo=UTC)
UNITS = monthly_units(1000, "month", 1)
Build = Callable[[Connection], Any]


def subscription(connection: Connection, *, events: bool = True, **values: Any) -> build.Row:
    """A subscription of a new customer with the events its present MRR needs."""
    row = build.subscription(connection, build.customer(connection)["id"], **values)
    if events and row["status"] in {"active", "past_due"} and row["ended_at"] is None:
        units = monthly_units(row["price_minor"], row["interval"], row["interval_count"])
        build.subscription_event(connection, row, "started", mrr_delta_units=units)
    return row


def renewal(connection: Connection, row: build.Row, **values: Any) -> build.Row:
    defaults = {"subscription_id": row["id"], "period_end": row["current_period_end"]}
    return build.charge(connection, row["customer_id"], **(defaults | values))


def ticket(connection: Connection, *statuses: str, **values: Any) -> build.Row:
    """A ticket whose statuses were an hour apart; the last one is its own."""
    row = build.ticket(connection, **({"status": statuses[-1]} if statuses else {}) | values)
    before = None
    for hours, status in enumerate(statuses):
        at = build.START + hours * HOUR
        build.ticket_event(connection, row["id"], "status", status, value_from=before, occurred_at=at)
        before = status
    return row


def clean_subscriptions(connection: Connection) -> None:
    """As it should be: also odd intervals, ended trials, paused, a change of price, refunds of a part."""
    for interval, count in (("month", 1), ("year", 1), ("week", 2), ("day", 7), ("day", 11), ("month", 7)):
        renewal(connection, subscription(connection, interval=interval, interval_count=count))
    subscription(connection, status="trialing", trial_end=END)
    subscription(connection, status="expired", trial_end=END, ended_at=END)
    ended = subscription(connection, status="canceled", ended_at=END)
    build.subscription_event(connection, ended, "started", mrr_delta_units=UNITS)
    build.subscription_event(connection, ended, "ended", mrr_delta_units=-UNITS, occurred_at=END)
    subscription(connection, status="paused")
    changed = subscription(connection, price_minor=2000)
    charge = renewal(connection, changed)
    build.subscription_event(connection, changed, "price_changed", occurred_at=LATER)
    for status in ("succeeded", "succeeded", "failed"):
        build.refund(connection, charge["id"], amount_minor=620, tax_minor=120, status=status)
    renewal(connection, changed, status="failed", amount_minor=1)
    build.customer(connection, stated_status="churned")


def clean_tickets(connection: Connection) -> None:
    ticket(connection, "new")
    ticket(connection, "new", "open", "pending", "open", "solved", "open")
    ticket(connection, "new", "solved", "closed", closed_at=build.START + 2 * HOUR)


def churned(connection: Connection) -> None:
    customer = build.customer(connection, stated_status="churned")
    row = build.subscription(connection, customer["id"], status="trialing", trial_end=END)
    build.subscription(connection, customer["id"], status="trialing", trial_end=END, plan_id=row["plan_id"])


def over_refunded(connection: Connection) -> None:
    charge = renewal(connection, subscription(connection))
    build.refund(connection, charge["id"], amount_minor=1000)
    build.refund(connection, charge["id"], amount_minor=241, status="pending")


def refunded_though_failed(connection: Connection) -> None:
    charge = renewal(connection, subscription(connection), status="failed")
    build.refund(connection, charge["id"], amount_minor=10)


def missing_event(connection: Connection) -> None:
    subscription(connection, events=False)


def doubled_event(connection: Connection) -> None:
    build.subscription_event(connection, subscription(connection), "started", mrr_delta_units=1)


def still_counted(connection: Connection) -> None:
    build.subscription_event(
        connection, subscription(connection, status="paused"), "started", mrr_delta_units=UNITS
    )


def reversed_times(connection: Connection) -> None:
    row = ticket(connection, "new", "open", status="solved")
    before = build.START - HOUR / 2 + HOUR
    build.ticket_event(connection, row["id"], "status", "solved", value_from="open", occurred_at=before)
    build.ticket_event(
        connection, row["id"], "status", "solved", value_from="solved", occurred_at=LATER + HOUR
    )


def equal_times(connection: Connection) -> None:
    row = ticket(connection, "new", status="open")
    build.ticket_event(connection, row["id"], "status", "open", value_from="new")


def broken_chain(value_from: str | None) -> Build:
    def built(connection: Connection) -> None:
        row = ticket(connection, "new", "open", status="solved")
        at = build.START + 2 * HOUR
        build.ticket_event(connection, row["id"], "status", "solved", value_from=value_from, occurred_at=at)

    return built


def unknown_word(connection: Connection) -> None:
    build.ticket_event(connection, ticket(connection, "new")["id"], "reported_status", "-100")


CONTRADICTIONS: list[tuple[str, Build]] = [
    ("churned_but_live", churned),
    (
        "ended_before_start",
        lambda c: subscription(c, status="canceled", ended_at=build.START - HOUR),
    ),
    ("no_renewal_date", lambda c: subscription(c, current_period_end=None)),
    ("no_trial_end", lambda c: subscription(c, status="trialing")),
    ("ended_without_date", lambda c: subscription(c, status="canceled")),
    ("live_with_end", lambda c: subscription(c, ended_at=END)),
    ("events_are_not_mrr", missing_event),
    ("events_are_not_mrr", doubled_event),
    ("events_are_not_mrr", still_counted),
    ("charge_without_customer", lambda c: build.charge(c, None)),
    ("charge_is_not_price", lambda c: renewal(c, subscription(c), amount_minor=1241)),
    ("charge_is_not_price", lambda c: renewal(c, subscription(c), currency="SEK")),
    ("refund_without_charge", lambda c: build.refund(c, None)),
    (
        "refund_in_other_currency",
        lambda c: build.refund(c, renewal(c, subscription(c))["id"], currency="SEK"),
    ),
    ("refunded_above_charge", over_refunded),
    ("refunded_above_charge", refunded_though_failed),
    ("first_event_not_new", lambda c: ticket(c, "open", "solved")),
    ("ticket_without_history", lambda c: ticket(c, status="open")),
    ("closed_before_created", lambda c: ticket(c, "new", "closed", closed_at=build.START - HOUR)),
    ("open_with_closing", lambda c: ticket(c, "new", "open", closed_at=END)),
    ("event_before_created", lambda c: ticket(c, "new", "open", created_at=build.START + HOUR / 2)),
    ("times_not_rising", reversed_times),
    ("times_not_rising", equal_times),
    ("chain_broken", broken_chain("pending")),
    ("chain_broken", broken_chain(None)),
    ("status_is_not_latest", lambda c: ticket(c, "new", "open", status="solved")),
    ("unknown_word", unknown_word),
    ("unknown_customer", lambda c: ticket(c, "new", customer_number="C-nobody")),
]


def found() -> dict[str, int]:
    with db.reading() as data:
        summary = health_summary(data.subscriptions, data.tickets)
    return {finding.check.key: finding.count for finding in summary if finding.count}


def rows(key: str, **options: Any) -> health.HealthRows:
    with db.reading() as data:
        return health_rows(data.subscriptions, data.tickets, key, **options)


def built(*, of_tickets: Build, of_subscriptions: Build) -> None:
    with db.writing("subscriptions") as connection:
        of_subscriptions(connection)
    with db.writing("tickets") as connection:
        of_tickets(connection)


def test_nothing_is_found_among_clean_rows(databases: Databases) -> None:
    built(of_tickets=clean_tickets, of_subscriptions=clean_subscriptions)
    assert found() == {}


def test_each_contradiction_is_found_once_and_by_its_own_check(databases: Databases) -> None:
    built(of_tickets=clean_tickets, of_subscriptions=clean_subscriptions)
    for database in db.DATABASES[:2]:
        with db.writing(database) as connection:
            for key, contradiction in CONTRADICTIONS:
                check = health_check(key)
                if check and (check.entity == "ticket") == (database == "tickets"):
                    contradiction(connection)
    expected = Counter(key for key, _ in CONTRADICTIONS)
    assert found() == expected
    for key, count in expected.items():
        listed = rows(key)
        assert len(listed.rows) == count
        assert all(row.number and row.facts for row in listed.rows)
        assert listed.next is None


def test_every_check_has_a_contradiction_here() -> None:
    assert {key for key, _ in CONTRADICTIONS} == {check.key for check in CHECKS}
    assert len({check.key for check in CHECKS}) == len(CHECKS)
    assert health_check("nonsense") is None


def test_a_row_says_what_contradicts_itself(databases: Databases) -> None:
    with db.writing("subscriptions") as connection:
        row = subscription(connection, number="S-odd", status="canceled", ended_at=build.START - HOUR)
    listed = rows("ended_before_start").rows
    with db.reading() as data:
        assert health_count(data.subscriptions, data.tickets, "ended_before_start") == 1
    assert listed[0].id == row["id"]
    assert (listed[0].number, listed[0].facts) == (
        "S-odd",
        {"status": "canceled", "started_at": build.START, "ended_at": build.START - HOUR},
    )


def test_lists_go_on_after_the_last_id(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "BATCH", 3)
    with db.writing("subscriptions") as connection:
        known = build.customer(connection)["number"]
    with db.writing("tickets") as connection:
        for n in range(14):
            ticket(connection, "open", customer_number=known if n % 2 else f"C-no-{n // 4}")
    for key, count in (("unknown_customer", 7), ("first_event_not_new", 14)):
        listed: list[HealthRow] = []
        after: int | None = 0
        while after is not None:
            page = rows(key, after=after, limit=4)
            listed += page.rows
            after = page.next
        assert [row.id for row in listed] == sorted({row.id for row in listed})
        assert (len(listed), found()[key]) == (count, count)


def test_counts_stop(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "COUNT_STOPS_AT", 2)
    with db.writing("tickets") as connection:
        for _ in range(3):
            ticket(connection, "new", customer_number="C-nobody")
    assert found() == {"unknown_customer": 2}
