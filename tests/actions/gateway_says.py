"""Messages of the gateway for tests, and what our books say after them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from console import db
from console.actions.notices import receive
from queries import notices, refund_blocks
from queries.tables_gateway import gateway_notices
from queries.tables_state import refund_blocks as blocks
from queries.tables_subscriptions import charges, refunds
from tests.actions.company import NOW
from tests.actions.money import REFERENCE, gateway

Body = dict[str, Any]


def waiting() -> list[Body]:
    """The messages that the simulated gateway has for us."""
    bodies: list[Body] = []
    gateway().deliver(bodies.append)
    return bodies


def hear(bodies: Sequence[Body] | None = None) -> list[str]:
    return [receive(body, now=NOW) for body in (waiting() if bodies is None else bodies)]


def message(kind: str, about: Body, *, id: str = "evt_1", created: datetime = NOW) -> Body:
    at = int(created.timestamp())
    return {"id": id, "object": "event", "type": kind, "created": at, "data": {"object": about}}


def refund_there(
    reference: str,
    status: str,
    amount: int = 500,
    *,
    operation_id: str | None = None,
    charge: str = REFERENCE,
) -> Body:
    return {
        "id": reference,
        "object": "refund",
        "amount": amount,
        "charge": charge,
        "created": int(NOW.timestamp()),
        "currency": "eur",
        "metadata": {"operation_id": operation_id} if operation_id else {},
        "status": status,
    }


def dispute_there(status: str, reference: str = "dp_1", *, charge: str = REFERENCE) -> Body:
    return {
        "id": reference,
        "object": "dispute",
        "amount": 4000,
        "charge": charge,
        "created": int(NOW.timestamp()),
        "currency": "eur",
        "status": status,
    }


def made_elsewhere(amount: int = 500) -> str:
    """Somebody refunds in the gateway's own pages."""
    return str(gateway().call("post", "/v1/refunds", {"charge": REFERENCE, "amount": amount})["id"])


def books() -> list[tuple[Any, ...]]:
    """Reference, charge, amount, tax, status of every refund of ours."""
    r = refunds.c
    with db.reading() as data:
        found = data.subscriptions.execute(
            select(r.gateway_reference, charges.c.gateway_reference, r.amount_minor, r.tax_minor, r.status)
            .select_from(refunds.outerjoin(charges))
            .order_by(r.gateway_reference, r.id)
        )
        return [tuple(row) for row in found]


def blocked() -> list[tuple[Any, ...]]:
    """Charge and dispute of every block that holds."""
    with db.reading() as data:
        found = data.state.execute(
            select(blocks.c.charge_number, blocks.c.note)
            .where(blocks.c.lifted_at.is_(None))
            .order_by(blocks.c.charge_number)
        )
        return [tuple(row) for row in found]


def is_blocked(number: str) -> bool:
    with db.reading() as data:
        return refund_blocks.of_charge(data.state, number) is not None


def left() -> int:
    with db.reading() as data:
        return notices.count_left(data.state)


def kept() -> list[tuple[str, str, str | None]]:
    """Id, type and outcome of every message."""
    n = gateway_notices.c
    with db.reading() as data:
        found = data.state.execute(select(n.id, n.type, n.outcome).order_by(n.id, n.type))
        return [(row.id, row.type, row.outcome) for row in found]
