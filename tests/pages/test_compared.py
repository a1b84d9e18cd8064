"""What a figure was before, in words; on the screens."""

import pytest

from console.ui.compared import change, help_of, per_currency
from queries.reports import Figure
from tests.conftest import Databases
from tests.pages.screen import open_screen


@pytest.mark.parametrize(
    ("value", "previous", "kind", "words"),
    [
        (1200, 100, "count", "1,100 more"),
        (0, 2, "count", "2 fewer"),
        (3, 3, "count", "The same"),
        (0.915, 0.9, "percent", "1.5 points higher"),
        (0.2, 0.5, "percent", "30.0 points lower"),
        (0.5, 0.50001, "percent", "The same"),
        (None, 0.5, "percent", None),
        (4, None, "count", None),
    ],
)
def test_the_change_in_words(value: object, previous: object, kind: str, words: object) -> None:
    assert change(Figure("due", "Due", value, kind, previous=previous)) == words  # type: ignore[arg-type]


def test_what_it_was_is_said_on_demand() -> None:
    rate = Figure("rate", "Rate", 0.9, "percent", None, "Of those decided.", 0.5, 0.75)
    assert help_of(rate) == "Of those decided. The period before: 50.0%. The year before: 75.0%."
    assert help_of(Figure("due", "Due", 1, "count")) is None


def test_amounts_have_a_row_for_each_period_that_is_known() -> None:
    found = [
        Figure("due", "Due", 1000, "money", "EUR", "", 500, 250),
        Figure("due", "Due", 70, "money", "JPY"),
        Figure("rate", "Rate", 0.5, "percent", "EUR", "", None, 0.25),
    ]
    rows = per_currency(found)
    assert [(row["currency"], row["when"], row.get("rate")) for row in rows] == [
        ("EUR", "This period", "50.0%"),
        ("EUR", "The period before", None),
        ("EUR", "The year before", "25.0%"),
        ("JPY", "This period", None),
    ]


@pytest.mark.parametrize("page", ["renewals.py", "trials.py", "cancellations.py", "revenue.py"])
def test_headlines_say_what_changed(page: str, company: Databases) -> None:
    shown = open_screen(page, "finance")
    assert not shown.at.exception
    assert any("more" in one.delta or "fewer" in one.delta for one in shown.at.metric)
    assert any("Compared with " in one.value for one in shown.at.caption)
