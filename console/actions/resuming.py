"""Finishing what a stopped process left half-way. Safe to run at any time, by several at once."""

from datetime import datetime, timedelta

from console import clocks
from console.actions import cancelling, operations
from console.db import reading
from console.errors import ConsoleError, NotFound, Unavailable
from queries import operations as stored

CARRY_OUT = dict.fromkeys(cancelling.KINDS, cancelling.carry_out)


def resume(operation_id: str, *, now: datetime | None = None) -> cancelling.Done:
    """Bring one operation to its end; one that has ended answers what came of it.

    Raises NotFound, Conflict or Refused (it turned out that it cannot be done), Unavailable."""
    operation = operations.find(operations.checked_id(operation_id))
    if operation is None:
        raise NotFound(f"There is no operation {operation_id[:40]}.")
    return CARRY_OUT[operation.kind](operation, now or clocks.now())


def resume_open(older_than: timedelta, *, now: datetime | None = None) -> dict[str, str]:
    """Bring every operation asked for longer ago than that to its end: its id, and what came of it in words.

    Raises Unavailable: what is left is taken up the next time."""
    moment = now or clocks.now()
    with reading() as data:
        left = stored.left_sending(data.state, moment - older_than)
    return {operation.id: _said(operation, moment) for operation in left if operation.kind in CARRY_OUT}


def _said(operation: stored.Operation, now: datetime) -> str:
    try:
        return CARRY_OUT[operation.kind](operation, now).sentence
    except Unavailable:
        raise
    except ConsoleError as refusal:
        return str(refusal)
