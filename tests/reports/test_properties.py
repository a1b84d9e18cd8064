"""What holds of every report, whatever happened (METRICS, property tests)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from queries.parts import rounded_parts
from queries.recurring import UNITS_PER_MINOR, minor_from_units
from queries.reports import REPORTS, Params, Report, run
from tests import build
from tests.conftest import Databases
from tests.reports import HELSINKI, Data, ask, at, charge, days, scratch, units

START = at("2026-01-01")
WINDOW = days("2026-01-10", "2026-04-20", HELSINKI)
NOW = "2026-05-01"
few = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

_steps = st.lists(
    st.tuples(
        st.integers(0, 100 * 24),  # hours after the start
        st.sampled_from(["plan_changed", "paused", "resumed", "cancel_requested", "cancel_undone", "ended"]),
        st.integers(-3000, 3000),
    ),
    max_size=5,
)
_lives = st.lists(
    st.tuples(
        st.integers(0, 2),  # which customer
        st.sampled_from(["EUR", "JPY"]),
        st.sampled_from([("month", 1), ("month", 7), ("year", 1), ("week", 2)]),
        st.integers(1, 9999),
        st.integers(0, 60 * 24),
        _steps,
    ),
    min_size=1,
    max_size=4,
)


def _live(data: Data, lives: list[Any]) -> None:
    """Subscriptions that begin, change and end at random, untidy ones among them."""
    c = data.subscriptions
    customers = [build.customer(c, country=country) for country in ("FI", "SE", None)]
    for who, currency, (interval, count), price, hour, steps in lives:
        at_ = START + timedelta(hours=hour)
        made = build.subscription(
            c, customers[who]["id"], price_minor=price, currency=currency, interval=interval,
            interval_count=count, started_at=at_, current_period_start=at_,
            current_period_end=at_ + timedelta(days=31),
        )  # fmt: skip
        worth = units(made)
        build.subscription_event(c, made, "started", occurred_at=at_, mrr_delta_units=worth)
        charge(data, made, at_.replace(tzinfo=None).isoformat(), "2026-03-15", currency=currency)
        for later, kind, change in steps:
            delta = {
                "ended": -worth,
                "paused": -worth,
                "resumed": worth,
                "plan_changed": change * 27_720 // 7,
            }
            build.subscription_event(
                c, made, kind, occurred_at=at_ + timedelta(hours=later), mrr_delta_units=delta.get(kind, 0),
                actor="customer",
            )  # fmt: skip


def _sums(report: Report, column: str) -> dict[str | None, int]:
    return {currency: sum(v for _, v in line) for currency, line in report.series(column).items()}


@given(lives=_lives)
@few
def test_movements_lead_from_start_to_end(empty: Databases, lives: list[Any]) -> None:
    with scratch() as data:
        _live(data, lives)
        report = ask(data, "mrr", NOW, HELSINKI, period=WINDOW)
        ends: dict[str, int] = {}
        for row in report.to_records():
            moved = sum(row[name] for name in ("new", "reactivation", "expansion", "contraction", "churn"))
            assert row["start"] + moved == row["end"]
            assert ends.setdefault(row["currency"], row["start"]) == row["start"]
            ends[row["currency"]] = row["end"]
            assert 0 <= row["customers_lost"] <= row["customers_start"]
        final = ask(data, "mrr", NOW, HELSINKI, period=WINDOW, by="currency")
        assert {c: e for c, e in ends.items() if e} == {
            figure.currency: figure.value for figure in final.figures if figure.name == "mrr" and figure.value
        }


@given(lives=_lives, by=st.sampled_from(["product", "plan", "country", "currency", "interval"]))
@few
def test_parts_of_mrr_add_up_to_it(empty: Databases, lives: list[Any], by: str) -> None:
    with scratch() as data:
        _live(data, lives)
        report = ask(data, "mrr", NOW, HELSINKI, by=by)
        for currency, total in _sums(report, "mrr").items():
            assert total == report.figure("mrr", currency)


@given(lives=_lives, name=st.sampled_from(["renewals", "cancellations", "refunds"]), data_=st.data())
@few
def test_rows_add_up_to_the_figures(empty: Databases, lives: list[Any], name: str, data_: Any) -> None:
    column = {"renewals": "due_amount", "cancellations": "ended_mrr", "refunds": "charged"}[name]
    by = data_.draw(st.sampled_from([by for by in REPORTS[name].by if by != "reason"]))
    with scratch() as data:
        _live(data, lives)
        report = ask(data, name, NOW, HELSINKI, period=WINDOW, by=by)
        figures = {figure.currency: figure.value for figure in report.figures if figure.name == column}
        assert {c: v for c, v in _sums(report, column).items() if c} == figures
        if name == "renewals":
            listed = ask(data, name, NOW, HELSINKI, period=WINDOW, rows=True)
            assert len(listed.rows) == report.figure("due")
            assert {c: v for c, v in _sums(listed, "amount").items() if c} == figures


@given(lives=_lives, later=_lives)
@few
def test_what_comes_later_does_not_change_the_past(
    empty: Databases, lives: list[Any], later: list[Any]
) -> None:
    def answers(data: Data) -> list[Any]:
        asked = Params(as_of=at("2026-04-20T12:00"), zone=HELSINKI, live=False, period=WINDOW)
        return [(report.rows, report.figures) for report in (run(name, data, asked) for name in REPORTS)]

    with scratch() as data:
        _live(data, [(*life[:5], [step for step in life[5] if step[0] < 60]) for life in lives])
        before = answers(data)
        moved = [
            (who, cur, every, price, hour + 110 * 24, steps) for who, cur, every, price, hour, steps in later
        ]
        _live(data, moved)
        assert answers(data) == before


@given(lives=_lives, live=st.booleans(), which=st.integers(0, 11))
@few
def test_every_identity_holds(empty: Databases, lives: list[Any], live: bool, which: int) -> None:
    with scratch() as data:
        _live(data, lives)
        for name, spec in REPORTS.items():
            by = spec.by[which % len(spec.by)]
            report = ask(data, name, NOW, HELSINKI, period=WINDOW, by=by, live=live)
            assert [check for check in report.checks if not check.holds] == [], (name, by)


@given(st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=30), st.integers(-1, 1))
def test_rounded_parts_hold_their_total(parts: list[int], off: int) -> None:
    total = minor_from_units(sum(parts)) + off
    rounded = rounded_parts(parts, total)
    assert sum(rounded) == total
    assert all(abs(r - p / UNITS_PER_MINOR) < 2.01 for r, p in zip(rounded, parts, strict=True))


def test_no_parts_hold_only_nothing() -> None:
    assert rounded_parts([], 0) == []
    with pytest.raises(ValueError, match="no parts"):
        rounded_parts([], 1)


ASKED = [
    (name, by, rows, live)
    for name, spec in REPORTS.items()
    for by in spec.by
    for rows in (False, True)
    for live in (False, True)
    if live or by == spec.by[0] or not rows
]


def test_every_report_answers_on_nothing_and_on_something(empty: Databases) -> None:
    def each(check: Callable[[Report], None]) -> None:
        for name, by, rows, live in ASKED:
            check(ask(data, name, NOW, HELSINKI, by=by, rows=rows, live=live, period=WINDOW))

    def well_formed(report: Report) -> None:
        assert all(len(row) == len(report.columns) for row in report.rows)
        assert all(
            figure.value is not None or figure.kind in {"percent", "count"} for figure in report.figures
        )
        assert report.definition
        assert (report.title, report.time_zone) == (REPORTS[report.name].title, "Europe/Helsinki")

    with scratch() as data:
        each(well_formed)
        lives = [(n % 3, "EUR", ("month", 1), 1000, n, [(700, "ended", 0)] * (n % 2)) for n in range(4)]
        _live(data, lives)
        each(well_formed)


def test_every_list_page_by_page(empty: Databases) -> None:
    with scratch() as data:
        _live(data, [(n % 3, "EUR", ("month", 3), 1000, n // 2, [(700, "ended", 0)]) for n in range(5)])
        for name in ("mrr", "cancellations", "renewals", "trials", "refunds"):
            for sort in ("date", "money"):
                asked: dict[str, Any] = {"rows": True, "sort": sort, "period": WINDOW, "zone": HELSINKI}
                whole = ask(data, name, "2026-02-10", **asked)
                pages, after = 0, None
                seen: list[Any] = []
                while after is not None or not pages:
                    page = ask(data, name, "2026-02-10", limit=2, after=after, **asked)
                    seen, pages, after = seen + page.values("number"), pages + 1, page.next
                assert seen == whole.values("number")
