"""Carrying an operation out, from wherever it is, as far as it can come now. Everything is read from the
stored operation, so the person's click, a second click with the same id, a resumed process and a second
person run the same lines; each step may run again without doing anything twice.

    reserve   our rows: the whole change, or the money set aside, if all is still as it was shown
    ask       the payment gateway, if it has a part in it: first look up whether it has done it already
    book      our rows: what the gateway answered
    close     the outcome with its audit entry, and what is promised to the customer and the ticket

A gateway is never called inside a transaction. What it did not answer is unknown, never failed.
"""

from datetime import datetime

from console import audit
from console.access import Actor
from console.actions import operations, phrases
from console.actions.done import Done
from console.actions.points import reached
from console.actions.telling import promise
from console.actions.verb import VERBS, Answer, Promise, Reserved, Verb, register
from console.db import Connection, writing
from console.errors import Conflict, NotFound, Refused, Unavailable
from console.gateways.choose import payment_gateway
from console.gateways.payments import Broken, Declined, NoAnswer, NotSent
from queries.operations import Operation

__all__ = ["VERBS", "Answer", "Promise", "Reserved", "Verb", "register"]

AT_WORK = ("sending", "pending", "unknown")
OPEN = ("approved", *AT_WORK)  # what can go on without a person


def carry_out(operation: Operation, now: datetime, *, only_look: bool = False) -> Done:
    """Bring an operation as far as it can come. With `only_look` the gateway is asked for nothing.

    Raises Conflict or Refused (it turned out that it cannot be done: nothing was), NotFound, Unavailable (a
    database is away: press again)."""
    if operation.state == "approved" and is_due(operation, now):
        operation = _sent(operation, now)
    if operation.state not in AT_WORK:
        return told(operation)
    verb = VERBS[operation.kind]
    try:
        reserved = _reserved(verb, operation, now)
        if verb.leaves_the_house(operation):
            return _with_gateway(verb, operation, reserved, now, only_look=only_look)
        return _settled(verb, operation, reserved, Answer("succeeded"), reserved.at)
    except (Conflict, Refused) as refusal:
        return _lost(verb, operation, refusal, now)
    except NotFound as gone:  # the row was removed meanwhile
        operations.refuse(operation, str(gone), now)
        raise
    except Unavailable as error:
        raise Unavailable(
            f"What was asked for {operation.subject_number} is recorded but not finished. {error} "
            "Press again to finish it: nothing is done twice.",
            error.part,
        ) from error


def is_due(operation: Operation, now: datetime) -> bool:
    """Whether the time in which it can be recalled is over."""
    return operation.send_after is None or operation.send_after <= now


def _sent(operation: Operation, now: datetime) -> Operation:
    """On its way, unless its approval has lapsed meanwhile."""
    lapses = operation.approval_expires_at
    if lapses is not None and lapses <= now:
        said = f"The approval lapsed on {phrases.moment(lapses)}. Nothing was done. Ask for it again."
        operations.refuse(operation, said, now)
    else:
        operations.move(operation, "send", now)
    reached("sending")
    return operations.reloaded(operation)


def _reserved(verb: Verb, operation: Operation, now: datetime) -> Reserved:
    with writing("subscriptions") as connection:
        reserved = verb.reserve(connection, operation, now)
    reached("reserved")
    return reserved


def _with_gateway(
    verb: Verb, operation: Operation, reserved: Reserved, now: datetime, *, only_look: bool
) -> Done:
    try:
        answer = _looked_up(verb, operation) if only_look else _asked(verb, operation)
    except NotSent as error:
        return told(operations.reloaded(operation), why=str(error))
    except NoAnswer as error:
        outcome = {"unknown": str(error), "broken": isinstance(error, Broken)}
        if not operations.move(operation, "lose", now, outcome=outcome, after={"unknown": str(error)}):
            operations.learn(operation, outcome)
        return told(operations.reloaded(operation), why=str(error))
    except Declined as error:
        answer = Answer("failed", sentence=str(error))
    reached("answered")
    if answer is None:
        return told(operations.reloaded(operation))
    return conclude(operation, answer, now, reserved=reserved)


def _looked_up(verb: Verb, operation: Operation) -> Answer | None:
    return verb.look_up(payment_gateway(), operation)


def _asked(verb: Verb, operation: Operation) -> Answer | None:
    """The gateway's answer; None if the operation was closed while we were about to ask."""
    calls = operations.claim(operation)
    if not calls:
        return None
    reached("claimed")
    try:
        return verb.ask(payment_gateway(), operation, first=calls == 1)
    except NotSent:
        operations.unclaim(operation)
        raise


