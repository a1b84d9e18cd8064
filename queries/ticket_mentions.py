"""Which open tickets of a customer speak of cancelling or of money back."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, bindparam, or_, select

from queries.paging import PAGE
from queries.tables_tickets import OPEN_STATUSES, ticket_messages, tickets

# Stems, lower case, in the languages customers write in; where SQLite does not fold a capital, without it.
STEMS = (
    *("cancel", "refund", "unsubscribe", "terminat", "chargeback"),  # English, Spanish
    *("peruut", "irtisan", "hyvity", "palautus", "rahat takaisin"),  # Finnish
    *("avsluta", "avbest", "uppsäg", "säga upp", "terbetal"),  # Swedish
    *("kündig", "stornier", "erstatt"),  # German
    *("annul", "rembours", "siliation"),  # French
    *("reembols",),  # Spanish, Portuguese
)


def _speaks(column: Column[Any]) -> ColumnElement[bool]:
    return or_(*(column.icontains(stem, autoescape=True) for stem in STEMS))


@cache
def _of_cancelling() -> Select[Any]:
    said = (
        select(ticket_messages.c.id)
        .where(ticket_messages.c.ticket_id == tickets.c.id, ticket_messages.c.kind == "customer")
        .where(_speaks(ticket_messages.c.body))
        .exists()
    )
    return (
        select(tickets.c.number)
        .where(tickets.c.status.in_(OPEN_STATUSES))
        .where(or_(_speaks(tickets.c.subject), _speaks(tickets.c.problem_type), said))
        .order_by(tickets.c.created_at.desc(), tickets.c.id.desc())
    )


def of_cancelling(connection: Connection, customer_number: str, *, limit: int = PAGE) -> list[str]:
    """Numbers of the customer's open tickets whose subject, problem type or a message of theirs has one of
    STEMS, newest first. One statement."""
    return list(connection.scalars(_of_customer(), {"customer": customer_number, "most": limit}))


@cache
def _of_customer() -> Select[Any]:
    theirs = _of_cancelling().where(tickets.c.customer_number == bindparam("customer"))
    return theirs.limit(bindparam("most"))


def of_customers(connection: Connection, customer_numbers: Sequence[str]) -> dict[str, list[str]]:
    """As `of_cancelling`, for each of many customers that has such a ticket. One statement."""
    asked = _of_cancelling().add_columns(tickets.c.customer_number)
    found: dict[str, list[str]] = {}
    for number, customer in connection.execute(asked.where(tickets.c.customer_number.in_(customer_numbers))):
        found.setdefault(customer, []).append(number)
    return found
