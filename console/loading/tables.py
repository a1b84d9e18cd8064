"""One row of the file is one record: new, changed, the same as before, or refused."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from console.loading.blocks import Record, Reference
from console.loading.records import Bad, Input, Mapped
from console.loading.store import Known, New, Store

Verdict = Literal["added", "changed", "same", "refused"]
References = dict[tuple[str, str], int]


@dataclass(frozen=True)
class Outcome:
    line: int
    verdict: Verdict
    reason: str = ""
    mapped: Mapped | None = None
    known: Known | None = None
    key: str = ""


@dataclass
class Accepted:
    """The keys this run has taken, with the file and line they came from."""

    keys: dict[str, dict[str, tuple[str, int]]] = field(default_factory=dict)

    def of(self, entity: str) -> dict[str, tuple[str, int]]:
        return self.keys.setdefault(entity, {})


def references_of(mapped: Iterable[Mapped]) -> dict[str, set[str]]:
    """The keys of other rows the records name, by entity."""
    found: dict[str, set[str]] = {}
    for one in mapped:
        for value in one.record.values():
            if isinstance(value, Reference):
                found.setdefault(value.entity, set()).add(value.key)
    return found


class TableLoad:
    """The rows of one file, a batch at a time: first `examine`, then perhaps `write`."""

    def __init__(self, source: Input, store: Store, accepted: Accepted) -> None:
        self._input = source
        self._section = source.section
        self._store = store
        self._accepted = accepted

    def examine(self, batch: Sequence[Mapped | Bad]) -> list[Outcome]:
        """What becomes of each row. Reads, and writes nothing."""
        rows = [row for row in batch if isinstance(row, Mapped)]
        known = self._store.known(self._section.entity, [row.key for row in rows])
        taken = self._store.taken(self._section.entity, [row.record for row in rows if row.key not in known])
        there = {
            entity: self._store.known(entity, keys).keys() | self._accepted.of(entity).keys()
            for entity, keys in references_of(rows).items()
        }
        return [
            Outcome(row.line, "refused", row.reason)
            if isinstance(row, Bad)
            else self._judge(row, known.get(row.key), taken, there)
            for row in batch
        ]

    def _judge(
        self, row: Mapped, known: Known | None, taken: set[object], there: Mapping[str, Iterable[str]]
    ) -> Outcome:
        reason = self._reason(row, known, taken, there)
        if reason:
            return Outcome(row.line, "refused", reason)
        self._accepted.of(self._section.entity)[row.key] = (self._input.file.name, row.line)
        if known is None:
            return Outcome(row.line, "added", mapped=row)
        verdict: Verdict = "same" if known.fingerprint == row.fingerprint else "changed"
        return Outcome(row.line, verdict, mapped=row, known=known)

    def _reason(
        self, row: Mapped, known: Known | None, taken: set[object], there: Mapping[str, Iterable[str]]
    ) -> str | None:
        first = self._accepted.of(self._section.entity).get(row.key)
        if first is not None:
            return f"The key {row.key} is already on line {first[1]} of {first[0]}."
        for value in row.record.values():
            if isinstance(value, Reference) and value.required and value.key not in there[value.entity]:
                return f"It names the {value.entity} {value.key}, which is not loaded."
        if known is None and any(
            value in taken for value in (row.record.get("number"), row.record.get("code"))
        ):
            return f"There is already a {self._section.entity} {row.key} that did not come from this source."
        return None

    def write(self, outcomes: Sequence[Outcome]) -> None:
        touched = [o.mapped for o in outcomes if o.mapped and o.verdict in {"added", "changed"}]
        references = {
            (entity, key): known.row_id
            for entity, keys in references_of(touched).items()
            for key, known in self._store.known(entity, keys).items()
        }
        self._add([o.mapped for o in outcomes if o.mapped and o.verdict == "added"], references)
        for outcome in outcomes:
            if outcome.verdict == "changed" and outcome.mapped and outcome.known:
                self._change(outcome.mapped, outcome.known, references)

    def _add(self, rows: Sequence[Mapped], references: References) -> None:
        entity = self._section.entity
        news = [New(row.key, self._store.resolved(row.record, references), row.fingerprint) for row in rows]
        ids = self._store.add(entity, news)
        for one in self._section.events:
            derived = [
                New(row.key, self._derived(row, one.name, id, one.parent, references))
                for row, id in zip(rows, ids, strict=True)
                if one.name in row.derived
            ]
            self._store.add(one.entity, derived, f"{entity}/{one.name}")

    def _derived(
        self, row: Mapped, name: str, parent_id: int, parent: str | None, references: References
    ) -> Record:
        record = self._store.resolved(row.derived[name], references)
        return record | {parent: parent_id} if parent else record

    def _change(self, row: Mapped, known: Known, references: References) -> None:
        """The source corrected the row: the record and what is derived from it follow."""
        entity, store = self._section.entity, self._store
        store.change(entity, known.row_id, store.resolved(row.record, references))
        store.refresh(entity, {row.key: row.fingerprint})
        for one in self._section.events:
            kind = f"{entity}/{one.name}"
            before = store.known(kind, [row.key]).get(row.key)
            if one.name not in row.derived:
                if before is not None:
                    store.remove(one.entity, kind, row.key, before.row_id)
                continue
            record = self._derived(row, one.name, known.row_id, one.parent, references)
            if before is None:
                store.add(one.entity, [New(row.key, record)], kind)
            else:
                store.change(one.entity, before.row_id, record)
