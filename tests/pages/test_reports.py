"""Every view of the report pages by every breakdown: it is drawn, and its identities hold and are said."""

import pytest

from console import clocks
from console.access import ROLES, Permission
from console.db import reading
from console.ui.reports import BY
from queries.reports import REPORTS, Params, run
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


# One role for each way they differ here: who reads reports, who takes them out.
DIFFERENT = {
    tuple(permission in may for permission in (Permission.READ_REPORTS, Permission.EXPORT_REPORTS)): role
    for role, may in ROLES.items()
}.values()


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


@pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("page", "view", "name"), VIEWS, ids=[f"{page}-{view}" for page, view, _ in VIEWS])
def test_every_role_sees_the_same_figures_or_none(
    page: str, view: str, name: str, company: Databases
) -> None:
    as_finance = open_screen(page, "finance", view=view)
    tiles = [(one.label, one.value) for one in as_finance.at.metric]
    assert bool(as_finance.grids) != bool(as_finance.at.info)  # or a sentence that there is nothing
    tables = [one.value for one in as_finance.at.dataframe if REPORTS[name].by[0] in one.value]
    with reading() as data:
        columns = run(name, data, Params(as_of=clocks.now(), zone=clocks.zone())).columns
    names = {column.title: column.name for column in columns if column.kind == "count"}
    for label, value in tiles:
        assert names.get(label) not in tables[0] or f"{tables[0][names[label]].sum():,}" == value
    first = next(other for other in VIEWS if other[0] == page)
    for role in ROLES if (page, view, name) == first else DIFFERENT:
        shown = open_screen(page, role, view=view)
        may = Permission.READ_REPORTS in ROLES[role]
        assert [(one.label, one.value) for one in shown.at.metric] == (tiles if may else [])
        assert shown.grids == (as_finance.grids if may else "")
        assert bool(shown.at.get("download_button")) == (Permission.EXPORT_REPORTS in ROLES[role])


def test_only_a_trial_that_was_cancelled_has_a_reason(company: Databases) -> None:
    shown = open_screen("trials.py", "finance", view="Ended", period="Last 12 months")
    (trials,) = [one.value for one in shown.at.dataframe if "outcome" in one.value]
    assert {"Converted", "Cancelled in the trial"} <= set(trials["outcome"])
    cancelled = trials["outcome"] == "Cancelled in the trial"
    assert trials["reason"][cancelled].all()
    assert not trials["reason"][~cancelled].any()
