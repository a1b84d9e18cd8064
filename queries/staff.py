"""Who works here, and the browsers they are signed in with."""

import string
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select

from queries.paging import one_of, rows_of
from queries.tables_state import staff, staff_sessions

LONGEST_EMAIL = 320
LARGEST_ID = 2**63 - 1
# The column is lowered byte by byte (collation C). Unicode's lower case would let look-alikes in:
# the Kelvin sign becomes a k.
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)


@dataclass(frozen=True, kw_only=True)
class StaffMember:
    """A person of the staff table. `active` is false for those who may no longer come in; `limits` are their
    own (see `console.limits`), None where their role's hold."""

    id: int
    email: str
    name: str
    role: str
    active: bool
    limits: dict[str, Any] | None
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class StaffSession:
    """A signed-in browser, with what its person may do now. Instants are UTC."""

    id_hash: str
    staff_id: int
    staff_active: bool
    method: str
    created_at: datetime
    last_seen_at: datetime
    authenticated_at: datetime
    ended_at: datetime | None


_MEMBER = (
    staff.c.id,
    staff.c.email,
    staff.c.name,
    staff.c.role,
    staff.c.active,
    staff.c.limits,
    staff.c.created_at,
)
_SESSION = (
    staff_sessions.c.id_hash,
    staff_sessions.c.staff_id,
    staff.c.active.label("staff_active"),
    staff_sessions.c.method,
    staff_sessions.c.created_at,
    staff_sessions.c.last_seen_at,
    staff_sessions.c.authenticated_at,
    staff_sessions.c.ended_at,
)


def by_email(connection: Connection, email: str) -> StaffMember | None:
    """The person with this address, whatever its case (of ASCII letters); None for anything else."""
    if not email.isprintable() or len(email) > LONGEST_EMAIL:
        return None
    asked = select(*_MEMBER).where(func.lower(staff.c.email) == email.translate(_LOWER))
    return one_of(connection, asked, StaffMember)


def by_id(connection: Connection, staff_id: int) -> StaffMember | None:
    """The person with this id, active or not."""
    if not 0 < staff_id <= LARGEST_ID:
        return None
    return one_of(connection, _by_id(), StaffMember, wanted=staff_id)


@cache
def _by_id() -> Select[Any]:
    return select(*_MEMBER).where(staff.c.id == bindparam("wanted"))


def everyone(connection: Connection) -> list[StaffMember]:
    """All staff, active or not, by name."""
    return rows_of(connection, select(*_MEMBER).order_by(func.lower(staff.c.name), staff.c.id), StaffMember)


def sessions(connection: Connection, id_hashes: Collection[str]) -> dict[str, StaffSession]:
    """Sessions by the hash of their secret, ended ones too; those that are not there are left out."""
    asked = (
        select(*_SESSION)
        .join(staff, staff.c.id == staff_sessions.c.staff_id)
        .where(staff_sessions.c.id_hash.in_(id_hashes))
    )
    return {session.id_hash: session for session in rows_of(connection, asked, StaffSession)}
