"""Who may sign in, with which role: for whoever operates this machine and can reach the database.

These verbs know no Actor: the first administrator has to come from somewhere.
"""

from console import audit, clocks
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


def _written_down(
    connection: Connection, was: StaffMember | None, member: StaffMember, kind: str
) -> StaffMember:
    """The change in the audit log, by whoever operates this machine: no person of the staff table."""
    audit.record(
        connection,
        actor=OPERATOR,
        kind=kind,
        at=clocks.now(),
        subject_kind="staff",
        subject_number=member.email,
        before={"role": was.role, "active": was.active} if was else None,
        after={"role": member.role, "active": member.active},
    )
    return member
