"""Mending one difference between our books and the gateway's. Each looks at the gateway again before it does
anything, and uses what acts elsewhere: nothing here books or sends by itself.
"""

from collections.abc import Callable
from datetime import datetime

from console import clocks
from console.access import Actor, require
from console.actions import drift_runs, following, operations, outside_refunds, resuming
from console.actions.drift_kinds import KINDS, Fix, needed
from console.actions.drift_rules import DECIDED
from console.actions.ending_there import end_there
from console.db import reading
from console.errors import NotFound, Refused
from console.gateways.choose import payment_gateway
from console.gateways.payments import Declined, GatewayCharge, GatewayRefund
from queries import drift_findings as stored
from queries.drift_findings import DriftFinding


def why_not_fix(actor: Actor, finding: DriftFinding) -> str | None:
    """Why this person cannot mend it here, in words; None if they can."""
    kind = KINDS[finding.kind]
    permission = needed(kind, finding.subject_kind)
    if kind.fix is None or permission is None:
        return kind.todo
    if finding.gone_at is not None:
        return "It is not there any more."
    if not actor.may(permission):
        return f"This needs the permission “{permission}”, which your role does not have."
    return None


def fix(actor: Actor, finding_id: int, *, now: datetime | None = None) -> str:
    """Do what the kind says. Returns what came of it, in words; a mended one leaves the list. Raises
    NotPermitted, NotFound, Refused, NotSent (the gateway cannot be asked), Unavailable."""
    moment = now or clocks.now()
    with reading() as data:
        finding = stored.by_id(data.state, finding_id)
    if finding is None:
        raise NotFound(f"There is no finding {finding_id}.")
    kind = KINDS[finding.kind]
    permission = needed(kind, finding.subject_kind)
    if permission is not None:
        require(actor, permission)
    no = why_not_fix(actor, finding)
    if no is not None or kind.fix is None:
        raise Refused(no or kind.todo)
    said, mended = _FIXES[kind.fix](actor, finding, moment)
    if mended:
        drift_runs.let_go(finding.id, moment)
    return said


def _book(actor: Actor, finding: DriftFinding, now: datetime) -> tuple[str, bool]:
    there = _refund(finding)
    operation = following.operation_of(there)
    if operation is not None:
        return _sentence(following.follow(operation, there, now)), True
    return _sentence(outside_refunds.keep(there, now, actor)), True


def _conclude(actor: Actor, finding: DriftFinding, now: datetime) -> tuple[str, bool]:
    del actor  # the operation is its requester's, whoever finishes it
    operation = operations.find(finding.details["operation"])
    if operation is None:
        raise Refused(f"Operation {finding.details['operation']} is not ours: book the refund instead.")
    if operation.state in DECIDED:
        said = _sentence(following.follow(operation, _object(finding), now))
    else:
        said = _resumed(operation.id, now)
    return said, operations.reloaded(operation).state in DECIDED


def _resumed(operation_id: str, now: datetime) -> str:
    try:
        return resuming.resume(operation_id, now=now).sentence
    except Refused as said_no:  # that is its outcome
        return str(said_no)


def _end_there(actor: Actor, finding: DriftFinding, now: datetime) -> tuple[str, bool]:
    done = end_there(actor, finding.subject_number, operation_id=operations.new_operation_id(), now=now)
    return done.sentence, done.state == "settled"


def _object(finding: DriftFinding) -> GatewayRefund | GatewayCharge:
    if "charge" not in finding.details:
        return _refund(finding)
    try:
        return payment_gateway().get_charge(finding.details["charge"])
    except Declined as error:
        raise Refused(f"{error} {KINDS[finding.kind].todo}") from error


def _refund(finding: DriftFinding) -> GatewayRefund:
    try:
        return payment_gateway().get_refund(finding.details["refund"])
    except Declined as error:
        raise Refused(f"{error} {KINDS[finding.kind].todo}") from error


def _sentence(said: str) -> str:
    return f"{said[:1].upper()}{said[1:]}."


_FIXES: dict[Fix, Callable[[Actor, DriftFinding, datetime], tuple[str, bool]]] = {
    "book": _book,
    "conclude": _conclude,
    "end_there": _end_there,
}
