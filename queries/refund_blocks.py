"""Charges of which nothing may be given back for now."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from queries.paging import askable, one_of
from queries.tables_state import refund_blocks, staff


@dataclass(frozen=True, kw_only=True)
class RefundBlock:
    """`blocked_by_name` is None where the payment gateway said that a dispute is open. UTC."""

    charge_number: str
    reason: str
    note: str | None
    blocked_at: datetime
    blocked_by_name: str | None


def of_charge(connection: Connection, charge_number: str) -> RefundBlock | None:
    """What blocks refunds of a charge; None if nothing does."""
    return one_of(connection, _of_charge(), RefundBlock, wanted=askable(charge_number))


@cache
def _of_charge() -> Select[Any]:
    b = refund_blocks.c
    return (
        select(b.charge_number, b.reason, b.note, b.blocked_at, staff.c.name.label("blocked_by_name"))
        .select_from(refund_blocks)
        .outerjoin(staff, staff.c.id == b.blocked_by)
        .where(b.charge_number == bindparam("wanted"), b.lifted_at.is_(None))
    )
