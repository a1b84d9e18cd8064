"""The published examples, run by the console itself, and the texts of the metrics.

Source of every figure here: worked examples that others published.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from console import clocks, db, proration
from console.commands.definitions import definitions
from console.demo.worked import Place, in_memory
from console.examples import EXAMPLES, Outcome, outcomes, outcomes_in, outcomes_now
from console.settings import get_settings
from console.ui.filters import named_period
from queries import recurring, reports
from queries.reports import REPORTS, Connections, Params
from queries.reports.metrics import METRICS
from queries.reports.report import Answer
from queries.tables_subscriptions import customers, subscription_events, subscriptions
from tests.conftest import Databases
from tests.reports import HELSINKI

PUBLISHED = {  # in minor units, days, counts and shares; several of a name in the order of METRICS
    "M1": [[1250000]],
    "M2": [[10000]],
    "M3": [[900]],
    "M4": [[18333, 18333, 18333, 18333, 18333, 28333]],
    "M5": [[10000], [10000], [10833]],
    "C1": [[0.2, 0.1]],
    "C5": [[0.1]],
    "C6": [[1, 0, 1, 0.5]],
    "C8": [[0, 3000]],
    "R1": [[100, 90, 0.9]],
    "T1": [[10, 5, 0.5]],
    "A1": [[100000, 150000, 10000]],
    "F3": [[16, 1600, 320, 1920]],
    "F8": [[17, 1700, 340, 2040], [16, 1600, 320, 1920]],
    "P2": [[5000, 15000], [6667, 20000]],
    "P3": [[7586, 22759]],
}


def _differing(found: tuple[Outcome, ...]) -> list[str]:
    return [one.example.number for one in found if one.state == "differs"]


def test_all_published_examples_are_there_with_their_numbers() -> None:
    expected: dict[str, list[list[int | float]]] = {}
    for one in EXAMPLES:
        expected.setdefault(one.number, []).append([each.value for each in one.expected])
    assert expected == PUBLISHED


@pytest.fixture
def place(empty: Databases) -> Iterator[Place]:
    """The tables of a migrated database, of each kind in turn."""
    with (
        db.engine("subscriptions").connect() as one,
        db.engine("tickets").connect() as two,
        db.engine("state").connect() as three,
    ):
        yield Place(one, two, three)


def test_every_example_holds_and_leaves_nothing_behind(place: Place) -> None:
    for one in outcomes_in(place):
        assert one.state == "holds", (one.example.number, one.got_in_words)
    for table in (customers, subscriptions, subscription_events):
        assert place.subscriptions.scalar(select(func.count()).select_from(table)) == 0


def test_they_come_out_the_same_in_memory_whatever_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    before = outcomes_now()
    monkeypatch.setenv("CONSOLE_LOCALE", "fi")
    monkeypatch.setenv("CONSOLE_REPORTING_TIME_ZONE", "Pacific/Auckland")
    monkeypatch.setenv("CONSOLE_SUBSCRIPTIONS_URL", "postgresql://nobody@nowhere.invalid/none")
    get_settings.cache_clear()
    try:
        assert outcomes_now() == before
        assert [one.got_in_words for one in outcomes_now()] == [one.got_in_words for one in before]
    finally:
        monkeypatch.undo()
        get_settings.cache_clear()


def test_they_are_counted_once_in_a_process() -> None:
    assert outcomes() is outcomes()


def test_weeks_counted_as_4_33_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(recurring._PER_MONTH, "week", Fraction(433, 100))
    wrong = [one for one in outcomes_now() if one.state == "differs"]
    assert [(one.example.number, one.got_in_words) for one in wrong] == [("M5", "MRR 108.25")]


def test_days_of_another_zone_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = proration._first_whole_day
    monkeypatch.setattr(proration, "_first_whole_day", lambda at, _zone: rule(at, HELSINKI))
    assert "F8" in _differing(outcomes_now())


ABOUT = {  # a report, and the examples that ask it
    "mrr": ["M1", "M2", "M3", "M4", "M5", "M5", "M5", "C1", "C5", "C6", "C8"],
    "renewals": ["R1"],
    "trials": ["T1"],
    "receivables": ["A1"],
}


@pytest.mark.parametrize("name", ABOUT)
def test_a_report_that_does_not_see_the_last_weeks_is_found_out(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each example depends on what its report answers."""
    spec = REPORTS[name]

    def late(connections: Connections, params: Params) -> Answer:
        return spec.function(connections, replace(params, as_of=params.as_of - timedelta(days=40)))

    monkeypatch.setitem(REPORTS, name, replace(spec, function=late))
    assert _differing(outcomes_now()) == ABOUT[name]


def test_only_proration_asks_no_report() -> None:
    asking = [number for numbers in ABOUT.values() for number in numbers]
    others = [one.number for one in EXAMPLES if one.metric != "Proration"]
    assert sorted(asking) == sorted(others)


def test_a_report_that_cannot_answer_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(REPORTS, "trials")
    found = next(one for one in outcomes_now() if one.example.number == "T1")
    assert (found.state, found.got) == ("differs", ())
    assert found.got_in_words.startswith("There is no report “trials”.")


def test_the_place_in_memory_is_gone_afterwards() -> None:
    with in_memory() as place:
        connection = place.subscriptions
    assert connection.closed


def test_the_command_says_what_holds() -> None:
    done = CliRunner().invoke(definitions, [], catch_exceptions=False)
    assert done.exit_code == 0
    lines = done.output.splitlines()
    assert len(lines) == len(EXAMPLES)
    assert "holds    C5" in done.output
    assert "expected churn rate 10 %" in done.output


def test_the_command_ends_with_1_if_one_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(recurring._PER_MONTH, "year", Fraction(1, 10))
    done = CliRunner().invoke(definitions, ["--format", "json"], catch_exceptions=False)
    assert done.exit_code == 1
    found = {one["number"]: one for one in json.loads(done.output)}
    assert (found["M2"]["state"], found["M2"]["got"]) == ("differs", [12000])
    assert found["M2"]["expected"] == [{"what": "MRR", "value": 10000, "kind": "money"}]
    assert found["M2"]["source"].startswith("worked example M2")
    assert found["C5"]["state"] == "holds"
    table = CliRunner().invoke(definitions, [], catch_exceptions=False)
    assert "expected MRR 100.00; got MRR 120.00" in table.output


def test_metrics_are_named_once_and_every_example_is_about_one() -> None:
    names = [metric.name for each in METRICS.values() for metric in each]
    assert len(names) == len(set(names)) == 16 + 9  # of revenue and of tickets
    assert {one.metric for one in EXAMPLES} - set(names) == {"Proration"}  # it is no metric


def test_what_a_metric_stands_in_has_that_figure(company: Databases) -> None:
    titles = {}
    now = Params(as_of=clocks.now(), zone=clocks.zone())
    past = replace(now, period=named_period("Last month", now.today))
    with db.reading() as data:
        for name in REPORTS:
            found = [reports.run(name, data, asked) for asked in (now, past, replace(past, rows=True))]
            titles[name] = {one.label for report in found for one in report.figures} | {
                one.title for report in found for one in report.columns
            }
    for metric in (metric for each in METRICS.values() for metric in each):
        for name, shown in metric.shown.items():
            assert set(shown) <= titles[name], metric.name
