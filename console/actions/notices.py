"""What the payment gateway tells us by itself. Each message is kept once before anything is done about it, so
that a process stopped in between leaves it for the next minute; what it means is done as often as is needed.

A message is a hint: the gateway is asked how its object is now. Where it does not know the object, all the
messages about it decide together. So their order does not matter, and neither do repeats.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from console.actions import disputes, following, notice_facts, outside_refunds
from console.db import IntegrityError, reading, writing
from console.errors import ConsoleError, Refused, Unavailable
from console.gateways.choose import payment_gateway
from console.gateways.payments import (
    Declined,
    GatewayCharge,
    GatewayDispute,
    GatewayRefund,
    NotSent,
)
from console.gateways.webhooks import GatewayEvent, understood
from queries import notices as stored
from queries.notices import Notice
from queries.tables_gateway import gateway_notices

SEEN = "seen before"
LONGEST_ID = 64
AT_ONCE = 200  # of those that were left
PATIENCE = 3  # answers that stay away before we let the gateway be


def receive(body: Mapping[str, Any], *, now: datetime) -> str:
    """Keep a message whose sender is known, and do what it means. Returns what came of it, in words.

    Raises Refused for what is no event, Unavailable if it could not be kept."""
    event = understood(json.dumps(body).encode())
    return apply(event, now) if keep(event, now) else SEEN


def keep(event: GatewayEvent, now: datetime) -> bool:
    """Store a message. False if it is here already. Raises Refused, Unavailable."""
    if len(event.id) > LONGEST_ID or len(event.type) > LONGEST_ID:
        raise Refused("The message's id or type is longer than those of the payment gateway are.")
    row = {"id": event.id, "type": event.type, "created_at": event.created_at, "received_at": now}
    try:
        with writing("state") as connection:
            connection.execute(gateway_notices.insert(), row | notice_facts.columns_of(event.object))
    except IntegrityError:
        return False
    return True


def apply(event: GatewayEvent, now: datetime) -> str:
    """Do what a kept message means; what cannot be done now is left for `apply_left`. Returns what came of
    it, in words. Raises Unavailable if not even that could be kept."""
    with reading() as data:
        notice = stored.by_key(data.state, event.id, event.type)
    return "not kept" if notice is None else _applied(notice, now).outcome


def apply_left(now: datetime) -> int:
    """Do what kept messages mean that nobody could do before. Safe at any time, by several at once. Returns
    for how many it was done. Raises Unavailable."""
    done = away = 0
    with reading() as data:
        left = stored.left(data.state, limit=AT_ONCE)
    for notice in left:
        applied = _applied(notice, now).applied_at is not None
        done, away = (done + 1, 0) if applied else (done, away + 1)
        if away == PATIENCE:
            break
    return done


def look_after(now: datetime) -> int:
    """What the sweep does each minute: hear what the simulated gateway has to say, which calls nobody by
    itself, and apply what was left. Returns how many messages that were. Raises Unavailable."""
    return _delivered(now) + apply_left(now)


def _delivered(now: datetime) -> int:
    from console.gateways.simulated import SimulatedGateway

    gateway = payment_gateway()
    if not isinstance(gateway, SimulatedGateway):
        return 0
    gateway.catch_up()
    return gateway.deliver(lambda body: _heard(body, now))


def _heard(body: Mapping[str, Any], now: datetime) -> None:
    receive(body, now=now)


@dataclass(frozen=True)
class _Applied:
    outcome: str
    applied_at: datetime | None  # None: left for later


def _applied(notice: Notice, now: datetime) -> _Applied:
    try:
        come = _Applied(_meant(notice, now), now)
    except (NotSent, Unavailable) as error:
        come = _Applied(f"Left for later. {error}", None)
    except ConsoleError as error:  # it would be no other the next time
        come = _Applied(str(error), now)
    row = gateway_notices.c
    mine = gateway_notices.update().where(row.id == notice.id, row.type == notice.type)
    with writing("state") as connection:
        connection.execute(mine.where(row.applied_at.is_(None)).values(asdict(come)))
    return come


def _meant(notice: Notice, now: datetime) -> str:
    """Do it. Raises NotSent or Unavailable where that is not possible now, another ConsoleError where it
    never will be."""
    said = notice_facts.object_of(notice)
    match said:
        case GatewayRefund():
            return _refund(said, now)
        case GatewayCharge():
            return _charge(said, now)
        case GatewayDispute():
            return disputes.keep(said.charge_reference, now)
        case None:
            return "does not concern the console"
    return f"noted: {said.reference} is {said.state} there; the comparison of the books looks at it"


def _refund(said: GatewayRefund, now: datetime) -> str:
    there = _present(said)
    operation = following.operation_of(there)
    if operation is not None:
        return following.follow(operation, there, now)
    return outside_refunds.keep(there, now)


def _charge(said: GatewayCharge, now: datetime) -> str:
    there = _present(said)
    operation = following.operation_of(there)
    if operation is not None:
        return following.follow(operation, there, now)
    return f"noted: {there.reference} is {there.state} there"


def _present(said: Any) -> Any:
    """The object as the gateway has it now; as its messages say where the gateway does not know it."""
    gateway = payment_gateway()
    try:
        if isinstance(said, GatewayRefund):
            return gateway.get_refund(said.reference)
        return gateway.get_charge(said.reference)
    except Declined:
        pass
    except NotSent as error:
        if error.code != "not_understood":
            raise
    with reading() as data:
        return notice_facts.latest(stored.about(data.state, said.reference)) or said
