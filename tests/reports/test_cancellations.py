"""Requests and ends: apart, by whose will, by reason."""

from datetime import date

import pytest

from queries.reports import BadParameter
from tests import build
from tests.build import Row
from tests.conftest import Databases
from tests.reports import Data, ask, at, charge, days, ended, event, only, paying, scratch

FEBRUARY = days("2026-02-01", "2026-02-28")


def _new(data: Data, **values: object) -> Row:
    return paying(data, build.customer(data.subscriptions), "2026-01-01", **values)


def test_whose_will_it_was(empty: Databases) -> None:
    with scratch() as data:
        asked = _new(data, cancel_requested_at=at("2026-01-20"), cancel_reason="too_expensive")
        ended(data, asked, "2026-02-01")
        by_staff = _new(data)
        ended(data, by_staff, "2026-02-02", actor="staff", reason="duplicate")
        both = _new(data)  # asked for it while payment failed: still by choice
        event(data, both, "payment_failed", "2026-02-01")
        event(data, both, "cancel_requested", "2026-02-03", actor="customer")
        ended(data, both, "2026-02-10")
        failed = _new(data)
        event(data, failed, "cancel_requested", "2026-01-05", actor="customer")
        event(data, failed, "cancel_undone", "2026-01-06", actor="customer")
        event(data, failed, "payment_failed", "2026-02-01")
        ended(data, failed, "2026-02-15")
        recovered = _new(data)
        event(data, recovered, "payment_failed", "2026-01-20")
        event(data, recovered, "payment_recovered", "2026-01-22")
        ended(data, recovered, "2026-02-15")
        row = only(ask(data, "cancellations", "2026-03-01", period=FEBRUARY))
        assert (row["ended"], row["voluntary"], row["involuntary"], row["unstated"]) == (5, 3, 1, 1)
        assert (row["requested"], row["ended_mrr"]) == (1, 5000)
        by_reason = ask(data, "cancellations", "2026-03-01", period=FEBRUARY, by="reason")
        assert {row["reason"]: row["ended"] for row in by_reason.to_records()} == {
            "duplicate": 1, "not stated": 3, "too_expensive": 1,
        }  # fmt: skip


def test_a_trial_that_ends_is_not_churn(empty: Databases) -> None:
    with scratch() as data:
        c = data.subscriptions
        tried = build.subscription(
            c,
            build.customer(c)["id"],
            status="expired",
            trial_end=at("2026-02-10"),
            ended_at=at("2026-02-10"),
        )
        event(data, tried, "trial_started", "2026-01-27")
        event(data, tried, "ended", "2026-02-10")
        paused = _new(data, trial_end=at("2026-01-01"))
        event(data, paused, "paused", "2026-01-20", -_units(paused))
        event(data, paused, "ended", "2026-02-11", actor="customer")
        row = only(ask(data, "cancellations", "2026-03-01", period=FEBRUARY))
        assert (row["trials_ended"], row["ended"], row["voluntary"], row["ended_mrr"]) == (1, 1, 1, 0)


def _units(row: Row) -> int:
    return int(row["price_minor"]) * 27_720


def test_a_request_taken_back_stays_a_request(empty: Databases) -> None:
    with scratch() as data:
        wavering = _new(data, price_minor=2500)
        event(data, wavering, "cancel_requested", "2026-02-10", actor="customer")
        event(data, wavering, "cancel_undone", "2026-02-12", actor="staff")
        row = only(ask(data, "cancellations", "2026-03-01", period=FEBRUARY))
        assert (row["requested"], row["taken_back"], row["ended"], row["requested_mrr"]) == (1, 1, 0, 2500)
        then = ask(data, "cancellations", "2026-02-11", period=FEBRUARY, live=False)
        assert (then.figure("requested"), then.figure("taken_back")) == (1, 0)


def test_what_was_taken_back_is_saved(empty: Databases) -> None:
    with scratch() as data:
        for price, undone in ((2500, True), (1000, False)):
            made = _new(data, price_minor=price)
            event(data, made, "cancel_requested", "2026-02-10", actor="customer")
            if undone:
                event(data, made, "cancel_undone", "2026-02-12", actor="staff")
        row = only(ask(data, "cancellations", "2026-03-01", period=FEBRUARY))
        assert (row["requested_mrr"], row["taken_back_mrr"]) == (3500, 2500)


