"""GRR, NRR and cohorts: small lives by hand, and what holds whatever happened."""

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from queries.recurring import UNITS_PER_MINOR
from queries.reports import Report
from queries.reports._keeping import Kept
from queries.reports.retention import _within
from tests import build
from tests.conftest import Databases
from tests.reports import HELSINKI, Data, ask, at, days, ended, event, only, paying, scratch, units

few = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
FEBRUARY = days("2026-02-01", "2026-02-28")


def _changed(data: Data, subscription: dict[str, Any], when: str, new_price: int) -> None:
    delta = (new_price - subscription["price_minor"]) * UNITS_PER_MINOR
    event(data, subscription, "plan_changed", when, delta)


def test_gross_by_subscription_and_net_by_customer(empty: Databases) -> None:
    """One downgrades one of two and upgrades the other, one leaves, one joins in the month."""
    with scratch() as data:
        both, gone, new = (build.customer(data.subscriptions) for _ in range(3))
        less, more = (paying(data, both, "2026-01-01", price_minor=price) for price in (4000, 4000))
        ended(data, paying(data, gone, "2026-01-01", price_minor=2000), "2026-02-10")
        _changed(data, less, "2026-02-11", 1000)
        _changed(data, more, "2026-02-12", 9000)
        paying(data, new, "2026-02-13", price_minor=5000)
        row = only(ask(data, "retention", "2026-02-28T12:00", period=FEBRUARY))
        assert (row["mrr_start"], row["kept"], row["net"]) == (10000, 5000, 10000)
        assert (row["grr"], row["nrr"]) == (0.5, 1.0)
        assert (row["customers_start"], row["customers_lost"], row["customers_end"]) == (2, 1, 2)
        assert (row["churn_rate"], row["mrr_end"], row["arpu"]) == (0.5, 15000, 7500)


def test_the_period_is_not_the_average_of_its_months(empty: Databases) -> None:
    """A pause that is over by the end of the period took nothing away from it, but did from its months."""
    with scratch() as data:
        made = paying(data, build.customer(data.subscriptions), "2026-01-01")
        event(data, made, "paused", "2026-02-10", -units(made))
        event(data, made, "resumed", "2026-03-10", units(made))
        report = ask(data, "retention", "2026-03-31T12:00", period=days("2026-02-01", "2026-03-31"))
        assert report.values("grr") == [0.0, None]
        assert report.values("arpu") == [None, 1000]
        assert (report.figure("grr", "EUR"), report.figure("customers_lost", "EUR")) == (1.0, 0)


def test_nobody_there_is_nothing_to_divide_by(empty: Databases) -> None:
    with scratch() as data:
        assert ask(data, "retention", "2026-02-28", period=FEBRUARY).rows == []
        paying(data, build.customer(data.subscriptions), "2026-02-02")
        row = only(ask(data, "retention", "2026-02-28T12:00", period=FEBRUARY))
        assert (row["grr"], row["nrr"], row["churn_rate"], row["arpu"]) == (None, None, None, 1000)


def test_arpu_is_rounded_once(empty: Databases) -> None:
    """Two customers at 3.333… and 3.333… a month: 3.33, not half of 6.67."""
    with scratch() as data:
        for _ in range(2):
            customer = build.customer(data.subscriptions)
            paying(data, customer, "2026-01-01", price_minor=1000, interval_count=3)
        row = only(ask(data, "retention", "2026-02-28T12:00", period=FEBRUARY))
        assert (row["mrr_end"], row["arpu"]) == (667, 333)


