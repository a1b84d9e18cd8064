"""Telling people what was done: promised in the transaction that does it, delivered later, each thing once.

    kind      payload
    mail      {"message": a kind of `console.messages`, "to", "language": BCP 47, "values"}
    ticket    {"ticket": its number, "note": plain text, "agent_email": who did it}

What an operation says later on, like a refund that failed after all, has a word of its own behind a colon:
"mail:refund_failed". A value {"payment_link": operation id} becomes the link itself, and {"licence_of":
subscription number} the key, only as the mail leaves: neither lies in the outbox.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from console import clocks, messages
from console.actions import payment_links
from console.db import Connection, IntegrityError, reading, writing
from console.errors import ConsoleError, NotFound
from console.gateways.mail import Message, mailer
from queries import home, subscriptions
from queries import outbox as stored
from queries import tickets as found
from queries.outbox import OutboxRow
from queries.tables_state import outbox
from queries.tables_tickets import ticket_messages, tickets

Outcome = Literal["sent", "failed", "somebody else's"]

AT_ONCE = 50
LEASE = timedelta(minutes=10)  # whoever took a row up and did not come back has stopped
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))  # after each failed attempt
_NEEDED = {"mail": {"message", "to", "language", "values"}, "ticket": {"ticket", "note", "agent_email"}}


@dataclass(frozen=True)
class Delivered:
    """`left`: due and not tried now, because there were too many. What failed waits for its next attempt."""

    sent: int
    failed: int
    left: int


def promise(
    connection: Connection, operation_id: str, kind: str, payload: Mapping[str, Any], at: datetime
) -> None:
    """Add what is to be told within the caller's transaction on the state database. The same operation and
    kind again changes nothing. Raises ValueError for a payload that could not be delivered."""
    _require_deliverable(kind, payload)
    row = {"operation_id": operation_id, "kind": kind, "payload": dict(payload), "created_at": at}
    try:
        with connection.begin_nested():
            connection.execute(outbox.insert(), row)
    except IntegrityError:
        return  # it is promised


def _require_deliverable(kind: str, payload: Mapping[str, Any]) -> None:
    sort = _sort(kind)
    if set(payload) != _NEEDED[sort]:
        raise ValueError(f"a {sort} has {sorted(_NEEDED[sort])}, not {sorted(payload)}")
    if sort == "mail":
        messages.require(payload["message"], payload["values"])


def _sort(kind: str) -> str:
    sort = kind.partition(":")[0]
    if sort not in _NEEDED:
        raise ValueError(f"nothing delivers {kind!r}")
    return sort


def deliver(*, limit: int = AT_ONCE, now: datetime | None = None) -> Delivered:
    """Send what is due, each row by itself: one that fails keeps its reason and holds up no other. Any number
    of processes may do so at once. Raises Unavailable when the state database cannot be used."""
    with reading() as data:
        due = stored.due(data.state, now or clocks.now(), limit=limit)
    outcomes = [_one(row, now) for row in due]
    with reading() as data:
        left = stored.count_due(data.state, now or clocks.now())
    return Delivered(outcomes.count("sent"), outcomes.count("failed"), left)


def _one(row: OutboxRow, now: datetime | None) -> Outcome:
    at = now or clocks.now()
    if not _claimed(row, at):
        return "somebody else's"
    try:
        _DELIVER[_sort(row.kind)](row, at)
    except ConsoleError as error:
        wait = WAITS[min(row.attempts, len(WAITS) - 1)]
        _note(row, last_error=str(error), not_before=at + wait)
        return "failed"
    _note(row, sent_at=at, last_error=None, not_before=None)
    return "sent"


def _claimed(row: OutboxRow, at: datetime) -> bool:
    """Whether the row is ours to send: of several who saw it due, the first to count it up has it."""
    as_seen = outbox.update().where(
        outbox.c.id == row.id, outbox.c.attempts == row.attempts, outbox.c.sent_at.is_(None)
    )
    with writing("state") as connection:
        taken = connection.execute(as_seen.values(attempts=row.attempts + 1, not_before=at + LEASE))
        return taken.rowcount == 1


def _note(row: OutboxRow, **values: Any) -> None:
    with writing("state") as connection:
        mine = outbox.update().where(outbox.c.id == row.id, outbox.c.sent_at.is_(None))
        connection.execute(mine.values(values))


def _mail(row: OutboxRow, at: datetime) -> None:
    payload = row.payload
    values = {name: _said(value, at) for name, value in payload["values"].items()}
    subject, body = messages.render(payload["message"], payload["language"], values)
    mailer().send(
        Message(
            message_id=f"{row.operation_id}.{row.kind.replace(':', '.')}",
            to=payload["to"] or "",
            subject=subject,
            body=body,
            language=payload["language"] or "en",
        )
    )


def _said(value: messages.Value, at: datetime) -> messages.Value:
    if isinstance(value, dict) and "payment_link" in value:
        return payment_links.url_of(str(value["payment_link"]), at)
    if isinstance(value, dict) and "licence_of" in value:
        return _licence_key(str(value["licence_of"]))
    return value


def _licence_key(number: str) -> str:
    with reading() as data:
        subscription = subscriptions.by_number(data.subscriptions, number)
    if subscription is None or not subscription.licence_key:
        raise NotFound(f"{number} has no licence key any more. Send it again.")
    return subscription.licence_key


def _ticket(row: OutboxRow, at: datetime) -> None:
    """The note on the ticket, once: its row carries the operation's id. Raises NotFound, Unavailable."""
    noted = _note_id(row)
    try:
        with writing("tickets") as connection:
            if not stored.is_noted(connection, noted):
                _add_note(connection, row.payload, noted, at)
    except IntegrityError:
        return  # somebody else was faster


def _add_note(connection: Connection, payload: Mapping[str, Any], noted: str, at: datetime) -> None:
    ticket = found.by_number(connection, payload["ticket"])
    if ticket is None:
        raise NotFound(f"There is no ticket “{payload['ticket'][:40]}” to note the outcome on.")
    agent = home.agent_of(connection, payload["agent_email"])
    connection.execute(
        ticket_messages.insert().values(
            ticket_id=ticket.id,
            kind="note",
            agent_id=agent.id if agent else None,
            author_name=None if agent else payload["agent_email"],
            body=payload["note"],
            created_at=at,
            operation_id=noted,
        )
    )
    changed = tickets.update().where(tickets.c.id == ticket.id)
    connection.execute(changed.values(updated_at=at, version=tickets.c.version + 1))


def _note_id(row: OutboxRow) -> str:
    """The operation's own id; for what it says later on, one that follows from both."""
    if row.kind == "ticket":
        return row.operation_id
    return str(uuid.uuid5(uuid.UUID(row.operation_id), row.kind))


_DELIVER = {"mail": _mail, "ticket": _ticket}
