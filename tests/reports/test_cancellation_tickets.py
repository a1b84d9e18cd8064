"""What those who asked for the end had written to support in the 30 days before, answered or not."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.reports import _tickets_before
from tests import build
from tests.conftest import Databases
from tests.reports import Data, ask, at, days, event, only, paying, scratch
from tests.reports.test_properties import few

MARCH = days("2026-03-01", "2026-03-31")
NOW = "2026-04-10"
REQUESTED = "2026-03-20T12:00"


def _requested(data: Data, when: str = REQUESTED, **values: Any) -> build.Row:
    """A customer who asked for the end of a subscription."""
    customer = build.customer(data.subscriptions)
    made = paying(data, customer, "2026-01-01", **values)
    event(data, made, "cancel_requested", when, actor="customer", reason="too_expensive")
    return customer


def _wrote(
    data: Data, customer: build.Row, when: str, answered: str | None = None, **values: Any
) -> build.Row:
    made = build.ticket(data.tickets, customer_number=customer["number"], created_at=at(when), **values)
    build.ticket_message(data.tickets, made["id"], created_at=at(when))
    build.ticket_message(data.tickets, made["id"], created_at=at(when), kind="note")
    if answered:
        build.ticket_message(data.tickets, made["id"], created_at=at(answered), kind="agent")
    return made


@pytest.mark.parametrize(
    ("written", "answered", "kind"),
    [
        ("2026-02-18T12:00", None, "unanswered"),  # 30 days before, to the second
        ("2026-02-18T11:59:59", None, "without"),
        (REQUESTED, None, "unanswered"),
        ("2026-03-20T12:00:01", None, "without"),
        ("2026-03-10", REQUESTED, "answered"),
        ("2026-03-10", "2026-03-20T12:00:01", "unanswered"),
        ("2026-03-10", "2026-03-11", "answered"),
    ],
)
def test_in_the_thirty_days_before(empty: Databases, written: str, answered: str | None, kind: str) -> None:
    with scratch() as data:
        _wrote(data, _requested(data), written, answered)
        row = only(ask(data, "cancellation_tickets", NOW, period=MARCH, by="currency"))
        assert {name: row[name] for name in ("answered", "unanswered", "without")} == {
            "answered": 0, "unanswered": 0, "without": 0, kind: 1,
        }  # fmt: skip
        assert (row["requested"], row["requested_mrr"], row[f"{kind}_mrr"]) == (1, 1000, 1000)


def test_one_that_waits_counts_before_one_that_was_answered(empty: Databases) -> None:
    with scratch() as data:
        customer = _requested(data)
        waiting = _wrote(data, customer, "2026-03-01", problem_type="Billing")
        _wrote(data, customer, "2026-03-15", "2026-03-16", problem_type="Installation")
        row = only(ask(data, "cancellation_tickets", NOW, period=MARCH, rows=True))
        assert (row["ticket_number"], row["answer"]) == (waiting["number"], "Ticket not answered")
        assert (row["ticket_at"], row["answered_at"]) == (at("2026-03-01"), None)
        by_problem = ask(data, "cancellation_tickets", NOW, period=MARCH, by="problem_type")
        assert by_problem.values("problem_type") == ["Billing"]


@pytest.mark.parametrize("sort", ["date", "money"])
def test_the_list_page_by_page_is_the_whole_list(
    empty: Databases, sort: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_tickets_before, "PAGE", 2)
    monkeypatch.setattr(_tickets_before, "BATCH", 3)
    with scratch() as data:
        for number in range(8):
            customer = _requested(data, f"2026-03-{number // 2 + 10:02}", price_minor=1000 + number % 3)
            if number % 2:
                _wrote(data, customer, "2026-03-05")
        for kind, expected in ((None, 8), ("unanswered", 4), ("without", 4), ("answered", 0)):
            asked: dict[str, Any] = {"period": MARCH, "rows": True, "only": kind, "sort": sort}
            whole = ask(data, "cancellation_tickets", NOW, **asked)
            assert (len(whole.rows), whole.next) == (expected, None)
            ordered = whole.values("at") if sort == "date" else [-mrr for mrr in whole.values("mrr")]
            assert ordered == sorted(ordered)
            pages: list[Any] = []
            after = None
            while True:
                page = ask(data, "cancellation_tickets", NOW, **asked, limit=3, after=after)
                pages += page.rows
                if (after := page.next) is None:
                    break
            assert pages == whole.rows


_tickets = st.lists(st.tuples(st.integers(0, 45), st.none() | st.integers(0, 45)), max_size=3)


@given(
    lives=st.lists(
        st.tuples(st.sampled_from([1, 7, 12]), st.integers(1, 9999), _tickets), min_size=1, max_size=4
    )
)
@few
def test_the_kinds_share_the_requests_among_them(empty: Databases, lives: list[Any]) -> None:
    with scratch() as data:
        for months, price, written in lives:
            customer = _requested(data, interval_count=months, price_minor=price)
            for before, later in written:
                start = at(REQUESTED) - timedelta(days=before)
                answer = None if later is None else _text(start + timedelta(days=later))
                _wrote(data, customer, _text(start), answer)
        for by in ("month", "reason", "product", "problem_type", "currency"):
            report = ask(data, "cancellation_tickets", NOW, period=MARCH, by=by)
            assert all(check.holds for check in report.checks)
            for row in report.to_records():
                assert (
                    row["answered_mrr"] + row["unanswered_mrr"] + row["without_mrr"] == row["requested_mrr"]
                )
        cancellations = ask(data, "cancellations", NOW, period=MARCH)
        for name in ("requested", "requested_mrr"):
            currency = "EUR" if name.endswith("mrr") else None
            assert report.figure(name, currency) == cancellations.figure(name, currency)


def test_the_headlines_are_the_same_by_whatever_it_is_broken_down(empty: Databases) -> None:
    """Rounded once: thirds of a cent are not rounded up line by line."""
    with scratch() as data:
        for number in range(6):
            customer = _requested(data, f"2026-{1 + number // 2:02}-20", interval_count=3, price_minor=1000)
            if number % 2:
                _wrote(data, customer, f"2026-{1 + number // 2:02}-10")
        quarter = days("2026-01-01", "2026-03-31")
        headlines = [
            ask(data, "cancellation_tickets", NOW, by=by, period=quarter).figures
            for by in ("currency", "month", "reason", "product", "problem_type")
        ]
        assert headlines == [headlines[0]] * 5
        amounts = {one.name: one.value for one in headlines[0] if one.kind == "money"}
        assert amounts == {
            "requested_mrr": 2000, "unanswered_mrr": 1000, "answered_mrr": 0, "without_mrr": 1000,
        }  # fmt: skip


def _text(moment: Any) -> str:
    return str(moment.replace(tzinfo=None).isoformat())


def test_as_of_a_past_day_later_events_change_nothing(empty: Databases) -> None:
    def then(data: Data) -> Any:
        report = ask(data, "cancellation_tickets", "2026-03-20T13:00", period=MARCH, live=False)
        return report.rows, report.figures

    with scratch() as data:
        customer = _requested(data)
        made = _wrote(data, customer, "2026-03-10")
        before = then(data)
        build.ticket_message(data.tickets, made["id"], created_at=at("2026-03-21"), kind="agent")
        _wrote(data, customer, "2026-03-22")
        _requested(data, "2026-03-25")
        assert then(data) == before
