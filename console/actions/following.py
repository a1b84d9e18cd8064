"""An operation follows what the gateway says of it: at once, late, or before our own answer has arrived.

A refund goes one way, pending → succeeded → failed, and never back; so whoever says what may come in any
order. An operation is moved until it agrees with the furthest that is known.
"""

from contextlib import suppress
from datetime import datetime

from console.actions import engine, operations, refunding
from console.actions.engine import AT_WORK, Answer, Reserved, Verb
from console.actions.every_verb import VERBS
from console.db import reading, writing
from console.errors import Refused
from console.gateways.choose import payment_gateway
from console.gateways.payments import Declined, GatewayCharge, GatewayRefund
from queries import operations as stored
from queries.operations import Operation

_AT_ONCE = 5  # others may move it too, at the same time


def operation_of(there: GatewayRefund | GatewayCharge) -> Operation | None:
    """Which operation of ours made an object of the gateway; None if it was made elsewhere."""
    with reading() as data:
        named = stored.by_id(data.state, there.operation_id) if there.operation_id else None
        return named or stored.by_gateway_reference(data.state, there.reference)


def follow(operation: Operation, there: GatewayRefund | GatewayCharge, now: datetime) -> str:
    """Move the operation to where the gateway is with it. Returns what came of it, in words. Raises NotSent
    (the gateway cannot be asked now), NoAnswer (it has another amount: a person has to look), Unavailable."""
    verb = VERBS.get(operation.kind)
    if verb is None:  # of a newer console, which follows it itself
        return f"operation {operation.id} is of a kind that is not known here"
    answer = _answer(verb, operation, there)
    for _ in range(_AT_ONCE):
        operation = operations.reloaded(operation)
        if answer is None or not _moved(verb, operation, answer, now):
            break
    return f"operation {operation.id} is {operations.reloaded(operation).state}"


def _answer(verb: Verb, operation: Operation, there: GatewayRefund | GatewayCharge) -> Answer | None:
    """What the gateway says now. Where it finds nothing, what it said of a refund decides, if the refund is
    all there is to the operation."""
    try:
        found = verb.look_up(payment_gateway(), operation)
    except Declined:
        found = None
    if found is None and operation.kind == refunding.REFUND and isinstance(there, GatewayRefund):
        return refunding.answer_of(there, operation)
    return found


def _moved(verb: Verb, operation: Operation, answer: Answer, now: datetime) -> bool:
    """One step towards the answer; False if there is none to take."""
    state = operation.state
    if state == "settled" and answer.state == "failed":
        actor = operations.requester(operation)
        return engine.reversed_by_gateway(operation, answer.sentence, now, actor)
    if state in AT_WORK and state != answer.state:
        return _concluded(operation, answer, now, _reserved(verb, operation, now))
    known = operation.gateway_reference == answer.reference  # failed there: that stays so
    if state in {"failed", "refused"} and answer.state == "succeeded" and not known:
        before, after = operation.preview["before"], operation.preview["after"]
        return _concluded(operation, answer, now, Reserved(before, after, now))
    return False


def _concluded(operation: Operation, answer: Answer, now: datetime, reserved: Reserved) -> bool:
    with suppress(Refused):  # how the engine says that it has failed
        engine.conclude(operation, answer, now, reserved=reserved)
    return True


def _reserved(verb: Verb, operation: Operation, now: datetime) -> Reserved:
    with writing("subscriptions") as connection:
        return verb.reserve(connection, operation, now)
