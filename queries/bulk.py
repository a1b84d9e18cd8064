"""Bulk runs: one verb for a selection, one row after the other, and what came of each."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, func, select

from queries.paging import askable, one_of, rows_of
from queries.tables_state import bulk_items, bulk_runs, operations, staff

LATEST = 20


@dataclass(frozen=True, kw_only=True)
class BulkRun:
    """`request` is what was asked for once for all rows; `done` of its `rows` have an outcome. UTC."""

    id: str
    kind: str
    request: dict[str, Any]
    state: str  # running | stopped | finished
    requested_by: int
    requested_at: datetime
    finished_at: datetime | None
    requester_name: str
    rows: int
    done: int


@dataclass(frozen=True, kw_only=True)
class BulkItem:
    """One row. `outcome` and `said` are what its verb answered (None: its turn has not come); `state` is how
    far its operation is now, which may be further, and `done`, `refused` and `failed` what that then says."""

    bulk_id: str
    position: int
    subject_number: str
    operation_id: str
    expected: dict[str, Any]  # what the preview showed of it
    outcome: str | None
    said: str | None
    state: str | None
    done: str | None
    refused: str | None
    failed: str | None

    @property
    def now(self) -> str | None:
        """How it stands: of its operation, else what its verb answered."""
        return self.state or self.outcome

    @property
    def says(self) -> str | None:
        """What to say of that."""
        if self.state in {None, self.outcome}:
            return self.said
        later = {"settled": self.done, "refused": self.refused, "failed": self.failed}
        return later.get(self.state or "") or self.said


@cache
def _runs() -> Select[Any]:
    mine = bulk_items.c.bulk_id == bulk_runs.c.id
    return select(
        *bulk_runs.c,
        staff.c.name.label("requester_name"),
        select(func.count()).where(mine).scalar_subquery().label("rows"),
        select(func.count()).where(mine, bulk_items.c.outcome.is_not(None)).scalar_subquery().label("done"),
    ).join(staff, staff.c.id == bulk_runs.c.requested_by)


@cache
def _items() -> Select[Any]:
    rows = bulk_items.outerjoin(operations, operations.c.id == bulk_items.c.operation_id)
    o = operations.c
    sentences = (
        o.preview["done"].as_string().label("done"),
        o.outcome["refused"].as_string().label("refused"),
        o.outcome["failed"].as_string().label("failed"),
    )
    return select(*bulk_items.c, o.state, *sentences).select_from(rows).order_by(bulk_items.c.position)


def by_id(connection: Connection, bulk_id: str) -> BulkRun | None:
    """The run with this id, or None."""
    return one_of(connection, _runs().where(bulk_runs.c.id == askable(bulk_id)), BulkRun)


def latest(connection: Connection, *, limit: int = LATEST) -> list[BulkRun]:
    """The latest runs, newest first."""
    newest = _runs().order_by(bulk_runs.c.requested_at.desc(), bulk_runs.c.id).limit(limit)
    return rows_of(connection, newest, BulkRun)


def running(connection: Connection, until: datetime) -> list[str]:
    """Ids of the runs that were begun by then and are neither finished nor stopped, the oldest first."""
    found = (
        select(bulk_runs.c.id)
        .where(bulk_runs.c.state == "running", bulk_runs.c.requested_at <= until)
        .order_by(bulk_runs.c.requested_at, bulk_runs.c.id)
    )
    return list(connection.scalars(found))


def items(connection: Connection, bulk_id: str) -> list[BulkItem]:
    """Every row of a run, in its order."""
    return rows_of(connection, _items().where(bulk_items.c.bulk_id == askable(bulk_id)), BulkItem)


def next_item(connection: Connection, bulk_id: str) -> BulkItem | None:
    """The first row that has no outcome yet; None if all have one."""
    left = _items().where(bulk_items.c.bulk_id == bulk_id, bulk_items.c.outcome.is_(None)).limit(1)
    return one_of(connection, left, BulkItem)


def outcomes(connection: Connection, bulk_id: str) -> dict[str, int]:
    """How many rows have come to which outcome."""
    counted = (
        select(bulk_items.c.outcome, func.count())
        .where(bulk_items.c.bulk_id == askable(bulk_id), bulk_items.c.outcome.is_not(None))
        .group_by(bulk_items.c.outcome)
        .order_by(bulk_items.c.outcome)
    )
    return dict(connection.execute(counted).all())
