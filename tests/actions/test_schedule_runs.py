"""Scheduled reports that are due: each time once, to everybody, whatever stops or fails in between."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from dbos import DBOS
from sqlalchemy import select

from console import clocks, db, durable
from console.access import Actor
from console.actions import report_files, schedule_runs
from console.actions import staff as people
from console.actions.schedule_runs import TRIES, Ran, run_due, run_now
from console.actions.schedules import add_schedule, delete_schedule, pause_schedule, resume_schedule
from console.actions.telling import LEASE, WAITS
from console.errors import NotPermitted
from console.scheduling import Timetable
from console.settings import get_settings
from queries.paging import rows_of
from queries.schedules import Schedule, ScheduleRun
from queries.tables_desk import exports
from queries.tables_desk import schedule_runs as run_table
from tests import build
from tests.actions.company import entries, log_is_intact, staff
from tests.actions.test_schedules import order
from tests.conftest import Databases

NOW = datetime(2026, 1, 15, 10, tzinfo=UTC)  # a Thursday, noon in Helsinki
DUE = datetime(2026, 1, 19, 6, tzinfo=UTC)  # Monday at 08:00
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Inbox:
    """A mail server: what arrived, by recipient, and for whom it says no."""

    def __init__(self) -> None:
        self.got: list[tuple[str, EmailMessage]] = []
        self.refuses: set[str] = set()

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if address in self.refuses:
            return "450 Mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        email = message_from_bytes(content, policy=policy.default)
        assert isinstance(email, EmailMessage)
        self.got.append((envelope.rcpt_tos[0], email))
        return "250 OK"

    @property
    def recipients(self) -> list[str]:
        return [to for to, _ in self.got]


@pytest.fixture
def inbox(databases: Databases, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Inbox]:
    inbox = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    given = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(port), "SMTP_TLS": "false"}
    given |= {"REPORT_FOLDER": str(tmp_path / "reports"), "REPORT_RECIPIENT_DOMAINS": "audit.example"}
    for name, value in given.items():
        monkeypatch.setenv(f"CONSOLE_{name}", value)
    get_settings.cache_clear()
    yield inbox
    controller.stop()


@pytest.fixture
def oskar(inbox: Inbox) -> Actor:
    with db.writing("subscriptions") as connection:
        for _ in range(3):
            build.subscription(connection, build.customer(connection)["id"])
    return staff("Oskar", "finance")


def runs(schedule: Schedule) -> list[ScheduleRun]:
    """The earliest first."""
    with db.reading() as data:
        of_it = select(run_table).where(run_table.c.schedule_id == schedule.id)
        return rows_of(data.state, of_it.order_by(run_table.c.due_at), ScheduleRun)


def made_exports() -> list[Any]:
    with db.reading() as data:
        return list(data.state.execute(exports.select().order_by(exports.c.id)))


def body_of(email: EmailMessage) -> str:
    body = email.get_body()
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def test_nothing_leaves_before_it_is_due(oskar: Actor, inbox: Inbox) -> None:
    schedule = add_schedule(oskar, order(oskar.email), now=NOW)
    assert run_due(DUE - timedelta(microseconds=1)) == Ran(0, 0)
    assert inbox.got == []
    assert run_due(DUE) == Ran(1, 0)
    assert run_due(DUE) == run_due(DUE + DAY) == Ran(0, 0)
    assert inbox.recipients == [oskar.email]
    (run,) = runs(schedule)
    assert (run.state, run.due_at, run.asked_by, run.skipped, run.attempts) == ("sent", DUE, None, 0, 1)


def test_the_mail_has_the_figures_and_the_files_of_the_report(oskar: Actor, inbox: Inbox) -> None:
    schedule = add_schedule(oskar, order(oskar.email, by="day", rows=True), now=NOW)
    run_due(DUE + 3 * MINUTE)
    ((_, email),) = inbox.got
    assert email["Subject"] == "Renewals, 19 Jan 2026 – 17 Feb 2026"
    body = body_of(email)
    assert "As of 19 Jan 2026, 08:00 · Europe/Helsinki time" in body
    assert "Oskar scheduled this: every Monday at 08:00." in body
    with db.reading() as data:
        files = report_files.made(data, schedule, DUE)
    table, rows = list(email.iter_attachments())
    assert table.get_filename() == "renewals-by-day-2026-01-19-2026-02-17.csv"
    assert rows.get_filename() == "renewals-rows-2026-01-19-2026-02-17.csv"
    assert [table.get_payload(decode=True), rows.get_payload(decode=True)] == [
        one.content for one in files.attachments
    ]
    assert len(files.reports[1].rows) == 3
    for figure in files.reports[0].figures:
        assert figure.label in body


def test_each_run_is_an_export_and_an_audit_entry(oskar: Actor) -> None:
    schedule = add_schedule(oskar, order(oskar.email, rows=True), now=NOW)
    run_due(DUE)
    table, rows = made_exports()
    assert (table.staff_id, table.report, table.format) == (oskar.staff_id, "renewals", "csv")
    assert [table.rows, rows.rows] == [30, 3]
    assert [table.parameters["by"], rows.parameters["by"]] == ["day", "rows"]
    assert table.parameters["as_of"] == DUE.isoformat()
    assert table.parameters["schedule"] == schedule.id
    ran = entries()[-1]
    assert (ran.kind, ran.actor_id, ran.channel) == ("schedule.ran", oskar.staff_id, "system")
    assert ran.after["rows"] == runs(schedule)[0].rows == 33
    assert log_is_intact()


def test_a_report_is_filed(oskar: Actor, tmp_path: Path) -> None:
    schedule = add_schedule(oskar, order("folder", format="json"), now=NOW)
    assert run_due(DUE) == Ran(1, 0)
    (file,) = (tmp_path / "reports").iterdir()
    assert file.name == f"2026-01-19-0800-{schedule.id}-renewals-by-day-2026-01-19-2026-02-17.json"
    with db.reading() as data:
        assert file.read_bytes() == report_files.made(data, schedule, DUE).attachments[0].content


def test_a_folder_that_cannot_be_written_is_tried_again(oskar: Actor, tmp_path: Path) -> None:
    schedule = add_schedule(oskar, order("folder"), now=NOW)
    (tmp_path / "reports").write_text("a file")
    assert run_due(DUE) == Ran(0, 1)
    assert "Check the folder reports" in str(runs(schedule)[0].error)
    (tmp_path / "reports").unlink()
    assert run_due(DUE + MINUTE) == Ran(1, 0)


def test_two_workers_at_once_send_one_mail(oskar: Actor, inbox: Inbox) -> None:
    schedule = add_schedule(oskar, order(oskar.email, "ann@audit.example"), now=NOW)
    gate = Barrier(6)

    def work(_: int) -> Ran:
        gate.wait()
        return run_due(DUE)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(work, range(6)))
    assert sorted(inbox.recipients) == sorted([oskar.email, "ann@audit.example"])
    assert [run.state for run in runs(schedule)] == ["sent"]
    assert len(made_exports()) == 1


class Killed(BaseException):
    """The process is gone: nothing after this runs, and no transaction that is open is kept."""


def killed_at(monkeypatch: pytest.MonkeyPatch, name: str, of: Any, *, after: bool) -> None:
    really = getattr(of, name)

    def stopped(*arguments: Any, **named: Any) -> None:
        if after:
            really(*arguments, **named)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(of, name, stopped)
        with pytest.raises(Killed):
            run_due(DUE)


def test_killed_between_claim_and_send_it_is_one_mail(
    oskar: Actor, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_schedule(oskar, order(oskar.email), now=NOW)
    for of, name, after in (
        (schedule_runs, "_carried_out", False),  # planned, not taken up
        (report_files, "made", False),  # taken up
        (schedule_runs, "_write_down", True),  # written down
        (report_files, "put", False),  # about to leave
    ):
        killed_at(monkeypatch, name, of, after=after)
        _lease_is_over()
    assert inbox.got == []
    assert run_due(DUE) == Ran(1, 0)
    assert inbox.recipients == [oskar.email]
    assert len(made_exports()) == 1


def _lease_is_over() -> None:
    with db.writing("state") as connection:
        connection.execute(run_table.update().values(not_before=DUE))


def test_killed_after_the_mail_left_it_comes_again_under_the_same_id(
    oskar: Actor, inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At least once: SMTP cannot be asked what it has taken."""
    add_schedule(oskar, order(oskar.email, "ann@audit.example"), now=NOW)
    killed_at(monkeypatch, "put", report_files, after=True)
    assert run_due(DUE + LEASE - MINUTE) == Ran(0, 0)
    assert run_due(DUE + LEASE) == Ran(1, 0)
    assert inbox.recipients == [oskar.email, oskar.email, "ann@audit.example"]
    first, again, other = (email["Message-ID"] for _, email in inbox.got)
    assert first == again != other


