"""One verb for a selection, row by row: begun once, then each row is an operation of its own.

    prepare    what will happen to each row (console.actions.bulk_preview)
    begin      the run, its rows with an operation's id each, and its audit entry, in one transaction
    go_on      the verb for one row after the other; what it answers is the row's outcome

A row that is refused or has changed does not hold up the others. The same row again is the same operation, so
a run that was killed, or that two processes go on with, does nothing twice. Who asked is who does each row:
with the role and the limits they have by then.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from console import audit, clocks
from console.access import Actor, Permission, require
from console.actions import bulk_rows, operations, refunds, subscriptions
from console.actions.bulk_effects import At, BulkRow, as_kept
from console.actions.bulk_preview import MOST, PERMISSIONS, BulkPreview, Kind, Total, numbers_in, prepare
from console.actions.bulk_rows import STORED_AS, kind_of
from console.actions.checked import checked_note, require_reason
from console.db import Connection, IntegrityError, reading, writing
from console.errors import NotFound, NotPermitted, Refused
from queries import bulk as stored
from queries.bulk import BulkRun
from queries.tables_state import bulk_items, bulk_runs

__all__ = [
    "MOST",
    "PERMISSIONS",
    "REASONS",
    "At",
    "BulkPreview",
    "BulkRow",
    "Kind",
    "Total",
    "begin",
    "go_on",
    "hand_over",
    "has_worker",
    "kind_of",
    "left_running",
    "load",
    "new_bulk_id",
    "numbers_in",
    "prepare",
    "resume",
    "stop",
    "use",
    "why_not_stop",
]

REASONS: dict[Kind, dict[str, str]] = {"cancel": subscriptions.REASONS, "refund": refunds.REASONS}


def new_bulk_id() -> str:
    """For a form to mint when it is shown: the same id twice is one run."""
    return operations.new_operation_id()


def load(bulk_id: str) -> BulkRun:
    """Raises NotFound, and Refused for what is no id."""
    with reading() as data:
        run = stored.by_id(data.state, operations.checked_id(bulk_id))
    if run is None:
        raise NotFound(f"There is no bulk run {bulk_id[:40]}.")
    return run


def begin(
    actor: Actor,
    preview: BulkPreview,
    *,
    bulk_id: str,
    typed: str,
    reason: str,
    note: str = "",
    tell_customer: bool = True,
    now: datetime | None = None,
) -> BulkRun:
    """Keep the possible rows of a preview as a run; `go_on` does them. `typed` is the preview's own words.

    The same id again is the run that is there. Raises NotPermitted, and Refused for other words, no possible
    row, a reason that is no code, or an id that was used for something else."""
    require(actor, PERMISSIONS[preview.kind])
    require_reason(reason, REASONS[preview.kind])
    _require_typed(preview, typed)
    request = {
        "reason": reason,
        "note": checked_note(note),
        "tell_customer": tell_customer,
        "channel": actor.channel,
        "at": preview.at,
        "what": preview.what,
    }
    id = operations.checked_id(bulk_id)
    run = {
        "id": id,
        "kind": STORED_AS[preview.kind],
        "request": request,
        "state": "running",
        "requested_by": actor.staff_id,
        "requested_at": now or clocks.now(),
    }
    try:
        with writing("state") as connection:
            if stored.by_id(connection, id) is None:
                _insert(connection, actor, run, preview.possible)
    except IntegrityError:  # committed between our look and our insert
        pass
    return _same(load(id), actor, preview)


def _require_typed(preview: BulkPreview, typed: str) -> None:
    if not preview.possible:
        raise Refused("None of these rows is possible, so there is nothing to confirm.")
    if " ".join(typed.split()) != preview.typed:
        raise Refused(f"To confirm, type exactly: {preview.typed}. Nothing was done.")


def _insert(connection: Connection, actor: Actor, run: Mapping[str, Any], rows: Sequence[BulkRow]) -> None:
    connection.execute(bulk_runs.insert().values(run))
    items = [_item(run["id"], position, row) for position, row in enumerate(rows, start=1)]
    connection.execute(bulk_items.insert(), items)
    there = stored.by_id(connection, run["id"])
    if there is None:
        raise RuntimeError(f"bulk run {run['id']} is not there")
    _record(connection, actor, "bulk.asked", there, at=there.requested_at, after={"rows": len(items)})


def _item(id: str, position: int, row: BulkRow) -> dict[str, Any]:
    """A row with its operation's id, which follows from the run's: one row is one operation."""
    return {
        "bulk_id": id,
        "position": position,
        "subject_number": row.subject_number,
        "operation_id": str(uuid.uuid5(uuid.UUID(id), str(position))),
        "expected": as_kept(row),
    }


def _same(run: BulkRun, actor: Actor, preview: BulkPreview) -> BulkRun:
    with reading() as data:
        there = [item.subject_number for item in stored.items(data.state, run.id)]
    mine = [row.subject_number for row in preview.possible]
    asked = (STORED_AS[preview.kind], actor.staff_id, preview.at, mine)
    if (run.kind, run.requested_by, run.request["at"], there) != asked:
        raise Refused(
            f"This form was already used by {run.requester_name} for another selection. "
            "Nothing was done now. Open the form again."
        )
    return run


# Set where a durable worker runs: takes a run over, and does not keep whoever asks.
Worker = Callable[[str], None]
_worker: Worker | None = None


def use(worker: Worker | None) -> None:
    """Whoever goes on with runs in this process from now on; None: whoever asks, here and now."""
    global _worker  # noqa: PLW0603 - one process has one worker
    _worker = worker


def hand_over(bulk_id: str) -> bool:
    """Let the worker go on with a run. False where this process has none: whoever waits calls `go_on`."""
    if _worker is None:
        return False
    _worker(bulk_id)
    return True


def has_worker() -> bool:
    return _worker is not None


def go_on(bulk_id: str, now: datetime | None = None, limit: int | None = None) -> BulkRun:
    """Do the rows that have no outcome yet, in order, at most `limit` of them, until somebody stops the run.

    Raises NotFound; Unavailable where a database is away: what is left is done the next time; and
    NotPermitted, with the run stopped, where whoever asked may not do it any more."""
    run, left = load(bulk_id), limit
    while run.state == "running":
        with reading() as data:
            item = stored.next_item(data.state, run.id)
        if item is None:
            _move(run, audit.SYSTEM, "finished", now or clocks.now())
        elif left == 0:
            break
        else:
            bulk_rows.do(run, item, _requester(run, now), now or clocks.now())
            left = None if left is None else left - 1
        run = load(run.id)
    return run


def _requester(run: BulkRun, now: datetime | None) -> Actor:
    try:
        return bulk_rows.requester(run)
    except NotPermitted as refusal:
        _move(run, audit.SYSTEM, "stopped", now or clocks.now())
        raise NotPermitted(f"The rest was not done, and the run is stopped. {refusal}") from refusal


def stop(actor: Actor, bulk_id: str, *, now: datetime | None = None) -> BulkRun:
    """No further row is begun; the row at work comes to its end. For whoever asked, and whoever may stop what
    others do. Raises NotPermitted, NotFound, and Refused for a run that is finished."""
    run = load(bulk_id)
    no = why_not_stop(actor, run)
    if no is not None:
        raise NotPermitted(no)
    return _moved(run, actor, "stopped", now or clocks.now())


def why_not_stop(actor: Actor, run: BulkRun) -> str | None:
    """Why this person may not stop it, in words; None if they may."""
    if actor.staff_id == run.requested_by or actor.may(Permission.STOP_BULK):
        return None
    return f"Only {run.requester_name}, a manager or an administrator can stop this."


def resume(actor: Actor, bulk_id: str, *, now: datetime | None = None) -> BulkRun:
    """Let a stopped run go on: `go_on` does the rest, as whoever asked for it. For whoever may do each row
    by themselves. Raises as `stop` does."""
    run = load(bulk_id)
    require(actor, PERMISSIONS[kind_of(run)])
    return _moved(run, actor, "running", now or clocks.now())


def left_running(now: datetime) -> list[str]:
    """Ids of the runs begun by then that are neither finished nor stopped, the oldest first: for whoever goes
    on with what a closed screen left."""
    with reading() as data:
        return stored.running(data.state, now)


def _moved(run: BulkRun, actor: Actor, to: str, now: datetime) -> BulkRun:
    _move(run, actor, to, now)
    moved = load(run.id)
    if moved.state == "finished":
        raise Refused("This bulk run is finished: every row has its outcome.")
    return moved


_KIND_OF_ENTRY = {"stopped": "bulk.stopped", "running": "bulk.resumed", "finished": "bulk.finished"}
_BEFORE = {"stopped": "running", "running": "stopped", "finished": "running"}


def _move(run: BulkRun, actor: Actor, to: str, now: datetime) -> None:
    """The run's next state with its audit entry; nothing if somebody else was first."""
    values: dict[str, Any] = {"state": to} | ({"finished_at": now} if to == "finished" else {})
    columns = bulk_runs.c
    moving = bulk_runs.update().where(columns.id == run.id, columns.state == _BEFORE[to])
    with writing("state") as connection:
        if connection.execute(moving.values(values)).rowcount == 1:
            came = stored.outcomes(connection, run.id)
            after = {"done": f"{sum(came.values())} of {run.rows}", "outcomes": came}
            _record(connection, actor, _KIND_OF_ENTRY[to], run, at=now, after=after)


def _record(
    connection: Connection, actor: Actor, kind: str, run: BulkRun, *, at: datetime, after: Mapping[str, Any]
) -> None:
    audit.record(
        connection,
        actor=actor,
        kind=kind,
        at=at,
        subject_kind="bulk",
        subject_number=run.id,
        reason=run.request["reason"],
        note=run.request["note"] or None,
        after={"what": run.request["what"], **after},
    )
