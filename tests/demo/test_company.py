"""What is in the sample company agrees with itself: money, events, tickets and time."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from console import clocks
from console.actions.cancellation import REASONS
from console.db import Database
from console.demo.catalogue import share, tax_rate
from queries.lookup import folded
from queries.recurring import monthly_units
from queries.tables_subscriptions import (
    CHARGE_KINDS,
    CHARGE_STATUSES,
    EVENT_KINDS,
    PAYING_STATUSES,
    REFUND_STATUSES,
    SUBSCRIPTION_STATUSES,
    charges,
    customers,
    payment_methods,
    plans,
    refunds,
    subscription_events,
    subscriptions,
)
from queries.tables_tickets import (
    CHANNELS,
    DEFAULT_PROBLEM_TYPE,
    OPEN_STATUSES,
    PRIORITIES,
    TICKET_STATUSES,
    agents,
    ticket_events,
    ticket_messages,
    tickets,
)
from tests.conftest import Databases
from tests.demo.rows import rows

Row = dict[str, Any]
pytestmark = pytest.mark.usefixtures("company")


def grouped(found: list[Row], key: str) -> dict[Any, list[Row]]:
    groups: dict[Any, list[Row]] = defaultdict(list)
    for row in found:
        groups[row[key]].append(row)
    return groups


def by_id(database: Database, table: Any) -> dict[int, Row]:
    return {row["id"]: row for row in rows(database, table)}


def test_the_mrr_deltas_of_a_subscription_are_its_mrr_now() -> None:
    events = grouped(rows("subscriptions", subscription_events), "subscription_id")
    for sub in rows("subscriptions", subscriptions):
        units = monthly_units(sub["price_minor"], sub["interval"], sub["interval_count"])
        expected = units if sub["status"] in PAYING_STATUSES else 0
        assert sum(event["mrr_delta_units"] for event in events[sub["id"]]) == expected, sub["number"]


def test_every_event_moves_mrr_as_its_kind_may() -> None:
    still = {
        "trial_started",
        "renewed",
        "payment_failed",
        "payment_recovered",
        "cancel_requested",
        "cancel_undone",
    }
    for event in rows("subscriptions", subscription_events):
        assert event["kind"] in EVENT_KINDS
        assert event["recorded_at"] == event["occurred_at"]
        if event["kind"] in still:
            assert event["mrr_delta_units"] == 0
        if event["kind"] in {"started", "resumed"}:
            assert event["mrr_delta_units"] > 0
        if event["kind"] == "paused":
            assert event["mrr_delta_units"] < 0


def test_events_of_a_subscription_are_in_the_order_of_time() -> None:
    for events in grouped(rows("subscriptions", subscription_events), "subscription_id").values():
        assert events[0]["kind"] in {"trial_started", "started"}
        for before, after in pairwise(events):
            assert before["occurred_at"] <= after["occurred_at"]
        assert all(event["kind"] != "ended" for event in events[:-1])


def test_status_events_and_dates_agree() -> None:
    events = grouped(rows("subscriptions", subscription_events), "subscription_id")
    since = {row["id"]: row["created_at"] for row in rows("subscriptions", customers)}
    for sub in rows("subscriptions", subscriptions):
        assert sub["status"] in SUBSCRIPTION_STATUSES
        last = events[sub["id"]][-1]
        assert (sub["ended_at"] is not None) == (sub["status"] in {"canceled", "expired"})
        assert (sub["status"] == "canceled") == (
            sub["ended_at"] is not None and sub["cancel_requested_at"] is not None
        )
        assert sub["ended_at"] == (last["occurred_at"] if last["kind"] == "ended" else None)
        assert sub["version"] == len(events[sub["id"]])
        assert sub["started_at"] == events[sub["id"]][0]["occurred_at"]
        assert since[sub["customer_id"]] <= sub["started_at"]
        assert (sub["cancel_reason"] is None) == (sub["cancel_requested_at"] is None)
        assert sub["cancel_reason"] is None or sub["cancel_reason"] in REASONS
        if sub["cancel_at_period_end"]:
            assert sub["ended_at"] is None
            assert sub["cancel_requested_at"] is not None
        if sub["status"] == "paused":
            assert sub["current_period_end"] is None
            assert last["kind"] == "paused"


def test_charges_are_the_price_and_its_tax() -> None:
    country = {row["id"]: row["country"] for row in rows("subscriptions", customers)}
    for charge in rows("subscriptions", charges):
        assert charge["kind"] in CHARGE_KINDS
        assert charge["status"] in CHARGE_STATUSES
        rate = tax_rate(country[charge["customer_id"]], charge["period_start"])
        net = charge["amount_minor"] - charge["tax_minor"]
        assert charge["tax_minor"] == round(Fraction(net * rate, 1000))
        assert net > 0


def test_the_latest_price_paid_is_the_price_of_the_subscription() -> None:
    paid = grouped(rows("subscriptions", charges), "subscription_id")
    for sub in rows("subscriptions", subscriptions):
        assert sub["id"] not in paid or (
            paid[sub["id"]][-1]["amount_minor"] - paid[sub["id"]][-1]["tax_minor"] == sub["price_minor"]
        )


def test_plans_and_subscriptions_have_one_currency_and_interval() -> None:
    plan = by_id("subscriptions", plans)
    for sub in rows("subscriptions", subscriptions):
        for column in ("currency", "interval", "interval_count"):
            assert sub[column] == plan[sub["plan_id"]][column]
    assert {sub["currency"] for sub in plan.values()} == {"EUR", "USD", "SEK", "JPY", "GBP"}


def test_paid_periods_follow_each_other() -> None:
    """A renewal begins where the paid period before it ended, except after a pause."""
    resumed = {
        (event["subscription_id"], event["occurred_at"])
        for event in rows("subscriptions", subscription_events)
        if event["kind"] == "resumed"
    }
    paid = [charge for charge in rows("subscriptions", charges) if charge["status"] == "succeeded"]
    for number, its in grouped(paid, "subscription_id").items():
        assert its[0]["kind"] == "purchase"
        for before, after in pairwise(its):
            assert after["kind"] in {"renewal", "upgrade"}
            starts = after["period_start"]
            assert starts == before["period_end"] or (number, starts) in resumed


def test_attempts_count_up_and_only_the_latest_has_the_invoice() -> None:
    attempts = grouped(rows("subscriptions", charges), "subscription_id")
    for of_subscription in attempts.values():
        for of_period in grouped(of_subscription, "period_start").values():
            assert [charge["attempt"] for charge in of_period] == list(range(1, len(of_period) + 1))
            assert all(charge["status"] == "failed" and charge["failure_code"] for charge in of_period[:-1])
            assert [charge["invoice_number"] is not None for charge in of_period] == [False] * (
                len(of_period) - 1
            ) + [True]


def test_nothing_is_refunded_beyond_its_charge() -> None:
    charge = by_id("subscriptions", charges)
    by_charge = grouped(rows("subscriptions", refunds), "charge_id")
    assert by_charge
    for number, its in by_charge.items():
        assert charge[number]["status"] == "succeeded"
        assert 0 < sum(refund["amount_minor"] for refund in its) <= charge[number]["amount_minor"]
        for refund in its:
            assert refund["status"] in REFUND_STATUSES
            assert refund["currency"] == charge[number]["currency"]
            assert refund["created_at"] >= charge[number]["settled_at"]
            share_of_tax = Fraction(
                charge[number]["tax_minor"] * refund["amount_minor"], charge[number]["amount_minor"]
            )
            assert refund["tax_minor"] == round(share_of_tax)


def test_cards_are_their_owners() -> None:
    owner = {row["id"]: row["customer_id"] for row in rows("subscriptions", payment_methods)}
    for row in [*rows("subscriptions", subscriptions), *rows("subscriptions", charges)]:
        assert row["payment_method_id"] is None or owner[row["payment_method_id"]] == row["customer_id"]


def test_names_are_folded_for_search() -> None:
    people = rows("subscriptions", customers)
    assert all(row["name_folded"] == folded(row["name"]) for row in people)
    addresses = [row["email"].lower() for row in people if row["email"]]
    assert len(set(addresses)) == len(addresses)


def instants(database: Database, table: Any, names: tuple[str, ...]) -> Iterator[datetime]:
    for row in rows(database, table):
        yield from (row[name] for name in names if row[name] is not None)


@pytest.mark.parametrize(
    ("database", "table", "names"),
    [
        ("subscriptions", customers, ("created_at",)),
        ("subscriptions", subscriptions, ("started_at", "cancel_requested_at", "ended_at")),
        ("subscriptions", charges, ("created_at", "due_at", "settled_at", "period_start")),
        ("subscriptions", refunds, ("created_at", "settled_at")),
        ("subscriptions", subscription_events, ("occurred_at", "recorded_at")),
        ("tickets", tickets, ("created_at", "updated_at", "closed_at")),
        ("tickets", ticket_messages, ("created_at",)),
        ("tickets", ticket_events, ("occurred_at", "recorded_at")),
    ],
)
def test_nothing_happens_in_the_future(database: Database, table: Any, names: tuple[str, ...]) -> None:
    cut = clocks.start_of(clocks.today())
    found = list(instants(database, table, names))
    assert found
    assert max(found) < cut
    assert min(found) > cut - timedelta(days=3 * 366 + 30)


def test_a_ticket_is_as_its_events_left_it() -> None:
    events = grouped(rows("tickets", ticket_events), "ticket_id")
    people = by_id("tickets", agents)
    for ticket in rows("tickets", tickets):
        its = events[ticket["id"]]
        assert (its[0]["field"], its[0]["value_from"], its[0]["value_to"]) == ("status", None, "new")
        assert its[0]["occurred_at"] == ticket["created_at"]
        assert ticket["version"] == len(its)
        assignee = ticket["assignee_id"]
        now = ticket | {"assignee": people[assignee]["name"] if assignee else None}
        for field, changes in grouped(its, "field").items():
            assert changes[-1]["value_to"] == now[field]
            for before, after in pairwise(changes):
                assert before["value_to"] == after["value_from"]
                assert before["occurred_at"] <= after["occurred_at"]
        assert (ticket["closed_at"] is not None) == (ticket["status"] in {"closed", "merged", "spam"})
        assert (ticket["channel"] in CHANNELS, ticket["priority"] in PRIORITIES) == (True, True)
        assert ticket["status"] in TICKET_STATUSES


def test_a_ticket_begins_with_its_customers_words() -> None:
    known = {row["number"]: row for row in rows("subscriptions", customers)}
    messages = grouped(rows("tickets", ticket_messages), "ticket_id")
    for ticket in rows("tickets", tickets):
        its = messages[ticket["id"]]
        assert its[0]["kind"] == "customer"
        assert its[0]["created_at"] == ticket["created_at"]
        assert all(before["created_at"] <= after["created_at"] for before, after in pairwise(its))
        assert all((message["agent_id"] is None) == (message["kind"] == "customer") for message in its)
        if ticket["customer_number"]:
            writer = known[ticket["customer_number"]]
            assert (writer["email"], writer["name"]) == (ticket["requester_email"], ticket["requester_name"])
            assert writer["created_at"] <= ticket["created_at"]


def test_the_desk_has_work_of_every_kind() -> None:
    found = rows("tickets", tickets)
    now = clocks.now()
    waiting = [row for row in found if row["status"] in OPEN_STATUSES]
    assert {row["channel"] for row in found} == set(CHANNELS)
    assert {row["status"] for row in waiting} >= {"new", "open", "pending", "on_hold"}
    assert 0.02 < len(waiting) / len(found) < 0.2
    assert any(row["status"] == "new" and now - row["created_at"] > timedelta(days=7) for row in waiting)
    assert any(now - row["created_at"] < timedelta(hours=26) for row in waiting)
    assert {row["language"] for row in found} >= {"fi", "sv", "de", "en", "ja"}
    helpdesk = {row["problem_type"] for row in found if row["channel"] == "helpdesk"}
    assert helpdesk == {DEFAULT_PROBLEM_TYPE}


def test_the_screens_live(company: Databases) -> None:
    found = rows("subscriptions", subscriptions)
    live = [row for row in found if row["status"] in PAYING_STATUSES]
    tomorrow = clocks.today() + timedelta(days=1)
    due = {row["current_period_end"].astimezone(clocks.zone()).date() for row in live}
    assert min(due) >= tomorrow  # nothing that fell due today before somebody looked
    assert tomorrow in due
    assert len({day for day in due if day < tomorrow + timedelta(days=30)}) > 20
    trials = [row["trial_end"] for row in found if row["status"] == "trialing"]
    assert any(end < clocks.start_of(tomorrow + timedelta(days=6)) for end in trials)
    assert min(trials) >= clocks.start_of(tomorrow)
    assert {row["status"] for row in found} == set(SUBSCRIPTION_STATUSES)


@pytest.mark.parametrize(
    ("amount", "part", "whole", "expected"),
    [(999, 255, 1000, 255), (50, 1, 100, 0), (150, 1, 100, 2), (0, 1, 3, 0)],
)
def test_shares_are_rounded_half_even(amount: int, part: int, whole: int, expected: int) -> None:
    assert share(amount, part, whole) == expected == round(Fraction(amount * part, whole))
