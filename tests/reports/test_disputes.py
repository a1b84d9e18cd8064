"""Disputes, from the gateway's messages: their days, their outcome as of an instant, their charge."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from queries.reports import BadParameter
from queries.tables_gateway import gateway_notices
from tests import build
from tests.conftest import Databases
from tests.reports import HELSINKI, Data, ask, at, charge, days, only, paying, scratch

few = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SPRING = days("2026-03-01", "2026-05-31")


def _said(
    data: Data, dispute: str, of: str, state: str, *, when: str | datetime, opened: str | datetime
) -> None:
    """A message about a dispute, kept as the console keeps it."""
    created, began = (at(value) if isinstance(value, str) else value for value in (when, opened))
    facts = {"reference": dispute, "charge_reference": of, "state": state, "created_at": began.isoformat()}
    data.state.execute(
        gateway_notices.insert().values(
            id=f"evt-{dispute}-{created.isoformat()}-{state}", type="charge.dispute", object_kind="dispute",
            object_reference=dispute, charge_reference=of, facts=facts, created_at=created,
            received_at=created,
        )
    )  # fmt: skip


def _charged(data: Data, reference: str, amount: int = 1240, **values: Any) -> Any:
    made = paying(data, build.customer(data.subscriptions, country="FI"), "2026-01-01", **values)
    return charge(
        data, made, "2026-02-01", "2026-03-01", amount_minor=amount, gateway_reference=reference,
        currency=made["currency"],
    )  # fmt: skip


def _three(data: Data) -> None:
    """One opened in March and lost in April, one opened in April and won in May, one still open."""
    for reference, amount in (("ch-1", 1000), ("ch-2", 2000), ("ch-3", 4000)):
        _charged(data, reference, amount)
    _said(data, "dp-1", "ch-1", "open", when="2026-03-05", opened="2026-03-05")
    _said(data, "dp-1", "ch-1", "lost", when="2026-04-10", opened="2026-03-05")
    _said(data, "dp-2", "ch-2", "open", when="2026-04-06", opened="2026-04-06")
    _said(data, "dp-2", "ch-2", "won", when="2026-05-20", opened="2026-04-06")
    _said(data, "dp-3", "ch-3", "open", when="2026-05-07", opened="2026-05-07")


def test_by_month(empty: Databases) -> None:
    with scratch() as data:
        _three(data)
        report = ask(data, "disputes", "2026-06-30", period=SPRING)
        counts = [tuple(row[n] for n in ("opened", "won", "lost", "open")) for row in report.to_records()]
        assert counts == [(1, 0, 0, 1), (1, 0, 1, 1), (1, 1, 0, 1)]
        assert report.values("opened_amount") == [1000, 2000, 4000]
        assert report.values("open_amount") == [1000, 2000, 4000]
        assert [report.figure(name) for name in ("opened", "won", "lost", "open")] == [3, 1, 1, 1]
        assert (report.figure("win_rate"), report.figure("lost_amount", "EUR")) == (0.5, 1000)
        assert all(check.holds for check in report.checks)


def test_as_of_a_past_instant_it_was_not_decided(empty: Databases) -> None:
    with scratch() as data:
        _three(data)
        report = ask(data, "disputes", "2026-04-09", live=False, period=SPRING)
        assert [report.figure(name) for name in ("opened", "won", "lost", "open")] == [2, 0, 0, 2]
        assert report.figure("win_rate") is None


def test_the_messages_may_come_in_any_order_and_the_decision_may_change(empty: Databases) -> None:
    with scratch() as data:
        _charged(data, "ch-1")
        _said(data, "dp-1", "ch-1", "won", when="2026-05-01", opened="2026-03-05")
        _said(data, "dp-1", "ch-1", "lost", when="2026-04-01", opened="2026-03-05")
        report = ask(data, "disputes", "2026-06-30", period=SPRING)
        assert (report.values("lost"), report.values("won")) == ([0, 0, 0], [0, 0, 1])
        assert ask(data, "disputes", "2026-04-15", live=False, period=SPRING).figure("lost") == 1


def test_months_without_disputes_are_zero(empty: Databases) -> None:
    with scratch() as data:
        report = ask(data, "disputes", "2026-06-30", period=SPRING)
        assert (report.values("opened"), report.values("currency")) == ([0] * 3, [None] * 3)


def test_known_only_from_its_end_it_was_open_since_it_was_opened(empty: Databases) -> None:
    with scratch() as data:
        _charged(data, "ch-1")
        _said(data, "dp-1", "ch-1", "lost", when="2026-05-01", opened="2026-03-05")
        report = ask(data, "disputes", "2026-06-30", period=SPRING)
        assert (report.values("opened"), report.values("open")) == ([1, 0, 0], [1, 1, 0])


def test_a_charge_that_is_not_in_the_books_has_no_amount(empty: Databases) -> None:
    with scratch() as data:
        _said(data, "dp-1", "ch-unknown", "open", when="2026-03-05", opened="2026-03-05")
        report = ask(data, "disputes", "2026-06-30", period=SPRING, by="currency")
        row = only(report)
        assert (row["currency"], row["opened"], row["opened_amount"]) == (None, 1, 0)
        assert report.notes == [
            "The charges of 1 disputes are not in our books: they are counted without an amount."
        ]


def test_by_product_and_country_and_its_rows(empty: Databases) -> None:
    with scratch() as data:
        _three(data)
        _charged(data, "ch-4", 500, currency="JPY")
        _said(data, "dp-4", "ch-4", "open", when="2026-05-08", opened="2026-05-08")
        by_country = ask(data, "disputes", "2026-06-30", period=SPRING, by="country")
        assert [(row["country"], row["currency"], row["opened"]) for row in by_country.to_records()] == [
            ("FI", "EUR", 3), ("FI", "JPY", 1),
        ]  # fmt: skip
        assert len(ask(data, "disputes", "2026-06-30", period=SPRING, by="product").rows) == 4
        rows: dict[str, Any] = {"period": SPRING, "rows": True}
        listed = ask(data, "disputes", "2026-06-30", **rows)
        assert listed.values("reference") == ["dp-1", "dp-2", "dp-3", "dp-4"]
        assert listed.values("state") == ["lost", "won", "open", "open"]
        by_money = ask(data, "disputes", "2026-06-30", sort="money", **rows)
        assert by_money.values("reference") == ["dp-3", "dp-2", "dp-1", "dp-4"]
        for name, amount in (("opened", 7500), ("won", 2000), ("lost", 1000), ("open", 4500)):
            assert sum(ask(data, "disputes", "2026-06-30", only=name, **rows).values("amount")) == amount
        first = ask(data, "disputes", "2026-06-30", limit=3, **rows)
        rest = ask(data, "disputes", "2026-06-30", limit=3, after=first.next, **rows)
        assert ([*first.rows, *rest.rows], rest.next) == (listed.rows, None)
        with pytest.raises(BadParameter, match="Begin at its first page"):
            ask(data, "disputes", "2026-06-30", after="dp-9", **rows)


_told = st.lists(
    st.tuples(
        st.integers(0, 3), st.sampled_from(["open", "won", "lost"]), st.integers(0, 120), st.integers(0, 60)
    ),
    max_size=8,
)


def _tell(data: Data, told: list[Any], later: int = 0, name: str = "dp") -> None:
    for number, (which, state, opened, after) in enumerate(told):
        began = at("2026-02-01") + timedelta(days=opened + later)
        when = began + timedelta(days=after, seconds=number)
        _said(data, f"{name}-{which}", f"ch-{which}", state, when=when, opened=began)


@given(told=_told, by=st.sampled_from(["month", "currency", "product", "country"]))
@few
def test_open_at_the_start_and_opened_is_won_lost_and_open(empty: Databases, told: Any, by: str) -> None:
    with scratch() as data:
        for which, currency in enumerate(("EUR", "JPY", "EUR")):  # the fourth is not in the books
            _charged(data, f"ch-{which}", currency=currency)
        _tell(data, told)
        report = ask(data, "disputes", "2026-09-01", HELSINKI, period=SPRING, by=by)
        assert [check for check in report.checks if not check.holds] == []


@given(told=_told, later=_told)
@few
def test_what_comes_later_does_not_change_the_past(empty: Databases, told: Any, later: Any) -> None:
    def answers(data: Data) -> list[Any]:
        asked = [
            ask(data, "disputes", "2026-07-31", HELSINKI, live=False, period=SPRING, rows=rows)
            for rows in (False, True)
        ]
        return [(report.rows, report.figures) for report in asked]

    with scratch() as data:
        _charged(data, "ch-0")
        _tell(data, told)
        before = answers(data)
        _tell(data, later, later=181)
        _tell(data, later, later=181, name="other")
        assert answers(data) == before
