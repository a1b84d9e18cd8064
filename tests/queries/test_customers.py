"""The customer page: values per currency, subscriptions, payments; a fixed number of statements."""

from datetime import UTC, datetime, timedelta

import pytest

from console import db
from console.db import Connection
from queries import charges, customers, subscriptions
from queries.recurring import UNITS_PER_MINOR
from tests import build
from tests.conftest import Databases
from tests.queries.conftest import Asked

DAY = timedelta(days=1)


def test_a_customer_by_number(databases: Databases) -> None:
    with db.writing("subscriptions") as connection:
        row = build.customer(connection, number="C-1", name="Ａnna\u202e", attributes={"tier": "gold"})
        build.subscription(connection, row["id"])
        build.subscription(connection, row["id"], status="trialing")
        build.subscription(connection, row["id"], status="expired", ended_at=build.START)
        found = customers.by_number(connection, "C-1")
        assert found is not None
        assert (found.name, found.attributes, found.live_subscriptions) == (
            "Ａnna\u202e",
            {"tier": "gold"},
            2,
        )
        assert found.created_at == build.START
        for wrong in ("c-1", "", "C-1'--", "\0", "C" * 10_000, "🦄"):
            assert customers.by_number(connection, wrong) is None


def test_value_is_kept_apart_by_currency(databases: Databases) -> None:
    with db.writing("subscriptions") as connection:
        anna, other = (build.customer(connection)["id"] for _ in range(2))
        assert customers.value(connection, anna) == []
        first = build.subscription(connection, anna, price_minor=1000)
        build.subscription(connection, anna, price_minor=1000)
        build.subscription(connection, anna, price_minor=12000, interval="year", status="past_due")
        build.subscription(connection, anna, price_minor=700, currency="SEK", status="trialing")
        build.subscription(connection, anna, price_minor=9900, status="canceled", ended_at=build.START)
        build.subscription(connection, other, price_minor=5555)
        paid = build.charge(connection, anna, amount_minor=1240)
        build.charge(connection, anna, amount_minor=500, currency="JPY", status="pending")
        for attempt, status in ((1, "failed"), (2, "failed")):
            build.charge(
                connection,
                anna,
                subscription_id=first["id"],
                status=status,
                attempt=attempt,
                period_start=build.START,
                created_at=build.START + attempt * DAY,
            )
        for attempt, status in ((1, "failed"), (2, "succeeded")):
            build.charge(
                connection,
                anna,
                subscription_id=first["id"],
                status=status,
                attempt=attempt,
                period_start=build.START - 30 * DAY,
                created_at=build.START + attempt * DAY,
            )
        build.refund(connection, paid["id"], amount_minor=240)
        build.refund(connection, None, customer_id=anna, amount_minor=60)
        build.refund(connection, paid["id"], amount_minor=1, status="failed")
        euro, yen = customers.value(connection, anna)
    assert (euro.currency, yen.currency) == ("EUR", "JPY")
    assert euro.mrr_units == (1000 + 1000 + 1000) * UNITS_PER_MINOR
    assert (euro.paid_minor, euro.refunded_minor, euro.kept_minor) == (2480, 300, 2180)
    assert (euro.failed_minor, euro.pending_minor, euro.open_minor) == (1240, 0, 1240)
    assert (yen.mrr_units, yen.pending_minor, yen.open_minor) == (0, 500, 500)


def test_charges_say_what_came_back(databases: Databases) -> None:
    with db.writing("subscriptions") as connection:
        anna = build.customer(connection)
        card = build.payment_method(connection, anna["id"], brand="Visa", last4="4242")
        row = build.subscription(connection, anna["id"])
        made = [
            build.charge(
                connection,
                anna["id"],
                subscription_id=row["id"],
                payment_method_id=card["id"],
                created_at=build.START + n * DAY,
            )
            for n in range(4)
        ]
        build.refund(connection, made[3]["id"], customer_id=anna["id"])
        build.refund(connection, made[2]["id"], amount_minor=240, created_at=build.START + DAY)
        build.refund(connection, made[2]["id"], amount_minor=60, status="pending", created_at=build.START)
        page = customers.charges_of(connection, anna["id"], limit=3)
        rest = customers.charges_of(connection, anna["id"], before=page.next, limit=3)
        assert page.rows + rest.rows == charges.of_subscription(connection, row["id"]).rows
        assert subscriptions.charges_of(connection, row["id"]).next is None
        given = customers.refunds_of(connection, anna["id"]).rows
        assert given == subscriptions.refunds_of(connection, row["id"]).rows
    assert [charge.id for charge in page.rows] == [row["id"] for row in reversed(made[1:])]
    newest, second, third = page.rows
    assert (newest.refunded_minor, newest.kept_minor, newest.fully_refunded) == (1240, 0, True)
    assert (second.refunded_minor, second.refund_pending_minor, second.kept_minor) == (240, 60, 1000)
    assert (third.refunded_minor, third.fully_refunded) == (0, False)
    assert (third.brand, third.last4, third.subscription_number) == ("Visa", "4242", row["number"])
    assert [refund.amount_minor for refund in given] == [240, 60, 1240]
    assert {refund.invoice_number for refund in given} == {
        made[3]["invoice_number"],
        made[2]["invoice_number"],
    }


