"""The audit log: added to, never forked, and a change of any entry shows."""

import hashlib
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from string import Formatter
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from console import audit, chain, db
from console.access import Actor
from console.chain import Digest, Verification
from console.errors import Refused
from queries.audit_chain import FIRST_PREVIOUS, links
from queries.tables_state import audit_entries
from tests import build
from tests.conftest import Databases
from tests.tampering import tampering

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def staff_actor(**values: Any) -> Actor:
    with db.writing("state") as connection:
        row = build.staff(connection, **values)
    return Actor(row["id"], row["email"], row["name"], row["role"], "command")


def record(actor: Actor, kind: str = "subscription.cancel.done", **values: Any) -> int:
    subject: dict[str, Any] = {"at": AT, "subject_kind": "subscription", "subject_number": "S-1"}
    with db.writing("state") as connection:
        return audit.record(connection, actor=actor, kind=kind, **(subject | values))


def verification(kept: Digest | str | None = None) -> Verification:
    with db.reading() as data:
        return audit.verify(data.state, kept=kept)


def digest() -> Digest:
    with db.reading() as data:
        return audit.digest(data.state, made_at=AT)


def change(statement: Any) -> None:
    with tampering() as connection:
        connection.execute(statement)


def test_an_empty_log_is_intact(databases: Databases) -> None:
    assert verification() == Verification(
        True,
        0,
        FIRST_PREVIOUS,
        None,
        "0 entries, each as it was recorded. Without a digest kept elsewhere this cannot show that the "
        "newest entries were removed, or that the whole log was rewritten.",
    )
    assert verification(digest()).intact
    assert verification(FIRST_PREVIOUS).intact


def test_what_is_recorded_is_what_is_read_and_it_fits(databases: Databases) -> None:
    aino = staff_actor(name="Aino")
    hostile = 'x"\\ \0 % _ \u202e🙂 \ud800 ' + "ä" * 10_000
    record(
        aino,
        at=AT.astimezone(timezone(timedelta(hours=5))),
        customer_name=hostile,
        reason="other",
        note=hostile,
        before={"ended_at": None, "n": 3},
        after={"ended_at": AT, "parts": (1, "\0two"), "nested": {"a": True}},
    )
    record(aino, before={}, after={})
    found = verification()
    assert found.intact
    assert found.entries == 2
    with db.reading() as data:
        first, second = links(data.state)
        assert audit.digest(data.state, made_at=AT).head == second.hash == found.digest
    assert first.at == AT
    assert first.previous_hash == FIRST_PREVIOUS
    assert second.previous_hash == first.hash
    assert first.content["note"] == hostile.replace("\0", "").replace("\ud800", "?")
    assert first.content["before"] == {"ended_at": None, "n": 3}
    assert first.content["after"] == {
        "ended_at": "2026-03-01T12:00:00.000000+00:00",
        "parts": [1, "two"],
        "nested": {"a": True},
    }


def test_a_hash_is_that_of_canonical_json() -> None:
    content = {"b": "ä", "a": AT, "previous_hash": "0"}
    text = '{"a":"2026-03-01T12:00:00.000000+00:00","b":"ä","previous_hash":"0"}'
    assert chain.entry_hash(content) == hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("note", "changed"),
        ("actor_name", "Somebody else"),
        ("after", {"a": 2}),
        ("at", AT + timedelta(seconds=1)),
    ],
)
def test_a_changed_entry_shows(databases: Databases, column: str, value: object) -> None:
    aino = staff_actor()
    ids = [record(aino, note=f"note {n}", after={"a": 1}) for n in range(5)]
    change(update(audit_entries).where(audit_entries.c.id == ids[2]).values({column: value}))
    found = verification()
    assert (found.intact, found.broken_at, found.entries, found.fault) == (False, ids[2], 2, "changed")
    assert found.sentence.startswith(f"Entry {ids[2]} of 2026-03-01T12:00:0")
    assert "is not as it was recorded" in found.sentence


UNREADABLE = {
    "JSON that is none": "before = 'nothing'",
    "a name twice": """after = '{"a": 2, "a": 1}'""",
    "no JSON at all": "before = NULL",
    "too deep": f"before = '{'[' * 100_000}'",
    "a number that is none": """after = '{"a": NaN}'""",
    "no moment": "at = 'yesterday'",
    "a moment out of reach": "at = '0001-01-01 00:00:00+05:00'",
    "a NUL": "note = note || char(0) || 'more'",
    "bytes that are no text": "note = CAST(x'ff00fe' AS TEXT)",
    "a half surrogate": "note = CAST(x'eda080' AS TEXT)",
    "bytes": "note = x'ff'",
    "a number for a hash": "hash = 7",
}


@pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)  # it keeps anything in any column
@pytest.mark.parametrize("values", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_what_cannot_be_read_is_named_too(databases: Databases, values: str) -> None:
    aino = staff_actor()
    ids = [record(aino, note="a note", after={"a": 1}) for _ in range(3)]
    change(text(f"UPDATE audit_entries SET {values.replace(':', chr(92) + ':')} WHERE id = {ids[1]}"))
    found = verification()
    assert (found.intact, found.broken_at, found.fault) == (False, ids[1], "changed")
    record(aino)  # the connection reads as before


def test_an_entry_before_the_first_shows(databases: Databases) -> None:
    record(staff_actor())
    with db.reading() as data:
        first = dict(data.state.execute(select(audit_entries)).mappings().one())
    change(audit_entries.insert().values(first | {"id": -7, "hash": "a" * 64, "previous_hash": "b" * 64}))
    found = verification()
    assert (found.broken_at, found.fault) == (-7, "inserted")


def test_a_removed_entry_shows(databases: Databases) -> None:
    aino = staff_actor()
    ids = [record(aino) for _ in range(4)]
    kept = digest()
    change(delete(audit_entries).where(audit_entries.c.id == ids[1]))
    found = verification()
    assert (found.broken_at, found.fault) == (ids[2], "removed")
    assert "does not follow the entry before it" in found.sentence
    found = verification(kept)
    assert (found.broken_at, found.fault, found.at) == (ids[1], "removed", None)
    assert found.sentence.startswith(
        f"Entry {ids[1]} is gone: it was removed. Entry {ids[2]} of 2026-03-01T12"
    )


def test_a_cut_end_shows_against_a_digest(databases: Databases) -> None:
    aino = staff_actor()
    ids = [record(aino) for _ in range(3)]
    kept = digest()
    record(aino)
    assert verification(kept).intact
    assert verification(kept.head).intact
    change(delete(audit_entries).where(audit_entries.c.id >= ids[1]))
    alone = verification()
    assert alone.intact
    assert "Without a digest kept elsewhere this cannot show" in alone.sentence
    found = verification(kept)
    assert (found.intact, found.broken_at, found.entries, found.fault) == (False, ids[1], 1, "tail_cut")
    assert found.sentence == (
        f"The end of the log was cut off: entry {ids[1]} is gone. "
        "The digest of 2026-03-01T12:00:00.000000+00:00 counts 3, the log has 1."
    )
    found = verification(kept.head)
    assert (found.intact, found.broken_at, found.fault) == (False, None, "not_found")
    assert "newest entries were removed" in found.sentence


def test_no_digest_is_made_of_a_log_that_does_not_fit(databases: Databases) -> None:
    first = record(staff_actor())
    change(update(audit_entries).values(note="changed"))
    with pytest.raises(Refused, match=f"^Entry {first} of .* it was changed. A digest of such a log proves"):
        digest()


def test_the_walk_reads_in_batches(databases: Databases) -> None:
    aino = staff_actor()
    ids = [record(aino) for _ in range(7)]
    with db.reading() as data:
        for batch in (1, 2, 7, 8):
            assert [link.id for link in links(data.state, batch=batch)] == ids


def test_many_threads_make_one_chain(databases: Databases) -> None:
    aino = staff_actor()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: record(aino, note=str(n)), range(200)))
    assert verification().entries == 200
    assert verification().intact


def test_many_processes_make_one_chain(databases: Databases) -> None:
    aino = staff_actor()
    command = [sys.executable, "-m", "tests.recording", aino.email, "25"]
    environment = os.environ | databases.environment
    running = [subprocess.Popen(command, env=environment) for _ in range(8)]
    assert [process.wait(120) for process in running] == [0] * 8
    found = verification()
    assert (found.intact, found.entries) == (True, 200)
    with db.reading() as data:
        notes = [link.content["note"] for link in links(data.state)]
    assert len(set(notes)) == 200
    assert len({note.split()[0] for note in notes}) == 8


def test_an_entry_goes_with_its_transaction(databases: Databases) -> None:
    aino = staff_actor()
    with pytest.raises(RuntimeError), db.writing("state") as connection:
        audit.record(connection, actor=aino, kind="session.signed_in", at=AT)
        raise RuntimeError("half-way")
    record(aino)
    assert verification().entries == 1


def test_a_kind_needs_a_sentence(databases: Databases) -> None:
    with pytest.raises(ValueError, match="no sentence"):
        record(staff_actor(), kind="nothing.known")


def test_the_system_may_be_the_actor(databases: Databases) -> None:
    record(audit.SYSTEM, kind="staff.added", subject_number="a@b.example", after={"role": "admin"})
    assert verification().intact


@dataclass
class Said:
    kind: str
    actor_name: str = "Aino"
    subject_number: str | None = "S-1"
    before: dict[str, Any] | None = field(default_factory=dict)
    after: dict[str, Any] | None = field(default_factory=dict)


@pytest.mark.parametrize("kind", audit.SENTENCES)
def test_every_kind_says_something_even_without_fields(kind: str) -> None:
    named = {name.split("[")[0] for _, name, _, _ in Formatter().parse(audit.SENTENCES[kind]) if name}
    assert named <= {"actor", "subject", "when", "before", "after"}
    said = audit.sentence(Said(kind, before=None, after=None))
    assert re.match(r"[A-Z]\w+ \w+", said)
    assert "{" not in said


def test_sentences() -> None:
    asked = "subscription.cancel.asked"
    assert audit.sentence(Said(asked, after={"cancel_at_period_end": True})) == (
        "Aino asked to cancel S-1 at the end of its period"
    )
    assert audit.sentence(Said("subscription.cancel.done", after={"status": "canceled"})) == (
        "Aino cancelled S-1 at once"
    )
    role = Said("staff.role_changed", before={"role": "agent"}, after={"role": "admin"})
    assert audit.sentence(role) == "Aino changed the role of S-1 from agent to admin"
    braces = Said("staff.disabled", actor_name="{subject}", subject_number="{after[x]}")
    assert audit.sentence(braces) == "{subject} disabled {after[x]}"
    assert audit.sentence(Said("from.later{x}")) == "Aino: from.later{x} S-1"
