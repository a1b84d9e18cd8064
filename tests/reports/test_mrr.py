"""MRR and its movements. Worked examples M1 to M5 and C1 to C8: published by others and recomputed."""

import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from console import db
from console.errors import Refused
from console.reporting import Question, params, run
from queries.reports import BadParameter
from tests import build
from tests.conftest import Databases
from tests.reports import HELSINKI, ask, at, days, ended, event, only, paying, scratch, units

CASES = tomllib.loads((Path(__file__).parent.parent / "cases" / "mrr.toml").read_text(encoding="utf-8"))[
    "case"
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_published_examples(empty: Databases, case: dict[str, Any]) -> None:
    with scratch() as data:
        for group in case["subscriptions"]:
            for _ in range(group["count"]):
                paying(
                    data,
                    build.customer(data.subscriptions),
                    group["from"].isoformat(),
                    price_minor=int(Decimal(group["price"]) * 100),
                    interval=group["interval"],
                    interval_count=group["every"],
                )
        for day, expected in case["expected"].items():
            report = ask(data, "mrr", f"{day}T23:59:59.999999", live=False)
            assert report.figure("mrr", "EUR") == int(Decimal(expected) * 100)


def test_m4_month_by_month(empty: Databases) -> None:
    with scratch() as data:
        for price, interval, start in (
            (10000, "month", "01"),
            (100000, "year", "01"),
            (10000, "month", "06"),
        ):
            customer = build.customer(data.subscriptions)
            paying(data, customer, f"2026-{start}-01", price_minor=price, interval=interval)
        report = ask(data, "mrr", "2026-07-31T12:00", period=days("2026-01-01", "2026-07-31"))
        assert report.values("end") == [18333] * 5 + [28333] * 2
        assert report.values("new") == [18333, 0, 0, 0, 0, 10000, 0]
        assert report.figure("arr", "EUR") == 12 * 20000 + 100000  # of the exact MRR, not of 283.33


def test_c1_gross_and_net_churn(empty: Databases) -> None:
    with scratch() as data:
        gone, less, more = (
            paying(data, build.customer(data.subscriptions), "2026-01-01", price_minor=price)
            for price in (1000, 3000, 6000)
        )
        ended(data, gone, "2026-02-10")
        event(data, less, "plan_changed", "2026-02-11", -units(less) // 3)
        event(data, more, "plan_changed", "2026-02-12", units(more) // 6)
        report = ask(data, "mrr", "2026-02-28T23:00", period=days("2026-02-01", "2026-02-28"))
        row = only(report)
        assert (row["start"], row["churn"], row["contraction"], row["expansion"]) == (
            10000,
            -1000,
            -1000,
            1000,
        )
        assert (row["gross_churn"], row["net_churn"], row["end"]) == (0.2, 0.1, 9000)


def test_c5_who_joined_within_the_month_is_not_in_the_rate(empty: Databases) -> None:
    with scratch() as data:
        there = [paying(data, build.customer(data.subscriptions), "2026-01-01") for _ in range(100)]
        joined = paying(data, build.customer(data.subscriptions), "2026-02-03")
        for leaving in [*there[:10], joined]:
            ended(data, leaving, "2026-02-20")
        report = ask(data, "mrr", "2026-02-28T23:00", period=days("2026-02-01", "2026-02-28"))
        row = only(report)
        assert (row["customers_start"], row["customers_lost"], row["churn_rate"]) == (100, 10, 0.1)
        assert row["churn"] == -11 * 1000


def test_c6_churned_on_the_day_it_ends(empty: Databases) -> None:
    with scratch() as data:
        leaving, _ = (paying(data, build.customer(data.subscriptions), "2026-01-01") for _ in range(2))
        event(data, leaving, "cancel_requested", "2026-02-15", actor="customer")
        ended(data, leaving, "2026-03-01")
        report = ask(data, "mrr", "2026-03-31T12:00", period=days("2026-02-01", "2026-03-31"))
        assert report.values("customers_lost") == [0, 1]
        assert report.values("churn_rate") == [0, 0.5]
        asked = ask(data, "cancellations", "2026-03-31T12:00", period=days("2026-02-01", "2026-03-31"))
        assert asked.values("requested") == [1, 0]
        assert asked.values("ended") == [0, 1]


def test_c8_a_downgrade_loses_no_customer(empty: Databases) -> None:
    with scratch() as data:
        kept = paying(data, build.customer(data.subscriptions), "2026-01-01", price_minor=10000)
        event(data, kept, "plan_changed", "2026-02-01", -units(kept) * 3 // 10)
        row = only(ask(data, "mrr", "2026-02-28T12:00", period=days("2026-02-01", "2026-02-28")))
        assert (row["customers_lost"], row["contraction"], row["end"]) == (0, -3000, 7000)


def test_losing_one_of_several_is_contraction_and_coming_back_reactivation(empty: Databases) -> None:
    with scratch() as data:
        customer = build.customer(data.subscriptions)
        first, second = (paying(data, customer, "2026-01-01") for _ in range(2))
        ended(data, first, "2026-02-01")
        ended(data, second, "2026-03-01")
        paying(data, customer, "2026-04-01")
        report = ask(data, "mrr", "2026-04-30T12:00", period=days("2026-01-01", "2026-04-30"))
        moved = [
            (row["new"], row["reactivation"], row["contraction"], row["churn"]) for row in report.to_records()
        ]
        assert moved == [(2000, 0, 0, 0), (0, 0, -1000, 0), (0, 0, 0, -1000), (0, 1000, 0, 0)]


def test_a_swap_at_one_instant_is_one_movement(empty: Databases) -> None:
    with scratch() as data:
        customer = build.customer(data.subscriptions)
        old = paying(data, customer, "2026-01-01")
        ended(data, old, "2026-02-01")
        paying(data, customer, "2026-02-01", price_minor=1500)
        row = only(ask(data, "mrr", "2026-02-28T12:00", period=days("2026-02-01", "2026-02-28")))
        assert (row["expansion"], row["churn"], row["reactivation"]) == (500, 0, 0)


def test_currencies_stay_apart_and_parts_add_up(empty: Databases) -> None:
    with scratch() as data:
        for currency in ("EUR", "EUR", "EUR", "JPY"):
            customer = build.customer(data.subscriptions, country=currency[:2])
            paying(data, customer, "2026-01-01", price_minor=1000, interval_count=3, currency=currency)
        report = ask(data, "mrr", "2026-01-31T12:00", by="product")
        assert report.figure("mrr", "EUR") == 1000
        assert report.figure("mrr", "JPY") == 333
        assert sorted(row["mrr"] for row in report.to_records() if row["currency"] == "EUR") == [
            333,
            333,
            334,
        ]
        assert report.figure("customers") == 4


def test_committed_leaves_out_what_is_set_to_end(empty: Databases) -> None:
    with scratch() as data:
        paying(data, build.customer(data.subscriptions), "2026-01-01")
        paying(data, build.customer(data.subscriptions), "2026-01-01", cancel_at_period_end=True)
        report = ask(data, "mrr", "2026-01-31T12:00")
        assert (report.figure("mrr", "EUR"), report.figure("committed", "EUR")) == (2000, 1000)


def test_committed_of_the_past_is_what_had_been_asked_by_then(empty: Databases) -> None:
    with scratch() as data:
        paying(data, build.customer(data.subscriptions), "2026-01-01")
        leaving = paying(data, build.customer(data.subscriptions), "2026-01-01")
        event(data, leaving, "cancel_requested", "2026-01-10", actor="customer")
        event(data, leaving, "cancel_undone", "2026-01-20", actor="customer")
        event(data, leaving, "cancel_requested", "2026-01-20", actor="staff")  # at the same instant, later
        ended(data, leaving, "2026-02-01")
        committed = {
            day: ask(data, "mrr", day, live=False).figure("committed", "EUR")
            for day in ("2026-01-09", "2026-01-10", "2026-01-19T23:59", "2026-01-20", "2026-02-01")
        }
        assert list(committed.values()) == [2000, 1000, 1000, 1000, 1000]
        event(data, leaving, "cancel_undone", "2026-01-25", actor="customer")
        assert ask(data, "mrr", "2026-01-26", live=False).figure("committed", "EUR") == 2000


def test_the_rows_behind_are_rounded_so_that_they_add_up_on_any_page(empty: Databases) -> None:
    with scratch() as data:
        for day in ("03", "01", "02"):
            customer = build.customer(data.subscriptions)
            paying(data, customer, f"2026-01-{day}", price_minor=1000, interval_count=3)
        whole = ask(data, "mrr", "2026-01-31", rows=True)
        assert whole.values("mrr") == [333, 334, 333]
        by_money = ask(data, "mrr", "2026-01-31", rows=True, sort="money", limit=2)
        assert by_money.to_records() == whole.to_records()[:2]
        assert (whole.checks[0].holds, by_money.checks) == (True, ())


def test_a_local_month_begins_at_local_midnight(empty: Databases) -> None:
    with scratch() as data:
        paying(
            data, build.customer(data.subscriptions), "2026-01-31T22:30"
        )  # 00:30 on 1 February in Helsinki
        report = ask(
            data, "mrr", "2026-02-28T12:00", HELSINKI, period=days("2026-01-01", "2026-02-28", HELSINKI)
        )
        assert report.values("new") == [0, 1000]


def test_a_day_as_of_is_its_end_and_midnight_the_next(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSOLE_REPORTING_TIME_ZONE", "Europe/Helsinki")
    databases.use(monkeypatch)
    with db.writing("subscriptions") as connection:
        for start in ("2024-12-31T21:59:59.999999", "2024-12-31T22:00"):
            customer = build.customer(connection)
            made = build.subscription(connection, customer["id"])
            build.subscription_event(
                connection, made, "started", occurred_at=at(start), mrr_delta_units=units(made)
            )
    for day, expected in (("2024-12-31", 1000), ("2025-01-01", 2000), ("2024-12-30", None)):
        with db.reading() as data:
            assert run(data, Question(name="mrr", as_of=day)).figure("mrr", "EUR") == expected


def test_as_of_to_come_is_refused() -> None:
    with pytest.raises(Refused, match="still to come"):
        params(Question(name="mrr", as_of="2999-01-01"))
    assert params(Question(name="mrr")).live


def test_a_period_after_the_as_of_instant_is_refused(empty: Databases) -> None:
    with scratch() as data, pytest.raises(BadParameter, match="begins later"):
        ask(data, "mrr", "2026-01-31T12:00", period=days("2026-03-01", "2026-03-31"))


def test_a_period_that_is_over_gives_the_figures_of_its_end(empty: Databases) -> None:
    with scratch() as data:
        for month in ("01", "02", "03"):
            paying(data, build.customer(data.subscriptions), f"2026-{month}-01")
        report = ask(data, "mrr", "2026-06-01", period=days("2026-01-01", "2026-02-28"))
        assert report.figure("mrr", "EUR") == report.values("end")[-1] == 2000