def test_charges_and_refunds_of_nobody_break_nothing(databases: Databases) -> None:
    with db.writing("subscriptions") as connection:
        anna = build.customer(connection)
        build.charge(connection, None)
        build.charge(connection, anna["id"], amount_minor=0, tax_minor=0)
        build.refund(connection, None)
        build.refund(connection, None, customer_id=anna["id"])
        (charge,) = customers.charges_of(connection, anna["id"]).rows
        (refund,) = customers.refunds_of(connection, anna["id"]).rows
    assert (charge.subscription_number, charge.last4, charge.fully_refunded) == (None, None, False)
    assert (refund.charge_id, refund.invoice_number) == (None, None)


def test_running_subscriptions_come_first(databases: Databases) -> None:
    with db.writing("subscriptions") as connection:
        anna = build.customer(connection)
        card = build.payment_method(connection, anna["id"], exp_month=2, exp_year=2028)
        old = build.subscription(connection, anna["id"], payment_method_id=card["id"])
        ended = build.subscription(
            connection, anna["id"], status="canceled", ended_at=build.START, started_at=build.START + 9 * DAY
        )
        new = build.subscription(connection, anna["id"], started_at=build.START + DAY)
        found = customers.subscriptions_of(connection, anna["id"])
        assert [row.number for row in found] == [new["number"], old["number"], ended["number"]]
        (method,) = customers.payment_methods_of(connection, anna["id"])
    assert (method.live_subscriptions, method.valid_until) == (1, datetime(2028, 3, 1, tzinfo=UTC))


def test_the_life_of_a_subscription(databases: Databases) -> None:
    with db.writing("subscriptions") as connection:
        row = build.subscription(connection, build.customer(connection)["id"])
        build.subscription_event(connection, row, "started", mrr_delta_units=1000 * UNITS_PER_MINOR)
        build.subscription_event(connection, row, "renewed", occurred_at=build.START + 31 * DAY)
        build.subscription_event(connection, row, "reported", note="<b>odd</b>")  # same instant as the first
        page = subscriptions.events_of(connection, row["id"], limit=2)
        rest = subscriptions.events_of(connection, row["id"], before=page.next, limit=2)
    assert [event.kind for event in page.rows + rest.rows] == ["renewed", "reported", "started"]
    assert page.rows[1].note == "<b>odd</b>"
    assert rest.rows[0].mrr_delta_units == 1000 * UNITS_PER_MINOR


def _page(connection: Connection, number: str) -> None:
    """All that the customer page asks of the subscription database."""
    customer = customers.by_number(connection, number)
    assert customer is not None
    customers.value(connection, customer.id)
    customers.subscriptions_of(connection, customer.id)
    customers.charges_of(connection, customer.id)
    customers.refunds_of(connection, customer.id)
    customers.payment_methods_of(connection, customer.id)


@pytest.mark.parametrize("subscribed", [0, 1, 7])
def test_the_page_asks_the_same_number_of_questions_of_everyone(
    databases: Databases, asked: list[Asked], subscribed: int
) -> None:
    with db.writing("subscriptions") as connection:
        row = build.customer(connection)
        for _ in range(subscribed):
            subscription = build.subscription(connection, row["id"])
            charge = build.charge(connection, row["id"], subscription_id=subscription["id"])
            build.refund(connection, charge["id"])
        asked.clear()
        _page(connection, row["number"])
        assert len(asked) == 8
