"""What a preview of many rows rests on in the console's own database: each asked once for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import BindParameter, ColumnElement, Connection, bindparam, select

from queries.paging import rows_of
from queries.refund_blocks import RefundBlock
from queries.tables_state import OPEN_OPERATION_STATES, operations, refund_blocks, staff


@dataclass(frozen=True, kw_only=True)
class UnderWay:
    """An open operation that nothing else may overtake on the same thing."""

    operation_id: str
    subject_number: str
    lock_key: str
    state: str
    requester_name: str


def about_subscriptions(connection: Connection, numbers: Sequence[str]) -> list[UnderWay]:
    """What is open about these subscriptions."""
    o = operations.c
    return _under_way(connection, o.subject_number.in_(numbers), o.subject_kind == "subscription")


def holding(connection: Connection, lock_keys: Sequence[str]) -> list[UnderWay]:
    """What is open and holds one of these keys."""
    return _under_way(connection, operations.c.lock_key.in_(lock_keys))


# In the statement's own text: only then can SQLite know that it needs the index of open operations alone.
_OPEN: BindParameter[Sequence[str]] = bindparam(
    "open", OPEN_OPERATION_STATES, expanding=True, literal_execute=True
)


def _under_way(connection: Connection, *wanted: ColumnElement[bool]) -> list[UnderWay]:
    o = operations.c
    statement = (
        select(
            o.id.label("operation_id"), o.subject_number, o.lock_key, o.state,
            staff.c.name.label("requester_name"),
        )
        .join(staff, staff.c.id == o.requested_by)
        .where(*wanted, o.state.in_(_OPEN), o.lock_key.is_not(None))
    )  # fmt: skip
    return rows_of(connection, statement, UnderWay)


def blocks_of(connection: Connection, charge_numbers: Sequence[str]) -> dict[str, RefundBlock]:
    """What blocks refunds of these charges, by charge."""
    b = refund_blocks.c
    statement = (
        select(b.charge_number, b.reason, b.note, b.blocked_at, staff.c.name.label("blocked_by_name"))
        .select_from(refund_blocks)
        .outerjoin(staff, staff.c.id == b.blocked_by)
        .where(b.charge_number.in_(charge_numbers), b.lifted_at.is_(None))
    )
    return {one.charge_number: one for one in rows_of(connection, statement, RefundBlock)}
