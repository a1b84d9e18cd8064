"""Scheduled reports that are due: each due time is made once, and what could not be sent is tried again.

A due time belongs to whoever moves the schedule's `done_until` over it. Then its run is carried out: taken
up, the report made, the export written down before anything leaves, and one place after the other reached.
A process that is stopped in between has not noted the place it was at: after the lease that one is reached
again, with the same file name or the same Message-ID. So a file is there once, and a mail at least once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console import audit, clocks
from console.access import Actor, Permission, require
from console.actions import report_files
from console.actions.report_files import Files, timetable
from console.actions.schedules import found
from console.actions.telling import LEASE, WAITS
from console.db import Connection, IntegrityError, reading, writing
from console.errors import ConsoleError, Refused
from console.scheduling import passed
from console.signin.who import actor_of
from queries import schedules as stored
from queries.schedules import Schedule, ScheduleRun
from queries.tables_desk import exports, schedule_runs, schedules

TRIES = 1 + len(WAITS)


@dataclass(frozen=True)
class Ran:
    """`sent`: everywhere they should; `failed`: not everywhere, now or for good."""

    sent: int
    failed: int


@dataclass(frozen=True)
class _Attempt:
    """A run that is ours for now: somebody else's once its number of attempts is another."""

    run: ScheduleRun
    schedule: Schedule
    number: int
    at: datetime


def run_due(now: datetime | None = None) -> Ran:
    """Make and send what is due, and try again what failed before. Any number of processes may do so at
    once. Raises Unavailable when the state database cannot be used."""
    at = now or clocks.now()
    with reading() as data:
        listed = stored.active(data.state)
    for schedule in listed:
        _plan(schedule, at)
    with reading() as data:
        left = stored.runs_to_do(data.state, at)
    states = [_carried_out(run, at) for run in left]
    return Ran(states.count("sent"), len(states) - states.count("sent"))


def run_now(actor: Actor, id: int, *, now: datetime | None = None) -> ScheduleRun:
    """Make and send it now, besides its due times; twice within a minute it is one. Returns what came of it.
    Raises NotPermitted, NotFound, Unavailable."""
    require(actor, Permission.EXPORT_REPORTS)
    at = now or clocks.now()
    minute = at.replace(second=0, microsecond=0)
    with writing("state") as connection:
        schedule = found(connection, id)
        _add(connection, schedule, due_at=minute, asked_by=actor.staff_id)
        run = stored.run_at(connection, id, minute)
    assert run is not None  # noqa: S101 - it was added just now, or was there
    _carried_out(run, at)
    return _as_stored(run)


def _plan(schedule: Schedule, now: datetime) -> None:
    """A run for the latest due time up to now; the ones before it are skipped."""
    dues = passed(timetable(schedule), schedule.done_until, now, clocks.zone())
    if not dues:
        return
    with writing("state") as connection:
        as_seen = schedules.update().where(
            schedules.c.id == schedule.id,
            schedules.c.state == "active",
            schedules.c.done_until == schedule.done_until,
        )
        if connection.execute(as_seen.values(done_until=dues[-1])).rowcount == 1:
            _add(connection, schedule, due_at=dues[-1], skipped=len(dues) - 1)


def _add(connection: Connection, schedule: Schedule, **values: Any) -> None:
    row = {"schedule_id": schedule.id, "left_to": schedule.send_to}
    try:
        with connection.begin_nested():
            connection.execute(schedule_runs.insert().values(row | values))
    except IntegrityError:
        return  # it is there: sent now at its very due time


def _carried_out(run: ScheduleRun, at: datetime) -> stored.RunState:
    """The state it is in then."""
    attempt = _taken_up(run, at)
    if attempt is not None:
        try:
            _send(attempt)
        except ConsoleError as error:
            _failed(attempt, str(error))
    return _as_stored(run).state


def _taken_up(run: ScheduleRun, at: datetime) -> _Attempt | None:
    """The run, if it is ours to carry out: of several who saw it, the first to count it up has it."""
    number = run.attempts + 1
    with writing("state") as connection:
        free = (schedule_runs.c.not_before.is_(None)) | (schedule_runs.c.not_before <= at)
        lease = {"attempts": number, "not_before": at + LEASE}
        if not _changed(connection, run.id, run.attempts, lease, free):
            return None
        schedule = stored.by_id(connection, run.schedule_id)
        if schedule is None:
            gone = {"finished_at": at, "error": "It was deleted before it was sent."}
            _changed(connection, run.id, number, gone)
            return None
        # Who had it before us may have reached somebody since we looked.
        return _Attempt(stored.run_by_id(connection, run.id) or run, schedule, number, at)


