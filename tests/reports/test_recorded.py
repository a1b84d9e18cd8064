"""A report of the past says whether it is what it was then."""

import pytest

from queries.reports import REPORTS
from tests import build
from tests.conftest import Databases
from tests.reports import Data, ask, at, days, paying, scratch

NOW = "2026-03-10"
SAID = "No event dated up to 28 Feb 2026, 00:00 was recorded later"
TOLD = "Events dated up to 28 Feb 2026, 00:00 that were recorded later: 1. Asked then, it did not know them."


@pytest.mark.parametrize("name", [name for name, spec in REPORTS.items() if spec.of_events])
def test_what_is_recorded_later_is_said(empty: Databases, name: str) -> None:
    with scratch() as data:
        made = paying(data, build.customer(data.subscriptions), "2026-01-05")
        assert _says(data, name, "2026-02-28") == (True, False)
        late = {"occurred_at": at("2026-02-10"), "recorded_at": at("2026-03-01")}
        build.subscription_event(data.subscriptions, made, "plan_changed", mrr_delta_units=27_720, **late)
        assert _says(data, name, "2026-02-28") == (False, True)
        assert TOLD not in ask(data, name, "2026-03-01", live=False).notes  # it was recorded by then


def test_disputes_are_not_of_events(empty: Databases) -> None:
    with scratch() as data:
        assert _says(data, "disputes", "2026-02-28") == (False, False)


def _says(data: Data, name: str, then: str) -> tuple[bool, bool]:
    report = ask(data, name, then, live=False)
    return SAID in [check.name for check in report.checks], TOLD in report.notes


def test_of_a_period_that_is_over_as_of_its_end_too(empty: Databases) -> None:
    with scratch() as data:
        paying(data, build.customer(data.subscriptions), "2026-01-05")
        over = ask(data, "mrr", NOW, period=days("2026-01-01", "2026-02-28"))
        assert over.checks[-1].name == "No event dated up to 28 Feb 2026, 23:59 was recorded later"
        now = ask(data, "mrr", NOW, period=days("2026-01-01", "2026-03-10"))
        assert not any("recorded" in check.name for check in now.checks)
