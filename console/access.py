"""Who may do what: the whole policy on one screen.

A permission reads "noun:verb". Pages are locked by `open_page`, verbs by `require`; both ask the Actor.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from console.errors import NotPermitted


class Permission(StrEnum):
    USE_CONSOLE = "console:use"
    READ_CUSTOMERS = "customer:read"
    READ_TICKETS = "ticket:read"
    CANCEL_SUBSCRIPTION = "subscription:cancel"  # and undo it
    CHANGE_SUBSCRIPTION = "subscription:change"  # trial, pause, renewal date, licence key, payment link
    REFUND_CHARGE = "charge:refund"  # within limits alone, above them with a second person
    APPROVE_REFUND = "charge:approve"  # be the second person; block refunds of a charge
    READ_OPERATIONS = "operation:read"  # and finish those that wait for a person
    STOP_BULK = "bulk:stop"  # somebody else's bulk action; their own everybody may
    WRITE_NOTES = "note:write"
    READ_REPORTS = "report:read"
    EXPORT_REPORTS = "report:export"
    READ_AUDIT = "audit:read"
    READ_HEALTH = "health:read"


P = Permission
_EVERYONE = {P.USE_CONSOLE, P.READ_CUSTOMERS, P.READ_TICKETS, P.READ_OPERATIONS, P.WRITE_NOTES}
_ACTS = {P.CANCEL_SUBSCRIPTION, P.CHANGE_SUBSCRIPTION, P.REFUND_CHARGE}

ROLES: dict[str, frozenset[Permission]] = {
    "agent": frozenset(_EVERYONE | _ACTS),
    "finance": frozenset(
        _EVERYONE | {P.REFUND_CHARGE, P.APPROVE_REFUND, P.READ_REPORTS, P.EXPORT_REPORTS, P.READ_HEALTH}
    ),
    "manager": frozenset(
        _EVERYONE | _ACTS | {P.APPROVE_REFUND, P.STOP_BULK, P.READ_REPORTS, P.EXPORT_REPORTS, P.READ_AUDIT}
    ),
    "admin": frozenset(Permission),
}

Channel = Literal["screen", "command", "system"]


@dataclass(frozen=True)
class Actor:
    """The person acting, as the staff table has them now (never as a cookie remembers them)."""

    staff_id: int
    email: str
    name: str
    role: str
    channel: Channel = "screen"

    def may(self, permission: Permission) -> bool:
        return permission in ROLES.get(self.role, frozenset())


def require(actor: Actor, permission: Permission) -> None:
    """Raises NotPermitted unless the actor's role has the permission."""
    if not actor.may(permission):
        raise NotPermitted(
            f"{actor.name} ({actor.role}) may not do this: it needs the permission “{permission}”. "
            "An administrator can change a person's role."
        )
