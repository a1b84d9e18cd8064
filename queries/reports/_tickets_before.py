"""What customers had written to support before something they did, looked up in the ticket database.

The two databases know a customer by the number, and are never joined: requests are read a batch at a time,
and the tickets of their customers with one statement.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, select

from queries.tables_tickets import ticket_messages, tickets

BEFORE = timedelta(days=30)
BATCH = 5_000  # requests whose tickets are looked for at a time
PAGE = 500  # and for a list, which seldom needs more


@dataclass(frozen=True)
class Written:
    """A ticket and the first public answer of staff to it, if there is one."""

    number: str
    customer_number: str
    problem_type: str
    created_at: datetime
    answered_at: datetime | None

    def was_answered(self, by: datetime) -> bool:
        return self.answered_at is not None and self.answered_at <= by


def last_before(connection: Connection, asked: Sequence[tuple[str | None, datetime]]) -> list[Written | None]:
    """For each customer's number and instant, in order: the last ticket written in the 30 days before it, one
    that was not answered by then before those that were; None without any. At most BATCH at a time."""
    found = _written(connection, asked) if asked else {}
    return [_last(found.get(number or "", []), at) for number, at in asked]


def _last(written: Sequence[Written], at: datetime) -> Written | None:
    """The one that counts of a customer's tickets."""
    inside = [one for one in written if at - BEFORE <= one.created_at <= at]
    return max(inside, key=lambda one: (not one.was_answered(at), one.created_at), default=None)


def _written(
    connection: Connection, asked: Sequence[tuple[str | None, datetime]]
) -> dict[str, list[Written]]:
    t, m = tickets.c, ticket_messages.c
    numbers = {number for number, _ in asked if number}
    moments = [at for _, at in asked]
    statement: Any = (
        select(t.number, t.customer_number, t.problem_type, t.created_at, func.min(m.created_at))
        .select_from(tickets.outerjoin(ticket_messages, and_(m.ticket_id == t.id, m.kind == "agent")))
        .where(
            t.customer_number.in_(numbers),
            t.created_at >= min(moments) - BEFORE,
            t.created_at <= max(moments),
        )
        .group_by(t.id)
        .order_by(t.created_at, t.id)
    )
    found: dict[str, list[Written]] = {}
    for row in connection.execute(statement):
        found.setdefault(row.customer_number, []).append(Written(*row))
    return found
