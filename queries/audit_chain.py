"""The audit log as a chain, oldest first: what the writer and the proof of the log read."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from queries.tables_state import audit_entries

BATCH = 1_000
FIRST_PREVIOUS = "0" * 64  # what the first entry carries in the place of a hash before it


@dataclass(frozen=True)
class Link:
    """One entry with everything its hash covers: `content` has every column but `id` and `hash`."""

    id: int
    at: datetime
    hash: str
    previous_hash: str
    content: dict[str, Any]


def last_hash(connection: Connection) -> str:
    """The hash of the newest entry; 64 zeros for an empty log."""
    newest = select(audit_entries.c.hash).order_by(audit_entries.c.id.desc()).limit(1)
    return connection.scalar(newest) or FIRST_PREVIOUS


def links(connection: Connection, *, batch: int = BATCH) -> Iterator[Link]:
    """Every entry in the order of the log, read a batch at a time, so that memory stays bounded."""
    after = 0
    while True:
        some = select(audit_entries).where(audit_entries.c.id > after).order_by(audit_entries.c.id)
        rows = connection.execute(some.limit(batch)).mappings().all()
        for row in rows:
            content = {name: value for name, value in row.items() if name not in {"id", "hash"}}
            yield Link(row["id"], row["at"], row["hash"], row["previous_hash"], content)
        if len(rows) < batch:
            return
        after = rows[-1]["id"]
