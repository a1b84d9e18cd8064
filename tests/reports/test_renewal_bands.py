"""Renewals by what they cost and how long the subscription has run; what may keep those at risk."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.tables_subscriptions import subscriptions
from tests import build
from tests.conftest import Databases
from tests.reports import Data, ask, at, charge, days, ended, event, only, paying, scratch
from tests.reports.test_properties import few

FEBRUARY = days("2026-02-01", "2026-02-28")


def _due(data: Data, started: str, **values: Any) -> build.Row:
    """Renewed on 5 February 2026, by the month, from a period that began a month before."""
    present = {"current_period_start": at("2026-02-05"), "current_period_end": at("2026-03-05")}
    made = paying(data, build.customer(data.subscriptions), started, **(present | values))
    paid = {"amount_minor": made["price_minor"], "tax_minor": 0, "currency": made["currency"]}
    charge(data, made, "2026-01-05", "2026-02-05", **paid)
    charge(data, made, "2026-02-05", "2026-03-05", **paid)
    return made


def _lost(data: Data, started: str, **values: Any) -> None:
    made = paying(
        data,
        build.customer(data.subscriptions),
        started,
        status="canceled",
        ended_at=at("2026-02-05"),
        **values,
    )
    charge(data, made, "2026-01-05", "2026-02-05", amount_minor=made["price_minor"], tax_minor=0)
    ended(data, made, "2026-02-05", actor="customer")


@pytest.mark.parametrize(
    ("started", "values", "tenure"),
    [
        ("2026-01-05", {}, "First renewal"),
        ("2025-12-22", {"trial_end": at("2026-01-05")}, "First renewal"),
        ("2025-12-05", {}, "Under 1 year"),
        ("2025-03-05", {}, "Under 1 year"),
        ("2025-02-05", {}, "1 to 2 years"),
        ("2024-02-05", {}, "2 to 3 years"),
        ("2023-02-05", {}, "3 years or more"),
        ("1999-02-05", {}, "3 years or more"),
    ],
)
def test_tenure_at_the_due_date(empty: Databases, started: str, values: Any, tenure: str) -> None:
    with scratch() as data:
        _due(data, started, **values)
        report = ask(data, "renewals", "2026-03-01", period=FEBRUARY, by="tenure")
        assert [(row["tenure"], row["due"]) for row in report.to_records()] == [(tenure, 1)]


def test_the_rate_of_each_band(empty: Databases) -> None:
    with scratch() as data:
        for price in (499, 500, 999):
            _due(data, "2025-06-05", price_minor=price)
        _lost(data, "2024-06-05", price_minor=700)
        _due(data, "2024-06-05", price_minor=9_000_000, currency="JPY")
        by_price = ask(data, "renewals", "2026-03-01", period=FEBRUARY, by="price")
        bands = ("price_from", "price_below", "currency", "due", "rate")
        assert [tuple(row[name] for name in bands) for row in by_price.to_records()] == [
            (0, 500, "EUR", 1, 1.0),
            (500, 1000, "EUR", 3, 0.666667),
            (5_000_000, None, "JPY", 1, 1.0),
        ]
        by_tenure = ask(data, "renewals", "2026-03-01", period=FEBRUARY, by="tenure")
        assert only(by_tenure, tenure="1 to 2 years", currency="EUR")["rate"] == 0.0
        assert only(by_tenure, tenure="Under 1 year")["rate"] == 1.0


@given(prices=st.lists(st.integers(1, 10**8), min_size=1, max_size=6))
@few
def test_bands_share_the_renewals_among_them(empty: Databases, prices: list[int]) -> None:
    with scratch() as data:
        for number, price in enumerate(prices):
            _due(data, f"20{25 - number}-01-05", price_minor=price)
        for by in ("price", "tenure"):
            report = ask(data, "renewals", "2026-03-01", period=FEBRUARY, by=by)
            assert sum(report.values("due")) == len(prices)
            assert sum(report.values("due_amount")) == sum(prices) == report.figure("due_amount", "EUR")
            assert all(check.holds for check in report.checks)


def test_what_may_keep_each_at_risk_largest_first(empty: Databases) -> None:
    with scratch() as data:
        c = data.subscriptions

        def open_(price: int, **values: Any) -> build.Row:
            ends = {"current_period_end": at("2026-02-10"), "price_minor": price}
            return paying(data, build.customer(c), "2026-01-10", **(ends | values))

        open_(5000)
        open_(1000, status="past_due")
        open_(3000, cancel_at_period_end=True, status="past_due")
        expiring = open_(2000)
        card = build.payment_method(c, expiring["customer_id"], exp_month=1, exp_year=2026)
        here = subscriptions.c.id == expiring["id"]
        c.execute(subscriptions.update().where(here).values(payment_method_id=card["id"]))
        listed = ask(data, "renewals", "2026-02-01", rows=True, only="at_risk", sort="money").to_records()
        assert [(row["amount"], row["next_step"]) for row in listed] == [
            (3000, "Undo the cancellation"),
            (2000, "Send a payment link"),
            (1000, "Send a payment link"),
        ]


def test_the_identities_are_looked_at(empty: Databases) -> None:
    with scratch() as data:
        made = _due(data, "2025-06-05")
        event(data, made, "renewed", "2026-02-05")
        report = ask(data, "renewals", "2026-03-01", period=FEBRUARY)
        assert [check.holds for check in report.checks] == [True] * 4
        assert ask(data, "renewals", "2026-03-01", period=FEBRUARY, checked=False).checks == ()
