"""All that happened to a customer in one order: subscriptions, payments, tickets, and what staff did here."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Label, Select, and_, func, literal, or_, select

from queries.charges import refund_ids_of
from queries.columns import Instant
from queries.customers import Customer
from queries.paging import PAGE, Cursor, Page
from queries.tables_state import audit_entries
from queries.tables_subscriptions import charges, refunds, subscription_events
from queries.tables_subscriptions import subscriptions as subscription_table
from queries.tables_tickets import agents, ticket_events, ticket_messages
from queries.tables_tickets import tickets as ticket_table

SOURCES = ("subscription", "charge", "refund", "ticket", "ticket_status", "message", "audit")
LONGEST_TEXT = 200  # characters of a message; the ticket has the rest
_STEP = 8  # more than there are sources: id and source make one number, so that equal instants have an order


@dataclass(frozen=True, kw_only=True)
class HistoryItem:
    """One thing that happened; the screen finds the words.

    `source` (SOURCES) and `kind` say what: an event of EVENT_KINDS, a charge or refund with its `status`, a
    ticket that was opened or went to a status, a message by customer, agent or note, an audit entry.
    `subject_kind` ("subscription", "ticket", …) and `subject_number` say of what. Amounts are minor units of
    `currency` with tax. `text` is plain text as somebody wrote it, at most LONGEST_TEXT characters.
    """

    id: int
    source: str
    kind: str
    at: datetime
    status: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    subject_kind: str | None = None
    subject_number: str | None = None
    actor: str | None = None
    reason: str | None = None
    text: str | None = None
    operation_id: str | None = None


def of_customer(
    subscriptions: Connection,
    tickets: Connection,
    state: Connection,
    customer: Customer,
    *,
    sources: Collection[str] = SOURCES,
    before: Cursor | None = None,
    limit: int = PAGE * 2,
) -> Page[HistoryItem]:
    """What happened, newest first. One statement for each of `sources`."""
    asked = {
        "subscription": (subscriptions, _subscription_events(customer.id)),
        "charge": (subscriptions, _charges(customer.id)),
        "refund": (subscriptions, _refunds(customer.id)),
        "ticket": (tickets, _opened(customer.number)),
        "ticket_status": (tickets, _ticket_statuses(customer.number)),
        "message": (tickets, _messages(customer.number)),
        "audit": (state, _audit(customer.number)),
    }
    items = [
        item
        for source, (connection, question) in asked.items()
        if source in sources
        for item in _newest(connection, source, question, before=before, limit=limit + 1)
    ]
    items.sort(key=_place, reverse=True)
    shown = tuple(items[:limit])
    return Page(shown, _place(shown[-1]) if len(items) > limit else None)


_Question = tuple[Select[Any], Column[datetime], Column[int]]


def _place(item: HistoryItem) -> Cursor:
    return Cursor(item.at, item.id * _STEP + SOURCES.index(item.source))


def _newest(
    connection: Connection, source: str, question: _Question, *, before: Cursor | None, limit: int
) -> list[HistoryItem]:
    statement, at, id = question
    if before is not None:
        instant = literal(before.at, Instant)
        place = id * _STEP + SOURCES.index(source)
        statement = statement.where(or_(at < instant, and_(at == instant, place < before.id)))
    newest = statement.order_by(at.desc(), id.desc()).limit(limit)
    columns = connection.execute(newest.add_columns(at.label("at"), id.label("id"))).mappings()
    return [HistoryItem(source=source, **row) for row in columns]


def _is(name: str, value: str) -> Label[str]:
    return literal(value).label(name)


def _subscription_events(customer_id: int) -> _Question:
    e = subscription_events.c
    statement = (
        select(
            e.kind,
            e.actor,
            e.reason,
            func.substr(e.note, 1, LONGEST_TEXT).label("text"),
            e.operation_id,
            _is("subject_kind", "subscription"),
            subscription_table.c.number.label("subject_number"),
        )
        .outerjoin(subscription_table, subscription_table.c.id == e.subscription_id)
        .where(e.customer_id == customer_id)
    )
    return statement, e.occurred_at, e.id


def _charges(customer_id: int) -> _Question:
    c = charges.c
    statement = (
        select(
            c.kind,
            c.status,
            c.amount_minor,
            c.currency,
            c.failure_code.label("reason"),
            c.invoice_number.label("text"),
            _is("subject_kind", "subscription"),
            subscription_table.c.number.label("subject_number"),
        )
        .outerjoin(subscription_table, subscription_table.c.id == c.subscription_id)
        .where(c.customer_id == customer_id)
    )
    return statement, c.created_at, c.id


def _refunds(customer_id: int) -> _Question:
    r = refunds.c
    statement = (
        select(
            _is("kind", "refund"),
            r.status,
            r.amount_minor,
            r.currency,
            r.reason,
            r.operation_id,
            charges.c.invoice_number.label("text"),
            _is("subject_kind", "subscription"),
            subscription_table.c.number.label("subject_number"),
        )
        .outerjoin(charges, charges.c.id == r.charge_id)
        .outerjoin(subscription_table, subscription_table.c.id == charges.c.subscription_id)
        .where(r.id.in_(refund_ids_of(customer_id)))
    )
    return statement, r.created_at, r.id


def _opened(customer_number: str) -> _Question:
    t = ticket_table.c
    statement = select(
        _is("kind", "opened"),
        t.status,
        t.channel.label("actor"),
        func.substr(t.subject, 1, LONGEST_TEXT).label("text"),
        _is("subject_kind", "ticket"),
        t.number.label("subject_number"),
    ).where(t.customer_number == customer_number)
    return statement, t.created_at, t.id


def _ticket_statuses(customer_number: str) -> _Question:
    e = ticket_events.c
    statement = (
        select(
            e.value_to.label("kind"),
            e.actor,
            e.operation_id,
            _is("subject_kind", "ticket"),
            ticket_table.c.number.label("subject_number"),
        )
        .join(ticket_table, ticket_table.c.id == e.ticket_id)
        .where(
            ticket_table.c.customer_number == customer_number,
            e.field == "status",
            e.value_to.in_(("solved", "closed", "merged")) | e.value_from.in_(("solved", "closed")),
            e.value_to.isnot(None),
        )
    )
    return statement, e.occurred_at, e.id


def _messages(customer_number: str) -> _Question:
    m = ticket_messages.c
    statement = (
        select(
            m.kind,
            func.coalesce(agents.c.name, m.author_name).label("actor"),
            func.substr(m.body, 1, LONGEST_TEXT).label("text"),
            _is("subject_kind", "ticket"),
            ticket_table.c.number.label("subject_number"),
        )
        .join(ticket_table, ticket_table.c.id == m.ticket_id)
        .outerjoin(agents, agents.c.id == m.agent_id)
        .where(ticket_table.c.customer_number == customer_number)
    )
    return statement, m.created_at, m.id


def _audit(customer_number: str) -> _Question:
    a = audit_entries.c
    statement = select(
        a.kind,
        a.actor_name.label("actor"),
        a.reason,
        func.substr(a.note, 1, LONGEST_TEXT).label("text"),
        a.operation_id,
        a.subject_kind,
        a.subject_number,
    ).where(a.customer_number == customer_number)
    return statement, a.at, a.id
