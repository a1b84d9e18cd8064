"""Receivables ageing. Worked example A1: published by others and recomputed (METRICS)."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from queries.reports._claims import BUCKETS
from queries.tables_subscriptions import subscriptions
from tests import build
from tests.conftest import Databases
from tests.reports import HELSINKI, Data, ask, at, charge, days, only, paying, scratch

NOW = "2026-06-30T12:00"
few = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def _owed(data: Data, due: str, amount: int, **values: Any) -> Any:
    """A failed charge of a new customer."""
    customer = build.customer(data.subscriptions)
    made = paying(data, customer, "2026-01-01", currency=values.get("currency", "EUR"))
    asked = {"amount_minor": amount, "due_at": at(due), "created_at": at("2026-01-02")}
    return charge(data, made, due, "2027-01-01", status="failed", **(asked | values))


def test_a1(empty: Databases) -> None:
    """1,000 not due; 1,500 at 15 days; 100 at 37 days."""
    with scratch() as data:
        for due, amount in (("2026-07-10", 1_000), ("2026-06-15", 1_500), ("2026-05-24", 100)):
            _owed(data, due, amount * 100)
        row = only(ask(data, "receivables", NOW))
        aged = [row[name] for name in BUCKETS]
        assert aged == [100_000, 150_000, 10_000, 0, 0]
        assert (row["open"], row["claims"]) == (260_000, 3)


@pytest.mark.parametrize(
    ("past_due", "bucket"),
    [(-1, "current"), (0, "current"), (1, "days_1_30"), (30, "days_1_30"), (31, "days_31_60"),
     (60, "days_31_60"), (61, "days_61_90"), (90, "days_61_90"), (91, "days_91"), (400, "days_91")],
)  # fmt: skip
def test_the_edges_of_the_buckets(empty: Databases, past_due: int, bucket: str) -> None:
    """Days are local: due one minute before midnight in Helsinki is due that day."""
    with scratch() as data:
        day = date(2026, 6, 30) - timedelta(days=past_due)
        for time in ("00:00", "23:59"):
            local = f"{day.isoformat()}T{time}"
            due = at(local).replace(tzinfo=HELSINKI)
            _owed(data, "2026-01-02", 500, due_at=due)
        report = ask(data, "receivables", NOW, HELSINKI)
        assert only(report)[bucket] == 1000
        listed = ask(data, "receivables", NOW, HELSINKI, rows=True, only=bucket)
        assert listed.values("days") == [max(0, past_due)] * 2


def test_the_attempts_at_a_period_are_one_claim(empty: Databases) -> None:
    with scratch() as data:
        made = paying(data, build.customer(data.subscriptions), "2026-01-01")
        for day in ("01", "04", "08"):
            charge(
                data, made, "2026-06-01", "2026-07-01", status="failed", created_at=at(f"2026-06-{day}"),
                due_at=at("2026-06-01"), failure_code=f"code_{day}",
            )  # fmt: skip
        row = only(ask(data, "receivables", NOW, rows=True))
        assert (row["amount"], row["attempts"], row["days"]) == (1240, 3, 29)
        assert (row["failure_code"], row["bucket"]) == ("code_08", "1–30 days")
        settled = {"created_at": at("2026-06-10"), "settled_at": at("2026-06-11"), "attempt": 4}
        charge(data, made, "2026-06-01", "2026-07-01", due_at=at("2026-06-01"), **settled)
        assert ask(data, "receivables", NOW).rows == []
        asked_before = ask(data, "receivables", "2026-06-10T12:00", live=False, rows=True)
        assert only(asked_before)["amount"] == 1240


def test_another_period_or_kind_pays_nothing_of_it(empty: Databases) -> None:
    with scratch() as data:
        made = paying(data, build.customer(data.subscriptions), "2026-01-01")
        charge(data, made, "2026-05-01", "2026-06-01", status="failed")
        charge(data, made, "2026-06-01", "2026-07-01")
        charge(data, made, "2026-05-01", "2026-06-01", kind="upgrade")
        assert only(ask(data, "receivables", NOW, rows=True))["amount"] == 1240


def test_pending_is_open_until_it_is_settled(empty: Databases) -> None:
    with scratch() as data:
        made = paying(data, build.customer(data.subscriptions), "2026-01-01")
        charge(data, made, "2026-06-01", "2026-07-01", status="pending", settled_at=None)
        charge(data, made, "2026-05-01", "2026-06-01", settled_at=at("2026-06-20"))
        assert only(ask(data, "receivables", NOW))["open"] == 1240
        assert only(ask(data, "receivables", "2026-06-19", live=False))["open"] == 2480


def test_part_paid_and_given_back(empty: Databases) -> None:
    """What is given back of the unpaid charge is not owed; of a paid one it is not owed again."""
    with scratch() as data:
        made = paying(data, build.customer(data.subscriptions), "2026-01-01")
        failed = charge(data, made, "2026-06-01", "2026-07-01", status="failed")
        paid = charge(data, made, "2026-06-01", "2026-07-01", amount_minor=500)
        for of, amount in ((failed, 240), (paid, 500)):
            build.refund(data.subscriptions, of["id"], amount_minor=amount, settled_at=at("2026-06-20"))
        row = only(ask(data, "receivables", NOW, rows=True))
        assert [row[name] for name in ("asked", "paid", "refunded", "amount")] == [1240, 500, 240, 500]
        assert only(ask(data, "receivables", "2026-06-19", live=False, rows=True))["amount"] == 740


def test_charges_of_nobody_each_stand_alone(empty: Databases) -> None:
    with scratch() as data:
        for _ in range(2):
            build.charge(data.subscriptions, None, status="failed", settled_at=None, due_at=at("2026-06-01"))
        row = only(ask(data, "receivables", NOW, by="customer"))
        assert (row["customer_number"], row["claims"], row["open"]) == (None, 2, 2480)


def test_by_customer_and_product_and_what_has_ended(empty: Databases) -> None:
    with scratch() as data:
        _owed(data, "2026-06-01", 100)
        large = _owed(data, "2026-06-01", 900)
        _owed(data, "2026-06-01", 50, currency="JPY")
        data.subscriptions.execute(
            subscriptions.update()
            .where(subscriptions.c.id == large["subscription_id"])
            .values(status="expired", ended_at=at("2026-06-20"))
        )
        by_customer = ask(data, "receivables", NOW, by="customer")
        owing = {row["customer_number"]: row["open"] for row in by_customer.to_records()}
        assert list(owing.values()) == [900, 100, 50]
        assert by_customer.figure("customers") == 3
        assert (by_customer.figure("ended", "EUR"), by_customer.figure("ended", "JPY")) == (900, 0)
        before = ask(data, "receivables", "2026-06-19", live=False)
        assert before.figure("ended", "EUR") == 0
        ended = only(ask(data, "receivables", NOW, rows=True, only="ended"))
        assert ended["invoice_number"] == large["invoice_number"]
        assert len(ask(data, "receivables", NOW, by="product").rows) == 3


def test_of_a_period_that_is_over_it_is_its_end(empty: Databases) -> None:
    with scratch() as data:
        _owed(data, "2026-05-20", 100, created_at=at("2026-05-20"))
        _owed(data, "2026-06-20", 900, created_at=at("2026-06-20"))
        report = ask(data, "receivables", NOW, period=days("2026-05-01", "2026-05-31"))
        assert (only(report)["open"], only(report)["days_1_30"]) == (100, 100)
        assert report.as_of == at("2026-05-31T23:59:59.999999")


@pytest.mark.parametrize("sort", ["date", "money"])
def test_the_list_page_by_page(empty: Databases, sort: str) -> None:
    with scratch() as data:
        for day, amount, currency in (("03", 5, "EUR"), ("01", 7, "JPY"), ("02", 7, "EUR"), ("02", 9, "EUR")):
            _owed(data, f"2026-06-{day}", amount, currency=currency)
        asked: dict[str, Any] = {"rows": True, "sort": sort}
        whole = ask(data, "receivables", NOW, **asked)
        assert whole.values("amount") == ([7, 7, 9, 5] if sort == "date" else [9, 7, 5, 7])
        first = ask(data, "receivables", NOW, limit=3, **asked)
        rest = ask(data, "receivables", NOW, limit=3, after=first.next, **asked)
        assert ([*first.rows, *rest.rows], rest.next) == (whole.rows, None)


_charges = st.lists(
    st.tuples(
        st.integers(0, 2),  # which subscription
        st.integers(1, 5),  # the month of its period
        st.sampled_from(["failed", "pending", "succeeded"]),
        st.integers(0, 3000),
        st.integers(0, 150),  # days from the start of the period to the attempt
        st.integers(0, 1500),  # given back
    ),
    max_size=8,
)


def _made(data: Data, three: list[Any], found: list[Any], later: int = 0) -> None:
    for which, month, status, amount, day, back in found:
        start = f"2026-{month:02d}-01"
        when = at(start) + timedelta(days=day + later)
        made = charge(
            data, three[which], start, "2026-12-01", status=status, amount_minor=amount, tax_minor=0,
            created_at=when, settled_at=when if status == "succeeded" else None, due_at=at(start),
            currency=three[which]["currency"],
        )  # fmt: skip
        if back:
            build.refund(
                data.subscriptions, made["id"], amount_minor=back, currency=made["currency"], created_at=when,
                settled_at=when,
            )  # fmt: skip


def _three(data: Data) -> list[Any]:
    return [
        paying(data, build.customer(data.subscriptions), "2026-01-01", currency=currency)
        for currency in ("EUR", "EUR", "JPY")
    ]


@given(found=_charges, by=st.sampled_from(["currency", "customer", "product", "plan", "country"]))
@few
def test_buckets_and_parts_and_rows_make_what_is_open(empty: Databases, found: Any, by: str) -> None:
    with scratch() as data:
        _made(data, _three(data), found)
        report = ask(data, "receivables", NOW, HELSINKI, by=by)
        assert all(check.holds for check in report.checks)
        for row in report.to_records():
            assert row["open"] == sum(row[name] for name in BUCKETS) > 0
        listed = ask(data, "receivables", NOW, HELSINKI, rows=True).to_records()
        for currency in ("EUR", "JPY"):
            rows = sum(row["amount"] for row in listed if row["currency"] == currency)
            parts = sum(row["open"] for row in report.to_records() if row["currency"] == currency)
            assert rows == parts == (report.figure("open", currency) or 0)


@given(found=_charges, later=_charges)
@few
def test_what_comes_later_does_not_change_the_past(empty: Databases, found: Any, later: Any) -> None:
    def answers(data: Data) -> list[Any]:
        asked = [
            ask(data, "receivables", "2026-11-01", HELSINKI, live=False, **more)
            for more in ({"by": "customer"}, {"rows": True})
        ]
        return [(report.rows, report.figures) for report in asked]

    with scratch() as data:
        three = _three(data)
        _made(data, three, found)
        before = answers(data)
        _made(data, three, later, later=305)
        assert answers(data) == before
