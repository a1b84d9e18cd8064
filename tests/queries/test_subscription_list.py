"""The list of subscriptions: what each filter leaves in, in which order, a page in one statement."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console import db
from queries import subscription_list, subscriptions
from queries.paging import Cursor
from queries.subscription_list import SubscriptionFilters
from tests import build
from tests.conftest import Databases
from tests.queries.conftest import Asked

START = build.START
DAY = timedelta(days=1)
NOW = datetime(2026, 1, 20, tzinfo=UTC)
ROWS: dict[str, dict[str, Any]] = {
    "S-active": {},
    "S-ends": {"cancel_at_period_end": True},
    "S-ends-on-a-day": {"cancel_at": START + 20 * DAY},
    "S-failed": {"status": "past_due"},
    "S-paused": {"status": "paused"},
    "S-over": {"status": "canceled", "ended_at": START, "cancel_at_period_end": True},
    "S-yen": {"currency": "JPY", "current_period_end": NOW + 3 * DAY},
    "S-later": {"current_period_end": NOW + 90 * DAY},
    "S-no-period": {"current_period_end": None, "current_period_start": None},
}


@pytest.fixture
def company(databases: Databases) -> Databases:
    with db.writing("subscriptions") as connection:
        customer = build.customer(connection, name="<b>Maija</b>", number="C-9")
        product = build.product(connection, code="backup", name="Backup")
        plan = build.plan(connection, product_id=product["id"], name="Backup, monthly")
        for place, (number, values) in enumerate(ROWS.items()):
            mine = {"plan_id": plan["id"]} if number in {"S-active", "S-failed"} else {}
            at = {"number": number, "started_at": START + place * DAY}
            build.subscription(connection, customer["id"], **at | mine | values)
    return databases


def numbers(**filters: Any) -> list[str]:
    with db.reading() as data:
        found = subscription_list.page(data.subscriptions, SubscriptionFilters(**filters))
        counted = subscription_list.count(data.subscriptions, SubscriptionFilters(**filters))
    assert counted == len(found.rows)
    return [row.number for row in found.rows]


def test_all_of_them_newest_first(company: Databases) -> None:
    assert numbers() == list(reversed(ROWS))


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        ({"status": "past_due"}, ["S-failed"]),
        ({"status": "no such\0"}, []),
        ({"product": "backup"}, ["S-failed", "S-active"]),
        ({"product": "'"}, []),
        ({"currency": "JPY"}, ["S-yen"]),
        ({"set_to_end": True}, ["S-ends-on-a-day", "S-ends"]),
        ({"payment_failed": True}, ["S-failed"]),
        ({"payment_failed": True, "currency": "JPY"}, []),
    ],
)
def test_what_a_filter_leaves_in(company: Databases, filters: dict[str, Any], left: list[str]) -> None:
    assert numbers(**filters) == left


def test_what_renews_soon_is_what_will_be_charged_the_earliest_first(company: Databases) -> None:
    """Half-open; not what is set to end, paused, over, or has no period."""
    due = ["S-yen", "S-active", "S-failed"]
    assert numbers(renews_from=NOW, renews_until=NOW + 30 * DAY) == due
    assert numbers(renews_from=NOW, renews_until=NOW + 3 * DAY) == []
    assert numbers(renews_from=NOW + 3 * DAY, renews_until=NOW + 4 * DAY) == ["S-yen"]
    with db.reading() as data:
        for number in due:
            one = subscriptions.by_number(data.subscriptions, number)
            assert one is not None
            assert one.next_charge_at is not None


def test_set_to_end_is_what_a_subscription_says_of_itself(company: Databases) -> None:
    with db.reading() as data:
        for row in subscription_list.page(data.subscriptions).rows:
            one = subscriptions.by_number(data.subscriptions, row.number)
            assert one is not None
            assert row.set_to_end == one.set_to_end


@pytest.mark.parametrize("filters", [{}, {"renews_from": NOW, "renews_until": NOW + 100 * DAY}])
def test_page_after_page_leaves_nothing_out(company: Databases, filters: dict[str, Any]) -> None:
    chosen = SubscriptionFilters(**filters)
    seen: list[str] = []
    before: Cursor | None = None
    with db.reading() as data:
        while True:
            page = subscription_list.page(data.subscriptions, chosen, before=before, limit=2)
            seen += [row.number for row in page.rows]
            before = page.next
            if before is None:
                break
    assert seen == numbers(**filters)


def test_a_page_is_one_statement(company: Databases, asked: list[Asked]) -> None:
    with db.reading() as data:
        (row,) = subscription_list.page(data.subscriptions, SubscriptionFilters(currency="JPY")).rows
    assert len(asked) == 1
    assert (row.customer_number, row.customer_name) == ("C-9", "<b>Maija</b>")


def test_what_the_filters_offer(company: Databases) -> None:
    with db.reading() as data:
        offered = subscription_list.offered(data.subscriptions)
    assert [one.name for one in offered.products][:1] == ["Backup"]
    assert offered.currencies == ("EUR", "JPY")
