"""The audit log: who did what to whom, when, why, from what to what. Entries are added, never touched again.

Each entry carries the hash of the one before it, so a changed, removed or slipped-in entry shows. What a
chain cannot show by itself is that its newest entries are gone: keep `digest` elsewhere and give it to
`verify`.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Protocol

from console.access import Actor
from console.db import Connection
from queries import audit_chain
from queries.audit_chain import FIRST_PREVIOUS, Link
from queries.tables_state import audit_entries

# One sentence per kind. {before[…]} and {after[…]} are fields of the entry; {when}: how a cancellation ends.
SENTENCES = {
    "subscription.cancel.asked": "{actor} asked to cancel {subject} {when}",
    "subscription.cancel.done": "{actor} cancelled {subject} {when}",
    "subscription.cancel.refused": "{actor} could not cancel {subject}: {after[refused]}",
    "subscription.cancel_undo.asked": "{actor} asked to take back the cancellation of {subject}",
    "subscription.cancel_undo.done": "{actor} took back the cancellation of {subject}",
    "subscription.cancel_undo.refused": (
        "{actor} could not take back the cancellation of {subject}: {after[refused]}"
    ),
    "report.exported": "{actor} exported {subject}",
    "session.signed_in": "{actor} signed in",
    "session.signed_out": "{actor} signed out",
    "staff.added": "{actor} added {subject} as {after[role]}",
    "staff.role_changed": "{actor} changed the role of {subject} from {before[role]} to {after[role]}",
    "staff.disabled": "{actor} disabled {subject}",
    "staff.enabled": "{actor} enabled {subject}",
}

# For what nobody in the staff table did: `staff_id` 0 is kept as no reference.
SYSTEM = Actor(staff_id=0, email="", name="The console", role="system", channel="system")

_CHAIN_LOCK = 4_710_264_913_377_105  # any constant of our own: PostgreSQL's advisory locks are numbers


def storable(text: str) -> str:
    """The text as both databases can keep it: without NUL, half surrogates replaced."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def _plain(value: Any) -> Any:
    """The value as JSON gives it back, so that what is hashed is what will be read."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {storable(str(name)): _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def instant(moment: datetime) -> str:
    """ISO 8601 in UTC with microseconds: one spelling per moment."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def _hash(content: Mapping[str, Any]) -> str:
    """SHA-256 of the content (the hash before it included) as canonical JSON."""
    canonical = json.dumps(
        _plain(content), sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def _one_at_a_time(connection: Connection) -> None:
    """Nobody else adds an entry until this transaction ends. SQLite's writers queue up anyway."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_CHAIN_LOCK})")


def record(
    connection: Connection,
    *,
    actor: Actor,
    kind: str,
    at: datetime,
    subject_kind: str | None = None,
    subject_number: str | None = None,
    customer_number: str | None = None,
    customer_name: str | None = None,
    reason: str | None = None,
    note: str | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    operation_id: str | None = None,
) -> int:
    """Add an entry within the caller's transaction on the state database; returns its id.

    Call it last in the transaction: others who want to add an entry wait from here until it ends.
    `before` and `after` are fields by plain name. Raises ValueError for a kind without a sentence.
    """
    if kind not in SENTENCES:
        raise ValueError(f"no sentence for audit entries of kind {kind!r}")
    _one_at_a_time(connection)
    content = _plain(
        {
            "kind": kind,
            "actor_id": actor.staff_id or None,
            "actor_name": actor.name,
            "actor_email": actor.email,
            "channel": actor.channel,
            "subject_kind": subject_kind,
            "subject_number": subject_number,
            "customer_number": customer_number,
            "customer_name": customer_name,
            "reason": reason,
            "note": note,
            "before": before or {},
            "after": after or {},
            "operation_id": operation_id,
            "previous_hash": audit_chain.last_hash(connection),
        }
    ) | {"at": at.astimezone(UTC)}
    added = audit_entries.insert().values(**content, hash=_hash(content)).returning(audit_entries.c.id)
    return int(connection.execute(added).scalar_one())


class Entry(Protocol):
    """What `sentence` needs of an entry."""

    @property
    def kind(self) -> str: ...
    @property
    def actor_name(self) -> str: ...
    @property
    def subject_number(self) -> str | None: ...
    @property
    def before(self) -> dict[str, Any] | None: ...
    @property
    def after(self) -> dict[str, Any] | None: ...


class _Fields(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return "—"


def sentence(entry: Entry) -> str:
    """What happened, in one sentence of plain text."""
    after = _Fields(entry.after or {})
    actor, subject = entry.actor_name or "Somebody", entry.subject_number or "—"
    if entry.kind not in SENTENCES:  # of a newer version
        return f"{actor}: {entry.kind} {subject}"
    return SENTENCES[entry.kind].format(
        actor=actor,
        subject=subject,
        when="at the end of its period" if after.get("cancel_at_period_end") else "at once",
        before=_Fields(entry.before or {}),
        after=after,
    )


@dataclass(frozen=True)
class Verification:
    """The proof of the log: how many entries fit, the hash of the last one, and in words what is found."""

    intact: bool
    entries: int
    digest: str
    broken_at: int | None  # the id of the first entry that does not fit
    sentence: str


def verify(connection: Connection, *, kept: str | None = None) -> Verification:
    """Walk the log from its first entry and recompute every hash. `kept` is a digest noted down earlier: it
    must still be in the log. Reads in batches; nothing is changed."""
    previous, entries, met = FIRST_PREVIOUS, 0, kept in {None, FIRST_PREVIOUS}
    for link in audit_chain.links(connection):
        wrong = _what_is_wrong(link, previous)
        if wrong:
            said = f"Entry {link.id} of {instant(link.at)} {wrong}."
            return Verification(False, entries, previous, link.id, said)
        previous, entries, met = link.hash, entries + 1, met or link.hash == kept
    said = (
        f"{entries} {'entry' if entries == 1 else 'entries'}, each as it was recorded."
        if met
        else "The digest kept earlier is not in the log: its newest entries were removed or rewritten."
    )
    return Verification(met, entries, previous, None, said)


def _what_is_wrong(link: Link, previous: str) -> str | None:
    if link.previous_hash != previous:
        return "does not follow the entry before it: one was removed, put in or rewritten"
    if _hash(link.content) != link.hash:
        return "is not as it was recorded: its content was changed"
    return None


def digest(connection: Connection) -> str:
    """The hash of the newest entry, which stands for the whole log: 64 zeros for an empty one."""
    return audit_chain.last_hash(connection)
