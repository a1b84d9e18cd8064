"""A refund that waits for a second person, put into any state; and whether anything changed since."""

from datetime import timedelta
from typing import Any, get_args

from console.access import Actor
from console.actions.transitions import State
from console.db import writing
from queries.operations import Operation
from queries.tables_state import operations as table
from tests.actions.company import NOW, kinds, log_is_intact
from tests.actions.money import Paid, operation, refund

ID = "6f1c2a52-6d8e-4c53-9f0e-3b1d7c5b8a01"
LATER = NOW + timedelta(minutes=5)
STATES: tuple[State, ...] = get_args(State)


def waiting(there: Paid, by: Actor) -> Operation:
    """All of the charge, which is above every limit."""
    done = refund(by, there.number, 1_000_000, operation_id=ID)
    assert done.state == "waiting_for_approval"
    return operation(ID)


def put_in(state: str, **columns: Any) -> Operation:
    with writing("state") as connection:
        connection.execute(table.update().where(table.c.id == ID).values(state=state, **columns))
    return operation(ID)


def unchanged(before: Operation, log: list[str]) -> bool:
    return operation(ID) == before and kinds() == log and log_is_intact()
