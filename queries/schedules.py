"""Reports that are sent by the clock: the schedules, and what came of each time one was due."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from queries.paging import one_of, rows_of
from queries.tables_desk import schedule_runs, schedules
from queries.tables_state import staff

RunState = Literal["sent", "failed", "trying again", "waiting"]


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """`parameters`: {"period": one of console.scheduling.PERIODS, "by", "rows": those behind it too};
    `send_to`: e-mail addresses, or ["folder"]; `state`: active, paused or deleted. Instants are UTC."""

    id: int
    staff_id: int
    staff_name: str
    staff_email: str
    report: str
    parameters: dict[str, Any]
    format: str
    every: Literal["day", "week", "month"]
    on_day: int | None
    hour: int
    send_to: list[str]
    state: str
    created_at: datetime
    done_until: datetime


@dataclass(frozen=True, kw_only=True)
class ScheduleRun:
    """One due time, or one "send now". `left_to`: of the schedule's `send_to`, what it has not reached;
    `rows`: of all its files, None until it was made; `error`: a sentence, of the last attempt. UTC."""

    id: int
    schedule_id: int
    due_at: datetime
    asked_by: int | None
    skipped: int
    left_to: list[str]
    attempts: int
    not_before: datetime | None
    rows: int | None
    finished_at: datetime | None
    error: str | None

    @property
    def state(self) -> RunState:
        if self.finished_at is not None:
            return "failed" if self.error else "sent"
        return "trying again" if self.error else "waiting"


_s, _r = schedules.c, schedule_runs.c


def _schedules(*conditions: ColumnElement[bool]) -> Select[Any]:
    by = (staff.c.name.label("staff_name"), staff.c.email.label("staff_email"))
    found = select(*_s, *by).join(staff, staff.c.id == _s.staff_id)
    return found.where(_s.state != "deleted", *conditions).order_by(_s.id)


def by_id(connection: Connection, id: int) -> Schedule | None:
    """The schedule, unless it was deleted."""
    return one_of(connection, _schedules(_s.id == id), Schedule)


def listed(connection: Connection) -> list[Schedule]:
    """All that are not deleted, the first made first."""
    return rows_of(connection, _schedules(), Schedule)


def active(connection: Connection) -> list[Schedule]:
    """Those that the clock sends."""
    return rows_of(connection, _schedules(_s.state == "active"), Schedule)


def count_of(connection: Connection, staff_id: int) -> int:
    """How many a person has made and not deleted."""
    mine = select(func.count()).where(_s.staff_id == staff_id, _s.state != "deleted")
    return connection.scalar(mine) or 0


def run_by_id(connection: Connection, id: int) -> ScheduleRun | None:
    return one_of(connection, select(*_r).where(_r.id == id), ScheduleRun)


def run_at(connection: Connection, schedule_id: int, due_at: datetime) -> ScheduleRun | None:
    """The run of one due time."""
    wanted = select(*_r).where(_r.schedule_id == schedule_id, _r.due_at == due_at)
    return one_of(connection, wanted, ScheduleRun)


def runs_to_do(connection: Connection, now: datetime, *, limit: int = 50) -> list[ScheduleRun]:
    """What is to be made or tried again now, the first due first."""
    free = or_(_r.not_before.is_(None), _r.not_before <= now)
    left = select(*_r).where(_r.finished_at.is_(None), free).order_by(_r.due_at, _r.id)
    return rows_of(connection, left.limit(limit), ScheduleRun)


def last_runs(connection: Connection) -> dict[int, ScheduleRun]:
    """The latest run of each schedule that has one, by the schedule's id."""
    latest = select(_r.schedule_id, func.max(_r.due_at).label("at")).group_by(_r.schedule_id).subquery()
    same = (latest.c.schedule_id == _r.schedule_id) & (latest.c.at == _r.due_at)
    found = rows_of(connection, select(*_r).join(latest, same), ScheduleRun)
    return {run.schedule_id: run for run in found}
