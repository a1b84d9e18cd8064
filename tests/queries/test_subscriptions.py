"""One subscription, as the screen and the verbs read it."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from sqlalchemy import Connection

from console import db
from queries import subscriptions
from queries.recurring import UNITS_PER_MINOR
from queries.subscriptions import Subscription
from queries.tables_subscriptions import subscriptions as table
from tests import build
from tests.conftest import Databases

DUE = datetime(2026, 2, 1, tzinfo=UTC)


def _read(connection: Connection, number: str) -> Subscription:
    found = subscriptions.by_number(connection, number)
    assert found is not None
    return found


def _one(**values: object) -> Subscription:
    with db.writing("subscriptions") as connection:
        customer = build.customer(connection, name="Anna", locale="fi", time_zone="Europe/Helsinki")
        row = build.subscription(connection, customer["id"], **values)
        return _read(connection, row["number"])


def test_every_column_is_there(databases: Databases) -> None:
    with db.writing("subscriptions") as connection:
        customer = build.customer(connection, name="Anna", email="a@example.com", country="SE", locale="sv")
        product = build.product(connection, name="Editor")
        plan = build.plan(connection, name="Yearly", product_id=product["id"])
        card = build.payment_method(connection, customer["id"], brand="Visa", last4="4242")
        row = build.subscription(
            connection, customer["id"], plan_id=plan["id"], payment_method_id=card["id"], attributes={"a": 1}
        )
        found = _read(connection, row["number"])
    assert {name: getattr(found, name) for name in table.c.keys()} == {  # noqa: SIM118 - its columns
        name: row[name]
        for name in table.c.keys()  # noqa: SIM118
    }
    assert (found.customer_number, found.customer_name) == (customer["number"], "Anna")
    assert (found.customer_email, found.customer_country) == ("a@example.com", "SE")
    assert (found.customer_locale, found.customer_time_zone) == ("sv", "Europe/Helsinki")
    assert (found.product_name, found.plan_name) == ("Editor", "Yearly")
    assert (found.brand, found.last4, found.exp_month, found.exp_year) == ("Visa", "4242", 12, 2030)


@pytest.mark.parametrize("number", ["", "no such", "'; DROP TABLE", "x" * 10_000, "\u202e", "%", "S-\0"])
def test_a_wrong_number_finds_nothing(databases: Databases, number: str) -> None:
    with db.reading() as data:
        assert subscriptions.by_number(data.subscriptions, number) is None


def test_the_next_charge(databases: Databases) -> None:
    active = _one()
    assert (active.next_charge_at, active.next_charge_minor) == (DUE, 1000)
    trial = _one(status="trialing", trial_end=DUE, current_period_end=None)
    assert trial.next_charge_at == DUE
    assert _one(cancel_at=DUE + timedelta(days=1)).next_charge_at == DUE
    for silent in (
        _one(cancel_at_period_end=True),
        _one(cancel_at=DUE),
        _one(cancel_at=DUE - timedelta(days=1)),
        _one(status="paused"),
        _one(status="canceled", ended_at=DUE),
        _one(status="active", ended_at=DUE),
        _one(current_period_end=None),
    ):
        assert (silent.next_charge_at, silent.next_charge_minor, silent.survives) == (None, None, None)


@pytest.mark.parametrize(
    ("year", "month", "survives"), [(2026, 2, True), (2026, 1, False), (2025, 12, False), (0, 99, False)]
)
def test_a_card_is_good_to_the_end_of_its_month(
    databases: Databases, year: int, month: int, survives: bool
) -> None:
    with db.writing("subscriptions") as connection:
        customer = build.customer(connection)
        card = build.payment_method(connection, customer["id"], exp_year=year, exp_month=month)
        row = build.subscription(
            connection, customer["id"], payment_method_id=card["id"], current_period_end=DUE
        )
        assert _read(connection, row["number"]).survives is survives


def test_the_tax_rate_is_that_of_the_latest_paid_charge(databases: Databases) -> None:
    with db.writing("subscriptions") as connection:
        row = build.subscription(connection, build.customer(connection)["id"])
        assert _read(connection, row["number"]).last_tax_rate is None
        for days, amount, tax, status in (
            (1, 1100, 100, "succeeded"),
            (2, 1240, 240, "succeeded"),
            (3, 9900, 1, "failed"),
        ):
            build.charge(
                connection,
                row["customer_id"],
                subscription_id=row["id"],
                amount_minor=amount,
                tax_minor=tax,
                status=status,
                created_at=build.START + timedelta(days=days),
            )
        found = _read(connection, row["number"])
    assert found.last_tax_rate == Fraction(24, 100)
    assert (found.last_paid_minor, found.last_paid_tax_minor, found.last_paid_currency) == (1240, 240, "EUR")


def test_mrr_of_one(databases: Databases) -> None:
    assert _one(price_minor=12000, interval="year").mrr_units == 1000 * UNITS_PER_MINOR
    assert _one(status="past_due").mrr_units == 1000 * UNITS_PER_MINOR
    assert _one(status="trialing").mrr_units == 0
    assert _one(cancel_at_period_end=True).mrr_units == 1000 * UNITS_PER_MINOR
    assert _one(status="canceled", ended_at=DUE).mrr_units == 0
