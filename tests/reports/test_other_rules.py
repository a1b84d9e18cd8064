"""What other common rules would give: hand-computed on a small company, and the same on the whole sample."""

from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console import clocks, db
from queries.recurring import monthly_units
from queries.reports import Params, run
from queries.reports.other_rules import RULES, Comparison, OtherRule, other_rule
from tests import build
from tests.conftest import Databases
from tests.reports import UTC_ZONE, Data, at, charge, ended, event, paying, scratch

NOW = "2026-03-10T12:00"  # the last full month is February
few = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _found(data: Data, key: str, now: str = NOW) -> OtherRule:
    return other_rule(data, Params(as_of=at(now), zone=UTC_ZONE), key)


def _both(rule: OtherRule, figure: str, currency: str = "EUR") -> tuple[Any, Any]:
    one = next(each for each in rule.comparisons if (each.figure, each.currency) == (figure, currency))
    return one.ours, one.other


def _made(rule: OtherRule) -> list[tuple[Any, ...]]:
    return [(one.number, one.why, one.amount) for one in rule.makers]


def _customer(data: Data) -> build.Row:
    return build.customer(data.subscriptions)


def test_churn_on_the_day_it_was_asked_for(empty: Databases) -> None:
    with scratch() as data:
        before, only, both, back, failed, trial = (
            paying(data, _customer(data), "2026-01-01", price_minor=price)
            for price in (1000, 2000, 4000, 8000, 16000, 32000)
        )
        for leaving, asked_on in ((before, "2026-01-20"), (only, "2026-02-20"), (both, "2026-02-03")):
            event(data, leaving, "cancel_requested", asked_on, actor="customer")
        ended(data, before, "2026-02-01")
        ended(data, only, "2026-03-01")
        ended(data, both, "2026-02-28T23:59:59")
        event(data, back, "cancel_requested", "2026-02-05", actor="customer")
        event(data, back, "cancel_undone", "2026-02-06", actor="customer")
        event(data, back, "cancel_requested", "2026-02-07", actor="customer")
        event(data, failed, "payment_failed", "2026-02-01")
        ended(data, failed, "2026-02-15")
        trial = build.subscription(data.subscriptions, _customer(data)["id"], status="trialing")
        event(data, trial, "trial_started", "2026-02-01")
        event(data, trial, "cancel_requested", "2026-02-02", actor="customer")
        rule = _found(data, "request")
        assert _both(rule, "Subscriptions churned") == (3, 4)
        assert _both(rule, "MRR churned") == (21000, 21000 - 1000 + 2000 + 8000)
        assert _made(rule) == [
            (back["number"], "asked for in the month, not ended in it", 8000),
            (only["number"], "asked for in the month, not ended in it", 2000),
            (before["number"], "ended in the month, asked for before it", 1000),
        ]
        assert rule.made_by == 3


_lives = st.lists(
    st.tuples(
        st.one_of(st.none(), st.integers(1, 80)),  # the day it was asked for, counted from 1 January
        st.one_of(st.none(), st.integers(1, 20)),  # days until that was taken back
        st.one_of(st.none(), st.integers(2, 80)),  # the day it ended
    ).filter(lambda life: life[2] is None or life[2] > (life[0] or 0) + (life[1] or 0)),
    max_size=6,
)


@given(lives=_lives)
@few
def test_churn_is_counted_once_on_the_day_it_was_asked_for(empty: Databases, lives: list[Any]) -> None:
    def in_february(day: int) -> bool:
        return 31 <= day < 59

    ends = other = 0
    with scratch() as data:
        for asked_on, back, end in lives:
            made = paying(data, _customer(data), "2026-01-01")
            if asked_on is not None:
                event(data, made, "cancel_requested", _day(asked_on))
            if asked_on is not None and back is not None:
                event(data, made, "cancel_undone", _day(asked_on + back))
            if end is not None:
                ended(data, made, _day(end))
            stood = asked_on is not None and asked_on < 31 and (back is None or asked_on + back >= 31)
            ended_in = end is not None and in_february(end)
            ends += ended_in
            other += (asked_on is not None and in_february(asked_on)) or (ended_in and not stood)
        rule = _found(data, "request", now="2026-03-25T12:00")
        assert [(one.ours, one.other) for one in rule.comparisons[:1]] in ([(ends, other)], [])
        assert rule.comparisons or (ends, other) == (0, 0)


def _day(number: int) -> str:
    """A day of 2026, 0 being 1 January."""
    return (date(2026, 1, 1) + timedelta(days=number)).isoformat()


def test_a_request_taken_back_before_the_month_is_none(empty: Databases) -> None:
    with scratch() as data:
        leaving = paying(data, _customer(data), "2026-01-01")
        event(data, leaving, "cancel_requested", "2026-01-10", actor="customer")
        event(data, leaving, "cancel_undone", "2026-01-11", actor="customer")
        ended(data, leaving, "2026-02-10")
        rule = _found(data, "request")
        assert _both(rule, "Subscriptions churned") == (1, 1)
        assert (rule.makers, rule.made_by) == ((), 0)


def test_4_33_weeks_a_month(empty: Databases) -> None:
    with scratch() as data:
        weekly = paying(
            data, _customer(data), "2026-01-01", price_minor=5000, interval="week", interval_count=2
        )
        paying(data, _customer(data), "2026-01-01", price_minor=10000)
        rule = _found(data, "weeks")
        assert _both(rule, "MRR") == (10833 + 10000, 10825 + 10000)  # 25.00 a week: 108.33 and 108.25
        assert _made(rule) == [(weekly["number"], "paid by the week", 10833)]


