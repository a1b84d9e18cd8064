"""Dunning: who is past due, what was tried, and how many failures were recovered."""

from datetime import date
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests import build
from tests.conftest import Databases
from tests.reports import Data, ask, at, charge, days, ended, event, only, paying, scratch
from tests.reports.test_properties import few

SPRING = days("2026-02-01", "2026-04-30")
NOW = "2026-05-01"


def _failing(data: Data, attempts: int = 1, *, code: str = "card_declined", **values: Any) -> build.Row:
    """Paid for January; the attempts to collect February failed, two days from one to the next."""
    begun = {"status": "past_due", "current_period_start": at("2026-02-01")} | values
    made = paying(data, build.customer(data.subscriptions), "2026-01-01", **begun)
    charge(data, made, "2026-01-01", "2026-02-01", kind="purchase")
    for attempt in range(1, attempts + 1):
        _tried(data, made, f"2026-02-{attempt * 2:02}", status="failed", attempt=attempt, failure_code=code)
        event(data, made, "payment_failed", f"2026-02-{attempt * 2:02}")
    return made


def _tried(data: Data, made: build.Row, when: str, **values: Any) -> None:
    attempt = {"created_at": at(when), "currency": made["currency"]} | values
    charge(data, made, "2026-02-01", "2026-03-01", **attempt)


def _recovered(data: Data, attempts: int = 1, **values: Any) -> build.Row:
    made = _failing(data, attempts, **({"status": "active"} | values))
    _tried(data, made, "2026-02-20", attempt=attempts + 1, settled_at=at("2026-02-20"))
    event(data, made, "payment_recovered", "2026-02-20")
    return made


def _lost(data: Data, attempts: int = 3) -> build.Row:
    made = _failing(data, attempts, status="canceled", ended_at=at("2026-02-25"))
    ended(data, made, "2026-02-25")
    return made


def test_a_period_fails_once_however_often_it_was_tried(empty: Databases) -> None:
    with scratch() as data:
        _recovered(data, 1)
        _recovered(data, 2)
        _lost(data)
        _failing(data, 5)
        row = only(ask(data, "dunning", NOW, period=SPRING, by="currency"))
        assert (row["failed"], row["recovered"], row["lost"], row["open"]) == (4, 2, 1, 1)
        assert (row["rate"], row["rate_money"], row["failed_amount"]) == (0.5, 0.5, 4000)
        tried = ask(data, "dunning", NOW, period=SPRING, by="attempts").to_records()
        assert [(each["attempts"], each["failed"], each["rate"]) for each in tried] == [
            (1, 1, 1.0), (2, 1, 1.0), (3, 1, 0.0), ("4 or more", 1, 0.0),
        ]  # fmt: skip
        months = ask(data, "dunning", NOW, period=SPRING).to_records()
        assert [(each["month"], each["failed"]) for each in months] == [
            (date(2026, 2, 1), 4), (date(2026, 3, 1), 0), (date(2026, 4, 1), 0),
        ]  # fmt: skip


def test_it_belongs_to_the_day_of_its_first_failure(empty: Databases) -> None:
    with scratch() as data:
        _failing(data, 3)  # on 2, 4 and 6 February
        first = ask(data, "dunning", NOW, period=days("2026-02-01", "2026-02-02"), by="currency")
        assert only(first)["failed"] == 1
        assert ask(data, "dunning", NOW, period=days("2026-02-03", "2026-02-28")).figure("failed") == 0


def test_the_board_and_the_next_step(empty: Databases) -> None:
    with scratch() as data:
        again = _failing(data, 2, code="insufficient_funds")
        expired = _failing(data, 1, code="expired_card", price_minor=2000)
        often = _failing(data, 3)
        stated = paying(
            data, build.customer(data.subscriptions), "2026-01-03", status="past_due", price_minor=700
        )
        _recovered(data)
        report = ask(data, "dunning", NOW, rows=True, period=days("2026-04-01", "2026-04-30"))
        shown = ("number", "attempts", "failure_code", "amount", "next_step")
        assert sorted(tuple(row[name] for name in shown) for row in report.to_records()) == sorted([
            (again["number"], 2, "insufficient_funds", 1000, "Collect again"),
            (expired["number"], 1, "expired_card", 1000, "Send a payment link"),
            (often["number"], 3, "card_declined", 1000, "Send a payment link"),
            (stated["number"], 0, None, 700, "Look at the subscription"),
        ])  # fmt: skip
        assert (report.figure("past_due"), report.figure("amount", "EUR"), report.figure("failed")) == (
            4, 3700, 0,
        )  # fmt: skip
        assert only(report, number=again["number"])["first_failure"] == at("2026-02-02")
        assert only(report, number=stated["number"])["first_failure"] is None


def test_the_rows_behind_each_figure(empty: Databases) -> None:
    with scratch() as data:
        _recovered(data)
        _lost(data)
        _failing(data)
        report = ask(data, "dunning", NOW, period=SPRING)
        for name in ("failed", "recovered", "lost", "open"):
            listed = ask(data, "dunning", NOW, period=SPRING, rows=True, only=name)
            assert len(listed.rows) == report.figure(name)
        assert ask(data, "dunning", NOW, period=SPRING, rows=True, only="lost").values("next_step") == [None]


def test_a_charge_without_subscription_or_period_is_said(empty: Databases) -> None:
    with scratch() as data:
        build.charge(data.subscriptions, None, status="failed", created_at=at("2026-02-03"), settled_at=None)
        report = ask(data, "dunning", NOW, period=SPRING)
        assert (report.figure("failed"), len(report.notes)) == (0, 2)
        assert report.notes[1].startswith("1 failed charges belong to no subscription")


@given(
    lives=st.lists(
        st.tuples(st.sampled_from([_recovered, _lost, _failing]), st.integers(1, 6)), min_size=1, max_size=5
    )
)
@few
def test_outcomes_add_up_to_what_failed(empty: Databases, lives: list[Any]) -> None:
    with scratch() as data:
        for make, attempts in lives:
            make(data, attempts)
        for by in ("month", "attempts", "product", "country"):
            report = ask(data, "dunning", NOW, period=SPRING, by=by)
            assert all(check.holds for check in report.checks), report.checks
            assert sum(report.values("failed")) == len(lives)


def test_as_of_a_past_day_later_events_change_nothing(empty: Databases) -> None:
    def then(data: Data) -> Any:
        asked = ask(data, "dunning", "2026-02-05", period=SPRING, live=False)
        board = ask(data, "dunning", "2026-02-05", period=SPRING, live=False, rows=True)
        return asked.rows, asked.figures, board.rows

    with scratch() as data:
        made = _failing(data, 2)
        before = then(data)
        assert (before[1][0].value, len(before[2])) == (1, 1)
        _tried(data, made, "2026-02-06", status="failed", attempt=3)
        event(data, made, "payment_failed", "2026-02-06")
        _tried(data, made, "2026-02-09", attempt=4, settled_at=at("2026-02-09"))
        event(data, made, "payment_recovered", "2026-02-09")
        assert then(data) == before
        assert ask(data, "dunning", NOW, period=SPRING, live=False).figure("recovered") == 1
