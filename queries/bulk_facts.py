"""What a preview of many rows rests on in the console's own database: each asked once for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, or_, select

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


def under_way(
    connection: Connection, *, subscriptions: Sequence[str] = (), lock_keys: Sequence[str] = ()
) -> list[UnderWay]:
    """What is open about subscriptions of these numbers, or holds one of these keys."""
    o = operations.c
    about = and_(o.subject_number.in_(subscriptions), o.subject_kind == "subscription")
    statement = (
        select(
            o.id.label("operation_id"), o.subject_number, o.lock_key, o.state,
            staff.c.name.label("requester_name"),
        )
        .join(staff, staff.c.id == o.requested_by)
        .where(o.state.in_(OPEN_OPERATION_STATES), o.lock_key.is_not(None))
        .where(or_(about, o.lock_key.in_(lock_keys)))
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