@pytest.mark.parametrize(
    ("started", "tenure"),
    [
        ("2026-01-01", "Under 3 months"),
        ("2025-11-30", "3 to 6 months"),
        ("2025-08-31", "6 to 12 months"),
        ("2025-02-28", "1 to 2 years"),
        ("2024-02-29", "2 to 3 years"),
        ("2023-02-01", "3 years or more"),
        ("1990-02-01", "3 years or more"),
    ],
)
def test_tenure_at_the_end(empty: Databases, started: str, tenure: str) -> None:
    with scratch() as data:
        made = paying(data, build.customer(data.subscriptions), started)
        ended(data, made, "2026-02-10")
        report = ask(data, "cancellations", "2026-03-01", period=FEBRUARY, by="tenure")
        assert [(row["tenure"], row["ended"]) for row in report.to_records()] == [(tenure, 1)]


def test_reasons_over_time(empty: Databases) -> None:
    with scratch() as data:
        for when, reason in (
            ("2025-02-10", "switched"), ("2025-12-03", "other"), ("2025-12-04", "other"),
            ("2026-01-20", None),
        ):  # fmt: skip
            made = paying(data, build.customer(data.subscriptions), "2025-01-01")
            ended(data, made, when, actor="customer", reason=reason)
        window = days("2025-02-10", "2026-01-31")
        report = ask(data, "cancellations", "2026-03-01", period=window, by="month_and_reason")
        assert [(row["month"], row["reason"], row["ended"]) for row in report.to_records()] == [
            (date(2025, 2, 10), "switched", 1),
            (date(2025, 12, 1), "other", 2),
            (date(2026, 1, 1), "not stated", 1),
        ]
        assert all(check.holds for check in report.checks)


@pytest.mark.parametrize(
    ("settled", "counted"),
    [
        ("2026-02-10T11:59:59", False),
        ("2026-02-10T12:00", True),
        ("2026-03-12T23:59:59", True),  # the thirtieth day after the end
        ("2026-03-13T00:00", False),
        ("2027-03-13T00:00", False),
    ],
)
def test_paid_back_within_thirty_days_after_the_end(empty: Databases, settled: str, counted: bool) -> None:
    with scratch() as data:
        made = _new(data)
        ended(data, made, "2026-02-10T12:00")
        paid = charge(data, made, "2026-02-01", "2026-03-01")
        moments = {"created_at": at(settled), "settled_at": at(settled)}
        build.refund(data.subscriptions, paid["id"], amount_minor=700, tax_minor=100, **moments)
        build.refund(
            data.subscriptions, paid["id"], amount_minor=300, tax_minor=0, **(moments | {"status": "failed"})
        )
        report = ask(data, "cancellations", "2027-06-01", period=FEBRUARY)
        assert report.figure("refunded") == counted
        assert report.figure("refunded_amount", "EUR") == (700 if counted else 0)
        listed = ask(data, "cancellations", "2027-06-01", period=FEBRUARY, rows=True, only="refunded")
        assert listed.values("refunded") == [700] * counted
        before = ask(data, "cancellations", "2026-02-10T12:00", period=FEBRUARY, live=False)
        assert before.figure("refunded") == (settled == "2026-02-10T12:00")


def test_rows_behind_each_figure(empty: Databases) -> None:
    with scratch() as data:
        for n in range(7):
            leaving = _new(data, price_minor=1000 + n, interval_count=7)
            event(data, leaving, "cancel_requested", f"2026-02-0{n + 1}", actor="customer")
            if n % 2:
                ended(data, leaving, "2026-02-20")
        report = ask(data, "cancellations", "2026-03-01", period=FEBRUARY)
        for only_, amount in (("requested", "requested_mrr"), ("ended", "ended_mrr")):
            listed = ask(data, "cancellations", "2026-03-01", period=FEBRUARY, rows=True, only=only_)
            assert len(listed.rows) == report.figure(only_)
            assert sum(listed.values("mrr")) == report.figure(amount, "EUR")


@pytest.mark.parametrize("by", ["month", "tenure", "month_and_reason"])
def test_twenty_years_are_a_period_too(empty: Databases, by: str) -> None:
    with scratch() as data:
        made = paying(data, build.customer(data.subscriptions), "2026-01-01")
        ended(data, made, "2026-02-01")
        report = ask(data, "cancellations", "2026-03-01", by=by, period=days("2006-03-02", "2026-03-01"))
        assert (report.figure("ended"), all(check.holds for check in report.checks)) == (1, True)


def test_by_day_a_period_has_an_end(empty: Databases) -> None:
    """A line for each day of twenty years is nothing to read, and takes the databases a minute."""
    with scratch() as data:
        years = days("2006-03-02", "2026-03-01")
        with pytest.raises(BadParameter, match="at most 1,100 days"):
            ask(data, "renewals", "2026-03-01", by="day", period=years)
        assert ask(data, "renewals", "2026-03-01", by="day", period=years, rows=True).rows == []
