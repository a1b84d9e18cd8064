"""Tickets: the list with its filters, one ticket with its messages and changes, a customer's tickets."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from queries.paging import PAGE, Cursor, Page, askable, capped_count, one_of, page_of
from queries.tables_tickets import OPEN_STATUSES, agents, ticket_events, ticket_messages, tickets
from queries.ticket_filters import EVERYTHING, TicketFilters, conditions, facets_of_tickets, open_tickets

facets = facets_of_tickets


@dataclass(frozen=True, kw_only=True)
class Ticket:
    """A ticket as it is now. All text is what people wrote: plain text, never markup. Instants are UTC."""

    id: int
    number: str
    customer_number: str | None
    requester_email: str | None
    requester_name: str | None
    subject: str
    channel: str | None
    problem_type: str
    language: str | None
    priority: str
    team: str | None
    assignee_id: int | None
    assignee_name: str | None
    status: str
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    version: int
    attributes: dict[str, Any] | None
    last_customer_message_at: datetime | None = None
    last_agent_message_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES

    @property
    def unanswered(self) -> bool:
        """It waits for us: open, and the last word that was not a note is the customer's. A ticket without
        any message (some sources keep none) waits while it is new."""
        if not self.is_open or self.last_customer_message_at is None:
            return self.status == "new" and self.last_agent_message_at is None
        answered = self.last_agent_message_at
        return answered is None or answered < self.last_customer_message_at


@dataclass(frozen=True, kw_only=True)
class TicketMessage:
    id: int
    kind: str  # MESSAGE_KINDS; a note is for staff only
    author_name: str | None
    agent_name: str | None
    body: str
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class TicketEvent:
    id: int
    field: str
    value_from: str | None
    value_to: str | None
    actor: str | None
    occurred_at: datetime
    recorded_at: datetime


def _tickets() -> Select[Any]:
    return select(*tickets.c, agents.c.name.label("assignee_name")).outerjoin(
        agents, agents.c.id == tickets.c.assignee_id
    )


def page(
    connection: Connection,
    filters: TicketFilters = EVERYTHING,
    *,
    before: Cursor | None = None,
    limit: int = PAGE,
    oldest_first: bool = False,
) -> Page[Ticket]:
    """Tickets by creation, newest first unless told otherwise. Two statements."""
    return _page(connection, _tickets().where(*conditions(filters)), before, limit, oldest_first)


def count(connection: Connection, filters: TicketFilters = EVERYTHING) -> int:
    """How many tickets the filters leave, at most COUNT_STOPS_AT."""
    return capped_count(connection, select(tickets.c.id).where(*conditions(filters)))


def counts_by_status(connection: Connection) -> dict[str, int]:
    """How many tickets are open now, by status; every open status is there, with 0 where there is none."""
    counted = select(tickets.c.status, func.count()).where(open_tickets).group_by(tickets.c.status)
    return dict.fromkeys(OPEN_STATUSES, 0) | dict(connection.execute(counted).all())


def by_number(connection: Connection, number: str) -> Ticket | None:
    """The ticket people call `number` (exactly so), or None. Two statements."""
    found = one_of(connection, _tickets().where(tickets.c.number == askable(number)), Ticket)
    return None if found is None else _with_last_messages(connection, [found])[0]


def of_customer(
    connection: Connection, customer_number: str, *, before: Cursor | None = None, limit: int = PAGE
) -> Page[Ticket]:
    """A customer's tickets, newest first."""
    theirs = _tickets().where(tickets.c.customer_number == askable(customer_number))
    return _page(connection, theirs, before, limit, oldest_first=False)


def open_of_customer(connection: Connection, customer_number: str, *, limit: int = PAGE) -> list[Ticket]:
    """A customer's open tickets, newest first."""
    theirs = _tickets().where(
        tickets.c.customer_number == askable(customer_number), tickets.c.status.in_(OPEN_STATUSES)
    )
    return list(_page(connection, theirs, None, limit, oldest_first=False).rows)


def oldest(
    connection: Connection, wanted: Sequence[ColumnElement[bool]], *, limit: int
) -> tuple[Ticket, ...]:
    """The oldest few that fulfil conditions on the tickets table. Two statements."""
    return _page(connection, _tickets().where(*wanted), None, limit, oldest_first=True).rows


def messages_of(
    connection: Connection, ticket_id: int, *, before: Cursor | None = None, limit: int = PAGE * 2
) -> Page[TicketMessage]:
    """What was said, newest first; notes of staff too, which no customer may see."""
    columns = (ticket_messages.c[name] for name in ("id", "kind", "author_name", "body", "created_at"))
    statement = (
        select(*columns, agents.c.name.label("agent_name"))
        .outerjoin(agents, agents.c.id == ticket_messages.c.agent_id)
        .where(ticket_messages.c.ticket_id == ticket_id)
    )
    at, id = ticket_messages.c.created_at, ticket_messages.c.id
    return page_of(connection, statement, TicketMessage, at=at, id=id, before=before, limit=limit)


def events_of(
    connection: Connection, ticket_id: int, *, before: Cursor | None = None, limit: int = PAGE * 2
) -> Page[TicketEvent]:
    """What changed, newest first."""
    columns = (ticket_events.c[name] for name in TicketEvent.__dataclass_fields__)
    statement = select(*columns).where(ticket_events.c.ticket_id == ticket_id)
    at, id = ticket_events.c.occurred_at, ticket_events.c.id
    return page_of(connection, statement, TicketEvent, at=at, id=id, before=before, limit=limit)


def _page(
    connection: Connection, statement: Select[Any], before: Cursor | None, limit: int, oldest_first: bool
) -> Page[Ticket]:
    found = page_of(
        connection,
        statement,
        Ticket,
        at=tickets.c.created_at,
        id=tickets.c.id,
        before=before,
        limit=limit,
        oldest_first=oldest_first,
    )
    return Page(tuple(_with_last_messages(connection, found.rows)), found.next)


def _with_last_messages(connection: Connection, shown: Sequence[Ticket]) -> list[Ticket]:
    """When the customer and when we last wrote, for all of them in one statement."""
    m = ticket_messages.c
    latest = select(m.ticket_id, m.kind, func.max(m.created_at)).group_by(m.ticket_id, m.kind)
    found = (
        connection.execute(latest.where(m.ticket_id.in_([ticket.id for ticket in shown]))) if shown else ()
    )
    last = {(ticket_id, kind): at for ticket_id, kind, at in found}
    return [
        replace(
            ticket,
            last_customer_message_at=last.get((ticket.id, "customer")),
            last_agent_message_at=last.get((ticket.id, "agent")),
        )
        for ticket in shown
    ]
