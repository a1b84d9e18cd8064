"""A second person's yes or no, taking back before anything has left the house, and closing what a person has
looked up. Each is bound to the operation as it is: one amount, one charge, one version, until it expires.
"""

from datetime import datetime, timedelta

from console import audit, clocks
from console.access import Actor, Permission, require
from console.actions import operations, refundable, refunding
from console.actions.carrying_out import carry_on
from console.actions.done import Done
from console.actions.engine import just_done, told
from console.actions.every_verb import VERBS
from console.actions.transitions import Event, leads_to
from console.db import reading
from console.errors import Conflict, ConsoleError, NotFound, NotPermitted, Refused
from console.gateways.choose import payment_gateway
from console.settings import get_settings
from queries import refund_blocks
from queries.operations import Operation


def load(operation_id: str) -> Operation:
    """Raises NotFound, and Refused for what is no id."""
    operation = operations.find(operations.checked_id(operation_id))
    if operation is None:
        raise NotFound(f"There is no operation {operation_id[:40]}.")
    return operation


def come_of(operation: Operation) -> Done | ConsoleError:
    """What came of an operation, to be shown to whoever asked for it."""
    try:
        return just_done(operation) if operation.state == "settled" else told(operation)
    except ConsoleError as refusal:
        return refusal


def why_not_approve(actor: Actor, operation: Operation) -> str | None:
    """Why this person may not say yes or no to it, in words; None if they may."""
    if operation.state != "waiting_for_approval":
        return f"{operation.subject_number}: this waits for nobody's approval any more."
    if not actor.may(Permission.APPROVE_REFUND):
        return f"Approving needs the permission “{Permission.APPROVE_REFUND}”, which your role does not have."
    if actor.staff_id == operation.requested_by:
        return (
            "You asked for it yourself: a second person has to approve it. That holds for administrators too."
        )
    return None


def approve(actor: Actor, operation_id: str, *, now: datetime | None = None) -> Done:
    """Say yes to exactly what was asked for. What has changed since is refused instead, and has to be asked
    for again. Raises NotPermitted, NotFound, Refused, Conflict, Unavailable."""
    moment, operation = now or clocks.now(), _theirs(actor, operation_id)
    _require_as_asked(operation, moment)
    columns = {
        "approved_by": actor.staff_id,
        "approved_at": moment,
        "approval_expires_at": moment + timedelta(hours=get_settings().approval_hours),
        "send_after": moment + operations.recall_window(),
    }
    if not operations.move(
        operation, "approve", moment, actor=actor, after=_asked_by(operation), columns=columns
    ):
        return told(operations.reloaded(operation))
    return carry_on(operations.reloaded(operation), moment)


def what_changed(operation: Operation, now: datetime) -> str | None:
    """Why it cannot be approved as it was asked for, in words; None if it still can."""
    try:
        _look(operation, now)
    except (Conflict, Refused) as changed:
        return str(changed)
    return None


def take(actor: Actor, operation_id: str) -> Done:
    """Put an open operation into one's own queue. Raises NotPermitted, NotFound."""
    require(actor, Permission.READ_OPERATIONS)
    operation = load(operation_id)
    operations.own(operation, actor.staff_id)
    return told(operations.reloaded(operation))


def reject(actor: Actor, operation_id: str, *, why: str, now: datetime | None = None) -> Done:
    """Say no, with a sentence for whoever asked. Raises NotPermitted, NotFound, Refused."""
    moment, operation = now or clocks.now(), _theirs(actor, operation_id)
    said = f"{actor.name} said no: {_required(why)}"
    _move(operation, "reject", actor, said, moment, after=_asked_by(operation))
    return Done(operation.id, operation.subject_number, False, actor.name, moment, said, state="refused")


