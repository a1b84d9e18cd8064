"""The audit log as a chain, oldest first: what the writer and the proof of the log read.

The proof must be able to name an entry whatever somebody wrote into it, past the types of the columns: so
moments and JSON are read as their text, and what cannot be understood stays text, which fits no hash.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Text, cast, select

from queries.tables_state import audit_entries

BATCH = 1_000
FIRST_PREVIOUS = "0" * 64  # what the first entry carries in the place of a hash before it
COVERED = tuple(name for name in audit_entries.columns.keys() if name not in {"id", "hash"})  # noqa: SIM118
_AS_TEXT = ("at", "before", "after")
_COLUMNS = [
    cast(column, Text).label(column.name) if column.name in _AS_TEXT else column
    for column in audit_entries.columns
]
_NEWEST = select(audit_entries.c.hash).order_by(audit_entries.c.id.desc()).limit(1)


@dataclass(frozen=True)
class Link:
    """One entry with everything its hash covers: `content` has every column but `id` and `hash`. `at` is UTC;
    None where what stands there is no moment."""

    id: int
    at: datetime | None
    hash: str
    previous_hash: str
    content: dict[str, Any]


def last_hash(connection: Connection) -> str:
    """The hash of the newest entry; 64 zeros for an empty log."""
    return connection.scalar(_NEWEST) or FIRST_PREVIOUS


def links(connection: Connection, *, batch: int = BATCH) -> Iterator[Link]:
    """Every entry in the order of the log, read a batch at a time, so that memory stays bounded."""
    ordered = select(*_COLUMNS).order_by(audit_entries.c.id).limit(batch)
    some = ordered
    while True:
        with _whatever_the_bytes(connection):
            rows = connection.execute(some).mappings().all()
        for row in rows:
            yield link_of(dict(row))
        if len(rows) < batch:
            return
        some = ordered.where(audit_entries.c.id > rows[-1]["id"])


def link_of(row: Mapping[str, Any]) -> Link:
    """A row of the log as its link. `at`, `before` and `after` are the text the database keeps."""
    content = {name: row[name] for name in COVERED}
    content["before"], content["after"] = _value(row["before"]), _value(row["after"])
    content["at"] = at = _moment(row["at"])
    return Link(
        row["id"], at if isinstance(at, datetime) else None, row["hash"], row["previous_hash"], content
    )


def _moment(text: str) -> datetime | str:
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return text


def _value(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return _json.decode(text)
    except (ValueError, RecursionError):
        return text


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):  # the last would hide the others
        raise ValueError("a name twice")
    return fields


_json = json.JSONDecoder(object_pairs_hook=_each_name_once)


@contextmanager
def _whatever_the_bytes(connection: Connection) -> Iterator[None]:
    """SQLite keeps any bytes as text; its driver would refuse the whole batch for one that is no UTF-8."""
    if connection.dialect.name != "sqlite":
        yield
        return
    driver: Any = connection.connection.driver_connection
    driver.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
    try:
        yield
    finally:
        driver.text_factory = str
