"""A row of a file and a preset's section make a record, with the records derived from it."""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import String, Table

from console.loading.blocks import Block, Cell, Made, Record, Reference, Row, Unchanged
from console.loading.files import BadRow, Line, SourceFile, lines, refuse
from console.loading.preset import Preset, Section
from console.loading.store import ENTITIES
from console.loading.values import Evidence, Reading
from queries.columns import Ordered

LONGEST_TEXT = 10_000  # characters
LONGEST_INDEXED = 500  # PostgreSQL's indexes take no more than about 2,700 bytes
LONGEST_KEY = 200


@dataclass(frozen=True)
class Input:
    """A file, what it is in its preset, and how its dates and amounts are read."""

    preset: Preset
    section: Section
    file: SourceFile  # its header in the preset's words
    reading: Reading


@dataclass(frozen=True)
class Update:
    """One row of a history: when, by whom; its `event_key` names it among the updates of its record."""

    event_key: str
    occurred_at: datetime
    actor: str | None


@dataclass(frozen=True)
class Mapped:
    """A row as it goes into the schema. `derived` are records by their name in the section."""

    line: int
    key: str
    record: Record
    derived: Mapping[str, Record]
    fingerprint: str
    update: Update | None = None


@dataclass(frozen=True)
class Bad:
    line: int
    reason: str


def in_words_of(section: Section, file: SourceFile) -> SourceFile:
    """The file with the preset's names for its headers. Raises Refused for a header that lacks."""
    header = tuple(section.aliases.get(name, name) for name in file.header)
    for name in section.required:
        if name not in header:
            raise refuse(
                file.path,
                1,
                f"The header “{name}” is missing, which {section.name} need. Found: "
                f"{', '.join(file.header)[:300]}.",
            )
    for position, name in enumerate(header):
        if name in header[:position]:
            raise refuse(file.path, 1, f"Two headers mean “{name}”. Remove one.")
    return SourceFile(file.path, file.encoding, file.delimiter, header, file.complete)


def _cells_of(blocks: Iterator[Block]) -> Iterator[Cell]:
    """Every cell among the blocks, however deep."""
    for block in blocks:
        if isinstance(block, Cell):
            yield block
        yield from _cells_of(part for part in _parts(block))


def _parts(block: Block) -> Iterator[Block]:
    for value in vars(block).values():
        if hasattr(value, "value"):
            yield value
        elif isinstance(value, Mapping):
            yield from (part for part in value.values() if hasattr(part, "value"))
        elif isinstance(value, tuple):
            yield from (
                part for pair in value if isinstance(pair, tuple) for part in pair if hasattr(part, "value")
            )


def survey(preset: Preset, section: Section, file: SourceFile, zone: ZoneInfo, order: str | None) -> Input:
    """Read the whole file once for its date order and decimal mark. Raises Refused where it has two."""
    blocks = [*section.columns.values(), *section.attributes.values()]
    blocks += [block for derived in section.events for block in derived.columns.values()]
    cells = list(_cells_of(iter(blocks)))
    dates = {cell.header for cell in cells if cell.kind == "instant"}
    amounts = {cell.header for cell in cells if cell.kind == "amount"}
    evidence = Evidence(file)
    for line in lines(file):
        for header in dates & line.cells.keys():
            evidence.date(line.cells[header].strip(), line.number)
        for header in amounts & line.cells.keys():
            evidence.amount(line.cells[header].strip(), line.number)
    return Input(preset, section, file, evidence.conclude(zone, order, preset.usual_date_order))


def mapped_rows(source: Input) -> Iterator[Mapped | Bad]:
    """Every data row of the file, in its order."""
    for line in lines(source.file):
        if line.problem:
            yield Bad(line.number, line.problem)
            continue
        try:
            yield _mapped(source, line)
        except BadRow as error:
            yield Bad(line.number, str(error))


def _mapped(source: Input, line: Line) -> Mapped:
    section = source.section
    row = Row(dict(_present(source.preset, line.cells)), source.reading)
    _fill(row, ENTITIES[section.entity].table, section.columns)
    if "attributes" in ENTITIES[section.entity].table.c:
        row.record["attributes"] = _attributes(section, row)
    derived: dict[str, Record] = {}
    for one in section.events:
        if one.when.holds(row):
            part = Row(row.cells, row.reading, dict(row.record))
            made = {column: block.value(part) for column, block in one.columns.items()}
            derived[one.name] = _checked(made, ENTITIES[one.entity].table)
    update = _update(section, row)
    said = [row.record, derived, *([update.actor] if update else [])]
    key = _key(row, section.key)
    return Mapped(line.number, key, row.record, derived, _fingerprint(said), update)


def _present(preset: Preset, cells: Mapping[str, str]) -> Iterator[tuple[str, str | None]]:
    for header, raw in cells.items():
        text = raw.strip()
        yield header, None if text.casefold() in preset.missing else text


def _fill(row: Row, table: Table, columns: Mapping[str, Block]) -> None:
    """Columns may be made of others (a plan of its price), so makers go last."""
    for column, block in sorted(columns.items(), key=lambda pair: hasattr(pair[1], "fill")):
        row.record[column] = block.value(row)
    _checked(row.record, table)


def _checked(record: Record, table: Table) -> Record:
    """Raises BadRow for what the table cannot hold, before the database would."""
    for name, value in record.items():
        column = table.c[name]
        if value is None and not column.nullable:
            raise BadRow(f"The {name.removesuffix('_id').replace('_', ' ')} is missing.")
        if isinstance(value, str):
            limit = column.type.length if isinstance(column.type, String) else None
            indexed = column.type is Ordered or name == "name"
            _no_longer(name, value, limit or (LONGEST_INDEXED if indexed else LONGEST_TEXT))
    return record


def _no_longer(name: str, text: str, limit: int) -> None:
    if len(text) > limit:
        raise BadRow(f"{name} has {len(text):,} characters; at most {limit:,} fit.")


def _attributes(section: Section, row: Row) -> Record | None:
    found: Record = {}
    for header in row.cells:
        if header in section.attributes:
            value = section.attributes[header].value(row)
            found[header] = value.isoformat() if isinstance(value, datetime) else value
        elif header not in section.used:
            found[header] = row.cells[header]
    kept = {header: value for header, value in found.items() if value is not None}
    for header, value in kept.items():
        _no_longer(header, str(value), LONGEST_TEXT)
    return kept or None


def _key(row: Row, headers: tuple[str, ...]) -> str:
    parts = [row.cells.get(header) for header in headers]
    if any(part is None for part in parts):
        raise BadRow(f"The key is missing: {', '.join(headers)}.")
    key = "/".join(str(part) for part in parts)
    _no_longer(" ".join(headers), key, LONGEST_KEY)
    return key


def _update(section: Section, row: Row) -> Update | None:
    if section.history is None:
        return None
    occurred_at = section.history.occurred_at.value(row)
    parts = [row.cells.get(header) or "" for header in section.history.key]
    return Update("/".join(parts)[:LONGEST_KEY], occurred_at, section.history.actor.value(row))


def _fingerprint(said: list[Any]) -> str:
    words = json.dumps(said, default=_as_words, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(words.encode(errors="surrogatepass")).hexdigest()


def _as_words(value: Any) -> Any:
    """References by their key, moments in ISO 8601."""
    if isinstance(value, Reference | Made):
        return [value.entity, value.key]
    if isinstance(value, Unchanged):
        return ["unchanged", value.said]
    return value.isoformat()
