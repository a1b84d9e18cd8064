"""Scheduled reports: make one, pause it, let it go on, delete it. What the clock sends: `schedule_runs`.

A schedule sends in the name, and with the permissions, of whoever made it. Everybody who may export reports
sees all of them and may stop any: a colleague who is away must not be the only one who can.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console import audit, clocks, exports
from console.access import Actor, Permission, require
from console.actions.report_files import in_words, why_not
from console.db import Connection, writing
from console.errors import NotFound, Refused
from console.scheduling import PERIODS, Timetable
from queries import schedules as stored
from queries.reports import REPORTS
from queries.schedules import Schedule
from queries.tables_desk import schedules

MOST_OF_ONE = 50
MOST_TARGETS = 20
FORMATS = exports.FORMATS


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be sent. `report`: of REPORTS; `period`: of PERIODS; `by`: a breakdown of the report, ""
    for its own; `rows`: a second file with the rows behind it; `send_to`: addresses, or "folder"."""

    report: str
    period: str
    timetable: Timetable
    send_to: Sequence[str]
    by: str = ""
    rows: bool = False
    format: str = "csv"


def add_schedule(actor: Actor, order: Order, *, now: datetime | None = None) -> Schedule:
    """Let a report be sent by the clock, from the next due time on. Raises NotPermitted, Refused (also for
    one that is there already), Unavailable."""
    require(actor, Permission.EXPORT_REPORTS)
    _require_possible(order)
    at = now or clocks.now()
    with writing("state") as connection:
        audit.one_at_a_time(connection)  # two alike at once: the second is seen
        row = _row(order, _checked_targets(connection, order.send_to))
        _require_new(connection, actor, row)
        row |= {"staff_id": actor.staff_id, "created_at": at, "done_until": at}
        id = int(connection.execute(schedules.insert().values(row).returning(schedules.c.id)).scalar_one())
        return _written_down(connection, actor, id, "schedule.made", at)


def pause_schedule(actor: Actor, id: int, *, now: datetime | None = None) -> Schedule:
    """Send nothing until it is resumed. Raises NotPermitted, NotFound, Unavailable."""
    return _changed(actor, id, {"state": "paused"}, "schedule.paused", now or clocks.now())


def resume_schedule(actor: Actor, id: int, *, now: datetime | None = None) -> Schedule:
    """Go on with the next due time; what was due meanwhile is not made. Raises NotPermitted, NotFound,
    Unavailable."""
    at = now or clocks.now()
    return _changed(actor, id, {"state": "active", "done_until": at}, "schedule.resumed", at)


def delete_schedule(actor: Actor, id: int, *, now: datetime | None = None) -> None:
    """Send it no more, and list it no more. Raises NotPermitted, NotFound, Unavailable."""
    require(actor, Permission.EXPORT_REPORTS)
    at = now or clocks.now()
    with writing("state") as connection:
        _written_down(connection, actor, id, "schedule.deleted", at)
        connection.execute(schedules.update().where(schedules.c.id == id).values(state="deleted"))


def found(connection: Connection, id: int) -> Schedule:
    """Raises NotFound."""
    schedule = stored.by_id(connection, id) if 0 < id < 2**31 else None
    if schedule is None:
        raise NotFound(f"There is no scheduled report {id}. See all: “Scheduled reports”.")
    return schedule


def _changed(actor: Actor, id: int, values: dict[str, Any], kind: str, at: datetime) -> Schedule:
    """In that state already, nothing is changed and nothing written down."""
    require(actor, Permission.EXPORT_REPORTS)
    with writing("state") as connection:
        schedule = found(connection, id)
        other = schedules.update().where(schedules.c.id == id, schedules.c.state != values["state"])
        if connection.execute(other.values(values)).rowcount == 0:
            return schedule
        return _written_down(connection, actor, id, kind, at)


def _written_down(connection: Connection, actor: Actor, id: int, kind: str, at: datetime) -> Schedule:
    schedule = found(connection, id)
    audit.record(
        connection,
        actor=actor,
        kind=kind,
        at=at,
        subject_kind="schedule",
        subject_number=str(id),
        after={"what": in_words(schedule)},
    )
    return schedule


def _require_possible(order: Order) -> None:
    spec = REPORTS.get(order.report)
    if spec is None:
        raise Refused(f"There is no report “{order.report[:40]}”. Choose one of: {', '.join(REPORTS)}.")
    if order.period not in periods_of(order.report):
        raise Refused(
            f"“{order.period[:40]}” is not a period of this report. "
            f"Choose one of: {', '.join(periods_of(order.report))}."
        )
    if order.by and order.by not in spec.by:
        raise Refused(
            f"“{order.by[:40]}” is not a breakdown of this report. Choose one of: {', '.join(spec.by)}."
        )
    if order.format not in FORMATS:
        raise Refused(f"A file cannot be “{order.format[:40]}”. Choose one of: {', '.join(FORMATS)}.")


def periods_of(report: str) -> list[str]:
    """The periods a report can be about: only some look ahead. The first is the default."""
    ahead = report in REPORTS and REPORTS[report].days
    coming = [code for code in PERIODS if code.startswith("next_")]
    past = [code for code in PERIODS if code not in coming]
    return [*coming, *past] if ahead else sorted(past, key=lambda code: code != "last_month")


def _checked_targets(connection: Connection, send_to: Sequence[str]) -> list[str]:
    targets = list(dict.fromkeys(text.strip() for text in send_to if text.strip()))
    if not 1 <= len(targets) <= MOST_TARGETS:
        raise Refused(f"Choose whom it goes to: from 1 to {MOST_TARGETS} addresses, or the folder.")
    for target in targets:
        wrong = why_not(connection, target)
        if wrong is not None:
            raise Refused(wrong)
    return targets


def _row(order: Order, targets: list[str]) -> dict[str, Any]:
    return {
        "report": order.report,
        "parameters": {"period": order.period, "by": order.by, "rows": order.rows},
        "format": order.format,
        "every": order.timetable.every,
        "on_day": order.timetable.on,
        "hour": order.timetable.hour,
        "send_to": targets,
    }


def _require_new(connection: Connection, actor: Actor, row: dict[str, Any]) -> None:
    if stored.count_of(connection, actor.staff_id) >= MOST_OF_ONE:
        raise Refused(f"You have {MOST_OF_ONE} scheduled reports. Delete one that is not needed any more.")
    for other in stored.listed(connection):
        if all(getattr(other, name) == value for name, value in row.items()):
            raise Refused(f"There is one exactly so: number {other.id}, made by {other.staff_name}.")
