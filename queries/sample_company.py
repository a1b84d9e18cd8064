"""Whether databases hold the sample company, or somebody's own data."""

from sqlalchemy import Column, Connection, select

from queries.tables_state import facts, staff
from queries.tables_subscriptions import customers, products
from queries.tables_tickets import agents, tickets


def is_marked(state: Connection) -> bool:
    """Whether the state database is marked as the sample company's, whole or half-way."""
    return _has(state, facts.c.name, "demo") or _has(state, facts.c.name, "demo_under_way")


def is_complete(state: Connection) -> bool:
    """Whether the sample company is there, all of it."""
    return _has(state, facts.c.name, "demo")


def has_customers(subscriptions: Connection) -> bool:
    return subscriptions.execute(select(customers.c.id).limit(1)).first() is not None


def has_tickets(ticket_database: Connection) -> bool:
    return ticket_database.execute(select(tickets.c.id).limit(1)).first() is not None


def has_staff(state: Connection) -> bool:
    return state.execute(select(staff.c.id).limit(1)).first() is not None


def has_product(subscriptions: Connection, code: str) -> bool:
    return _has(subscriptions, products.c.code, code)


def has_agent(ticket_database: Connection, email: str) -> bool:
    return _has(ticket_database, agents.c.email, email)


def _has(connection: Connection, column: Column[str], value: str) -> bool:
    return connection.execute(select(column).where(column == value)).first() is not None
