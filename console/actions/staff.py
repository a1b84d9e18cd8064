"""Who may sign in, with which role and limits: for whoever operates this machine and can reach the database.

These verbs know no Actor: the first administrator has to come from somewhere.
"""

from collections.abc import Callable
from typing import Any

from babel.numbers import is_currency

from console import audit, clocks, limits
from console.access import ROLES, Actor
from console.db import Connection, IntegrityError, writing
from console.errors import NotFound, Refused
from queries.staff import LONGEST_EMAIL, StaffMember, by_email
from queries.tables_state import staff, staff_sessions

OPERATOR = Actor(staff_id=0, email="", name="The operator of this machine", role="system", channel="command")


def _checked_email(email: str) -> str:
    cleaned = email.strip()
    local, _, domain = cleaned.rpartition("@")
    plain = cleaned.isprintable() and " " not in cleaned and len(cleaned) <= LONGEST_EMAIL
    if not (local and "." in domain.strip(".") and plain):
        raise Refused(f"“{email[:40]}” is not an e-mail address. Write it as name@company.example.")
    return cleaned


def _checked_name(name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned or not cleaned.isprintable() or len(cleaned) > 200:
        raise Refused("A person needs a name of at most 200 characters, on one line.")
    return cleaned


def _checked_role(role: str) -> str:
    if role not in ROLES:
        raise Refused(f"There is no role “{role[:40]}”. The roles are: {', '.join(ROLES)}.")
    return role


def _checked_currency(currency: str) -> str:
    code = currency.strip().upper()
    if not is_currency(code):
        raise Refused(f"“{currency[:40]}” is not a currency. Write its three letters, like EUR.")
    return code


def _found(connection: Connection, email: str) -> StaffMember:
    member = by_email(connection, email.strip())
    if member is None:
        raise NotFound(
            f"Nobody of the staff has the e-mail address “{email[:40]}”. See all: `console staff list`."
        )
    return member


def add_staff(email: str, name: str, role: str) -> StaffMember:
    """Let a person sign in. Raises Refused for a wrong address, name or role, or one already there."""
    values = {"email": _checked_email(email), "name": _checked_name(name), "role": _checked_role(role)}
    try:
        with writing("state") as connection:
            connection.execute(staff.insert().values(**values, created_at=clocks.now()))
            return _written_down(connection, None, _found(connection, values["email"]), "staff.added")
    except IntegrityError as error:
        raise Refused(
            f"{values['email']} is already on the list. Change the role with `console staff set-role`."
        ) from error


def set_role(email: str, role: str) -> StaffMember:
    """Give a person another role; it holds from their next click. Raises NotFound, Refused."""
    checked = _checked_role(role)
    with writing("state") as connection:
        member = _found(connection, email)
        connection.execute(staff.update().where(staff.c.id == member.id).values(role=checked))
        return _written_down(connection, member, _found(connection, email), "staff.role_changed")


def set_limit(email: str, currency: str, per_refund_minor: int, per_day_minor: int) -> StaffMember:
    """Give a person their own limit of refunds without a second person, in place of their role's, in one
    currency; 0 always asks for a second person. Raises NotFound, Refused."""
    code = _checked_currency(currency)
    if not 0 <= per_refund_minor <= per_day_minor:
        raise Refused("A limit is not below zero, nor that of one refund above that of a day.")
    return _with_limits(email, lambda own: limits.with_own(own, code, per_refund_minor, per_day_minor))


def clear_limit(email: str, currency: str | None = None) -> StaffMember:
    """Let the role's limit hold again, in one currency or in all. Raises NotFound, Refused."""
    if currency is None:
        return _with_limits(email, lambda _: None)
    code = _checked_currency(currency)
    return _with_limits(email, lambda own: limits.without_own(own, code))


def _with_limits(email: str, changed: Callable[[limits.Own | None], dict[str, Any] | None]) -> StaffMember:
    with writing("state") as connection:
        member = _found(connection, email)
        connection.execute(
            staff.update().where(staff.c.id == member.id).values(limits=changed(member.limits))
        )
        return _written_down(
            connection, member, _found(connection, email), "staff.limits_changed", _limits_in_words
        )


def disable(email: str) -> StaffMember:
    """Shut a person out: no sign-in any more, every browser of theirs signed out now. Raises NotFound."""
    with writing("state") as connection:
        member = _found(connection, email)
        connection.execute(staff.update().where(staff.c.id == member.id).values(active=False))
        connection.execute(
            staff_sessions.update()
            .where(staff_sessions.c.staff_id == member.id, staff_sessions.c.ended_at.is_(None))
            .values(ended_at=clocks.now())
        )
        return _written_down(connection, member, _found(connection, email), "staff.disabled")


def enable(email: str) -> StaffMember:
    """Let a person in again; they sign in anew. Raises NotFound."""
    with writing("state") as connection:
        member = _found(connection, email)
        connection.execute(staff.update().where(staff.c.id == member.id).values(active=True))
        return _written_down(connection, member, _found(connection, email), "staff.enabled")


def _standing(member: StaffMember) -> dict[str, Any]:
    return {"role": member.role, "active": member.active}


def _limits_in_words(member: StaffMember) -> dict[str, Any]:
    return {"limits": limits.in_words(member.limits)}


def _written_down(
    connection: Connection,
    was: StaffMember | None,
    member: StaffMember,
    kind: str,
    fields: Callable[[StaffMember], dict[str, Any]] = _standing,
) -> StaffMember:
    """The change in the audit log, by whoever operates this machine: no person of the staff table."""
    audit.record(
        connection,
        actor=OPERATOR,
        kind=kind,
        at=clocks.now(),
        subject_kind="staff",
        subject_number=member.email,
        before=fields(was) if was else None,
        after=fields(member),
    )
    return member
