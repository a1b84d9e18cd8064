"""What a form shows before anything is done, in values and in words."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from console import db
from console.actions import subscriptions as verbs
from console.actions import wording
from console.actions.previews import unused_days
from console.errors import NotFound, Refused, Unavailable
from queries import ticket_mentions
from queries.recurring import monthly_units
from tests import build
from tests.actions.company import END, NOW, Company, cancel, company, entries, now_is
from tests.conftest import Databases


def preview(there: Company, at: verbs.When = "period_end", now: datetime = NOW) -> verbs.CancelPreview:
    with db.reading() as data:
        return verbs.preview_cancel(data, there.aino, there.number, at, now=now)


def words_of(shown: verbs.CancelPreview) -> dict[str, str]:
    return dict(wording.cancel_words(shown))


def test_at_the_end(databases: Databases) -> None:
    there = company()
    shown = preview(there)
    assert (shown.ends_at, shown.next_charge_at, shown.next_charge_minor) == (END, END, 1000)
    assert (shown.subscription.status, shown.after.status, shown.version) == ("active", "canceled", 1)
    assert (shown.mrr_delta_units, shown.mrr_changes_at) == (-monthly_units(1000, "month", 1), END)
    assert (shown.unused_days, shown.other_live, shown.tickets, shown.warnings) == (0, 0, (), ())
    said = words_of(shown)
    assert said["Status"] == "Active until 1 Feb 2026, 02:00 Europe/Helsinki, then Cancelled"
    assert said["Next charge"] == "10.00\u00a0€ without tax on 1 Feb 2026 will not be made"
    assert said["Effect on MRR"] == "−10.00\u00a0€ a month on 1 Feb 2026"
    assert said["Refund"] == "none is made by cancelling"
    assert entries() == []
    assert now_is(there.number).version == 1


def test_at_once_names_what_stays_unused(databases: Databases) -> None:
    shown = preview(company(), "now")
    assert (shown.ends_at, shown.unused_days) == (NOW, 16)  # the 16th to the 31st (METRICS F3)
    said = words_of(shown)
    assert said["Status"] == "Active → Cancelled, at once"
    assert said["Access"] == "stops at once: the subscription ends now"
    assert said["Refund"] == "none is made by cancelling; 16 full days of the paid period stay unused"


@pytest.mark.parametrize(("zone", "days"), [("America/Los_Angeles", 17), ("Europe/Paris", 16)])
def test_unused_days_are_those_of_the_customers_calendar(databases: Databases, zone: str, days: int) -> None:
    """METRICS F8: ended on 15 October at 01:00 UTC, the month paid until 1 November, local midnight."""
    end = datetime(2026, 11, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    there = company(current_period_end=end)
    with db.writing("subscriptions") as connection:
        customers = db.METADATA["subscriptions"].tables["customers"]
        connection.execute(customers.update().values(time_zone=zone))
    assert unused_days(now_is(there.number), datetime(2026, 10, 15, 1, tzinfo=UTC)) == days


def test_both_zones_where_they_differ(databases: Databases) -> None:
    there = company()
    with db.writing("subscriptions") as connection:
        customers = db.METADATA["subscriptions"].tables["customers"]
        connection.execute(customers.update().values(time_zone="America/Los_Angeles"))
    assert words_of(preview(there))["Access"] == (
        "until 31 Jan 2026, 16:00 America/Los_Angeles (1 Feb 2026, 02:00 Europe/Helsinki)"
    )


def test_a_trial(databases: Databases) -> None:
    there = company(status="trialing", trial_end=END)
    labels = [option.label for option in verbs.cancel_options(now_is(there.number), NOW)]
    assert labels == ["At the end of the trial", "At once", "On a date"]
    shown = preview(there)
    assert (shown.ends_at, shown.trial, shown.mrr_delta_units) == (END, True, 0)
    assert words_of(shown)["Effect on MRR"] == "none: trials are not counted"
    assert preview(there, "now").unused_days == 0


def test_what_else_the_agent_should_know(databases: Databases) -> None:
    there = company(status="past_due")
    with db.writing("subscriptions") as connection:
        build.subscription(connection, there.customer["id"])
        build.subscription(connection, there.customer["id"], status="canceled", ended_at=NOW)
    with db.writing("tickets") as connection:
        mine = {"customer_number": there.customer["number"]}
        build.ticket(connection, number="T-a", subject="Please CANCEL my plan", **mine)
        said = build.ticket(connection, number="T-b", subject="Hei", **mine)
        build.ticket_message(connection, said["id"], body="Haluan hyvityksen ja peruuttaa tilauksen")
        noted = build.ticket(connection, number="T-c", subject="Hello", **mine)
        build.ticket_message(connection, noted["id"], kind="note", body="wants a refund?")
        build.ticket(connection, number="T-d", subject="refund", status="solved", **mine)
        build.ticket(connection, number="T-e", subject="refund", customer_number="C-other")
    shown = preview(there)
    assert shown.other_live == 1
    assert set(shown.tickets or ()) == {"T-a", "T-b"}
    assert "last payment failed" in shown.warnings[0]
    assert preview(there, "now").unused_days == 0  # the period is not paid
    said_of = words_of(shown)
    assert said_of["Stays"] == "1 other subscription stays as now"
    assert said_of["Tickets"].endswith("mention cancelling or a refund")


def test_cancelling_does_not_wait_for_the_ticket_system(databases: Databases) -> None:
    there = company()
    with db.writing("tickets") as connection:
        db.METADATA["tickets"].drop_all(connection)
    shown = preview(there)
    assert shown.tickets is None
    assert words_of(shown)["Tickets"] == "could not be read just now"
    with db.reading() as data, pytest.raises(Unavailable):
        ticket_mentions.of_cancelling(data.tickets, "C-1")
    assert not cancel(there.aino, there.number, expected=shown.expected).already


def test_a_card_that_expires_first_is_said(databases: Databases) -> None:
    there = company()
    with db.writing("subscriptions") as connection:
        card = build.payment_method(connection, there.customer["id"], exp_month=1, exp_year=2026)
        subscriptions = db.METADATA["subscriptions"].tables["subscriptions"]
        connection.execute(subscriptions.update().values(payment_method_id=card["id"]))
    assert "The card expires before the next charge." in preview(there).warnings


@pytest.mark.parametrize("at", ["period_end", "now"])
def test_undo(databases: Databases, at: verbs.When) -> None:
    there = company()
    cancel(there.aino, there.number, at)
    with db.reading() as data:
        shown = verbs.preview_undo(data, there.onni, there.number, now=NOW)
    assert (shown.after.status, shown.next_charge_at, shown.next_charge_minor) == ("active", END, 1000)
    assert shown.mrr_delta_units == (monthly_units(1000, "month", 1) if at == "now" else 0)
    said = dict(wording.undo_words(shown))
    assert said["Next charge"] == "10.00\u00a0€ without tax on 1 Feb 2026 will be made"
    assert (
        said["Status"]
        == {
            "period_end": "Active (set to end on 1 Feb 2026, 02:00 Europe/Helsinki) → Active, runs on",
            "now": "Cancelled (ended on 15 Jan 2026, 12:00 Europe/Helsinki) → Active, runs on",
        }[at]
    )


@pytest.mark.parametrize(
    ("currency", "minor", "words"), [("JPY", 1000, "1,000\u00a0¥"), ("KWD", 1250, "1.250\u00a0KWD")]
)
def test_currencies_have_their_own_decimals(
    databases: Databases, currency: str, minor: int, words: str
) -> None:
    shown = preview(company(currency=currency, price_minor=minor))
    assert words_of(shown)["Next charge"].startswith(f"{words} without tax")


def test_what_is_not_possible_or_not_there(databases: Databases) -> None:
    there = company()
    with db.reading() as data, pytest.raises(NotFound):
        verbs.preview_cancel(data, there.aino, "S-none", "now")
    cancel(there.aino, there.number)
    with pytest.raises(Refused, match="already set to end on"):
        preview(there)
    assert preview(there, "now").warnings == ("It is already set to end: cancelling at once ends it sooner.",)


def test_the_fingerprint_covers_what_matters(databases: Databases) -> None:
    there = company()
    base = preview(there).fingerprint
    assert preview(there, now=datetime(2026, 1, 16, tzinfo=UTC)).fingerprint == base
    assert preview(there, "now").fingerprint != base
    changes: list[dict[str, Any]] = [
        {"price_minor": 1},
        {"quantity": 2},
        {"interval": "year"},
        {"current_period_end": datetime(2026, 4, 1, tzinfo=UTC)},
    ]
    seen = {base}
    for values in changes:
        with db.writing("subscriptions") as connection:
            subscriptions = db.METADATA["subscriptions"].tables["subscriptions"]
            connection.execute(subscriptions.update().values(values))
        seen.add(preview(there).fingerprint)
    assert len(seen) == len(changes) + 1
