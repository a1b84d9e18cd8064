"""Figures beside the period before and the year before: of which days, and what their own report says."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import clocks
from console.db import reading
from queries.reports import REPORTS, Params, run
from queries.reports.compare import OF_NOW, compared, earlier
from tests import build
from tests.conftest import Databases
from tests.reports import UTC_ZONE, Data, ask, at, charge, days, ended, event, paying, scratch

NOW = "2026-06-15T12:00"
MAY = days("2026-05-01", "2026-05-31")


@pytest.mark.parametrize(
    ("first", "last", "before", "year_before"),
    [
        ("2026-05-01", "2026-05-31", ("2026-04-01", "2026-04-30"), ("2025-05-01", "2025-05-31")),
        ("2026-01-01", "2026-03-31", ("2025-10-01", "2025-12-31"), ("2025-01-01", "2025-03-31")),
        ("2024-02-01", "2024-02-29", ("2024-01-01", "2024-01-31"), ("2023-02-01", "2023-02-28")),
        ("2024-02-29", "2024-02-29", ("2024-02-28", "2024-02-28"), ("2023-02-28", "2023-02-28")),
        ("2026-05-10", "2026-05-16", ("2026-05-03", "2026-05-09"), ("2025-05-10", "2025-05-16")),
        ("2025-02-28", "2025-02-28", ("2025-02-27", "2025-02-27"), ("2024-02-28", "2024-02-28")),
    ],
)
def test_which_days(first: str, last: str, before: tuple[str, str], year_before: tuple[str, str]) -> None:
    assert earlier(days(first, last)) == (days(*before), days(*year_before))


@given(st.dates(date(1930, 1, 1), date(2900, 1, 1)), st.integers(0, 3000))
def test_the_period_before_ends_where_this_one_begins(first: date, more: int) -> None:
    window = days(first.isoformat(), (first + timedelta(days=more)).isoformat())
    before, year_before = earlier(window)
    assert before.end == window.first
    assert abs((before.end - before.first) - (window.end - window.first)) <= timedelta(days=4)
    assert window.first.replace(day=1).replace(year=first.year - 1) == year_before.first.replace(day=1)


def _months(data: Data) -> None:
    """Two renewals, a loss with its request, a refund and a failed payment in each of three months."""
    for month in ("2025-05", "2026-04", "2026-05"):
        for number in range(3):
            made = paying(data, build.customer(data.subscriptions), f"{month}-01", price_minor=1000 + number)
            charge(data, made, f"{month}-01", f"{month}-20", kind="purchase")
            if number:
                charge(data, made, f"{month}-20", "2026-06-20")
        event(data, made, "cancel_requested", f"{month}-21", actor="customer")
        ended(data, made, f"{month}-25")
        paid = charge(data, made, f"{month}-02", f"{month}-03")
        moments = {"created_at": at(f"{month}-22"), "settled_at": at(f"{month}-22")}
        build.refund(data.subscriptions, paid["id"], **moments)
        charge(data, made, f"{month}-26", f"{month}-28", status="failed")


@pytest.mark.parametrize("name", [name for name in REPORTS if name not in ("forecast", "receivables")])
def test_the_earlier_figures_are_those_of_the_report_of_those_days(empty: Databases, name: str) -> None:
    with scratch() as data:
        _months(data)
        params = Params(as_of=at(NOW), zone=UTC_ZONE, period=MAY)
        report = compared(data, params, ask(data, name, NOW, period=MAY))
        before, year_before = earlier(MAY)
        april, last_may = (ask(data, name, NOW, period=window) for window in (before, year_before))
        assert any(one.previous is not None for one in report.figures)
        for one in report.figures:
            known = one.name not in OF_NOW.get(name, ())
            assert one.previous == (april.figure(one.name, one.currency) if known else None)
            assert one.last_year == (last_may.figure(one.name, one.currency) if known else None)


@pytest.mark.parametrize("name", OF_NOW)
def test_what_is_of_now_are_figures_of_the_report(name: str, company: Databases) -> None:
    with reading() as data:
        report = run(name, data, Params(as_of=clocks.now(), zone=clocks.zone()))
    assert set(OF_NOW[name]) <= {one.name for one in report.figures}


def test_what_has_no_period_is_not_compared(empty: Databases) -> None:
    with scratch() as data:
        params = Params(as_of=at(NOW), zone=UTC_ZONE)
        for name in ("forecast", "receivables"):
            report = ask(data, name, NOW)
            assert compared(data, params, report) is report
        first = days("1900-01-01", "1900-01-31")
        oldest = ask(data, "refunds", NOW, period=first)
        assert compared(data, params, oldest) is oldest
