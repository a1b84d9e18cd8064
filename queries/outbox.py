"""The outbox: what leaves the house later, how far it came, and what keeps it from leaving."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, or_, select

from queries.paging import PAGE, capped_count, rows_of
from queries.tables_state import outbox
from queries.tables_tickets import ticket_messages


@dataclass(frozen=True, kw_only=True)
class OutboxRow:
    """Something to be told once. `payload` is as `console.actions.telling` describes it; `last_error` a
    sentence; `not_before`: somebody is at it, or it waits for its next attempt. UTC."""

    id: int
    operation_id: str
    kind: str
    payload: dict[str, Any]
    created_at: datetime
    sent_at: datetime | None
    attempts: int
    last_error: str | None
    not_before: datetime | None


_UNSENT = outbox.c.sent_at.is_(None)
_FAILING = (_UNSENT, outbox.c.last_error.is_not(None))


def _rows(*conditions: ColumnElement[bool]) -> Select[Any]:
    return select(*outbox.c).where(*conditions).order_by(outbox.c.id)


def _due(now: datetime) -> ColumnElement[bool]:
    return or_(outbox.c.not_before.is_(None), outbox.c.not_before <= now)


def due(connection: Connection, now: datetime, *, limit: int = PAGE) -> list[OutboxRow]:
    """What is to be sent now, the first promised first."""
    return rows_of(connection, _rows(_UNSENT, _due(now)).limit(limit), OutboxRow)


def count_due(connection: Connection, now: datetime) -> int:
    """How many wait to be sent now, at most COUNT_STOPS_AT."""
    return capped_count(connection, _rows(_UNSENT, _due(now)))


def of_operation(connection: Connection, operation_id: str) -> list[OutboxRow]:
    """What an operation tells people, sent or not, in the order it was promised."""
    return rows_of(connection, _rows(outbox.c.operation_id == operation_id), OutboxRow)


def failing(connection: Connection, *, limit: int = PAGE) -> list[OutboxRow]:
    """What could not be sent so far, the oldest first. It is tried again by itself."""
    return rows_of(connection, _rows(*_FAILING).limit(limit), OutboxRow)


def count_failing(connection: Connection) -> int:
    """How many could not be sent so far, at most COUNT_STOPS_AT."""
    return capped_count(connection, _rows(*_FAILING))


def is_noted(tickets: Connection, operation_id: str) -> bool:
    """Whether a ticket has the note of an operation's outcome."""
    found = select(ticket_messages.c.id).where(ticket_messages.c.operation_id == operation_id)
    return tickets.execute(found).first() is not None
