"""What a scheduled report sends: every report there is, the same files whenever it is asked again."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console import clocks, db
from console.actions import report_files
from console.actions.schedules import periods_of
from queries.reports import REPORTS
from queries.schedules import Schedule, ScheduleRun
from tests.conftest import Databases

DUE = datetime(2026, 11, 23, 6, tzinfo=UTC)


def schedule(**values: Any) -> Schedule:
    asked: dict[str, Any] = {
        "id": 7, "staff_id": 1, "staff_name": "Oskar", "staff_email": "oskar@company.example",
        "report": "renewals", "parameters": {"period": "next_30_days", "by": "day", "rows": False},
        "format": "csv", "every": "week", "on_day": 1, "hour": 8, "send_to": ["folder"], "state": "active",
        "created_at": DUE, "done_until": DUE,
    }  # fmt: skip
    return Schedule(**asked | values)


def run(**values: Any) -> ScheduleRun:
    asked: dict[str, Any] = {
        "id": 1, "schedule_id": 7, "due_at": DUE, "asked_by": None, "skipped": 0, "left_to": ["folder"],
        "attempts": 0, "not_before": None, "rows": None, "finished_at": None, "error": None,
    }  # fmt: skip
    return ScheduleRun(**asked | values)


@pytest.mark.parametrize("report", REPORTS)
def test_every_report_can_be_sent(report: str, company: Databases) -> None:
    parameters = {"period": periods_of(report)[0], "by": REPORTS[report].by[-1], "rows": True}
    due = clocks.now() - timedelta(minutes=3)
    with db.reading() as data:
        once = report_files.made(data, schedule(report=report, parameters=parameters), due)
        again = report_files.made(data, schedule(report=report, parameters=parameters), due)
    assert [one.content for one in once.attachments] == [one.content for one in again.attachments]
    assert len({one.name for one in once.attachments}) == 2
    assert once.reports[0].as_of <= due
    assert once.rows == sum(len(one.rows) for one in once.reports)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({}, "23 Nov 2026, 08:00: waits for its turn."),
        ({"finished_at": DUE, "rows": 1200}, "23 Nov 2026, 08:00: sent, 1,200 rows."),
        (
            {"finished_at": DUE, "rows": 1, "skipped": 1},
            "23 Nov 2026, 08:00: sent, 1 row. 1 earlier time passed while the console was not at work: "
            "nothing was made for that.",
        ),
        ({"error": "Away."}, "23 Nov 2026, 08:00: trying again. Away."),
        ({"error": "Away.", "finished_at": DUE, "rows": 3}, "23 Nov 2026, 08:00: failed, 3 rows. Away."),
    ],
)
def test_what_came_of_it_in_words(values: dict[str, Any], says: str) -> None:
    assert report_files.outcome(run(**values)) == says


def test_the_next_time() -> None:
    assert report_files.next_time(schedule()) == DUE + timedelta(days=7)
    assert report_files.next_time(schedule(state="paused")) is None
