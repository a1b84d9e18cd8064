"""What is only read: one object, or a page of a list, newest first."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Select, Table, bindparam, select, tuple_

from console.gateways.simulated import objects, tables
from console.gateways.simulated.objects import Object
from console.gateways.simulated.requests import invalid, missing, whole_number

Params = Mapping[str, Any]
_CHARGES = select(tables.charges, tables.invoices.c.subscription).outerjoin(
    tables.invoices, tables.invoices.c.id == tables.charges.c.invoice
)
# Path: table, singular, how it is read, and by which columns a list may be narrowed.
KINDS: dict[str, tuple[Table, str, Select[Any], dict[str, str]]] = {
    "charges": (
        tables.charges,
        "charge",
        _CHARGES,
        {"customer": "customer", "payment_intent": "intent"},
    ),
    "customers": (tables.customers, "customer", select(tables.customers), {"email": "email"}),
    "invoices": (
        tables.invoices,
        "invoice",
        select(tables.invoices),
        {"customer": "customer", "subscription": "subscription", "status": "status"},
    ),
    "refunds": (tables.refunds, "refund", select(tables.refunds), {"charge": "charge"}),
    "subscriptions": (
        tables.subscriptions,
        "subscription",
        select(tables.subscriptions),
        {"customer": "customer", "status": "status"},
    ),
    "events": (tables.events, "event", select(tables.events), {"type": "type"}),
}
_ONE = {name: found.where(table.c.id == bindparam("id")) for name, (table, _, found, _) in KINDS.items()}


def one(connection: Connection, kind: str, reference: str, params: Params) -> Object:
    row = connection.execute(_ONE[kind], {"id": reference}).one_or_none()
    if row is None:
        raise missing(KINDS[kind][1], reference)
    return _object(kind, row, _expanded(params, "invoice"))


def page(connection: Connection, kind: str, params: Params) -> Object:
    limit = whole_number(params, "limit") if "limit" in params else 10
    if not 1 <= limit <= 100:
        raise invalid("Invalid integer: limit is from 1 to 100.", "limit", "parameter_invalid_integer")
    rows = connection.execute(_query(connection, kind, params).limit(limit + 1)).all()
    return {
        "object": "list",
        "data": [_object(kind, row, _expanded(params, "data.invoice")) for row in rows[:limit]],
        "has_more": len(rows) > limit,
        "url": f"/v1/{kind}",
    }


def _query(connection: Connection, kind: str, params: Params) -> Select[Any]:
    table, _, query, narrowed = KINDS[kind]
    for name, column in narrowed.items():
        if name in params and not (name == "status" and params[name] == "all"):
            query = query.where(table.c[column] == params[name])
    if kind == "subscriptions" and "status" not in params:
        query = query.where(table.c.status != "canceled")  # Stripe lists ended ones only when asked to
    since = params.get("created")
    if isinstance(since, Mapping) and "gte" in since:
        query = query.where(table.c.created >= whole_number(since, "gte"))
    if params.get("starting_after"):
        query = query.where(tuple_(table.c.created, table.c.number) < _place(connection, table, params))
    return query.order_by(table.c.created.desc(), table.c.number.desc())


def _place(connection: Connection, table: Table, params: Params) -> Any:
    after = params["starting_after"]
    place = select(table.c.created, table.c.number).where(table.c.id == after)
    found = connection.execute(place).one_or_none()
    if found is None:
        raise missing("object", after)
    return tuple_(*found)


def _object(kind: str, row: Any, expanded: bool) -> Object:
    match kind:
        case "charges":
            return objects.charge(row, subscription=row.subscription, expanded=expanded)
        case "customers":
            return objects.customer(row)
        case "invoices":
            return objects.invoice(row)
        case "refunds":
            return objects.refund(row)
        case "subscriptions":
            return objects.subscription(row)
        case _:
            return objects.event(row)


def _expanded(params: Params, path: str) -> bool:
    return path in (params.get("expand") or {}).values()
