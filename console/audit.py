"""The audit log: who did what to whom, when, why, from what to what. Entries are added, never touched again.

Each entry carries the hash of the one before it (`console.chain`), so a changed, removed or slipped-in entry
shows. What a chain cannot show by itself is that its newest entries are gone or that all of it was rewritten:
keep a `digest` elsewhere and give it to `verify`. The database refuses changes too (`append_only` among the
migrations), as long as nobody takes that away.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from console import chain
from console.access import Actor
from console.chain import Digest, Verification, instant, storable
from console.db import Connection
from console.verbs import operation_sentences
from queries import audit_chain
from queries.tables_state import audit_entries

__all__ = ["SENTENCES", "SYSTEM", "Entry", "digest", "instant", "record", "sentence", "storable", "verify"]

# One sentence per kind. {before[…]} and {after[…]} are fields of the entry; {when}: how a cancellation ends.
SENTENCES = operation_sentences() | {
    "payment_link.used": (
        "The customer of {subject} updated the payment details by a link of {after[sent_by]}"
    ),
    "charge.disputed": "The bank says that the customer disputes {subject}: refunds of it are blocked",
    "charge.dispute_won": "The dispute about {subject} is over: refunds of it are possible again",
    "refund.found": "Outside the console {after[amount]} of {after[charge]} was refunded: {subject}",
    "refund.found_failed": (
        "The refund {subject} of {after[charge]}, made outside the console, failed: {after[amount]} came back"
    ),
    "refund.booked": (
        "{actor} booked {subject}: a refund of {after[amount]} of {after[charge]} made outside the console"
    ),
    "bulk.asked": "{actor} asked to {after[what]}, one by one",
    "bulk.stopped": "{actor} stopped it after {after[done]}: to {after[what]}, one by one",
    "bulk.resumed": "{actor} let it go on after {after[done]}: to {after[what]}, one by one",
    "bulk.finished": "Every row has its outcome ({after[done]}): to {after[what]}, one by one",
    "report.exported": "{actor} exported {subject}",
    "schedule.made": "{actor} scheduled a report, number {subject}: {after[what]}",
    "schedule.paused": "{actor} paused the scheduled report {subject}: {after[what]}",
    "schedule.resumed": "{actor} resumed the scheduled report {subject}: {after[what]}",
    "schedule.deleted": "{actor} deleted the scheduled report {subject}: {after[what]}",
    "schedule.ran": "The scheduled report {subject} took {after[rows]} rows out for {actor}: {after[what]}",
    "schedule.failed": "The scheduled report {subject} of {actor} failed: {after[error]}",
    "view.saved": "{actor} saved the view “{subject}” of the screen {after[screen]}, for {after[whose]}",
    "view.deleted": "{actor} deleted the view “{subject}” of the screen {before[screen]}",
    "licence.revealed": "{actor} looked at the licence key of {subject}",
    "session.signed_in": "{actor} signed in",
    "session.signed_out": "{actor} signed out",
    "staff.added": "{actor} added {subject} as {after[role]}",
    "staff.role_changed": "{actor} changed the role of {subject} from {before[role]} to {after[role]}",
    "staff.limits_changed": (
        "{actor} changed what {subject} may refund alone from {before[limits]} to {after[limits]}"
    ),
    "staff.disabled": "{actor} disabled {subject}",
    "staff.enabled": "{actor} enabled {subject}",
}

# For what nobody in the staff table did: `staff_id` 0 is kept as no reference.
SYSTEM = Actor(staff_id=0, email="", name="The console", role="system", channel="system")

_ADDED = audit_entries.insert().returning(audit_entries.c.id)
_CHAIN_LOCK = 4_710_264_913_377_105  # any constant of our own: PostgreSQL's advisory locks are numbers


def one_at_a_time(connection: Connection) -> None:
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
    one_at_a_time(connection)
    content = chain.plain(
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
    values = {**content, "hash": chain.entry_hash(content)}
    return int(connection.execute(_ADDED, values).scalar_one())


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


def _when(after: Mapping[str, Any]) -> str:
    return "at the end of its period" if after.get("cancel_at_period_end") else "at once"


def sentence(entry: Entry) -> str:
    """What happened, in one sentence of plain text."""
    after = _Fields(entry.after or {})
    actor, subject = entry.actor_name or "Somebody", entry.subject_number or "—"
    if entry.kind not in SENTENCES:  # of a newer version
        return f"{actor}: {entry.kind} {subject}"
    return SENTENCES[entry.kind].format(
        actor=actor,
        subject=subject,
        when=after.get("when") or _when(after),
        before=_Fields(entry.before or {}),
        after=after,
    )


def verify(connection: Connection, *, kept: Digest | str | None = None) -> Verification:
    """Walk the log from its first entry and recompute every hash. `kept` is a digest made earlier, or its
    head's hash: what it stands for must still be in the log. Reads in batches; nothing is changed."""
    return chain.check(audit_chain.links(connection), kept)


def digest(connection: Connection, *, made_at: datetime) -> Digest:
    """What the log is now, to keep where nobody who can write the database can write. Raises Refused for a
    log that does not fit."""
    return chain.digest_of(audit_chain.links(connection), made_at)
