"""Scheduled reports: who may make one, of what, for whom; paused, resumed, deleted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console import db
from console.access import Actor
from console.actions import schedules as verbs
from console.actions.schedules import Order, add_schedule, delete_schedule, pause_schedule, resume_schedule
from console.errors import NotFound, NotPermitted, Refused
from console.scheduling import Timetable
from console.settings import get_settings
from queries import schedules as stored
from queries.schedules import Schedule
from queries.tables_state import staff as staff_table
from tests.actions.company import entries, kinds, staff
from tests.conftest import Databases

NOW = datetime(2026, 1, 15, 10, tzinfo=UTC)
DAY = timedelta(days=1)
MONDAYS = Timetable("week", 8, 1)


@pytest.fixture
def oskar(databases: Databases) -> Actor:
    return staff("Oskar", "finance")


def order(*send_to: str, **values: Any) -> Order:
    asked: dict[str, Any] = {"report": "renewals", "period": "next_30_days", "timetable": MONDAYS}
    return Order(send_to=send_to, **asked | values)


def listed() -> list[Schedule]:
    with db.reading() as data:
        return stored.listed(data.state)


def test_one_is_made_and_written_down(oskar: Actor) -> None:
    made = add_schedule(oskar, order(f" {oskar.email} ", oskar.email, by="day", rows=True), now=NOW)
    assert listed() == [made]
    assert (made.send_to, made.staff_name, made.state) == ([oskar.email], "Oskar", "active")
    assert made.parameters == {"period": "next_30_days", "by": "day", "rows": True}
    (entry,) = entries()
    assert (entry.kind, entry.actor_name, entry.subject_number) == ("schedule.made", "Oskar", str(made.id))
    assert entry.after["what"] == (
        "Renewals by day with rows, next 30 days, as CSV: every Monday at 08:00, to " + oskar.email
    )


@pytest.mark.parametrize("role", ["agent", "nobody"])
def test_who_may_not_export_makes_and_changes_none(role: str, oskar: Actor) -> None:
    made, emma = add_schedule(oskar, order(oskar.email), now=NOW), staff("Emma", role)
    for act in (
        lambda: add_schedule(emma, order(oskar.email)),
        lambda: pause_schedule(emma, made.id),
        lambda: resume_schedule(emma, made.id),
        lambda: delete_schedule(emma, made.id),
    ):
        with pytest.raises(NotPermitted):
            act()
    assert listed() == [made]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"report": "weather"}, "no report “weather”"),
        ({"period": "next_30_days", "report": "mrr"}, "not a period of this report"),
        ({"period": "for ever"}, "not a period of this report"),
        ({"by": "moon"}, "not a breakdown"),
        ({"format": "docx"}, "cannot be “docx”"),
    ],
)
def test_what_cannot_be_asked_is_refused(values: dict[str, Any], says: str, oskar: Actor) -> None:
    with pytest.raises(Refused, match=says):
        add_schedule(oskar, order(oskar.email, **values))
    assert listed() == []
    assert kinds() == []


@pytest.mark.parametrize("report", ["renewals", "trials", "cancellations", "mrr", "refunds"])
def test_every_report_has_periods(report: str, oskar: Actor) -> None:
    for period in verbs.periods_of(report):
        add_schedule(oskar, order(oskar.email, report=report, period=period))
    assert len(listed()) == len(verbs.periods_of(report))


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("somebody@elsewhere.example", "no address of active staff"),
        ("gone@company.example", "no address of active staff"),
        ("no address", "is not an e-mail address"),
        ("a@b.example\r\nBcc: all@b.example", "is not an e-mail address"),
        ("folder", "CONSOLE_REPORT_FOLDER"),
        (" ", "Choose whom it goes to"),
    ],
)
def test_reports_stay_in_the_house(target: str, says: str, oskar: Actor) -> None:
    gone = staff("Gone", "finance")
    with db.writing("state") as connection:
        left = staff_table.update().where(staff_table.c.id == gone.staff_id)
        connection.execute(left.values(email="gone@company.example", active=False))
    with pytest.raises(Refused, match=says):
        add_schedule(oskar, order(target))


def test_domains_of_the_settings_are_let_in(oskar: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSOLE_REPORT_RECIPIENT_DOMAINS", "audit.example, Bank.example")
    get_settings.cache_clear()
    add_schedule(oskar, order("ann@audit.example", "BOB@BANK.EXAMPLE"))
    for other in ("ann@notaudit.example", "ann@audit.example.com", "ann@example"):
        with pytest.raises(Refused, match="no address of active staff"):
            add_schedule(oskar, order(other))


def test_at_most_twenty_places(oskar: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSOLE_REPORT_RECIPIENT_DOMAINS", "audit.example")
    get_settings.cache_clear()
    with pytest.raises(Refused, match="from 1 to 20"):
        add_schedule(oskar, order(*(f"a{n}@audit.example" for n in range(21))))
    add_schedule(oskar, order(*(f"a{n}@audit.example" for n in range(20))))


def test_the_same_again_is_refused(oskar: Actor) -> None:
    made = add_schedule(oskar, order(oskar.email))
    with pytest.raises(Refused, match=f"number {made.id}, made by Oskar"):
        add_schedule(oskar, order(oskar.email))
    delete_schedule(oskar, made.id)
    assert add_schedule(oskar, order(oskar.email)).id != made.id


def test_fifty_for_each(oskar: Actor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verbs, "MOST_OF_ONE", 1)
    add_schedule(oskar, order(oskar.email))
    with pytest.raises(Refused, match="Delete one"):
        add_schedule(oskar, order(oskar.email, by="day"))
    add_schedule(staff("Sofia", "manager"), order(oskar.email, by="day"))


def test_paused_resumed_deleted_by_a_colleague(oskar: Actor) -> None:
    made, sofia = add_schedule(oskar, order(oskar.email), now=NOW), staff("Sofia", "manager")
    assert pause_schedule(sofia, made.id, now=NOW).state == "paused"
    assert pause_schedule(sofia, made.id, now=NOW).state == "paused"
    resumed = resume_schedule(sofia, made.id, now=NOW + 30 * DAY)
    assert (resumed.state, resumed.done_until) == ("active", NOW + 30 * DAY)
    delete_schedule(sofia, made.id)
    assert listed() == []
    assert kinds() == ["schedule.made", "schedule.paused", "schedule.resumed", "schedule.deleted"]
    for id in (made.id, 0, -1, 2**70):
        with pytest.raises(NotFound, match=f"no scheduled report {id}"):
            pause_schedule(oskar, id)