def test_who_was_reached_is_not_written_to_again(oskar: Actor, inbox: Inbox) -> None:
    schedule = add_schedule(oskar, order(oskar.email, "ann@audit.example"), now=NOW)
    inbox.refuses = {oskar.email}
    assert run_due(DUE) == Ran(0, 1)
    (run,) = runs(schedule)
    assert (run.state, run.left_to) == ("trying again", [oskar.email])
    assert run.error == f"{oskar.email}: The mail server did not take the message: 450 Mailbox full."
    assert run_due(DUE + MINUTE - timedelta(seconds=1)) == Ran(0, 0)
    inbox.refuses = set()
    assert run_due(DUE + MINUTE) == Ran(1, 0)
    assert inbox.recipients == ["ann@audit.example", oskar.email]
    assert len(made_exports()) == 1


def test_after_five_more_attempts_it_is_shown_and_written_down(oskar: Actor, inbox: Inbox) -> None:
    schedule = add_schedule(oskar, order(oskar.email), now=NOW)
    inbox.refuses, at = {oskar.email}, DUE
    for wait in (*WAITS, 7 * DAY):
        assert run_due(at) == Ran(0, 1)
        at += wait
    (run,) = [run for run in runs(schedule) if run.due_at == DUE]
    assert (run.state, run.attempts) == ("failed", TRIES)
    assert "450 Mailbox full" in str(run.error)
    assert [entry.kind for entry in entries()] == ["schedule.made", "schedule.ran", "schedule.failed"]
    assert entries()[-1].after["error"] == run.error
    inbox.refuses = set()
    assert run_due(at) == Ran(1, 0)  # the week after: a time of its own
    assert inbox.recipients == [oskar.email]