def test_cohorts_by_customers_and_by_money(empty: Databases) -> None:
    """Two start in January: one leaves in its first month and is back in March, one doubles in February."""
    with scratch() as data:
        back, more = (paying(data, build.customer(data.subscriptions), "2026-01-05") for _ in range(2))
        ended(data, back, "2026-01-20")
        event(data, back, "started", "2026-03-02", units(back))
        _changed(data, more, "2026-02-03", 2000)
        paying(data, build.customer(data.subscriptions), "2026-03-03", price_minor=3000)
        asked: dict[str, Any] = {"period": days("2026-01-15", "2026-03-15")}  # whole months all the same
        logo = ask(data, "retention", "2026-03-20T12:00", by="cohort", **asked)
        money = ask(data, "retention", "2026-03-20T12:00", by="cohort_mrr", **asked)
        assert logo.values("customers") == [2, 0, 1]
        assert money.values("new") == [2000, 0, 3000]
        assert [_shares(logo, n) for n in range(3)] == [[0.5, 0.5, 1.0], [None, None], [1.0]]
        assert _shares(money, 0) == [0.5, 1.0, 1.5]
        assert logo.values("running") == [2, 1, 0]


def _shares(report: Report, row: int) -> list[float | None]:
    """The months of a cohort that have begun."""
    record = report.to_records()[row]
    return [record[f"month_{n}"] for n in range(record["running"] + 1)]


def test_a_month_that_is_over_is_not_marked(empty: Databases) -> None:
    with scratch() as data:
        paying(data, build.customer(data.subscriptions), "2026-01-05")
        january = days("2026-01-01", "2026-01-31", HELSINKI)
        asked: dict[str, Any] = {"period": january, "by": "cohort", "live": False}
        last = ask(data, "retention", "2026-01-31T21:59:59.999999", HELSINKI, **asked)
        first = ask(data, "retention", "2026-01-31T22:00", HELSINKI, **asked)
        assert (only(last)["running"], only(last)["month_0"], only(last)["month_1"]) == (None, 1.0, None)
        assert (only(first)["running"], only(first)["month_1"]) == (1, 1.0)


def test_the_customers_behind(empty: Databases) -> None:
    with scratch() as data:
        stays, goes, joins = (build.customer(data.subscriptions) for _ in range(3))
        paying(data, stays, "2026-01-01", price_minor=1000, interval_count=3)
        ended(data, paying(data, goes, "2026-01-02", price_minor=1000, interval_count=3), "2026-02-20")
        paying(data, joins, "2026-02-03")
        asked: dict[str, Any] = {"period": FEBRUARY, "rows": True}
        there = ask(data, "retention", "2026-03-15", **asked)
        assert there.values("customer_number") == [stays["number"], goes["number"]]
        assert there.values("mrr_start") == [333, 334]
        assert (there.values("kept"), there.values("net")) == ([333, 0], [333, 0])
        assert len(there.checks) == 4
        assert all(check.holds for check in there.checks)
        lost = ask(data, "retention", "2026-03-15", only="lost", **asked)
        assert lost.to_records() == there.to_records()[1:]
        cohort = ask(data, "retention", "2026-03-15", by="cohort", **asked)
        assert cohort.values("customer_number") == [joins["number"]]
        assert (cohort.values("new"), cohort.values("mrr")) == ([1000], [1000])
        assert ask(data, "retention", "2026-03-15", by="cohort", only="lost", **asked).rows == []


@pytest.mark.parametrize("by", ["month", "cohort"])
def test_the_customers_page_by_page(empty: Databases, by: str) -> None:
    with scratch() as data:
        for day in ("03", "01", "02"):
            customer = build.customer(data.subscriptions)
            paying(data, customer, f"2026-01-{day}", price_minor=1000, interval_count=3)
        period = FEBRUARY if by == "month" else days("2026-01-01", "2026-01-31")
        asked: dict[str, Any] = {"rows": True, "by": by, "sort": "money", "period": period}
        whole = ask(data, "retention", "2026-03-15", **asked)
        amounts = whole.values("mrr_start" if by == "month" else "new")
        assert (amounts, sum(amounts)) == ([333, 334, 333], 1000)
        first = ask(data, "retention", "2026-03-15", limit=2, **asked)
        rest = ask(data, "retention", "2026-03-15", limit=2, after=first.next, **asked)
        assert ([*first.rows, *rest.rows], rest.next, first.checks) == (whole.rows, None, ())


