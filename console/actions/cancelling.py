"""Carrying a cancellation, or its undoing, out: once, whatever stops the process, however often it is asked.

Everything is read from the stored operation, so the person's click, a second click with the same id and a
resumed process run the same lines.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console.actions import cancellation, operations, phrases
from console.actions.cancellation import Change, Expected, Step
from console.db import Connection, Reading, reading, writing
from console.errors import Conflict, NotFound, Refused, Unavailable
from queries import operations as stored
from queries import subscription_events as events
from queries import subscriptions as found
from queries.operations import Operation
from queries.subscription_events import SubscriptionEvent
from queries.subscriptions import Subscription
from queries.tables_subscriptions import subscription_events, subscriptions

CANCEL = "subscription:cancel"
UNDO = "subscription:cancel_undo"
KINDS = (CANCEL, UNDO)

# What shows that a step was already done, for "already done by …".
_DONE_BY: dict[Step, str] = {"period_end": "cancel_requested", "now": "ended", "undo": "cancel_undone"}
_OTHERS = {"customer": "the customer", "staff": "staff", "system": "the billing system"}


@dataclass(frozen=True)
class Done:
    """What came of it. `already`: it was so before this call; `by` and `at` then say whose doing and when."""

    operation_id: str
    number: str
    already: bool
    by: str
    at: datetime | None  # UTC; None where the source does not say
    sentence: str


def load(connection: Connection, number: str) -> Subscription:
    """Raises NotFound."""
    wanted = number.strip()
    subscription = found.by_number(connection, wanted) if wanted.isprintable() else None
    if subscription is None:
        raise NotFound(f"There is no subscription “{wanted[:40]}”.")
    return subscription


def already(data: Reading, subscription: Subscription, step: Step, operation_id: str) -> Done | None:
    """It is as the step would leave it: who did that, and when. None if it is not."""
    if not cancellation.reached(subscription, step):
        return None
    event = events.latest(data.subscriptions, subscription.id, [_DONE_BY[step]])
    if step == "undo" and event is None:
        return None  # it never was cancelled
    by, at = _who(data, subscription, event, step)
    return _already(operation_id, subscription.number, by, at)


def _who(
    data: Reading, subscription: Subscription, event: SubscriptionEvent | None, step: Step
) -> tuple[str, datetime | None]:
    if event is None:
        at = subscription.ended_at if step == "now" else subscription.cancel_requested_at
        return _OTHERS.get(subscription.cancel_requested_by or "", "somebody"), at
    operation = stored.by_id(data.state, event.operation_id) if event.operation_id else None
    by = operations.requester(operation).name if operation else _OTHERS.get(event.actor, event.actor)
    return by, event.occurred_at


def _already(operation_id: str, number: str, by: str, at: datetime | None) -> Done:
    when = f" on {phrases.moment(at)}" if at else ""
    sentence = f"Already done by {by}{when}. Nothing was changed now."
    return Done(operation_id, number, True, by, at, sentence)


def status_before_end(data: Reading, subscription: Subscription) -> str | None:
    """The status a subscription had before staff ended it at once; None if it was not ended so."""
    if not cancellation.cancelled_at_once(subscription):
        return None
    event = events.latest(data.subscriptions, subscription.id, ["ended"])
    if event is None or event.operation_id is None:
        return None
    operation = stored.by_id(data.state, event.operation_id)
    return operation.preview["before"]["status"] if operation is not None else None


def why_not(subscription: Subscription, step: Step, was: str | None, now: datetime) -> str | None:
    """Why the step is not possible now, in words; None if it is."""
    if step == "undo":
        return cancellation.why_not_undo(subscription, was, now)
    options = {option.at: option for option in cancellation.cancel_options(subscription, now)}
    return options[step].why_not


def planned(
    subscription: Subscription, request: Mapping[str, Any], before: Mapping[str, Any], moment: datetime
) -> Change:
    """What the stored request writes to the subscription."""
    was = request["was"]
    paying = cancellation.units(subscription, was or before["status"])
    return cancellation.change(
        request["step"], before=before, reason=request["reason"], moment=moment, was=was, mrr_units=paying
    )


def carry_out(operation: Operation, now: datetime) -> Done:
    """Bring an operation to its end, from wherever it is. Raises Conflict, Refused and Unavailable."""
    if operation.state != "sending":
        return _known(operation)
    try:
        with writing("subscriptions") as connection:
            change, at = _once(connection, operation, now)
        before = operation.preview["before"]
        mine = operations.settle(operation, before=before, after=change.after(before), at=at)
    except (Conflict, Refused) as refusal:
        return _lost(operation, refusal, now)
    except NotFound as gone:  # the row was removed meanwhile
        operations.refuse(operation, str(gone), now)
        raise
    except Unavailable as error:
        raise Unavailable(
            f"What was asked for {operation.subject_number} is recorded but not finished. {error} "
            "Press again to finish it: nothing is done twice.",
            error.part,
        ) from error
    return _done(operation, at) if mine else _known(_reloaded(operation))


def _once(connection: Connection, operation: Operation, now: datetime) -> tuple[Change, datetime]:
    """The change and when it was made: now, or before if the operation's event is there."""
    subscription = load(connection, operation.subject_number)
    event = events.of_operation(connection, operation.id)
    if event is None:
        _apply(connection, operation, subscription, now)
        event = events.of_operation(connection, operation.id)
    if event is None:  # another change was faster
        raise _conflict(operation, load(connection, operation.subject_number))
    before = operation.preview["before"]
    return planned(subscription, operation.request, before, event.occurred_at), event.occurred_at