def test_missed_times_are_made_once_and_said(oskar: Actor, inbox: Inbox) -> None:
    schedule = add_schedule(oskar, order(oskar.email), now=NOW)
    assert run_due(DUE + 21 * DAY + 5 * MINUTE) == Ran(1, 0)
    (run,) = runs(schedule)
    assert (run.due_at, run.skipped) == (DUE + 21 * DAY, 3)
    ((_, email),) = inbox.got
    assert "3 earlier times passed while the console was not at work" in body_of(email)
    assert "As of 9 Feb 2026, 08:00" in body_of(email)


def test_a_pause_makes_up_for_nothing(oskar: Actor, inbox: Inbox) -> None:
    schedule = add_schedule(oskar, order(oskar.email), now=NOW)
    pause_schedule(oskar, schedule.id)
    assert run_due(DUE + DAY) == Ran(0, 0)
    resume_schedule(oskar, schedule.id, now=DUE + 2 * DAY)
    assert run_due(DUE + 2 * DAY) == Ran(0, 0)
    assert run_due(DUE + 7 * DAY) == Ran(1, 0)
    assert [run.skipped for run in runs(schedule)] == [0]


def test_what_was_deleted_meanwhile_is_not_sent(oskar: Actor, inbox: Inbox) -> None:
    schedule = add_schedule(oskar, order(oskar.email), now=NOW)
    inbox.refuses = {oskar.email}
    run_due(DUE)
    delete_schedule(oskar, schedule.id)
    inbox.refuses = set()
    assert run_due(DUE + DAY) == Ran(0, 1)
    assert run_due(DUE + 7 * DAY) == Ran(0, 0)
    assert inbox.got == []


