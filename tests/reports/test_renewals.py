"""Renewals due: by local day, their outcomes, what is at risk. R1: published by others and recomputed."""

from datetime import date
from typing import Any

import pytest

from queries import home
from queries.reports import BadParameter
from queries.tables_subscriptions import customers, subscriptions
from tests import build
from tests.conftest import Databases
from tests.reports import HELSINKI, Data, ask, at, charge, days, ended, event, only, paying, scratch


def _due(data: Data, when: str, **values: Any) -> build.Row:
    customer = build.customer(data.subscriptions)
    return paying(data, customer, "2026-01-05", current_period_end=at(when), **values)


def _renewed(data: Data, due: str = "2026-02-05", **values: Any) -> build.Row:
    """One whose period that ended at `due` was followed by another."""
    made = _due(data, "2026-03-05", current_period_start=at(due), **values)
    charge(data, made, "2026-01-05", due, kind="purchase")
    charge(data, made, due, "2026-03-05")
    event(data, made, "renewed", due)
    return made


def _lost(data: Data, when: str = "2026-02-05", **values: Any) -> build.Row:
    made = _due(data, "2026-02-05", status="canceled", ended_at=at(when), **values)
    charge(data, made, "2026-01-05", "2026-02-05", kind="purchase")
    return made


def test_r1_ninety_of_a_hundred(empty: Databases) -> None:
    with scratch() as data:
        for _ in range(90):
            _renewed(data)
        for _ in range(10):
            lost = _lost(data, cancel_requested_at=at("2026-01-20"))
            ended(data, lost, "2026-02-05")
        report = ask(data, "renewals", "2026-03-01", period=days("2026-02-01", "2026-02-28"), by="month")
        row = only(report)
        assert (row["due"], row["renewed"], row["lost_by_choice"]) == (100, 90, 10)
        assert (row["rate"], row["rate_money"], report.figure("rate")) == (0.9, 0.9, 0.9)


def test_every_outcome_once_and_they_add_up(empty: Databases) -> None:
    with scratch() as data:
        _renewed(data)
        changed = _renewed(data)
        event(data, changed, "plan_changed", "2026-02-05")
        recovered = _due(data, "2026-03-05", current_period_start=at("2026-02-05"))
        charge(data, recovered, "2026-01-05", "2026-02-05", kind="purchase")
        charge(data, recovered, "2026-02-05", "2026-03-05", status="failed")
        charge(data, recovered, "2026-02-05", "2026-03-05", attempt=2, settled_at=at("2026-02-08"))
        choice = _lost(data, cancel_requested_at=at("2026-01-20"))
        ended(data, choice, "2026-02-05")
        failed = _lost(data, "2026-02-19")
        charge(data, failed, "2026-02-05", "2026-03-05", status="failed")
        event(data, failed, "payment_failed", "2026-02-05")
        ended(data, failed, "2026-02-19")
        unstated = _lost(data)
        ended(data, unstated, "2026-02-05")
        open_ = _due(data, "2026-03-05", current_period_start=at("2026-02-05"), status="past_due")
        charge(data, open_, "2026-01-05", "2026-02-05", kind="purchase")
        charge(data, open_, "2026-02-05", "2026-03-05", status="failed")
        waiting = _due(data, "2026-02-05")
        charge(data, waiting, "2026-01-05", "2026-02-05", kind="purchase")
        report = ask(data, "renewals", "2026-02-20", period=days("2026-02-01", "2026-02-19"), by="currency")
        row = only(report)
        outcomes = {
            "renewed": 2, "changed_plan": 1, "lost_by_choice": 1, "lost_by_failed_payment": 1,
            "lost_unstated": 1, "in_dunning": 1, "upcoming": 1, "set_to_end": 0,
        }  # fmt: skip
        assert {name: row[name] for name in outcomes} == outcomes
        assert row["due"] == sum(outcomes.values())
        assert row["rate"] == 0.5  # 3 of the 6 decided


