"""Enough rows for the databases to choose their plans as they would with a company's."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table

from console import db
from queries.tables_state import audit_entries, operations
from queries.tables_subscriptions import charges, payment_methods, refunds, subscription_events
from queries.tables_subscriptions import customers as customer_table
from queries.tables_subscriptions import subscriptions as subscription_table
from queries.tables_tickets import ticket_events, ticket_messages, tickets
from tests import build

ROWS = 4_000


def _fill(connection: Connection, table: Table, row: Callable[[int], dict[str, Any]]) -> None:
    connection.execute(table.insert(), [{"id": n, **row(n)} for n in range(1, ROWS + 1)])


def name(n: int) -> str:
    """Two words that few others have."""
    words = (
        f"{word:06d}".translate(str.maketrans("0123456789", "aeioukstvn")) for word in (n * 37, n * 7919)
    )
    return " ".join(words)


def at(n: int) -> datetime:
    return build.START + timedelta(minutes=n)


def fill() -> None:
    """ROWS of everything, one customer each, and the statistics by which a database plans."""
    with db.writing("subscriptions") as connection:
        plan = build.plan(connection)["id"]
        _fill(
            connection,
            customer_table,
            lambda n: {
                "number": f"C-{n}",
                "email": f"Person{n}@example.com",
                "name": name(n),
                "name_folded": name(n),
                "created_at": at(n),
            },
        )
        _fill(
            connection,
            payment_methods,
            lambda n: {
                "customer_id": n,
                "brand": "Visa",
                "last4": f"{n % 997:04}",
                "exp_month": 1,
                "exp_year": 2030,
                "created_at": at(n),
            },
        )
        _fill(
            connection,
            subscription_table,
            lambda n: {
                "number": f"S-{n}",
                "customer_id": n,
                "plan_id": plan,
                "payment_method_id": n,
                "licence_key": f"KEY-{n}",
                "status": "active",
                "price_minor": 1000,
                "currency": "EUR",
                "interval": "month",
                "interval_count": 1,
                "started_at": at(n),
                "current_period_end": at(n) + timedelta(days=30),
            },
        )
        _fill(
            connection,
            charges,
            lambda n: {
                "customer_id": n,
                "subscription_id": n,
                "kind": "renewal",
                "amount_minor": 1240,
                "currency": "EUR",
                "status": "failed" if n % 9 == 0 else "succeeded",
                "invoice_number": f"INV-{n}",
                "gateway_reference": f"ch_{n}",
                "created_at": at(n),
            },
        )
        _fill(
            connection,
            refunds,
            lambda n: {
                "charge_id": n,
                "customer_id": n,
                "amount_minor": 1,
                "currency": "EUR",
                "status": "succeeded",
                "created_at": at(n),
            },
        )
        _fill(
            connection,
            subscription_events,
            lambda n: {
                "subscription_id": n,
                "customer_id": n,
                "kind": "started",
                "occurred_at": at(n),
                "recorded_at": at(n),
                "actor": "system",
                "currency": "EUR",
            },
        )
        connection.exec_driver_sql("ANALYZE")
    with db.writing("tickets") as connection:
        agent = build.agent(connection)["id"]
        _fill(
            connection,
            tickets,
            lambda n: {
                "number": f"T-{n}",
                "customer_number": f"C-{n}",
                "subject": "A question",
                "assignee_id": agent if n % 2 else None,
                "status": "open" if n % 40 == 0 else "closed",
                "created_at": at(n),
                "updated_at": at(n),
            },
        )
        _fill(
            connection,
            ticket_messages,
            lambda n: {"ticket_id": n, "kind": "customer", "body": "Hello", "created_at": at(n)},
        )
        _fill(
            connection,
            ticket_events,
            lambda n: {
                "ticket_id": n,
                "field": "status",
                "value_to": "open",
                "occurred_at": at(n),
                "recorded_at": at(n),
            },
        )
        connection.exec_driver_sql("ANALYZE")
    with db.writing("state") as connection:
        person = build.staff(connection)["id"]
        _fill(
            connection,
            audit_entries,
            lambda n: {
                "at": at(n),
                "kind": "subscription:cancel",
                "actor_id": person if n % 40 == 0 else None,
                "actor_name": "A",
                "actor_email": "a@company.example",
                "customer_number": f"C-{n}",
                "operation_id": f"op-{n}",
                "channel": "screen",
                "previous_hash": f"{n}",
                "hash": f"{n + 1}",
            },
        )
        _fill_operations(connection, person)
        connection.exec_driver_sql("ANALYZE")


def _fill_operations(connection: Connection, person: int) -> None:
    rows: list[dict[str, Any]] = [
        {
            "id": f"op-{n}",
            "kind": "subscription:cancel",
            "subject_kind": "subscription",
            "subject_number": f"S-{n}",
            "request": {},
            "preview": {},
            "state": "unknown" if n % 100 == 0 else "settled",
            "requested_by": person,
            "requested_at": at(n),
        }
        for n in range(ROWS)
    ]
    connection.execute(operations.insert(), rows)
