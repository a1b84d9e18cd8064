"""Disputes: while the bank has not decided for us, nothing of the charge may be given back.

The messages decide, not the charge: the gateway calls one disputed also when that is over.
"""

from collections import defaultdict
from datetime import datetime
from typing import Any

from console import audit
from console.actions.notice_facts import latest
from console.db import Connection, reading, writing
from console.errors import NotFound
from console.gateways.payments import GatewayDispute
from queries import charge as charges
from queries import notices as stored
from queries.charge import FullCharge
from queries.notices import Notice
from queries.tables_state import refund_blocks

REASON = "dispute"
_b = refund_blocks.c


def keep(charge_reference: str, now: datetime) -> str:
    """Block refunds of the charge, or end our block, by all that was said of its disputes so far. Again, it
    changes nothing. Returns what came of it, in words. Raises NotFound, Unavailable."""
    with reading() as data:
        charge = charges.by_gateway_reference(data.subscriptions, charge_reference)
    if charge is None:
        raise NotFound(f"The disputed charge {charge_reference} is not in our books.")
    with writing("state") as connection:
        audit.one_at_a_time(connection)
        against_us = _not_won(stored.disputes_of(connection, charge_reference))
        done = _block(connection, charge, against_us, now) if against_us else _lift(connection, charge, now)
        if done:
            kind = "charge.disputed" if against_us else "charge.dispute_won"
            _write_down(connection, charge, kind, now)
    return f"{charge.number} is {'disputed' if against_us else 'disputed no more'}"


def _not_won(notices: list[Notice]) -> list[str]:
    """The disputes that are open or lost."""
    of_each = defaultdict(list)
    for notice in notices:
        of_each[notice.object_reference].append(notice)
    said = (latest(some) for some in of_each.values())
    return [one.reference for one in said if isinstance(one, GatewayDispute) and one.state != "won"]


def _block(connection: Connection, charge: FullCharge, disputes: list[str], now: datetime) -> bool:
    """Whether a block was set: not where one is, nor again where a person lifted that of the dispute."""
    mine = _b.charge_number == charge.number
    of_these = (_b.reason == REASON) & _b.note.in_(disputes)
    there = refund_blocks.select().where(mine, _b.lifted_at.is_(None) | of_these)
    if connection.execute(there).first() is not None:
        named = refund_blocks.update().where(*_held(charge), _b.note.not_in(disputes))
        connection.execute(named.values(note=disputes[0]))
        return False
    row = {"charge_number": charge.number, "reason": REASON, "note": disputes[0], "blocked_at": now}
    connection.execute(refund_blocks.insert().values(row))
    return True


def _lift(connection: Connection, charge: FullCharge, now: datetime) -> bool:
    lifting = refund_blocks.update().where(*_held(charge))
    return connection.execute(lifting.values(lifted_at=now)).rowcount > 0


def _held(charge: FullCharge) -> tuple[Any, ...]:
    """The block of ours that holds: its note names a dispute that is not won."""
    ours = (_b.charge_number == charge.number, _b.reason == REASON, _b.blocked_by.is_(None))
    return (*ours, _b.lifted_at.is_(None))


def _write_down(connection: Connection, charge: FullCharge, kind: str, now: datetime) -> None:
    audit.record(
        connection,
        actor=audit.SYSTEM,
        kind=kind,
        at=now,
        subject_kind="charge",
        subject_number=charge.number,
        customer_number=charge.customer_number,
        customer_name=charge.customer_name,
    )
