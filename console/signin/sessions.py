"""Signed-in browsers: the rows behind the cookies.

The cookie is an opaque secret; the database has only its hash. A session ends when its person signs out or is
disabled, after the idle limit without a click, or at its absolute age, whatever comes first.
"""

import hashlib
import re
import secrets
from datetime import datetime, timedelta

from console import audit, clocks
from console.access import Actor
from console.db import Connection, writing
from console.settings import get_settings
from queries import staff
from queries.staff import StaffSession
from queries.tables_state import staff_sessions

KEPT = timedelta(days=90)  # rows of sessions long over; who signed in when stays in the audit log
_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


def hash_of(token: str | None) -> str | None:
    """The key of a cookie's row; None for what cannot be one of our cookies."""
    if token is None or not _TOKEN.fullmatch(token):
        return None
    return hashlib.sha256(token.encode()).hexdigest()


def is_valid(session: StaffSession, at: datetime) -> bool:
    """Whether the session opens the console at that moment."""
    settings = get_settings()
    return (
        session.ended_at is None
        and session.staff_active
        and at - session.last_seen_at < timedelta(minutes=settings.session_idle_minutes)
        and at - session.created_at < timedelta(hours=settings.session_hours)
    )


def touch_every() -> timedelta:
    """How often clicks are written down: the idle limit may strike this much early, never late."""
    return min(timedelta(seconds=30), timedelta(minutes=get_settings().session_idle_minutes) / 20)


def begin(
    staff_id: int, method: str, *, instead_of: str | None = None, authenticated_at: datetime | None = None
) -> str:
    """Sign a browser in; the session it had before (`instead_of`: its cookie) is over.

    Returns the secret for the cookie. `authenticated_at`: when the person last proved who they are, if known.
    """
    token = secrets.token_urlsafe(32)
    now = clocks.now()
    with writing("state") as connection:
        _end(connection, hash_of(instead_of), now)
        connection.execute(staff_sessions.delete().where(staff_sessions.c.created_at < now - KEPT))
        connection.execute(
            staff_sessions.insert().values(
                id_hash=hash_of(token),
                staff_id=staff_id,
                method=method,
                created_at=now,
                last_seen_at=now,
                authenticated_at=authenticated_at or now,
            )
        )
        _write_down(connection, staff_id, "session.signed_in", now, method)
    return token


def end(id_hash: str) -> None:
    """Sign a browser out: all its tabs, and every copy of its cookie."""
    now = clocks.now()
    with writing("state") as connection:
        session = staff.sessions(connection, [id_hash]).get(id_hash)
        _end(connection, id_hash, now)
        if session is not None and session.ended_at is None:
            _write_down(connection, session.staff_id, "session.signed_out", now, session.method)


def _write_down(connection: Connection, staff_id: int, kind: str, at: datetime, method: str) -> None:
    member = staff.by_id(connection, staff_id)
    if member is not None:
        actor = Actor(member.id, member.email, member.name, member.role)
        audit.record(connection, actor=actor, kind=kind, at=at, after={"method": method})


def _end(connection: Connection, id_hash: str | None, at: datetime) -> None:
    connection.execute(
        staff_sessions.update()
        .where(staff_sessions.c.id_hash == id_hash, staff_sessions.c.ended_at.is_(None))
        .values(ended_at=at)
    )


def touch(id_hash: str) -> None:
    """Note that somebody used this browser now. What has ended stays ended."""
    now = clocks.now()
    still = now - timedelta(minutes=get_settings().session_idle_minutes)
    with writing("state") as connection:
        connection.execute(
            staff_sessions.update()
            .where(
                staff_sessions.c.id_hash == id_hash,
                staff_sessions.c.ended_at.is_(None),
                staff_sessions.c.last_seen_at > still,
                staff_sessions.c.last_seen_at < now,
            )
            .values(last_seen_at=now)
        )
