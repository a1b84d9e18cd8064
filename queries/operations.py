"""Operations: what somebody asked for through the console, and how far it came."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, Subquery, select, union_all

from queries.paging import COUNT_STOPS_AT, PAGE, askable, capped_count, one_of, rows_of
from queries.tables_state import OPEN_OPERATION_STATES, operations, staff


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One thing somebody asked for. `request` is what was asked for, `preview` what they were shown,
    `outcome` what came of it (None while open); who asked is as the staff table has them now. UTC."""

    id: str
    kind: str
    subject_kind: str
    subject_number: str
    customer_number: str | None
    request: dict[str, Any]
    preview: dict[str, Any]
    state: str  # queries.tables_state.OPERATION_STATES
    outcome: dict[str, Any] | None
    requested_by: int
    requested_at: datetime
    settled_at: datetime | None
    ticket_number: str | None
    requester_name: str
    requester_email: str
    requester_role: str


def _operations() -> Select[Any]:
    approval = {"approved_by", "approved_at", "approval_expires_at"}
    return select(
        *(column for column in operations.c if column.name not in approval),
        staff.c.name.label("requester_name"),
        staff.c.email.label("requester_email"),
        staff.c.role.label("requester_role"),
    ).join(staff, staff.c.id == operations.c.requested_by)


def by_id(connection: Connection, operation_id: str) -> Operation | None:
    """The operation with this id, or None."""
    return one_of(connection, _operations().where(operations.c.id == operation_id), Operation)


def left_sending(connection: Connection, before: datetime, *, limit: int = PAGE) -> list[Operation]:
    """Operations asked for before a moment and still on their way: their process stopped. Oldest first."""
    statement = (
        _operations()
        .where(operations.c.state == "sending", operations.c.requested_at < before)
        .order_by(operations.c.requested_at, operations.c.id)
        .limit(limit)
    )
    return rows_of(connection, statement, Operation)


def latest_for_subject(
    connection: Connection, subject_kind: str, subject_number: str, *, limit: int = PAGE
) -> list[Operation]:
    """What was asked for about one thing, newest first."""
    statement = (
        _operations()
        .where(
            operations.c.subject_number == askable(subject_number),
            operations.c.subject_kind == subject_kind,
        )
        .order_by(operations.c.requested_at.desc(), operations.c.id.desc())
        .limit(limit)
    )
    return rows_of(connection, statement, Operation)


def _open_ids(limit: int) -> Subquery:
    """Ids of open operations, the oldest of each state: asked state by state, because a database that takes
    the open states for common ones would rather read the whole table."""
    each = (
        select(operations.c.id)
        .where(operations.c.state == state)
        .order_by(operations.c.requested_at)
        .limit(limit)
        .subquery()
        for state in OPEN_OPERATION_STATES
    )
    return union_all(*(select(some.c.id) for some in each)).subquery()


def open_operations(connection: Connection, *, limit: int = PAGE) -> list[Operation]:
    """Operations that are not settled, refused or failed: somebody waits for them. Oldest first."""
    open_ids = _open_ids(limit)
    statement = (
        _operations()
        .join(open_ids, open_ids.c.id == operations.c.id)
        .order_by(operations.c.requested_at, operations.c.id)
        .limit(limit)
    )
    return rows_of(connection, statement, Operation)


def count_open(connection: Connection) -> int:
    """How many wait, at most COUNT_STOPS_AT."""
    return capped_count(connection, select(_open_ids(COUNT_STOPS_AT).c.id))