def conclude(operation: Operation, answer: Answer, now: datetime, *, reserved: Reserved) -> Done:
    """What the gateway answered, or told us by itself, in our rows and as the operation's state."""
    verb = VERBS[operation.kind]
    if answer.state == "succeeded":
        return _settled(verb, operation, reserved, answer, now, booked=True)
    columns = {"gateway_reference": answer.reference} if answer.reference else {}
    if answer.state == "pending":
        with writing("subscriptions") as connection:
            verb.book(connection, operation, answer, now)
        operations.move(operation, "wait", now, outcome={"pending": True}, columns=columns)
        return told(operations.reloaded(operation))
    with writing("subscriptions") as connection:
        if answer.reference:
            verb.book(connection, operation, answer, now)
        verb.release(connection, operation, now)
    reached("booked")
    failed = {"failed": answer.sentence}

    def promised(connection: Connection) -> None:
        for one in verb.promises(operation, answer) if answer.stays else ():
            promise(connection, operation.id, one.kind, one.payload, now)

    operations.move(
        operation, "decline", now, outcome=failed, after=failed, columns=columns, promise=promised
    )
    reached("closed")
    return told(operations.reloaded(operation))


def _settled(
    verb: Verb,
    operation: Operation,
    reserved: Reserved,
    answer: Answer,
    at: datetime,
    *,
    booked: bool = False,
) -> Done:
    if booked:
        with writing("subscriptions") as connection:
            verb.book(connection, operation, answer, at)
        reached("booked")

    def promised(connection: Connection) -> None:
        verb.close(connection, operation, at)
        for one in verb.promises(operation, answer):
            promise(connection, operation.id, one.kind, one.payload, at)

    columns = {"gateway_reference": answer.reference} if answer.reference else {}
    mine = operations.settle(
        operation, before=reserved.before, after=reserved.after, at=at, promise=promised, columns=columns
    )
    reached("closed")
    if not mine:
        return told(operations.reloaded(operation))
    return just_done(operations.reloaded(operation))


def just_done(operation: Operation) -> Done:
    """The answer to whoever saw it through."""
    by, at = operations.requester(operation).name, datetime.fromisoformat((operation.outcome or {})["at"])
    sentence = VERBS[operation.kind].sentence(operation)
    return Done(operation.id, operation.subject_number, False, by, at, sentence)


def _lost(verb: Verb, operation: Operation, refusal: Conflict | Refused, now: datetime) -> Done:
    """It cannot be done. If that is because somebody has just done it, say so; else raise the refusal."""
    done = verb.already(operation)
    if done is not None:
        at = audit.instant(done.at) if done.at else None
        operations.refuse(operation, done.sentence, now, already={"by": done.by, "at": at})
        return done
    changes = refusal.changes if isinstance(refusal, Conflict) else None
    operations.refuse(operation, str(refusal), now, changes=changes)
    raise refusal


def told(operation: Operation, *, why: str = "") -> Done:
    """How far an operation has come, without doing anything. Raises the Conflict or Refused it ended with."""
    outcome, number = operation.outcome or {}, operation.subject_number
    if operation.state == "settled":
        by, at = operations.requester(operation).name, datetime.fromisoformat(outcome["at"])
        return already_done(operation.id, number, by, at)
    if outcome.get("already"):
        by, at = outcome["already"]["by"], outcome["already"]["at"]
        return already_done(operation.id, number, by, datetime.fromisoformat(at) if at else None)
    if outcome.get("changes"):
        raise Conflict(
            outcome["refused"], {name: (was, now) for name, (was, now) in outcome["changes"].items()}
        )
    if operation.state in {"refused", "failed"}:
        raise Refused(outcome.get("refused") or f"The payment gateway said no: {outcome.get('failed', '')}")
    return Done(
        operation.id,
        number,
        False,
        operation.requester_name,
        None,
        _under_way(operation, why),
        state=operation.state,
        due=operation.send_after if operation.state == "approved" else None,
    )


_UNDER_WAY = {
    "waiting_for_approval": "{number}: a second person has to approve it. {why}",
    "approved": "{number}: it is sent at {due}; until then it can be recalled.",
    "sending": "{number}: it is on its way. {why} It goes on by itself; this page need not wait.",
    "pending": "{number}: the payment gateway has it and has not decided yet. It is settled when it has.",
    "unknown": "{number}: it is not known whether the payment gateway did it. {why} Do not do it again: "
    "look it up under Operations.",
}


def _under_way(operation: Operation, why: str) -> str:
    why = why or operation.request.get("held_because") or ""
    due = phrases.moment_with_seconds(operation.send_after) if operation.send_after else ""
    said = _UNDER_WAY[operation.state].format(number=operation.subject_number, why=why, due=due)
    return " ".join(said.split())


def already_done(operation_id: str, number: str, by: str, at: datetime | None) -> Done:
    when = f" on {phrases.moment(at)}" if at else ""
    sentence = f"Already done by {by}{when}. Nothing was changed now."
    return Done(operation_id, number, True, by, at, sentence)


def reversed_by_gateway(operation: Operation, sentence: str, now: datetime, actor: Actor) -> bool:
    """The gateway took back what it had done: a refund that failed after it had succeeded. Who was told of it
    is told so."""
    verb, failed = VERBS[operation.kind], {"failed": sentence}
    with writing("subscriptions") as connection:
        verb.book(connection, operation, Answer("failed", operation.gateway_reference), now)

    def promised(connection: Connection) -> None:
        for one in verb.regrets(operation, sentence):
            promise(connection, operation.id, f"{one.kind}:reversed", one.payload, now)

    return operations.move(
        operation, "reverse", now, outcome=failed, after=failed, actor=actor, promise=promised
    )
