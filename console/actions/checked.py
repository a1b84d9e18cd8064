"""What every form asks besides its own question, as it can be kept."""

from collections.abc import Mapping
from dataclasses import dataclass

from console import audit
from console.actions import operations
from console.errors import Refused

LONGEST_NOTE = 2_000


@dataclass(frozen=True, kw_only=True)
class Form:
    """The operation's id in its one spelling, the reason's code, the note, the ticket it came from, and
    whether the customer is told."""

    operation_id: str
    reason: str
    note: str
    ticket_number: str | None
    tell_customer: bool


def checked_form(
    reasons: Mapping[str, str],
    *,
    operation_id: str,
    reason: str,
    note: str,
    ticket_number: str | None,
    tell_customer: bool,
) -> Form:
    """Raises Refused for an id that is none, a reason that is no code, a note that is too long."""
    require_reason(reason, reasons)
    return Form(
        operation_id=operations.checked_id(operation_id),
        reason=reason,
        note=checked_note(note),
        ticket_number=checked_ticket(ticket_number),
        tell_customer=tell_customer,
    )


def require_reason(reason: str, known: Mapping[str, str]) -> None:
    """Raises Refused for a reason that is not one of the codes."""
    if reason not in known:
        said = f"“{reason[:40]}” is not a reason" if reason else "A reason is required"
        raise Refused(f"{said}. Choose one of: {', '.join(known)}.")


def checked_note(text: str) -> str:
    """A note as it can be kept. Raises Refused for one that is too long."""
    note = audit.storable(text).strip()
    if len(note) > LONGEST_NOTE:
        raise Refused(f"The note has {len(note)} characters; it can have {LONGEST_NOTE}. Shorten it.")
    return note


def checked_ticket(text: str | None) -> str | None:
    """The number of the ticket an action came from; None for none."""
    return audit.storable(text or "").strip()[:64] or None
