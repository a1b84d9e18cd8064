"""How something is asked for once under its id, and where it is carried out: by the durable worker if this
process has one, else here and now."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

from console.access import Actor
from console.actions import engine, operations
from console.actions.done import Done
from console.actions.operations import Intent, Judge
from console.actions.points import reached
from console.errors import Conflict, Refused
from queries.operations import Operation

# Set by console.durable while it runs: hand an operation over, and wait a while for what comes of it.
Worker = Callable[[Operation, bool], None]
_worker: Worker | None = None


_by_itself: ContextVar[bool] = ContextVar("by_itself", default=False)


@contextmanager
def by_itself() -> Iterator[None]:
    """Within, operations are carried out here and now: the worker's own steps cannot wait for the worker."""
    before = _by_itself.set(True)
    try:
        yield
    finally:
        _by_itself.reset(before)


def use(worker: Worker | None) -> None:
    """Whoever carries operations out in this process from now on; None: nobody else."""
    global _worker  # noqa: PLW0603 - one process has one worker
    _worker = worker


def once(
    actor: Actor,
    operation_id: str,
    prepare: Callable[[], Done | tuple[Intent, Judge]],
    same: Callable[[Operation], bool],
    now: datetime,
) -> Done:
    """Ask for what `prepare` finds possible, and carry it out; the same id again finishes it, or says what
    came of it. `same`: whether an operation is what this form asks for.

    Raises what `prepare` and the judge raise, unless it was another click with this id that made it so."""
    earlier = operations.find(operation_id)
    if earlier is not None:
        return again(earlier, now, same=same(earlier))
    try:
        prepared = prepare()
    except (Conflict, Refused):
        earlier = operations.find(operation_id)  # begun since we looked: what stands in the way is itself
        if earlier is None:
            raise
        return again(earlier, now, same=same(earlier))
    if isinstance(prepared, Done):
        return prepared
    intent, judge = prepared
    operation, new = operations.begin(actor, intent, now, judge)
    return carry_on(operation, now) if new else again(operation, now, same=same(operation))


def carry_on(operation: Operation, now: datetime, *, again: bool = False) -> Done:
    """Bring an operation as far as it can come while somebody waits. `again`: it is left from before.

    Raises as `engine.carry_out` does."""
    reached("begun")
    if _worker is None or _by_itself.get():
        return engine.carry_out(operation, now)
    if operation.state not in engine.OPEN:
        return engine.told(operation)
    _worker(operation, again)
    return _come_of(operation)


def again(operation: Operation, now: datetime, *, same: bool) -> Done:
    """The same id once more: finish it, or say what came of it. Raises Refused where the form now asks for
    something else (not the `same`)."""
    if not same:
        raise Refused(
            f"This form was already used by {operation.requester_name} for another request, on "
            f"{operation.subject_number}. Nothing was done now. Open the form again."
        )
    return carry_on(operation, now)


def _come_of(operation: Operation) -> Done:
    """What came of an operation in the worker's hands, as its own doing."""
    now_is = operations.reloaded(operation)
    return engine.just_done(now_is) if now_is.state == "settled" else engine.told(now_is)
