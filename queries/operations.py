"""Operations: what somebody asked for through the console, and how far it came."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    and_,
    bindparam,
    cast,
    func,
    or_,
    select,
    union_all,
)

from queries.columns import Minor
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
    lock_key: str | None
    amount_minor: int | None  # money that leaves the house, with tax, in `currency`
    currency: str | None
    send_after: datetime | None  # until then it can be recalled
    attempts: int  # calls that may have reached the gateway
    gateway_reference: str | None
    approved_by: int | None
    approved_at: datetime | None
    approval_expires_at: datetime | None
    owner_id: int | None
    requester_name: str
    requester_email: str
    requester_role: str
    approver_name: str | None
    owner_name: str | None


@cache
def _operations() -> Select[Any]:
    approver, owner = staff.alias("approver"), staff.alias("owner")
    return (
        select(
            *operations.c,
            staff.c.name.label("requester_name"),
            staff.c.email.label("requester_email"),
            staff.c.role.label("requester_role"),
            approver.c.name.label("approver_name"),
            owner.c.name.label("owner_name"),
        )
        .join(staff, staff.c.id == operations.c.requested_by)
        .outerjoin(approver, approver.c.id == operations.c.approved_by)
        .outerjoin(owner, owner.c.id == operations.c.owner_id)
    )


def by_id(connection: Connection, operation_id: str) -> Operation | None:
    """The operation with this id, or None."""
    return one_of(connection, _with_id(), Operation, wanted=operation_id)


@cache
def _with_id() -> Select[Any]:
    return _operations().where(operations.c.id == bindparam("wanted"))


def open_on(connection: Connection, lock_key: str) -> Operation | None:
    """The open operation that nothing else may overtake on the same thing; None if there is none."""
    return one_of(connection, _open_on(), Operation, wanted=lock_key)


@cache
def _open_on() -> Select[Any]:
    is_open = operations.c.state.in_(OPEN_OPERATION_STATES)
    return _operations().where(operations.c.lock_key == bindparam("wanted"), is_open)


def by_gateway_reference(connection: Connection, reference: str) -> Operation | None:
    """The operation of which the gateway made the object with this reference; None if it is none of ours."""
    statement = _operations().where(operations.c.gateway_reference == askable(reference))
    return one_of(connection, statement, Operation)


def money_since(connection: Connection, staff_id: int, currency: str, since: datetime) -> int:
    """What a person has asked to give back from a moment on, in minor units of a currency: everything but
    what was refused or failed."""
    asked = {"who": staff_id, "unit": currency, "since": since}
    return int(connection.scalar(_money_since(), asked) or 0)


@cache
def _money_since() -> Select[Any]:
    return select(cast(func.coalesce(func.sum(operations.c.amount_minor), 0), Minor)).where(
        operations.c.requested_by == bindparam("who"),
        operations.c.requested_at >= bindparam("since"),
        operations.c.currency == bindparam("unit"),
        operations.c.state.not_in(("refused", "failed")),
    )


def in_state(connection: Connection, state: str, *, limit: int = PAGE) -> list[Operation]:
    """Operations in one state, the oldest first."""
    return rows_of(connection, _in_state(), Operation, wanted=state, most=limit)


@cache
def _in_state() -> Select[Any]:
    return _oldest_first(operations.c.state == bindparam("wanted"))


def _oldest_first(which: ColumnElement[bool]) -> Select[Any]:
    ordered = _operations().where(which).order_by(operations.c.requested_at, operations.c.id)
    return ordered.limit(bindparam("most"))


def left_sending(connection: Connection, before: datetime, *, limit: int = PAGE) -> list[Operation]:
    """Operations asked for before a moment and still on their way, and those whose time to be recalled was
    over by then: their process stopped. Oldest first."""
    return rows_of(connection, _left_sending(), Operation, before=before, most=limit)


@cache
def _left_sending() -> Select[Any]:
    left = or_(
        and_(operations.c.state == "sending", operations.c.requested_at < bindparam("before")),
        and_(operations.c.state == "approved", operations.c.send_after < bindparam("before")),
    )
    return _oldest_first(left)


def latest_for_subject(
    connection: Connection, subject_kind: str, subject_number: str, *, limit: int = PAGE
) -> list[Operation]:
    """What was asked for about one thing, newest first."""
    asked = {"number": askable(subject_number), "kind": subject_kind, "most": limit}
    return rows_of(connection, _latest_for_subject(), Operation, **asked)


@cache
def _latest_for_subject() -> Select[Any]:
    return (
        _operations()
        .where(
            operations.c.subject_number == bindparam("number"),
            operations.c.subject_kind == bindparam("kind"),
        )
        .order_by(operations.c.requested_at.desc(), operations.c.id.desc())
        .limit(bindparam("most"))
    )


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


Which = Literal["open", "mine", "closed"]


def listed(connection: Connection, which: Which, staff_id: int, *, limit: int = PAGE) -> list[Operation]:
    """The open ones, the oldest first; those of them in a person's queue; or what was decided last, newest
    first."""
    if which == "closed":
        closed = _operations().where(operations.c.settled_at.is_not(None))
        newest = closed.order_by(operations.c.settled_at.desc(), operations.c.id).limit(limit)
        return rows_of(connection, newest, Operation)
    found = open_operations(connection, limit=limit)
    return [one for one in found if which == "open" or one.owner_id == staff_id]


def count_open(connection: Connection) -> int:
    """How many wait, at most COUNT_STOPS_AT."""
    return capped_count(connection, select(_open_ids(COUNT_STOPS_AT).c.id))