def test_who_asked_and_then_failed_to_pay_left_by_choice(empty: Databases) -> None:
    with scratch() as data:
        lost = _lost(data, "2026-02-19", cancel_requested_at=at("2026-02-10"))
        charge(data, lost, "2026-02-05", "2026-03-05", status="failed")
        event(data, lost, "payment_failed", "2026-02-05")
        event(data, lost, "cancel_requested", "2026-02-10", actor="customer")
        ended(data, lost, "2026-02-19")
        row = only(
            ask(data, "renewals", "2026-03-01", period=days("2026-02-05", "2026-02-05"), by="currency")
        )
        assert (row["lost_by_choice"], row["lost_by_failed_payment"]) == (1, 0)


def test_a_replaced_or_paused_period_is_not_due(empty: Databases) -> None:
    with scratch() as data:
        switched = _due(data, "2027-01-20", current_period_start=at("2026-01-20"))
        charge(data, switched, "2026-01-05", "2026-02-05", kind="purchase")
        charge(data, switched, "2026-01-20", "2027-01-20", kind="upgrade")
        paused = _due(data, "2026-02-05", status="paused")
        charge(data, paused, "2026-01-05", "2026-02-05", kind="purchase")
        event(data, paused, "paused", "2026-02-05")
        report = ask(data, "renewals", "2026-03-01", period=days("2026-02-01", "2026-02-28"))
        assert report.figure("due") == 0


def test_coming_renewals_by_local_day_also_where_clocks_change(empty: Databases) -> None:
    # Europe/Helsinki: 29 March 2026 has 23 hours (to 21:00 UTC), 25 October 25 (from 21:00 to 22:00 UTC).
    moments = {
        "2026-03-28T21:59:59.999999": date(2026, 3, 28),
        "2026-03-28T22:00": date(2026, 3, 29),
        "2026-03-29T20:59:59": date(2026, 3, 29),
        "2026-03-29T21:00": date(2026, 3, 30),
        "2026-10-24T20:59": date(2026, 10, 24),
        "2026-10-24T21:00": date(2026, 10, 25),
        "2026-10-25T21:59:59": date(2026, 10, 25),
        "2026-10-25T22:00": date(2026, 10, 26),
    }
    with scratch() as data:
        for moment in moments:
            _due(data, moment)
        for first, last in (("2026-03-27", "2026-03-31"), ("2026-10-23", "2026-10-27")):
            window = days(first, last, HELSINKI)
            report = ask(data, "renewals", "2026-03-01", HELSINKI, period=window)
            expected = [sum(day == span.first for day in moments.values()) for span in window.days]
            assert report.values("due") == expected
            assert sum(expected) == 4


def test_a_day_without_renewals_is_a_row(empty: Databases) -> None:
    with scratch() as data:
        assert len(ask(data, "renewals", "2026-02-01").rows) == 30
        _due(data, "2026-02-03")
        _due(data, "2026-02-09", currency="JPY")
        report = ask(data, "renewals", "2026-02-01", days=10)
        assert len(report.rows) == 20  # a row for each day and currency
        assert report.series("due")["JPY"][0] == (date(2026, 2, 1), 0)


def test_each_risk_and_what_is_expected(empty: Databases) -> None:
    with scratch() as data:
        c = data.subscriptions
        _due(data, "2026-02-10")
        failing = _due(data, "2026-02-11", status="past_due")
        ending = _due(data, "2026-02-12", cancel_at_period_end=True)
        expiring = _due(data, "2026-03-01")
        valid = _due(data, "2026-02-28T23:59:59")
        asking = _due(data, "2026-02-13")
        for row in (expiring, valid):
            card = build.payment_method(c, row["customer_id"], exp_month=2, exp_year=2026)
            table = subscriptions
            c.execute(table.update().where(table.c.id == row["id"]).values(payment_method_id=card["id"]))
        number = _customer_number(data, asking)
        build.ticket(data.tickets, customer_number=number, problem_type="Cancellation")
        build.ticket(data.tickets, customer_number=_customer_number(data, valid), status="solved",
                     problem_type="Cancellation")  # fmt: skip
        report = ask(data, "renewals", "2026-02-01", by="currency")
        assert only(report) == {
            "currency": "EUR", "due": 6, "due_amount": 6000, "upcoming": 4, "in_dunning": 1, "set_to_end": 1,
            "expected_amount": 5000, "at_risk": 4, "at_risk_amount": 4000,
        }  # fmt: skip
        listed = ask(data, "renewals", "2026-02-01", rows=True, only="at_risk").to_records()
        assert [(row["number"], row["risks"]) for row in listed] == [
            (failing["number"], "payment failed"),
            (ending["number"], "set to end"),
            (asking["number"], "open ticket about cancelling"),
            (expiring["number"], "card expires before the due date"),
        ]


