"""Refunds that were made elsewhere, in the gateway's own pages: rows of ours all the same, because the money
is gone. The gateway's reference stands for each once, and later messages keep it in step.
"""

from datetime import datetime
from typing import Any

from console import audit, money
from console.access import Actor
from console.db import Connection, reading, writing
from console.errors import NotFound
from console.gateways.payments import GatewayRefund
from queries import audit as log
from queries import charge as charges
from queries.audit import AuditFilters
from queries.charge import FullCharge
from queries.tables_subscriptions import refunds

REASON = "made_elsewhere"
_BEFORE = {"pending": (), "succeeded": ("pending",), "failed": ("pending", "succeeded")}


def keep(there: GatewayRefund, now: datetime, actor: Actor = audit.SYSTEM) -> str:
    """Book a refund of a charge that we know, or bring its row to the state it has there, with the entries in
    the log. Again, it changes nothing. Returns what came of it, in words. Raises NotFound, Unavailable."""
    with reading() as data:
        charge = charges.by_gateway_reference(data.subscriptions, there.charge_reference)
    if charge is None:
        raise NotFound(f"The charge {there.charge_reference} of {there.reference} is not in our books.")
    with writing("subscriptions") as connection:
        _book(connection, there, charge.id, now)
    with writing("state") as connection:
        _write_down(connection, there, charge, now, actor)
    return f"refund {there.reference} of {charge.number}, made elsewhere, is in our books as {there.state}"


def _book(connection: Connection, there: GatewayRefund, charge_id: int, now: datetime) -> None:
    charge = charges.locked(connection, charge_id)
    if charge is None:
        raise NotFound(f"The charge {there.charge_reference} of {there.reference} is not there any more.")
    row = refunds.c
    mine = row.gateway_reference == there.reference
    if connection.execute(refunds.select().where(mine)).first() is None:
        connection.execute(refunds.insert().values(_row(there, charge)))
        return
    later = refunds.update().where(mine, row.status.in_(_BEFORE[there.state]))
    connection.execute(later.values(status=there.state, settled_at=now))


def _row(there: GatewayRefund, charge: FullCharge) -> dict[str, Any]:
    return {
        "charge_id": charge.id,
        "customer_id": charge.customer_id,
        "amount_minor": there.amount_minor,
        "tax_minor": _tax(charge, there.amount_minor),
        "currency": there.currency,
        "status": there.state,
        "reason": REASON,
        "created_at": there.created_at,
        "settled_at": None if there.state == "pending" else there.created_at,
        "gateway_reference": there.reference,
    }


def _tax(charge: FullCharge, amount_minor: int) -> int:
    """None for a charge whose own figures cannot be; the money is gone all the same."""
    whole = charge.amount_minor
    if not 0 <= charge.tax_minor <= whole or not whole:
        return 0
    part = min(amount_minor, whole)
    before = min(charge.refunded_minor, whole - part)
    return money.tax_share(whole, charge.tax_minor, before, part)


def _write_down(
    connection: Connection, there: GatewayRefund, charge: FullCharge, now: datetime, actor: Actor
) -> None:
    audit.one_at_a_time(connection)
    if not _is_written(connection, there, "refund.found", "refund.booked"):
        by_hand = actor is not audit.SYSTEM
        entry = _entry(there, charge, now)
        audit.record(connection, actor=actor, kind="refund.booked" if by_hand else "refund.found", **entry)
    if there.state == "failed" and not _is_written(connection, there, "refund.found_failed"):
        entry = _entry(there, charge, now)
        audit.record(connection, actor=audit.SYSTEM, kind="refund.found_failed", **entry)


def _is_written(connection: Connection, there: GatewayRefund, *kinds: str) -> bool:
    return any(
        log.count(connection, AuditFilters(kind=kind, subject_number=there.reference)) for kind in kinds
    )


def _entry(there: GatewayRefund, charge: FullCharge, now: datetime) -> dict[str, Any]:
    return {
        "at": now,
        "subject_kind": "refund",
        "subject_number": there.reference,
        "customer_number": charge.customer_number,
        "customer_name": charge.customer_name,
        "after": {
            "amount": money.in_words(there.amount_minor, there.currency),
            "charge": charge.number,
            "made_at": audit.instant(there.created_at),
        },
    }
