"""Where worked examples are counted: tables in memory that hold the rows of one example at a time.

What a report is asked about an example goes to the same tables and the same SQL as everything else; nothing
is left behind, and the configured databases are never opened.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import StaticPool, create_engine

from console import db
from console.db import Connection
from console.demo.rows import Book, Row
from queries.tables_subscriptions import (
    charges,
    customers,
    plans,
    products,
    subscription_events,
    subscriptions,
)

PLAN = 1  # the id of the one plan all of them are on
_PRODUCTS: Sequence[Row] = ({"id": 1, "code": "example", "name": "Example"},)
_PLANS: Sequence[Row] = (
    {
        "id": PLAN, "code": "example", "product_id": 1, "name": "Example", "interval": "month",
        "interval_count": 1, "amount_minor": 0, "currency": "EUR",
    },
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Connections to tables without rows, as a report wants them (queries.reports.Connections)."""

    subscriptions: Connection
    tickets: Connection
    state: Connection


@contextmanager
def in_memory() -> Iterator[Place]:
    """All tables in an SQLite database in memory, gone after the block."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    try:
        with engine.connect() as connection:
            for metadata in db.METADATA.values():
                metadata.create_all(connection)
            connection.commit()
            yield Place(connection, connection, connection)
    finally:
        engine.dispose()


@contextmanager
def holding(connection: Connection, book: Book) -> Iterator[None]:
    """The rows are there within the block and are rolled back after it."""
    rows = {
        products: _PRODUCTS,
        plans: _PLANS,
        customers: book.customers,
        subscriptions: book.subscriptions,
        charges: book.charges,
        subscription_events: book.subscription_events,
    }
    with connection.begin() as transaction:
        for table, each in rows.items():
            if each:
                connection.execute(table.insert(), list(each))
        try:
            yield
        finally:
            transaction.rollback()