def test_an_end_on_a_day_of_its_own_counts_where_it_comes_before_the_renewal(empty: Databases) -> None:
    with scratch() as data:
        _due(data, "2026-02-10", cancel_at=at("2026-02-09"))
        _due(data, "2026-02-10", cancel_at=at("2026-02-11"))
        report = ask(data, "renewals", "2026-02-01", by="currency")
        assert (only(report)["set_to_end"], only(report)["upcoming"]) == (1, 1)
        (due,) = home.renewals_due(data.subscriptions, at("2026-02-01"), at("2026-03-01"))
        assert (due.count, due.set_to_end) == (2, 1)


def _customer_number(data: Data, subscription: build.Row) -> str:
    found = data.subscriptions.execute(
        customers.select().where(customers.c.id == subscription["customer_id"])
    ).one()
    return str(found.number)


@pytest.mark.parametrize("sort", ["date", "money"])
def test_the_list_page_by_page_is_the_whole_list(empty: Databases, sort: str) -> None:
    with scratch() as data:
        for n in range(11):
            _due(
                data, f"2026-02-{n % 3 + 2:02}", price_minor=1000 + n % 4, currency="EUR" if n % 2 else "JPY"
            )
        whole = ask(data, "renewals", "2026-02-01", rows=True, sort=sort)
        assert whole.next is None
        pages, after = [], None
        while True:
            page = ask(data, "renewals", "2026-02-01", rows=True, sort=sort, limit=4, after=after)
            pages.append(page.rows)
            if (after := page.next) is None:
                break
        assert [len(page) for page in pages] == [4, 4, 3]
        assert [row for page in pages for row in page] == whole.rows
        keys = [
            (row["currency"], -row["amount"]) if sort == "money" else row["due_at"]
            for row in whole.to_records()
        ]
        assert keys == sorted(keys)


@pytest.mark.parametrize(
    "after", ["", "~", "x~1", "2026-01-01~1", "EUR~1~2026-01-01T00:00:00+00:00~9" * 9, "\0"]
)
def test_a_wrong_place_in_the_list_is_said_in_words(empty: Databases, after: str) -> None:
    with scratch() as data, pytest.raises(BadParameter, match="Begin at its first page"):
        ask(data, "renewals", "2026-02-01", rows=True, limit=4, after=after)


def test_as_of_a_past_day_later_events_change_nothing(empty: Databases) -> None:
    window = days("2026-02-01", "2026-02-28")

    def then(data: Data) -> tuple[Any, ...]:
        report = ask(data, "renewals", "2026-02-10", period=window, by="day", live=False)
        return report.rows, report.figures

    with scratch() as data:
        _renewed(data)
        later = _due(data, "2026-02-20")
        charge(data, later, "2026-01-05", "2026-02-20", kind="purchase")
        leaving = _due(data, "2026-02-21")
        charge(data, leaving, "2026-01-05", "2026-02-21", kind="purchase")
        event(data, leaving, "cancel_requested", "2026-02-09")
        before = then(data)
        c, table = data.subscriptions, subscriptions
        charge(data, later, "2026-02-20", "2026-03-20", amount_minor=9999)
        event(data, later, "renewed", "2026-02-20")
        c.execute(
            table.update()
            .where(table.c.id == later["id"])
            .values(
                current_period_start=at("2026-02-20"), current_period_end=at("2026-03-20"), price_minor=8063
            )
        )
        event(data, leaving, "ended", "2026-02-21")
        c.execute(
            table.update()
            .where(table.c.id == leaving["id"])
            .values(status="canceled", ended_at=at("2026-02-21"), cancel_requested_at=at("2026-02-09"))
        )
        assert then(data) == before
        assert ask(data, "renewals", "2026-03-01", period=window).figure("renewed") == 2
