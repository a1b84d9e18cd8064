"""The screen Definitions, by every role, in its three parts."""

import pytest

from console import db, examples
from console.access import ROLES, Permission
from console.examples import EXAMPLES, Outcome
from console.screens import screen_of
from console.ui.definitions import SCREEN_OF
from queries.reports import REPORTS
from queries.reports.metrics import METRICS
from queries.reports.other_rules import RULES
from tests import build
from tests.conftest import Databases
from tests.pages.screen import open_screen

READERS = [role for role, may in ROLES.items() if Permission.READ_REPORTS in may]


@pytest.mark.parametrize("role", READERS)
def test_every_metric_with_its_text_and_where_it_stands(role: str, company: Databases) -> None:
    shown = open_screen("definitions.py", role)
    assert not shown.at.exception
    for metric in (metric for each in METRICS.values() for metric in each):
        assert metric.name in shown.texts
        assert metric.definition in shown.texts
    assert "Elsewhere: Joiners who left in the period counted in." in shown.texts
    links = [link.label for link in shown.at.page_link]
    assert "Revenue · MRR: Gross MRR churn, Net MRR churn" in links
    assert {"Trials: Conversion", "Trials · By start: Conversion"} <= set(links)
    assert "C1 holds" in shown.texts


@pytest.mark.parametrize("role", READERS)
def test_every_example_with_both_sides_and_its_source(role: str, company: Databases) -> None:
    shown = open_screen("definitions.py", role, part="Published examples")
    assert not shown.at.exception
    for one in EXAMPLES:
        assert one.given in shown.texts
        assert f"Source: {one.source}" in shown.texts
    assert "published examples hold with the code of this installation." in shown.at.success[0].value
    assert not shown.at.error


def test_one_that_differs_is_said_in_words(company: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = Outcome(EXAMPLES[0], "differs", (1,))
    monkeypatch.setattr(examples, "outcomes", lambda: (wrong, *examples.outcomes_now()[1:]))
    shown = open_screen("definitions.py", "finance", part="Published examples")
    assert not shown.at.success
    assert "published examples hold" in shown.at.error[0].value
    assert "Differs" in shown.texts
    assert "MRR 0.01" in shown.texts


@pytest.mark.parametrize("role", READERS)
def test_other_rules_beside_ours_and_who_makes_the_difference(role: str, company: Databases) -> None:
    for title in RULES.values():
        assert not open_screen("definitions.py", role, part="Other common rules", rule=title).at.exception
    shown = open_screen("definitions.py", role, part="Other common rules", rule="Committed MRR")
    assert "set to end" in shown.grids
    assert "S-1" in shown.grids
    assert "Here: A scheduled cancel stays in MRR until it ends." in shown.texts


def test_every_report_has_its_screen() -> None:
    assert set(SCREEN_OF) == set(REPORTS)
    assert {screen_of(file).permission for file, _ in SCREEN_OF.values()} == {Permission.READ_REPORTS}


def test_a_link_opens_the_view_that_has_the_figure(company: Databases) -> None:
    """The address names the view as the page does."""
    for file, view in set(SCREEN_OF.values()) - {(file, "") for file, _ in SCREEN_OF.values()}:
        shown = open_screen(file, "finance", view=view)
        (switch,) = [one for one in shown.at.button_group if one.key == "view"]
        assert switch.value == view


@pytest.mark.parametrize("part", ["", "nonsense", "💥"])
def test_an_unknown_part_is_the_first(part: str, company: Databases) -> None:
    shown = open_screen("definitions.py", "finance", part=part, rule="'; --")
    assert not shown.at.exception
    assert "ARR" in shown.texts


def test_without_any_data_the_rules_have_nothing_to_compare(databases: Databases) -> None:
    with db.writing("state") as connection:
        build.staff(connection, role="finance")
    shown = open_screen("definitions.py", "finance", part="Other common rules")
    assert not shown.at.exception
    assert "There is nothing to compare yet." in shown.texts
    assert "Nobody: both rules give the same now." in shown.texts