def test_committed_leaves_out_what_is_set_to_end(empty: Databases) -> None:
    with scratch() as data:
        leaving = paying(data, _customer(data), "2026-01-01", price_minor=3000, cancel_at_period_end=True)
        paying(data, _customer(data), "2026-01-01", price_minor=1000)
        yen = paying(data, _customer(data), "2026-01-01", currency="JPY", cancel_at=at("2026-04-01"))
        rule = _found(data, "committed")
        assert _both(rule, "MRR") == (4000, 1000)
        assert _both(rule, "MRR", "JPY") == (1000, 0)
        assert _made(rule) == [(leaving["number"], "set to end", 3000), (yen["number"], "set to end", 1000)]


def test_joiners_who_left_counted_in(empty: Databases) -> None:
    """METRICS C5 with ten customers: one of them leaves, and one who joined within the month."""
    with scratch() as data:
        there = [paying(data, _customer(data), "2026-01-01") for _ in range(10)]
        joiner = _customer(data)
        joined = paying(data, joiner, "2026-02-03", price_minor=2000)
        for leaving in (there[0], joined):
            ended(data, leaving, "2026-02-20")
        swapped = paying(data, _customer(data), "2026-02-03")
        event(data, swapped, "paused", "2026-02-03", -monthly_units(1000, "month", 1))
        stays = paying(data, _customer(data), "2026-02-03")
        event(data, stays, "plan_changed", "2026-02-04", -monthly_units(1, "month", 1))
        rule = _found(data, "joiners")
        assert _both(rule, "Customer churn rate") == (0.1, 0.2)
        assert [(one.number, one.customer_number, one.amount) for one in rule.makers] == [
            (None, joiner["number"], 2000)
        ]


def _period_until(data: Data, due: str, **values: Any) -> build.Row:
    made = paying(data, _customer(data), "2026-01-05", current_period_end=at(due), **values)
    charge(data, made, "2026-01-05", "2026-02-05", kind="purchase")
    return made


def test_open_renewals_counted_as_lost(empty: Databases) -> None:
    with scratch() as data:
        for _ in range(2):
            kept = _period_until(data, "2026-04-05", current_period_start=at("2026-03-05"))
            charge(data, kept, "2026-02-05", "2026-03-05")
        lost = _period_until(data, "2026-02-05", status="canceled", ended_at=at("2026-02-05"))
        ended(data, lost, "2026-02-05")
        dunned = _period_until(data, "2026-03-05", current_period_start=at("2026-02-05"), status="past_due")
        charge(data, dunned, "2026-02-05", "2026-03-05", status="failed")
        rule = _found(data, "open")
        assert _both(rule, "Renewal rate") == (round(2 / 3, 6), 0.5)
        assert _made(rule) == [(dunned["number"], "in dunning", 1000)]


def test_of_many_the_largest_of_each_currency_are_named(empty: Databases) -> None:
    with scratch() as data:
        for currency in ("EUR", "JPY"):
            for price in range(1, 31):
                paying(
                    data,
                    _customer(data),
                    "2026-01-01",
                    price_minor=price,
                    currency=currency,
                    cancel_at_period_end=True,
                )
        rule = _found(data, "committed")
        assert rule.made_by == 60
        assert [one.amount for one in rule.makers] == 2 * list(range(30, 10, -1))
        assert [one.currency for one in rule.makers] == ["EUR"] * 20 + ["JPY"] * 20


def test_without_rows_there_is_nothing_to_compare(empty: Databases) -> None:
    with scratch() as data:
        found = [_found(data, key) for key in RULES]
        assert [(rule.comparisons, rule.makers, rule.made_by) for rule in found] == [((), (), 0)] * 5


@pytest.fixture
def on_the_sample(company: Databases) -> dict[str, OtherRule]:
    with db.reading() as data:
        return {key: other_rule(data, _params(), key) for key in RULES}


def _params(**values: Any) -> Params:
    return Params(as_of=clocks.now(), zone=clocks.zone(), **values)


def test_our_side_is_the_reports_own_figure(on_the_sample: dict[str, OtherRule]) -> None:
    month = on_the_sample["request"].period
    asked = replace(_params(), period=month)

    def ours(key: str, figure: str) -> dict[str, Any]:
        return {one.currency: one.ours for one in on_the_sample[key].comparisons if one.figure == figure}

    with db.reading() as data:
        ends = run("cancellations", data, replace(asked, by="currency")).to_records()
        months = run("mrr", data, replace(asked, by="month")).to_records()
        renewals = run("renewals", data, replace(asked, by="currency")).to_records()
        now = run("mrr", data, _params())
    assert ours("request", "Subscriptions churned") == {row["currency"]: row["ended"] for row in ends}
    assert ours("request", "MRR churned") == {row["currency"]: row["ended_mrr"] for row in ends}
    assert ours("joiners", "Customer churn rate") == {row["currency"]: row["churn_rate"] for row in months}
    assert ours("open", "Renewal rate") == {row["currency"]: row["rate"] for row in renewals}
    assert ours("open", "Renewal rate by money") == {row["currency"]: row["rate_money"] for row in renewals}
    for key in ("weeks", "committed"):
        mrr = {one.currency: one.value for one in now.figures if one.name == "mrr"}
        assert ours(key, "MRR") == mrr


def test_the_named_rows_are_the_difference(on_the_sample: dict[str, OtherRule]) -> None:
    rule = on_the_sample["committed"]
    assert rule.made_by == len(rule.makers) > 0  # all of them are named
    for one in rule.comparisons:
        assert isinstance(one, Comparison)
        assert isinstance(one.ours, int)
        assert isinstance(one.other, int)
        named = sum(maker.amount for maker in rule.makers if maker.currency == one.currency)
        assert abs(one.ours - one.other - named) <= Fraction(len(rule.makers), 2)  # each is rounded
