"""What an open operation waits for, and the one safe thing to do about it."""

from dataclasses import dataclass
from datetime import datetime

from console import money
from console.access import Actor, Permission
from console.actions.approvals import why_not_close
from console.actions.engine import is_due
from console.actions.phrases import moment, moment_with_seconds
from console.verbs import VERBS
from queries.operations import Operation


@dataclass(frozen=True)
class NextStep:
    """`waits`: for what, in words. `button`: the safe thing a person can do now; None: nothing but wait."""

    waits: str
    button: str | None = None
    does: str = ""  # resume | approvals | recall


def next_step(operation: Operation, now: datetime) -> NextStep:
    """For each state exactly one."""
    state = operation.state
    if state == "waiting_for_approval":
        return NextStep(
            operation.request.get("held_because") or "A second person.", "To Approvals", "approvals"
        )
    if state == "approved" and not is_due(operation, now):
        due = moment_with_seconds(operation.send_after) if operation.send_after else ""
        return NextStep(f"Leaves us at {due}; can be recalled until then.", "Recall", "recall")
    if state in {"approved", "sending"}:
        return NextStep("Its process was stopped, or the gateway was busy.", "Go on with it", "resume")
    if state == "pending":
        return NextStep("The payment gateway has it and has not decided.", "Look it up", "resume")
    if state == "unknown":
        said = str((operation.outcome or {}).get("unknown", ""))
        return NextStep(said, "Look it up, and send it again if it is not there", "resume")
    return NextStep(_ended(operation))


def _ended(operation: Operation) -> str:
    outcome = operation.outcome or {}
    when = f" on {moment(operation.settled_at)}" if operation.settled_at else ""
    why = outcome.get("refused") or outcome.get("failed") or ""
    return f"{operation.state.capitalize()}{when}{f': {why}' if why else ''}"


def may_close(actor: Actor, operation: Operation) -> bool:
    """Whether a person can close it as not done, once they have looked it up."""
    return actor.may(Permission.APPROVE_REFUND) and why_not_close(operation) is None


def what(operation: Operation) -> str:
    """The operation in a few words: "refund 29.90 € of INV-1"."""
    do, _ = VERBS.get(operation.kind, (operation.kind.replace(":", " "), ""))
    amount = operation.amount_minor
    log = {"amount": money.in_words(amount, operation.currency or "")} if amount is not None else {}
    kept = _Fields({**operation.request.get("log", {}), **log})
    when = {"now": "at once", "date": "on a date"}.get(operation.request.get("step", ""), "at its end")
    said = do.format(subject=operation.subject_number, when=kept.get("when", when), after=kept)
    return said[:1].upper() + said[1:]


class _Fields(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "–"
