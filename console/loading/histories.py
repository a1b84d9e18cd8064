"""One row of the file is one update of a record: what differs from the row before becomes events.

Rows of a record count in the order of the file, whatever their moments say. An update is named by its
record, moment and counter; rows equal in all of these are numbered. New updates go on from the state the
record has. Where the source rewrote an update, the history of that record is written anew from the file,
which must then hold all of it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, select

from console.errors import Conflict
from console.loading.blocks import Made, Make, Record, Unchanged
from console.loading.preset import History
from console.loading.records import Bad, Input, Mapped
from console.loading.store import ENTITIES, Known, New, Store
from console.loading.tables import Accepted, Outcome

# What is assumed when the first word a source says of a record is one nobody knows.
FIRST = {"status": "open", "priority": "normal"}


@dataclass
class Plan:
    """What the first reading of a file found: records to write anew, and lines to refuse."""

    rewritten: dict[str, list[int]] = field(default_factory=dict)  # record -> lines that changed
    refused: set[int] = field(default_factory=set)


@dataclass
class _Walk:
    """A record while its updates are gone through."""

    row_id: int | None
    state: dict[str, Any]
    record: Record = field(default_factory=dict)
    events: list[Record] = field(default_factory=list)


class HistoryLoad:
    """The rows of one file, a batch at a time: `examine` all of it and `conclude`, then again to `write`."""

    def __init__(self, source: Input, store: Store, accepted: Accepted, plan: Plan | None = None) -> None:
        assert source.section.history is not None  # noqa: S101 - chosen by this
        self._history: History = source.section.history
        self._section = source.section
        self._file = source.file.name
        self._store = store
        self._places = accepted.of(f"{source.section.entity}/update")
        self._final = plan is not None
        self.plan = plan or Plan()
        self._kind = f"{self._section.entity}/update"
        self._loaded_before: Counter[str] = Counter()
        self._cleared: set[str] = set()

    def examine(self, batch: Sequence[Mapped | Bad]) -> list[Outcome]:
        """What becomes of each row. Reads, and writes nothing."""
        rows = [row for row in batch if isinstance(row, Mapped)]
        keys = {row.line: self._key(row) for row in rows}
        updates = self._store.known(self._kind, keys.values())
        owned = self._store.known(self._section.entity, {row.key for row in rows})
        taken = self._store.taken(self._section.entity, [row.record for row in rows if row.key not in owned])
        return [
            Outcome(row.line, "refused", row.reason)
            if isinstance(row, Bad)
            else self._judge(row, keys[row.line], updates, row.record.get("number") in taken)
            for row in batch
        ]

    def _key(self, row: Mapped) -> str:
        """The update's name; the second of two equal ones in a file is "…#2"."""
        assert row.update is not None  # noqa: S101 - made by a section with a history
        base = key = f"{row.key}/{row.update.event_key}"
        number = 1
        while self._places.get(key, ("", 0))[0] == self._file:
            number += 1
            key = f"{base}#{number}"
        self._places.setdefault(key, (self._file, row.line))
        return key

    def _judge(self, row: Mapped, key: str, updates: Mapping[str, Known], foreign: bool) -> Outcome:
        file, line = self._places[key]
        known = updates.get(key)
        if file != self._file:
            return Outcome(row.line, "refused", f"The same update is already on line {line} of {file}.")
        if foreign:
            return Outcome(
                row.line,
                "refused",
                f"There is already a {self._section.entity} {row.key} that did not come from this source.",
            )
        if known is None:
            return Outcome(row.line, "added", mapped=row, key=key)
        self._loaded_before[row.key] += 1
        if known.fingerprint == row.fingerprint:
            return Outcome(row.line, "same", mapped=row, known=known, key=key)
        return self._changed(row, key, known)

    def _changed(self, row: Mapped, key: str, known: Known) -> Outcome:
        if row.line in self.plan.refused:
            return Outcome(row.line, "refused", _incomplete(row.key))
        if self._final and row.key not in self.plan.rewritten:
            raise Conflict("The rows changed while they were read. Nothing was loaded. Load them again.", {})
        if not self._final:
            self.plan.rewritten.setdefault(row.key, []).append(row.line)
        return Outcome(row.line, "changed", mapped=row, known=known, key=key)

    def conclude(self) -> dict[int, str]:
        """After the first reading: the lines counted as changed that are refused after all, and why."""
        refused: dict[int, str] = {}
        for key, lines in list(self.plan.rewritten.items()):
            if self._loaded_before[key] < self._store.count_below(self._kind, key):
                refused |= dict.fromkeys(lines, _incomplete(key))
                del self.plan.rewritten[key]
        self.plan.refused = set(refused)
        return refused

    def write(self, outcomes: Sequence[Outcome]) -> None:
        written = [(o, o.mapped) for o in outcomes if o.mapped and self._is_written(o, o.mapped)]
        walks = self._walks(dict.fromkeys(row.key for _, row in written))
        for _, row in written:
            self._step(walks[row.key], row)
        self._save(walks)
        self._remember(written, walks)

    def _is_written(self, outcome: Outcome, row: Mapped) -> bool:
        return outcome.verdict == "added" or row.key in self.plan.rewritten

    def _walks(self, keys: dict[str, None]) -> dict[str, _Walk]:
        """Where each record stands; those to be written anew stand at the beginning."""
        known = self._store.known(self._section.entity, keys)
        anew = (self.plan.rewritten.keys() & keys.keys()) - self._cleared
        self._clear([known[key].row_id for key in anew])
        self._cleared |= anew
        states = self._states([known[key].row_id for key in known.keys() - anew])
        ids = {key: known[key].row_id if key in known else None for key in keys}
        return {key: _Walk(id, states.get(id, {}) if id else {}) for key, id in ids.items()}

    def _clear(self, ids: list[int]) -> None:
        """Take back the events this source gave; what people did in the console stays."""
        table = ENTITIES[self._history.event].table
        if ids:
            self._store.connection.execute(
                delete(table).where(table.c[self._history.parent].in_(ids), table.c.operation_id.is_(None))
            )

    def _states(self, ids: list[int]) -> dict[int, dict[str, Any]]:
        table = ENTITIES[self._section.entity].table
        columns, source = [], table
        for name in self._history.fields:
            made = self._section.columns.get(f"{name}_id")
            if isinstance(made, Make):
                other = ENTITIES[made.entity].table
                source = source.outerjoin(other, table.c[f"{name}_id"] == other.c.id)  # type: ignore[assignment]
                columns.append(other.c.name.label(name))
            else:
                columns.append(table.c[name].label(name))
        statement = select(table.c.id.label("row"), *columns).select_from(source).where(table.c.id.in_(ids))
        found = self._store.connection.execute(statement).mappings()
        return {row["row"]: {name: row[name] for name in self._history.fields} for row in found}

    def _step(self, walk: _Walk, row: Mapped) -> None:
        record = dict(row.record)
        for name in self._history.fields:
            value = record.get(f"{name}_id", record.get(name))
            if isinstance(value, Unchanged):
                walk.events.append(self._event(row, f"reported_{name}", None, value.said))
                value = record[name] = walk.state.get(name) or FIRST[name]
            if isinstance(value, Made):
                value = value.key
            if walk.state.get(name) != value:
                walk.events.append(self._event(row, name, walk.state.get(name), value))
            walk.state[name] = value
        walk.record = record

    def _event(self, row: Mapped, name: str, before: Any, after: Any) -> Record:
        assert row.update is not None  # noqa: S101 - made by a section with a history
        at, actor = row.update.occurred_at, row.update.actor
        return {"field": name, "value_from": before, "value_to": after, "actor": actor, "occurred_at": at}

    def _save(self, walks: Mapping[str, _Walk]) -> None:
        store, entity = self._store, self._section.entity
        records = {key: store.resolved(walk.record, {}) for key, walk in walks.items()}
        new = [key for key, walk in walks.items() if walk.row_id is None]
        for key, id in zip(new, store.add(entity, [New(key, records[key]) for key in new]), strict=True):
            walks[key].row_id = id
        for key, walk in walks.items():
            if key not in new and walk.row_id is not None:
                store.change(entity, walk.row_id, records[key])
        parent = self._history.parent
        events = [event | {parent: walk.row_id} for walk in walks.values() for event in walk.events]
        store.insert_plain(ENTITIES[self._history.event].table, events)

    def _remember(self, written: Sequence[tuple[Outcome, Mapped]], walks: Mapping[str, _Walk]) -> None:
        added = [
            (o.key, id, row.fingerprint)
            for o, row in written
            if o.verdict == "added" and (id := walks[row.key].row_id) is not None
        ]
        self._store.remember(self._kind, added)
        changed = {o.key: row.fingerprint for o, row in written if o.verdict == "changed"}
        self._store.refresh(self._kind, changed)


def _incomplete(key: str) -> str:
    return (
        f"It changes an update of {key} that was loaded before, but the file lacks other updates of it. "
        f"Load a file with the whole history of {key}."
    )
