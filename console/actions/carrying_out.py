"""Where an operation is carried out: by the durable worker if one runs in this process, else here and now."""

from datetime import datetime

from console.actions import engine
from console.actions.done import Done
from console.actions.points import reached
from queries.operations import Operation


def carry_on(operation: Operation, now: datetime) -> Done:
    """Bring an operation as far as it can come while somebody waits. Raises as `engine.carry_out` does."""
    reached("begun")
    return engine.carry_out(operation, now)
