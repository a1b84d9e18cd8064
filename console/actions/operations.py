"""How anything is done that must be done once: begun, carried out, closed, each in its own transaction.

    begin    the intent and its audit entry are committed before anything changes
    (the verb's own transactions on the business database: their rows carry the operation's id, once)
    move     what came of it, with its audit entry: transitions.TRANSITIONS says what may follow what

The id is minted when a form is shown. Whatever stops the process in between, the same id finishes the work:
the rows with the operation's id, here and at the gateway, say whether it was done.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from console import audit
from console.access import Actor
from console.actions.transitions import STEPS, TRANSITIONS, Event
from console.db import Connection, IntegrityError, reading, writing
from console.errors import Refused
from console.settings import get_settings
from queries import operations as stored
from queries.operations import Operation
from queries.tables_state import operations


def new_operation_id() -> str:
    """For a form to mint when it is shown."""
    return str(uuid.uuid4())


def checked_id(text: str) -> str:
    """The id in its one spelling. Raises Refused for what is not a UUID."""
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise Refused(
            "The operation's id is not a UUID. Open the form again, or leave the id out."
        ) from error


def find(operation_id: str) -> Operation | None:
    with reading() as data:
        return stored.by_id(data.state, operation_id)


@dataclass(frozen=True, kw_only=True)
class Intent:
    """What a person confirmed. `request` and `preview` hold all that is needed to finish it later; `log`
    stands in the `after` of each of its audit entries."""

    id: str
    kind: str  # "subscription:cancel"; its audit entries are of kind "subscription.cancel.asked", …
    subject_kind: str
    subject_number: str
    customer_number: str | None
    customer_name: str | None
    request: Mapping[str, Any]
    preview: Mapping[str, Any]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    ticket_number: str | None = None
    lock_key: str | None = None  # nothing else may be open on the same thing
    amount_minor: int | None = None  # money that leaves the house
    currency: str | None = None
    log: Mapping[str, Any] = field(default_factory=dict)


# Looked at in the transaction that begins: raises Refused, or says why a second person is needed (None: not).
Judge = Callable[[Connection], str | None]


def free(_connection: Connection) -> None:
    return None


def begin(actor: Actor, intent: Intent, at: datetime, judge: Judge = free) -> tuple[Operation, bool]:
    """Commit the intent with its audit entry. Returns the operation, and whether it is new: the same id again
    gives the one that is there. Raises Refused where `judge` does, or another is open on the same thing."""
    try:
        with writing("state") as connection:
            audit.one_at_a_time(connection)  # two at once cannot both be within the day's limit
            found = stored.by_id(connection, intent.id)
            if found is not None:
                return found, False
            operation = _insert(connection, actor, intent, judge(connection), at)
            _record(connection, operation, "asked", at, before=intent.before, after=intent.after)
            return operation, True
    except IntegrityError:  # committed between our look and our insert: the same id, or another's lock
        found = find(intent.id)
        if found is None and intent.lock_key is not None:
            raise _held(intent.lock_key) from None
        if found is None:
            raise
        return found, False


def _held(lock_key: str) -> Refused:
    with reading() as data:
        other = stored.open_on(data.state, lock_key)
    if other is None:
        return Refused("Something else was being done about it just now. Nothing was done. Try again.")
    return Refused(
        f"{other.requester_name} has something under way about {other.subject_number} "
        f"(operation {other.id}, {other.state.replace('_', ' ')}). Nothing was done now. "
        "Look at it under Operations first."
    )


def _insert(
    connection: Connection, actor: Actor, intent: Intent, held_because: str | None, at: datetime
) -> Operation:
    who = {"name": actor.name, "email": actor.email, "role": actor.role, "channel": actor.channel}
    money = intent.amount_minor is not None
    request = {**intent.request, "actor": who, "customer_name": intent.customer_name, "log": dict(intent.log)}
    values = {
        "id": intent.id,
        "kind": intent.kind,
        "subject_kind": intent.subject_kind,
        "subject_number": intent.subject_number,
        "customer_number": intent.customer_number,
        "request": request | {"held_because": held_because},
        "preview": dict(intent.preview),
        "state": _first_state(held_because, money=money),
        "requested_by": actor.staff_id,
        "requested_at": at,
        "ticket_number": intent.ticket_number,
        "lock_key": intent.lock_key,
        "amount_minor": intent.amount_minor,
        "currency": intent.currency,
        "send_after": at + recall_window() if money and held_because is None else None,
        "owner_id": actor.staff_id,
    }
    connection.execute(operations.insert(), values)
    return _required(connection, intent.id)


def recall_window() -> timedelta:
    """How long money waits before it leaves, so that whoever asked can take it back."""
    return timedelta(seconds=get_settings().recall_seconds)


def _first_state(held_because: str | None, *, money: bool) -> str:
    if held_because is not None:
        return TRANSITIONS["hold"][1]
    waits = money and recall_window() > timedelta(0)
    return TRANSITIONS["allow" if waits else "send"][1]


def _required(connection: Connection, operation_id: str) -> Operation:
    found = stored.by_id(connection, operation_id)
    if found is None:
        raise RuntimeError(f"operation {operation_id} is not there")
    return found


def reloaded(operation: Operation) -> Operation:
    """The operation as it is now."""
    with reading() as data:
        return _required(data.state, operation.id)


Promises = Callable[[Connection], None]


def move(
    operation: Operation,
    event: Event,
    at: datetime,
    *,
    actor: Actor | None = None,
    outcome: Mapping[str, Any] | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    columns: Mapping[str, Any] | None = None,
    promise: Promises = free,
) -> bool:
    """Let an event happen, with its audit entry, and what is promised to others (mail, a ticket's outcome) in
    the same transaction. False if it cannot happen in the state the operation is in by now."""
    from_states, to_state = TRANSITIONS[event]
    table = operations.c
    values: dict[str, Any] = {"state": to_state, **(columns or {})}
    if outcome is not None:
        values["outcome"] = dict(outcome)
    if to_state in {"settled", "refused", "failed"}:
        values["settled_at"] = at
    moving = operations.update().where(table.id == operation.id, table.state.in_(from_states))
    made = (columns or {}).get("gateway_reference")
    if event == "succeed" and made is not None:  # what failed at the gateway never succeeds there
        other = table.gateway_reference.is_(None) | (table.gateway_reference != made)
        moving = moving.where((table.state != "failed") | other)
    with writing("state") as connection:
        audit.one_at_a_time(connection)  # before any row, as who begins: or the two wait for each other
        if connection.execute(moving.values(values)).rowcount != 1:
            return False
        promise(connection)
        if event in STEPS:
            _record(
                connection, operation, STEPS[event], at, before=before or {}, after=after or {}, actor=actor
            )
        return True


def settle(
    operation: Operation,
    *,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    at: datetime,
    promise: Promises = free,
    columns: Mapping[str, Any] | None = None,
) -> bool:
    """It was done at `at`: keep the outcome with its audit entry. False if somebody did so before us."""
    outcome = {"at": audit.instant(at), "before": dict(before), "after": dict(after)}
    return move(
        operation,
        "succeed",
        at,
        outcome=outcome,
        before=before,
        after=after,
        promise=promise,
        columns=columns,
    )


def refuse(operation: Operation, sentence: str, at: datetime, **outcome: Any) -> bool:
    """It cannot be done and nothing was changed: keep why, with its audit entry. False if that is known."""
    kept = {"refused": sentence, **outcome}
    return move(operation, "refuse", at, outcome=kept, after={"refused": sentence})


def claim(operation: Operation) -> int:
    """Note that the gateway is called now, before it is. Returns how many calls may have reached it, this one
    included; 0 if the operation has been closed meanwhile."""
    table = operations.c
    claiming = (
        operations.update()
        .where(table.id == operation.id, table.state.in_(("sending", "pending", "unknown")))
        .values(attempts=table.attempts + 1)
        .returning(table.attempts)
    )
    with writing("state") as connection:
        return connection.execute(claiming).scalar() or 0


def unclaim(operation: Operation) -> None:
    """The call certainly did not reach the gateway."""
    _change(operation, operations.c.attempts > 0, attempts=operations.c.attempts - 1)


def learn(operation: Operation, outcome: Mapping[str, Any]) -> None:
    """What was found the last time that somebody looked at one that stays unknown."""
    _change(operation, operations.c.state == "unknown", outcome=dict(outcome))


def own(operation: Operation, staff_id: int) -> None:
    """Whose queue it is in from now on."""
    _change(operation, owner_id=staff_id)


def _change(operation: Operation, *conditions: Any, **values: Any) -> None:
    mine = operations.update().where(operations.c.id == operation.id, *conditions)
    with writing("state") as connection:
        connection.execute(mine.values(values))


def _record(
    connection: Connection,
    operation: Operation,
    step: str,
    at: datetime,
    *,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    actor: Actor | None = None,
) -> None:
    request = operation.request
    audit.record(
        connection,
        actor=actor or requester(operation),
        kind=f"{operation.kind.replace(':', '.')}.{step}",
        at=at,
        subject_kind=operation.subject_kind,
        subject_number=operation.subject_number,
        customer_number=operation.customer_number,
        customer_name=request["customer_name"],
        reason=request.get("reason"),
        note=request.get("note"),
        before=before,
        after={**request.get("log", {}), **after},
        operation_id=operation.id,
    )


def requester(operation: Operation) -> Actor:
    """Who asked, as they were when they asked."""
    who = operation.request["actor"]
    return Actor(operation.requested_by, who["email"], who["name"], who["role"], who["channel"])
