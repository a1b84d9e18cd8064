"""The people one meets by name are as console.demo.characters says."""

import unicodedata
from datetime import datetime, timedelta
from typing import Any

import pytest

from console import clocks
from console.demo.characters import CAST
from queries.subscriptions import end_of_month
from queries.tables_state import staff
from queries.tables_subscriptions import charges, customers, payment_methods, refunds, subscriptions
from queries.tables_tickets import OPEN_STATUSES, agents, ticket_messages, tickets
from tests.demo.rows import rows

Row = dict[str, Any]
pytestmark = pytest.mark.usefixtures("company")


def customer(number: int) -> Row:
    return next(row for row in rows("subscriptions", customers) if row["number"] == f"C-{number}")


def subscriptions_of(number: int) -> list[Row]:
    its = customer(number)["id"]
    return [row for row in rows("subscriptions", subscriptions) if row["customer_id"] == its]


def ticket(number: int) -> Row:
    return next(row for row in rows("tickets", tickets) if row["number"] == f"T-{number}")


def bodies(number: int) -> list[tuple[str, str]]:
    its = ticket(number)["id"]
    return [(row["kind"], row["body"]) for row in rows("tickets", ticket_messages) if row["ticket_id"] == its]


def day(instant: datetime) -> int:
    """Days from today in the reporting zone."""
    return (instant.astimezone(clocks.zone()).date() - clocks.today()).days


def test_aino_has_two_and_one_renews_tomorrow() -> None:
    aino = customer(1001)
    assert (aino["name"], aino["email"], aino["locale"]) == (
        "Aino Korhonen",
        "aino.korhonen@example.com",
        "fi",
    )
    its = subscriptions_of(1001)
    assert [row["status"] for row in its] == ["active", "active"]
    assert [day(row["current_period_end"]) for row in its] == [1, 200]
    asked = ticket(1001)
    assert (asked["customer_number"], asked["language"], asked["problem_type"]) == (
        "C-1001",
        "fi",
        "Cancellation",
    )
    assert asked["status"] == "open"
    assert "irtisanoa" in bodies(1001)[0][1]


def test_the_household_has_seven_of_every_kind() -> None:
    its = subscriptions_of(1002)
    assert [row["status"] for row in its] == [
        "active", "active", "active", "trialing", "past_due", "paused", "canceled",
    ]  # fmt: skip
    assert its[1]["quantity"] == 3
    assert its[2]["cancel_at_period_end"]


def test_one_lives_in_another_day() -> None:
    madison = customer(1003)
    (sub,) = subscriptions_of(1003)
    assert (madison["time_zone"], sub["currency"]) == ("America/Los_Angeles", "USD")
    due = sub["current_period_end"]
    here, there = due.astimezone(clocks.zone()), due.astimezone(clocks.zone(madison["time_zone"]))
    assert here.date() != there.date()
    assert ticket(1004)["status"] == "new"
    assert day(ticket(1004)["created_at"]) == -8


def test_one_writes_a_thread_in_finnish() -> None:
    assert ticket(1002)["language"] == "fi"
    assert [kind for kind, _ in bodies(1002)] == [
        "customer",
        "agent",
        "customer",
        "note",
        "agent",
        "customer",
    ]


def test_one_card_expires_before_the_renewal() -> None:
    (sub,) = subscriptions_of(1005)
    card = next(
        row for row in rows("subscriptions", payment_methods) if row["id"] == sub["payment_method_id"]
    )
    gone = end_of_month(card["exp_year"], card["exp_month"])
    assert clocks.now() < gone <= sub["current_period_end"]
    assert day(sub["current_period_end"]) <= 31


def test_refunds_in_full_and_in_part() -> None:
    its = customer(1006)["id"]
    whole = {row["id"]: row["amount_minor"] for row in rows("subscriptions", charges)}
    found = [row for row in rows("subscriptions", refunds) if row["customer_id"] == its]
    assert [row["amount_minor"] == whole[row["charge_id"]] for row in found] == [True, False]


def test_one_is_set_to_end() -> None:
    (sub,) = subscriptions_of(1007)
    assert sub["cancel_at_period_end"]
    assert sub["status"] == "active"


def test_one_is_hostile() -> None:
    sneaky = ("<script>", "![", "](https://", ":material/verified:", "\u202e", "=HYPERLINK(")
    assert all(sign in customer(1008)["name"] for sign in sneaky)
    assert all(sign in bodies(1003)[0][1] for sign in sneaky)
    assert any(len(word) > 300 for word in bodies(1003)[0][1].split())


def test_a_trial_ends_this_week_and_a_payment_failed_twice() -> None:
    (trial,) = subscriptions_of(1009)
    assert (trial["status"], day(trial["trial_end"])) == ("trialing", 3)
    (late,) = subscriptions_of(1010)
    assert late["status"] == "past_due"
    failed = [
        row
        for row in rows("subscriptions", charges)
        if row["subscription_id"] == late["id"] and row["status"] == "failed"
    ]
    assert [row["attempt"] for row in failed] == [1, 2]


def test_yen_and_every_script() -> None:
    (sub,) = subscriptions_of(1011)
    assert (customer(1011)["name"], sub["currency"]) == ("佐藤 花子", "JPY")
    written = "".join(customer(number)["name"] for number in range(1012, 1024))
    scripts = ("ARABIC", "HEBREW", "CYRILLIC", "GREEK", "CJK", "HANGUL", "DEVANAGARI", "THAI", "FOX FACE")
    names = {unicodedata.name(letter) for letter in written}
    assert all(any(name.startswith(script) for name in names) for script in scripts)
    assert "O'Brien" in written
    assert customer(1023)["name"] == "Q"


def test_the_others_are_as_promised() -> None:
    assert customer(1024)["email"] == "lauri.maki+shop@example.com"
    assert subscriptions_of(1025) == []
    (ended,) = subscriptions_of(1026)
    last_month = clocks.add_months(clocks.today().replace(day=1), -1)
    assert (ended["ended_at"].year, ended["ended_at"].month) == (last_month.year, last_month.month)
    assert ticket(1012)["status"] == "open"
    (paused,) = subscriptions_of(1027)
    assert paused["status"] == "paused"
    assert customer(1028)["email"] is None


def test_the_staff_of_the_demo() -> None:
    found = {row["email"]: (row["role"], row["active"]) for row in rows("state", staff)}
    assert found == {
        "emma.laine@example.com": ("agent", True),
        "oskar.lindqvist@example.com": ("finance", True),
        "sofia.nieminen@example.com": ("manager", True),
        "daniel.weber@example.com": ("admin", True),
        "joonas.salo@example.com": ("agent", False),
    }
    answering = {row["email"] for row in rows("tickets", agents)}
    assert set(found) <= answering
    assert 8 <= len(answering) <= 12


def test_new_ones_came_in_just_before_the_day_began() -> None:
    cut = clocks.start_of(clocks.today())
    ages = [cut - row["created_at"] for row in rows("tickets", tickets) if row["status"] in OPEN_STATUSES]
    assert min(ages) < timedelta(minutes=10)


@pytest.mark.parametrize("index", range(len(CAST)))
def test_nobody_subscribed_before_they_joined(index: int) -> None:
    started = [row["started_at"] for row in subscriptions_of(1001 + index)]
    assert all(customer(1001 + index)["created_at"] < at for at in started)
