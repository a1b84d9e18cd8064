"""The headline figures: what stands first, as of when; and one sentence where there is nothing."""

import pytest

from console import clocks, db
from console.ui.reports import counts_something
from queries.reports import Column, Report
from tests import build
from tests.conftest import Databases
from tests.pages.screen import open_screen
from tests.pages.test_reports import VIEWS


@pytest.mark.parametrize(("page", "view"), [(page, view) for page, view, _ in VIEWS])
def test_without_any_data_one_sentence_and_nothing_else(page: str, view: str, databases: Databases) -> None:
    with db.writing("state") as connection:
        build.staff(connection, role="finance")
    shown = open_screen(page, "finance", view=view)
    assert not shown.at.exception
    assert [one.value for one in shown.at.info] == ["There is no data yet. `console load` brings it in."]
    assert not shown.at.metric
    assert not shown.at.dataframe
    assert not shown.at.get("plotly_chart")
    assert "What these figures mean" in [each.label for each in shown.at.expander]


@pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
def test_days_without_anything_are_not_a_table_of_zeros(company: Databases) -> None:
    shown = open_screen("revenue.py", "finance", view="Refunds", **{"as-of": "2001-02-03"})
    assert not shown.at.exception
    assert [one.value for one in shown.at.info] == [
        "There is nothing to report for these days. Choose others."
    ]
    assert not shown.at.metric
    assert "As of 3 Feb 2001, 23:59" in shown.texts
    assert shown.at.get("download_button")  # a file that shows there is nothing


@pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("page", "view", "first"),
    [
        ("renewals.py", "Past", "Renewal rate"),
        ("trials.py", "Ended", "Conversion"),
        ("trials.py", "By start", "Conversion"),
    ],
)
def test_the_rate_stands_first(page: str, view: str, first: str, company: Databases) -> None:
    shown = open_screen(page, "finance", view=view)
    assert shown.at.metric[0].label == first
    captions = [one.value for one in shown.at.caption]
    (days,) = [one for one in captions if "As of " in one]
    assert "\nCompared with " in days


@pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("page", "address"),
    [
        ("revenue.py", {"view": "Receivables"}),
        ("revenue.py", {"view": "Refunds"}),
        ("renewals.py", {"view": "Past"}),
        ("renewals.py", {"view": "Dunning"}),
    ],
)
def test_what_was_sold_stands_at_the_end_of_a_row(
    page: str, address: dict[str, str], company: Databases
) -> None:
    rows = open_screen(page, "finance", **address).at.dataframe[-1].value
    assert list(rows)[-3:] == ["product", "plan", "currency"]


@pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
def test_why_a_payment_failed_is_in_words(company: Databases) -> None:
    rows = open_screen("revenue.py", "finance", view="Receivables").at.dataframe[-1].value
    assert "Insufficient funds" in set(rows["failure_code"])


@pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
def test_a_chart_names_only_what_it_draws(company: Databases) -> None:
    shown = open_screen("renewals.py", "finance", view="Past")
    (chart,) = shown.at.get("plotly_chart")
    assert "Renewed" in chart.proto.spec
    assert "Lost, no reason stated" not in chart.proto.spec
    assert '"showlegend":true' in chart.proto.spec  # also where one name is left
    assert '"tickformat":"%-d %b"' in chart.proto.spec


@pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
def test_an_axis_of_years_names_them(company: Databases) -> None:
    years = {"period": "Own dates", "period-days": ["2025-07-01", "2026-07-01"]}
    (chart,) = open_screen("renewals.py", "finance", view="Past", **years).at.get("plotly_chart")  # type: ignore[arg-type]
    assert '"tickformat":"%b %Y"' in chart.proto.spec


@pytest.mark.parametrize(
    ("days", "why"),
    [
        (("2026-11-20", "2026-01-01"), "The period ends before it begins."),
        (("1990-01-01", "2026-01-01"), "The period is longer than 20 years."),
    ],
)
@pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
def test_own_dates_that_make_no_period_say_why(days: tuple[str, str], why: str, company: Databases) -> None:
    shown = open_screen("cancellations.py", "finance", period="Own dates", **{"period-days": list(days)})  # type: ignore[arg-type]
    assert not shown.at.exception
    assert any(
        one.value.startswith(why) and "Until then: last 90 days." in one.value for one in shown.at.caption
    )


@pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("page", "view", "kind"), [("renewals.py", "Forecast", "bar"), ("revenue.py", "MRR", "scatter")]
)
def test_sums_of_days_are_bars_and_a_level_is_a_line(
    page: str, view: str, kind: str, company: Databases
) -> None:
    (chart,) = open_screen(page, "finance", view=view).at.get("plotly_chart")
    assert f'"type":"{kind}"' in chart.proto.spec


@pytest.mark.parametrize(("row", "something"), [(("Nov", 0, None), False), (("Nov", 0, -5), True)])
def test_a_table_of_zeros_counts_nothing(row: tuple[object, ...], something: bool) -> None:
    columns = (Column("month", "Month", "text"), Column("due", "Due", "count"), Column("net", "Net", "money"))
    report = Report(
        name="", title="", definition="", as_of=clocks.now(), zone=clocks.zone(), period=None, by="month",
        columns=columns, rows=[row, row], figures=[], notes=[],
    )  # fmt: skip
    assert counts_something(report) is something
