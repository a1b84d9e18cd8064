"""Finishing what a stopped process left half-way. Safe to run at any time, by several at once."""

from datetime import datetime, timedelta

from console import clocks
from console.actions import engine, operations
from console.actions.carrying_out import carry_on
from console.actions.done import Done
from console.actions.every_verb import VERBS
from console.db import reading
from console.errors import ConsoleError, NotFound, Unavailable
from queries import operations as stored


def resume(operation_id: str, *, now: datetime | None = None) -> Done:
    """Bring one operation as far as it can come; one that has ended answers what came of it.

    Raises NotFound, Conflict or Refused (it turned out that it cannot be done), Unavailable."""
    operation = operations.find(operations.checked_id(operation_id))
    if operation is None:
        raise NotFound(f"There is no operation {operation_id[:40]}.")
    return carry_on(operation, now or clocks.now(), again=True)


def resume_open(older_than: timedelta, *, now: datetime | None = None) -> dict[str, str]:
    """Bring every operation that was left on its way longer ago than that as far as it can come, and ask the
    gateway about those it has not decided or not answered: the id of each, and what came of it in words.

    Raises Unavailable: what is left is taken up the next time."""
    moment = now or clocks.now()
    with reading() as data:
        left = stored.left_sending(data.state, moment - older_than)
        undecided = [*stored.in_state(data.state, "pending"), *stored.in_state(data.state, "unknown")]
    done = {one.id: _said(one, moment) for one in left if one.kind in VERBS}
    return done | {one.id: _said(one, moment, only_look=True) for one in undecided if one.kind in VERBS}


def _said(operation: stored.Operation, now: datetime, *, only_look: bool = False) -> str:
    try:
        return engine.carry_out(operation, now, only_look=only_look).sentence
    except Unavailable:
        raise
    except ConsoleError as refusal:
        return str(refusal)