def _send(attempt: _Attempt) -> None:
    """Raises ConsoleError where it did not reach everybody."""
    if attempt.number > TRIES:
        raise Refused("It was stopped each time it was tried. See the log of the console.")
    actor = _on_behalf_of(attempt)
    require(actor, Permission.EXPORT_REPORTS)
    with reading(replica=True) as data:
        files = report_files.made(data, attempt.schedule, attempt.run.due_at)
    _write_down(attempt, actor, files)
    wrong = _reach(attempt, files)
    if wrong:
        raise Refused(" ".join(wrong))
    _note(attempt, finished_at=attempt.at, error=None)


def _on_behalf_of(attempt: _Attempt) -> Actor:
    """Whoever asked, else whoever made the schedule, as they are now."""
    person = actor_of(str(attempt.run.asked_by or attempt.schedule.staff_id))
    return Actor(person.staff_id, person.email, person.name, person.role, channel="system")


def _write_down(attempt: _Attempt, actor: Actor, files: Files) -> None:
    """An export for each file and one audit entry, once for all attempts, before anything leaves."""
    schedule, unmade = attempt.schedule, schedule_runs.c.rows.is_(None)
    with writing("state") as connection:
        if not _changed(connection, attempt.run.id, attempt.number, {"rows": files.rows}, unmade):
            return
        row = {"staff_id": actor.staff_id, "report": schedule.report, "format": schedule.format}
        asked = schedule.parameters | {"as_of": attempt.run.due_at.isoformat(), "schedule": schedule.id}
        for report in files.reports:
            of_file = {"parameters": asked | {"by": report.by}, "rows": len(report.rows)}
            connection.execute(exports.insert().values(row | of_file | {"created_at": attempt.at}))
        _record(connection, attempt, actor, "schedule.ran", rows=files.rows, skipped=attempt.run.skipped)


def _record(connection: Connection, attempt: _Attempt, actor: Actor, kind: str, **after: Any) -> None:
    what = {"what": report_files.in_words(attempt.schedule), "due_at": attempt.run.due_at.isoformat()}
    audit.record(
        connection,
        actor=actor,
        kind=kind,
        at=attempt.at,
        subject_kind="schedule",
        subject_number=str(attempt.schedule.id),
        after=what | after,
    )


def _reach(attempt: _Attempt, files: Files) -> list[str]:
    """Every place that was not reached yet, each by itself; why some were not."""
    wrong, left = [], list(attempt.run.left_to)
    for target in attempt.run.left_to:
        try:
            _require_allowed(target)
            report_files.put(files, target, attempt.run.skipped)
        except ConsoleError as error:
            wrong.append(_of(target, left, str(error)))
            continue
        left.remove(target)
        if not _note(attempt, left_to=list(left), not_before=clocks.now() + LEASE):
            break  # it took so long that somebody else goes on
    return wrong


def _of(target: str, targets: Sequence[str], error: str) -> str:
    return error if len(targets) == 1 or target in error else f"{target}: {error}"


def _require_allowed(target: str) -> None:
    """Who has left the company since gets nothing any more."""
    with reading() as data:
        wrong = report_files.why_not(data.state, target)
    if wrong is not None:
        raise Refused(wrong)


def _failed(attempt: _Attempt, sentence: str) -> None:
    """Wait for the next attempt; after the last, it is written down for people to see."""
    if attempt.number < TRIES:
        _note(attempt, error=sentence, not_before=attempt.at + WAITS[attempt.number - 1])
        return
    schedule = attempt.schedule
    maker = Actor(schedule.staff_id, schedule.staff_email, schedule.staff_name, "", channel="system")
    with writing("state") as connection:
        failed = {"error": sentence, "finished_at": attempt.at}
        if _changed(connection, attempt.run.id, attempt.number, failed):
            _record(connection, attempt, maker, "schedule.failed", error=sentence)


def _note(attempt: _Attempt, **values: Any) -> bool:
    with writing("state") as connection:
        return _changed(connection, attempt.run.id, attempt.number, values)


def _changed(connection: Connection, id: int, seen: int, values: dict[str, Any], *only: Any) -> bool:
    """Change a run that is not finished and was taken up as often as seen: whether it was so."""
    r = schedule_runs.c
    as_seen = schedule_runs.update().where(r.id == id, r.attempts == seen, r.finished_at.is_(None), *only)
    return connection.execute(as_seen.values(values)).rowcount == 1


def _as_stored(run: ScheduleRun) -> ScheduleRun:
    with reading() as data:
        return stored.run_by_id(data.state, run.id) or run
