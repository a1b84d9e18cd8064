"""How anything is done that must be done once: begun, carried out, settled, each in its own transaction.

    begin    the intent and its audit entry are committed before anything changes       state "sending"
    (the verb's own transaction on the business database: its row carries the operation's id, once)
    settle   the outcome and its audit entry                                            state "settled"
    refuse   it turned out that it cannot be done; nothing was changed                  state "refused"

The id is minted when a form is shown. Whatever stops the process in between, the same id finishes the work:
the row with the operation's id in the business database says whether it was done.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console import audit
from console.access import Actor
from console.db import Connection, IntegrityError, reading, writing
from console.errors import Refused
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
    """What a person confirmed. `request` and `preview` hold all that is needed to finish it later."""

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


def begin(actor: Actor, intent: Intent, at: datetime) -> tuple[Operation, bool]:
    """Commit the intent with its audit entry. Returns the operation, and whether it is new: the same id again
    gives the one that is there."""
    who = {"name": actor.name, "email": actor.email, "role": actor.role, "channel": actor.channel}
    try:
        with writing("state") as connection:
            found = stored.by_id(connection, intent.id)
            if found is not None:
                return found, False
            operation = _insert(connection, actor, intent, who, at)
            _record(connection, operation, "asked", at, before=intent.before, after=intent.after)
            return operation, True
    except IntegrityError:  # the same id was committed between our look and our insert
        found = find(intent.id)
        if found is None:
            raise
        return found, False


def _insert(
    connection: Connection, actor: Actor, intent: Intent, who: dict[str, str], at: datetime
) -> Operation:
    values = {
        "id": intent.id,
        "kind": intent.kind,
        "subject_kind": intent.subject_kind,
        "subject_number": intent.subject_number,
        "customer_number": intent.customer_number,
        "request": {**intent.request, "actor": who, "customer_name": intent.customer_name},
        "preview": dict(intent.preview),
        "state": "sending",
        "requested_by": actor.staff_id,
        "requested_at": at,
        "ticket_number": intent.ticket_number,
    }
    connection.execute(operations.insert().values(values))
    found = stored.by_id(connection, intent.id)
    if found is None:
        raise RuntimeError(f"operation {intent.id} is not there after it was inserted")
    return found


def settle(
    operation: Operation, *, before: Mapping[str, Any], after: Mapping[str, Any], at: datetime
) -> bool:
    """It was done at `at`: keep the outcome with its audit entry. False if somebody did so before us."""
    outcome = {"at": audit.instant(at), "before": dict(before), "after": dict(after)}
    return _close(operation, "settled", outcome, at, before=before, after=after)


def refuse(operation: Operation, sentence: str, at: datetime, **outcome: Any) -> bool:
    """It cannot be done and nothing was changed: keep why, with its audit entry. False if that is known."""
    kept = {"refused": sentence, **outcome}
    return _close(operation, "refused", kept, at, before={}, after={"refused": sentence})


def _close(
    operation: Operation,
    state: str,
    outcome: Mapping[str, Any],
    at: datetime,
    *,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> bool:
    # What was done is settled even over a refusal somebody else concluded meanwhile; never the reverse.
    closing = operations.update().where(operations.c.id == operation.id)
    closing = (
        closing.where(operations.c.state != "settled")
        if state == "settled"
        else closing.where(operations.c.state == "sending")
    )
    with writing("state") as connection:
        done = connection.execute(closing.values(state=state, outcome=dict(outcome), settled_at=at))
        if done.rowcount != 1:
            return False
        step = "done" if state == "settled" else "refused"
        _record(connection, operation, step, at, before=before, after=after)
        return True


def _record(
    connection: Connection,
    operation: Operation,
    step: str,
    at: datetime,
    *,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:
    request = operation.request
    audit.record(
        connection,
        actor=requester(operation),
        kind=f"{operation.kind.replace(':', '.')}.{step}",
        at=at,
        subject_kind=operation.subject_kind,
        subject_number=operation.subject_number,
        customer_number=operation.customer_number,
        customer_name=request["customer_name"],
        reason=request.get("reason"),
        note=request.get("note"),
        before=before,
        after=after,
        operation_id=operation.id,
    )


def requester(operation: Operation) -> Actor:
    """Who asked, as they were when they asked."""
    who = operation.request["actor"]
    return Actor(operation.requested_by, who["email"], who["name"], who["role"], who["channel"])
