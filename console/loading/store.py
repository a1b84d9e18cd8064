"""Loaded rows in a database: written once, and found again by the key their source has for them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, func, insert, select, update

from console.db import Database
from console.loading.blocks import Made, Record, Reference
from queries import tables_subscriptions, tables_tickets
from queries.lookup import folded

LONGEST_FOLDED = 500  # characters: it stands in an index


@dataclass(frozen=True)
class Entity:
    database: Database
    table: Table
    unique: str | None = None  # the column that may exist only once, whoever wrote it


ENTITIES: dict[str, Entity] = {
    "customer": Entity("subscriptions", tables_subscriptions.customers, "number"),
    "product": Entity("subscriptions", tables_subscriptions.products, "code"),
    "plan": Entity("subscriptions", tables_subscriptions.plans, "code"),
    "subscription": Entity("subscriptions", tables_subscriptions.subscriptions, "number"),
    "subscription_event": Entity("subscriptions", tables_subscriptions.subscription_events),
    "charge": Entity("subscriptions", tables_subscriptions.charges, "invoice_number"),
    "refund": Entity("subscriptions", tables_subscriptions.refunds),
    "ticket": Entity("tickets", tables_tickets.tickets, "number"),
    "ticket_event": Entity("tickets", tables_tickets.ticket_events),
    "agent": Entity("tickets", tables_tickets.agents),
}
_KEYS: dict[Database, Table] = {
    "subscriptions": tables_subscriptions.source_keys,
    "tickets": tables_tickets.source_keys,
}


@dataclass(frozen=True)
class Known:
    row_id: int
    fingerprint: str


@dataclass(frozen=True)
class New:
    key: str
    record: Record
    fingerprint: str = ""


class Store:
    """One source's rows in one database. Writing methods need a writing connection."""

    def __init__(self, connection: Connection, database: Database, source: str, now: datetime) -> None:
        self.connection = connection
        self._keys = _KEYS[database]
        self._source = source
        self._now = now
        self._made: dict[tuple[str, str], int] = {}
        self._filled: set[tuple[str, str]] = set()

    def known(self, kind: str, keys: Iterable[str]) -> dict[str, Known]:
        """Which of the keys were loaded before. `kind` is an entity, or "entity/derived name"."""
        t = self._keys
        found = self.connection.execute(
            select(t.c.key, t.c.row_id, t.c.fingerprint).where(
                t.c.source == self._source, t.c.entity == kind, t.c.key.in_(sorted(set(keys)))
            )
        )
        return {key: Known(row_id, fingerprint) for key, row_id, fingerprint in found}

    def count_below(self, kind: str, prefix: str) -> int:
        """How many keys begin with `prefix` and a slash."""
        t = self._keys
        return (
            self.connection.scalar(
                select(func.count()).where(
                    t.c.source == self._source,
                    t.c.entity == kind,
                    t.c.key >= f"{prefix}/",
                    t.c.key < f"{prefix}0",  # the character after the slash
                )
            )
            or 0
        )

    def taken(self, entity: str, records: Sequence[Record]) -> set[Any]:
        """The values of the records' unique column that are in the table already."""
        of = ENTITIES[entity]
        wanted = {record.get(of.unique) for record in records} - {None} if of.unique else set()
        if of.unique is None or not wanted:
            return set()
        column = of.table.c[of.unique]
        return set(self.connection.scalars(select(column).where(column.in_(sorted(wanted)))))

    def add(self, entity: str, rows: Sequence[New], kind: str | None = None) -> list[int]:
        """Insert, and remember the keys. Returns the ids in the same order."""
        if not rows:
            return []
        table = ENTITIES[entity].table
        statement = insert(table).returning(table.c.id, sort_by_parameter_order=True)
        records = [self._completed(table, row.record) for row in rows]
        ids = list(self.connection.scalars(statement, records))
        self.remember(
            kind or entity, [(row.key, id, row.fingerprint) for row, id in zip(rows, ids, strict=True)]
        )
        return ids

    def insert_plain(self, table: Table, records: Sequence[Record]) -> None:
        if records:
            self.connection.execute(insert(table), [self._completed(table, record) for record in records])

    def remember(self, kind: str, keys: Sequence[tuple[str, int, str]]) -> None:
        if keys:
            self.connection.execute(
                insert(self._keys),
                [
                    {
                        "source": self._source,
                        "entity": kind,
                        "key": key,
                        "row_id": id,
                        "fingerprint": fingerprint,
                    }
                    for key, id, fingerprint in keys
                ],
            )

    def change(self, entity: str, row_id: int, record: Record) -> None:
        """Write the record over the row; its version counts up."""
        table = ENTITIES[entity].table
        values = dict(record)
        if "name_folded" in table.c and "name" in values:
            values["name_folded"] = folded(values["name"])[:LONGEST_FOLDED]
        if "version" in table.c:
            values["version"] = table.c.version + 1
        self.connection.execute(update(table).where(table.c.id == row_id).values(values))

    def refresh(self, kind: str, fingerprints: Mapping[str, str]) -> None:
        """The fingerprints of rows that changed."""
        t = self._keys
        if fingerprints:
            self.connection.execute(
                update(t)
                .where(t.c.source == self._source, t.c.entity == kind, t.c.key == bindparam("of"))
                .values(fingerprint=bindparam("now")),
                [{"of": key, "now": fingerprint} for key, fingerprint in fingerprints.items()],
            )

    def remove(self, entity: str, kind: str, key: str, row_id: int) -> None:
        """A derived row that is no longer so."""
        t, table = self._keys, ENTITIES[entity].table
        self.connection.execute(delete(table).where(table.c.id == row_id))
        self.connection.execute(
            delete(t).where(t.c.source == self._source, t.c.entity == kind, t.c.key == key)
        )

    def _completed(self, table: Table, record: Record) -> Record:
        values = dict(record)
        if "recorded_at" in table.c:
            values["recorded_at"] = self._now
        if "name_folded" in table.c:
            values["name_folded"] = folded(values["name"])[:LONGEST_FOLDED]
        return values

    def resolved(self, record: Record, references: Mapping[tuple[str, str], int]) -> Record:
        """The record with ids in place of references and of rows that are made when first named."""
        return {name: self._resolved(value, references) for name, value in record.items()}

    def _resolved(self, value: Any, references: Mapping[tuple[str, str], int]) -> Any:
        if isinstance(value, Reference):
            return references.get((value.entity, value.key))
        return self._make(value) if isinstance(value, Made) else value

    def _make(self, made: Made) -> int:
        at = (made.entity, made.key)
        if at not in self._made:
            self._made[at] = self._find(made) or self._insert(made)
        if made.fill and at not in self._filled and dict(made.columns)[made.fill]:
            self._fill(made, made.fill)
            self._filled.add(at)
        return self._made[at]

    def _find(self, made: Made) -> int | None:
        known = self.known(made.entity, [made.key]).get(made.key)
        if known is not None:
            return known.row_id
        of = ENTITIES[made.entity]
        if of.unique is None:
            return None
        unique = of.table.c[of.unique]
        return self.connection.scalar(select(of.table.c.id).where(unique == dict(made.columns)[of.unique]))

    def _insert(self, made: Made) -> int:
        record = self.resolved(dict(made.columns), {})
        return self.add(made.entity, [New(made.key, record)])[0]

    def _fill(self, made: Made, column: str) -> None:
        table = ENTITIES[made.entity].table
        self.connection.execute(
            update(table)
            .where(table.c.id == self._made[made.entity, made.key], table.c[column] == 0)
            .values({column: dict(made.columns)[column]})
        )
