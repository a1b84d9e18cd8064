"""Rows for tests, with plain defaults: each function inserts one row and returns it as a dict.

with db.writing("subscriptions") as connection:
    anna = build.customer(connection, email="anna@example.com")
"""

import itertools
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table

from queries import tables_state, tables_subscriptions, tables_tickets

START = datetime(2026, 1, 1, tzinfo=UTC)
Row = dict[str, Any]
_count = itertools.count(1)


def _insert(connection: Connection, table: Table, values: Row) -> Row:
    row = connection.execute(table.insert().values(values).returning(table)).one()
    return dict(row._mapping)


def customer(connection: Connection, **values: Any) -> Row:
    n = next(_count)
    name = values.get("name", f"Customer {n}")
    defaults = {
        "number": f"C-{n}",
        "email": f"customer{n}@example.com",
        "name": name,
        "name_folded": name.casefold(),
        "country": "FI",
        "locale": "fi",
        "time_zone": "Europe/Helsinki",
        "created_at": START,
    }
    return _insert(connection, tables_subscriptions.customers, defaults | values)


def product(connection: Connection, **values: Any) -> Row:
    n = next(_count)
    return _insert(
        connection, tables_subscriptions.products, {"code": f"p{n}", "name": f"Product {n}"} | values
    )


def plan(connection: Connection, **values: Any) -> Row:
    n = next(_count)
    defaults = {
        "code": f"plan{n}",
        "name": f"Plan {n}",
        "interval": "month",
        "interval_count": 1,
        "amount_minor": 1000,
        "currency": "EUR",
        "trial_days": 14,
    }
    if "product_id" not in values:
        defaults["product_id"] = product(connection)["id"]
    return _insert(connection, tables_subscriptions.plans, defaults | values)


def payment_method(connection: Connection, customer_id: int, **values: Any) -> Row:
    defaults = {
        "customer_id": customer_id,
        "brand": "Visa",
        "last4": "4242",
        "exp_month": 12,
        "exp_year": 2030,
        "created_at": START,
    }
    return _insert(connection, tables_subscriptions.payment_methods, defaults | values)


def subscription(connection: Connection, customer_id: int, **values: Any) -> Row:
    """An active monthly subscription of 10.00 € in its first period, unless told otherwise."""
    n = next(_count)
    defaults: Row = {
        "number": f"S-{n}",
        "customer_id": customer_id,
        "licence_key": f"LIC-{n:05d}",
        "status": "active",
        "price_minor": 1000,
        "currency": "EUR",
        "interval": "month",
        "interval_count": 1,
        "started_at": START,
        "current_period_start": START,
        "current_period_end": datetime(2026, 2, 1, tzinfo=UTC),
    }
    if "plan_id" not in values:
        keys = ("interval", "interval_count", "currency")
        defaults["plan_id"] = plan(connection, **{k: values[k] for k in keys if k in values})["id"]
    return _insert(connection, tables_subscriptions.subscriptions, defaults | values)


def charge(connection: Connection, customer_id: int | None, **values: Any) -> Row:
    n = next(_count)
    defaults = {
        "customer_id": customer_id,
        "kind": "renewal",
        "amount_minor": 1240,
        "tax_minor": 240,
        "currency": "EUR",
        "status": "succeeded",
        "invoice_number": f"INV-{n:06d}",
        "created_at": START,
        "settled_at": START,
    }
    return _insert(connection, tables_subscriptions.charges, defaults | values)


def refund(connection: Connection, charge_id: int | None, **values: Any) -> Row:
    defaults = {
        "charge_id": charge_id,
        "amount_minor": 1240,
        "tax_minor": 240,
        "currency": "EUR",
        "status": "succeeded",
        "created_at": START,
        "settled_at": START,
    }
    return _insert(connection, tables_subscriptions.refunds, defaults | values)


def subscription_event(connection: Connection, subscription_row: Row, kind: str, **values: Any) -> Row:
    at = values.get("occurred_at", START)
    defaults = {
        "subscription_id": subscription_row["id"],
        "customer_id": subscription_row["customer_id"],
        "kind": kind,
        "occurred_at": at,
        "recorded_at": at,
        "actor": "system",
        "currency": subscription_row["currency"],
    }
    return _insert(connection, tables_subscriptions.subscription_events, defaults | values)


def agent(connection: Connection, **values: Any) -> Row:
    n = next(_count)
    return _insert(
        connection,
        tables_tickets.agents,
        {"email": f"agent{n}@company.example", "name": f"Agent {n}", "team": "Support"} | values,
    )


def ticket(connection: Connection, **values: Any) -> Row:
    n = next(_count)
    defaults = {
        "number": f"T-{n}",
        "subject": "A question",
        "channel": "email",
        "language": "en",
        "status": "open",
        "created_at": START,
        "updated_at": values.get("created_at", START),
    }
    return _insert(connection, tables_tickets.tickets, defaults | values)


def ticket_message(connection: Connection, ticket_id: int, **values: Any) -> Row:
    defaults = {"ticket_id": ticket_id, "kind": "customer", "body": "Hello", "created_at": START}
    return _insert(connection, tables_tickets.ticket_messages, defaults | values)


def ticket_event(connection: Connection, ticket_id: int, field: str, value_to: str, **values: Any) -> Row:
    at = values.get("occurred_at", START)
    defaults = {
        "ticket_id": ticket_id,
        "field": field,
        "value_to": value_to,
        "occurred_at": at,
        "recorded_at": at,
    }
    return _insert(connection, tables_tickets.ticket_events, defaults | values)


def staff(connection: Connection, **values: Any) -> Row:
    n = next(_count)
    defaults = {
        "email": f"staff{n}@company.example",
        "name": f"Staff {n}",
        "role": "agent",
        "created_at": START,
    }
    return _insert(connection, tables_state.staff, defaults | values)
