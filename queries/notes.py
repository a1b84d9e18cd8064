"""What staff wrote for colleagues about a customer."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from queries.paging import PAGE, askable, rows_of
from queries.tables_state import notes, staff


@dataclass(frozen=True, kw_only=True)
class Note:
    """`body` is plain text, never markup. UTC."""

    id: int
    subject_kind: str
    subject_number: str
    body: str
    author_name: str
    created_at: datetime


def of_customer(connection: Connection, customer_number: str, *, limit: int = PAGE) -> list[Note]:
    """Notes about a customer, the newest first."""
    n = notes.c
    statement = (
        select(
            n.id, n.subject_kind, n.subject_number, n.body, staff.c.name.label("author_name"), n.created_at
        )
        .join(staff, staff.c.id == n.staff_id)
        .where(n.customer_number == askable(customer_number))
        .order_by(n.created_at.desc(), n.id.desc())
        .limit(limit)
    )
    return rows_of(connection, statement, Note)
