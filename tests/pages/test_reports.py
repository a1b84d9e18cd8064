"""Every view of the report pages by every breakdown: it is drawn, and its identities hold and are said."""

import pytest

from console.ui.reports import BY
from queries.reports import REPORTS
from tests.conftest import Databases
from tests.pages.screen import open_screen

VIEWS = [
    ("renewals.py", "Coming", "renewals"),
    ("renewals.py", "Past", "renewals"),
    ("renewals.py", "Forecast", "forecast"),
    ("renewals.py", "Dunning", "dunning"),
    ("trials.py", "Ending soon", "trials"),
    ("trials.py", "Ended", "trials"),
    ("trials.py", "By start", "trial_cohorts"),
    ("cancellations.py", "Requested and ended", "cancellations"),
    ("cancellations.py", "Tickets before", "cancellation_tickets"),
    ("revenue.py", "MRR", "mrr"),
    ("revenue.py", "Retention", "retention"),
    ("revenue.py", "Receivables", "receivables"),
    ("revenue.py", "Refunds", "refunds"),
    ("revenue.py", "Disputes", "disputes"),
]


def test_every_report_has_a_view() -> None:
    assert {name for _, _, name in VIEWS} == set(REPORTS)


# The screens are opened on both databases in test_screens.
@pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("page", "view", "name"), VIEWS, ids=[f"{page}-{view}" for page, view, _ in VIEWS])
def test_every_breakdown_is_drawn(page: str, view: str, name: str, company: Databases) -> None:
    for by in REPORTS[name].by:
        shown = open_screen(page, "finance", by=BY[by], **({"view": view} if view else {}))
        assert not shown.at.exception
        assert REPORTS[name].definition.splitlines()[0] in shown.texts
        assert not [error.value for error in shown.at.error]