# Lives in which no subscription is ever worth less than nothing: (customer, start hour, [(hours, worth)]).
_lives = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["EUR", "JPY"]),
        st.integers(0, 120 * 24),
        st.lists(st.tuples(st.integers(1, 40 * 24), st.sampled_from([0, 0, 777, 1000, 5555])), max_size=4),
    ),
    min_size=1,
    max_size=5,
)
WINDOW = days("2026-01-10", "2026-04-20", HELSINKI)


def _live(data: Data, lives: list[Any], customers: list[Any], hours: int = 0) -> None:
    for who, currency, hour, steps in lives:
        when = at("2026-01-01") + timedelta(hours=hour + hours)
        made = build.subscription(
            data.subscriptions, customers[who]["id"], currency=currency, interval_count=7, started_at=when
        )
        worth = 0
        for later, price in [(0, 1000), *steps]:
            when += timedelta(hours=later)
            new = price * UNITS_PER_MINOR // 7
            kind = "started" if not later else "plan_changed"
            build.subscription_event(
                data.subscriptions, made, kind, occurred_at=when, mrr_delta_units=new - worth
            )
            worth = new


@given(lives=_lives)
@few
def test_gross_is_at_most_one_and_at_most_net_and_all_checks_hold(empty: Databases, lives: Any) -> None:
    with scratch() as data:
        _live(data, lives, [build.customer(data.subscriptions) for _ in range(3)])
        for by in ("month", "cohort", "cohort_mrr"):
            for rows in (False, True):
                report = ask(data, "retention", "2026-05-01", HELSINKI, period=WINDOW, by=by, rows=rows)
                assert [check for check in report.checks if not check.holds] == []
        months = ask(data, "retention", "2026-05-01", HELSINKI, period=WINDOW)
        for record in months.to_records():
            if record["grr"] is not None:
                assert 0 <= record["grr"] <= min(1, record["nrr"])
        bridge = ask(data, "mrr", "2026-05-01", HELSINKI, period=WINDOW)
        for name, there in (("start", "mrr_start"), ("end", "mrr_end"), ("customers_end", "customers_end")):
            assert bridge.series(name) == months.series(there)
        for name in ("customers_start", "customers_lost", "churn_rate"):
            assert bridge.series(name) == months.series(name)


@given(lives=_lives, later=_lives)
@few
def test_what_comes_later_does_not_change_the_past(empty: Databases, lives: Any, later: Any) -> None:
    def answers(data: Data) -> list[Any]:
        asked: dict[str, Any] = {"period": WINDOW, "live": False}
        found = [
            ask(data, "retention", "2026-06-30", HELSINKI, by=by, rows=rows, **asked)
            for by in ("month", "cohort", "cohort_mrr")
            for rows in (False, True)
        ]
        return [(report.rows, report.figures, report.checks) for report in found]

    with scratch() as data:
        customers = [build.customer(data.subscriptions) for _ in range(3)]
        _live(data, [(*life[:3], []) for life in lives], customers)
        before = answers(data)
        _live(data, later, customers, hours=200 * 24)
        assert answers(data) == before


def test_a_check_that_fails_says_what_differs() -> None:
    check = _within("No more was kept than was there", [Kept("EUR", 5, 6, 0, 0, 0, 0, 0, 0)])
    assert (check.holds, check.sentence) == (False, "It is 6 of 5 units of EUR.")


@pytest.mark.parametrize("worth", [0, 1, 7, 1000])
def test_shares_of_a_single_subscription(empty: Databases, worth: int) -> None:
    with scratch() as data:
        made = paying(data, build.customer(data.subscriptions), "2026-01-01")
        event(data, made, "price_changed", "2026-02-02", worth * UNITS_PER_MINOR - units(made))
        row = only(ask(data, "retention", "2026-02-28T12:00", period=FEBRUARY))
        assert row["grr"] == row["nrr"] == float(Fraction(worth, 1000))