def _apply(connection: Connection, operation: Operation, subscription: Subscription, now: datetime) -> None:
    """Write the new values and the events, if the subscription is still as it was shown. Raises Refused."""
    request = operation.request
    if subscription.version != request["version"]:
        return
    refused = why_not(subscription, request["step"], request["was"], now)
    if refused is not None:
        raise Refused(refused)
    change = planned(subscription, request, operation.preview["before"], now)
    columns = subscriptions.c
    update = subscriptions.update().where(
        columns.id == subscription.id, columns.version == request["version"]
    )
    if connection.execute(update.values(change.values)).rowcount == 1:
        connection.execute(subscription_events.insert(), _events(operation, subscription, change, now))


def _events(
    operation: Operation, subscription: Subscription, change: Change, now: datetime
) -> list[dict[str, Any]]:
    last = len(change.events) - 1
    return [
        {
            "subscription_id": subscription.id,
            "customer_id": subscription.customer_id,
            "kind": kind,
            "occurred_at": now,
            "recorded_at": now,
            "actor": "staff",
            "mrr_delta_units": delta,
            "currency": subscription.currency,
            "reason": operation.request["reason"],
            "note": operation.request["note"] or None,
            "operation_id": operation.id if position == last else None,
        }
        for position, (kind, delta) in enumerate(change.events)
    ]


def _conflict(operation: Operation, subscription: Subscription) -> Conflict:
    request = operation.request
    shown = Expected(request["version"], request["fingerprint"], tuple(operation.preview["facts"].items()))
    current = cancellation.as_it_is(subscription, request["step"])
    return cancellation.changed(subscription.number, shown, current)


def _lost(operation: Operation, refusal: Conflict | Refused, now: datetime) -> Done:
    """It cannot be done. If that is because somebody has just done it, say so; else raise the refusal."""
    with reading() as data:
        subscription = load(data.subscriptions, operation.subject_number)
        done = already(data, subscription, operation.request["step"], operation.id)
    if done is not None:
        at = done.at.isoformat() if done.at else None
        operations.refuse(operation, done.sentence, now, already={"by": done.by, "at": at})
        return done
    changes = refusal.changes if isinstance(refusal, Conflict) else None
    operations.refuse(operation, str(refusal), now, changes=changes)
    raise refusal


def _known(operation: Operation) -> Done:
    """What came of an operation that is closed. Raises the Conflict or Refused it ended with."""
    outcome = operation.outcome or {}
    if operation.state == "settled":
        by, at = operations.requester(operation).name, datetime.fromisoformat(outcome["at"])
        return _already(operation.id, operation.subject_number, by, at)
    if outcome.get("already"):
        by, at = outcome["already"]["by"], outcome["already"]["at"]
        return _already(
            operation.id, operation.subject_number, by, datetime.fromisoformat(at) if at else None
        )
    if outcome.get("changes"):
        raise Conflict(
            outcome["refused"], {name: (was, now) for name, (was, now) in outcome["changes"].items()}
        )
    raise Refused(outcome.get("refused") or "This operation is not finished. Look at it under Operations.")


def _reloaded(operation: Operation) -> Operation:
    again = operations.find(operation.id)
    if again is None:
        raise RuntimeError(f"operation {operation.id} has gone")
    return again


def _done(operation: Operation, at: datetime) -> Done:
    by = operations.requester(operation).name
    return Done(operation.id, operation.subject_number, False, by, at, operation.preview["done"])