def recall(actor: Actor, operation_id: str, *, now: datetime | None = None) -> Done:
    """Take back what has not left the house yet: by whoever asked for it, or who may approve it. Raises
    NotPermitted, NotFound, Refused (it is on its way)."""
    moment, operation = now or clocks.now(), load(operation_id)
    require(actor, Permission.READ_OPERATIONS)
    if actor.staff_id != operation.requested_by and not actor.may(Permission.APPROVE_REFUND):
        raise NotPermitted(f"Only {operation.requester_name}, or who may approve it, can take this back.")
    said = f"Taken back by {actor.name} before anything was done."
    _move(operation, "recall", actor, said, moment, after={})
    return Done(operation.id, operation.subject_number, False, actor.name, moment, said, state="refused")


def close_as_not_done(actor: Actor, operation_id: str, *, why: str, now: datetime | None = None) -> Done:
    """What the gateway did not answer, and does not have when it is asked now: a person says that it was not
    done. Only for what it answered with an error of its own: a call that was lost may still arrive. Raises
    NotPermitted, NotFound, Refused."""
    require(actor, Permission.APPROVE_REFUND)
    moment, operation = now or clocks.now(), load(operation_id)
    reason = _required(why)
    no = why_not_close(operation)
    if no is not None:
        raise Refused(no)
    verb = VERBS[operation.kind]
    if verb.look_up(payment_gateway(), operation) is not None:
        return carry_on(operation, moment)
    verb.let_go(operation, moment)
    said = f"{actor.name} looked it up: the payment gateway does not have it. {reason}"
    failed = {"failed": said}
    operations.move(operation, "close", moment, actor=actor, outcome=failed, after=failed)
    return Done(operation.id, operation.subject_number, False, actor.name, moment, said, state="failed")


def why_not_close(operation: Operation) -> str | None:
    if operation.state != "unknown":
        return f"{operation.subject_number}: only what is unknown can be closed by a person."
    if not (operation.outcome or {}).get("broken"):
        return (
            "The payment gateway has not answered, so the request may still arrive there. "
            "Send it again instead: under the same key, so that it is done once."
        )
    return None


def _theirs(actor: Actor, operation_id: str) -> Operation:
    require(actor, Permission.APPROVE_REFUND)
    operation = load(operation_id)
    no = why_not_approve(actor, operation)
    if no is not None and actor.staff_id == operation.requested_by:
        raise NotPermitted(no)
    if no is not None:
        raise Refused(no)
    return operation


def _require_as_asked(operation: Operation, now: datetime) -> None:
    """Nothing is approved that has changed since it was asked for, or has waited too long."""
    try:
        _look(operation, now)
    except (Conflict, Refused) as changed:
        kept = changed.changes if isinstance(changed, Conflict) else None
        operations.refuse(operation, str(changed), now, changes=kept)
        raise


def _look(operation: Operation, now: datetime) -> None:
    lapses = operation.requested_at + timedelta(hours=get_settings().approval_hours)
    if now >= lapses:
        raise Refused("It was asked for too long ago to be approved. Ask for it again.")
    with reading() as data:
        charge = refunding.load(data.subscriptions, operation.request["charge_number"])
        no = refundable.why_not(charge, refund_blocks.of_charge(data.state, charge.number))
    if no is not None:
        raise Refused(no)
    refundable.require_as_shown(charge, refunding.shown(operation))


def _move(
    operation: Operation, event: Event, actor: Actor, said: str, now: datetime, *, after: dict[str, str]
) -> None:
    outcome = {"refused": said}
    moved = operations.move(operation, event, now, actor=actor, outcome=outcome, after={**after, **outcome})
    if not moved:
        state = operations.reloaded(operation).state
        no = (
            "is on its way"
            if leads_to("approved", event) and state in {"sending", "pending"}
            else "has changed"
        )
        raise Refused(
            f"{operation.subject_number}: it {no} ({state.replace('_', ' ')}). Nothing was taken back."
        )


def _asked_by(operation: Operation) -> dict[str, str]:
    return {"requester": operation.requester_name}


def _required(why: str) -> str:
    reason = audit.storable(why).strip()[:500]
    if not reason:
        raise Refused("Say why, in a sentence that whoever asked can act on.")
    return reason
