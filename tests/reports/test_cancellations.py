"""Requests and ends: apart, by whose will, by reason."""

from tests import build
from tests.build import Row
from tests.conftest import Databases
from tests.reports import Data, ask, at, days, ended, event, only, paying, scratch

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