def test_who_left_gets_nothing_and_sends_nothing(oskar: Actor, inbox: Inbox) -> None:
    sofia = staff("Sofia", "manager")
    to_oskar = add_schedule(sofia, order(oskar.email), now=NOW)
    of_oskar = add_schedule(oskar, order(sofia.email), now=NOW)
    people.disable(oskar.email)
    assert run_due(DUE) == Ran(0, 2)
    assert inbox.got == []
    assert "no address of active staff" in str(runs(to_oskar)[0].error)
    assert "has been switched off" in str(runs(of_oskar)[0].error)


def test_who_lost_the_permission_sends_nothing(oskar: Actor, inbox: Inbox) -> None:
    schedule = add_schedule(oskar, order(oskar.email), now=NOW)
    people.set_role(oskar.email, "agent")
    assert run_due(DUE) == Ran(0, 1)
    assert "report:export" in str(runs(schedule)[0].error)
    assert made_exports() == []


def test_sent_now_twice_within_a_minute_is_one(oskar: Actor, inbox: Inbox) -> None:
    sofia = staff("Sofia", "manager")
    schedule = add_schedule(oskar, order(oskar.email), now=NOW)
    run = run_now(sofia, schedule.id, now=NOW + timedelta(seconds=5))
    again = run_now(sofia, schedule.id, now=NOW + timedelta(seconds=50))
    assert run == again
    assert (run.state, run.asked_by, run.due_at) == ("sent", sofia.staff_id, NOW)
    assert inbox.recipients == [oskar.email]
    assert made_exports()[0].staff_id == sofia.staff_id
    assert run_now(sofia, schedule.id, now=NOW + MINUTE).id != run.id
    assert run_due(DUE) == Ran(1, 0)  # its own time stays


def test_sent_now_at_the_very_due_time_is_one(oskar: Actor, inbox: Inbox) -> None:
    schedule = add_schedule(oskar, order(oskar.email), now=NOW)
    run_now(oskar, schedule.id, now=DUE + timedelta(seconds=1))
    assert run_due(DUE + MINUTE) == Ran(0, 0)
    assert len(inbox.got) == len(runs(schedule)) == 1


def test_who_may_not_export_sends_nothing_now(oskar: Actor, inbox: Inbox) -> None:
    schedule = add_schedule(oskar, order(oskar.email), now=NOW)
    with pytest.raises(NotPermitted):
        run_now(staff("Emma"), schedule.id)
    assert inbox.got == []


def test_too_much_for_mail_is_said(oskar: Actor, inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_files, "LARGEST_MAIL", 10)
    schedule = add_schedule(oskar, order(oskar.email, "folder"), now=NOW)
    run_due(DUE)
    (run,) = runs(schedule)
    assert "too large for mail" in str(run.error)
    assert run.left_to == [oskar.email]


@pytest.mark.parametrize(
    ("every", "on", "due"),
    [
        ("day", None, datetime(2026, 3, 29, 1, tzinfo=UTC)),  # 03:00 is skipped: at 04:00 summer time
        ("month", 31, datetime(2026, 1, 31, 1, tzinfo=UTC)),
    ],
)
def test_the_clock_decides(every: Any, on: int | None, due: datetime, oskar: Actor, inbox: Inbox) -> None:
    asked = order(oskar.email, report="mrr", period="last_month", timetable=Timetable(every, 3, on))
    add_schedule(oskar, asked, now=due - timedelta(hours=20))
    assert run_due(due - MINUTE) == Ran(0, 0)
    assert run_due(due) == Ran(1, 0)


def test_the_worker_does_it_every_minute(oskar: Actor, inbox: Inbox) -> None:
    add_schedule(oskar, order(oskar.email, timetable=Timetable("day", 8)), now=clocks.now() - DAY)
    durable.start("test")
    try:
        planned = DBOS.get_schedule("due_schedules")
        assert planned is not None
        assert planned["schedule"] == durable.EVERY_MINUTE
        durable.due_schedules(clocks.now(), None)
    finally:
        durable.stop()
    assert inbox.recipients == [oskar.email]
