"""A preset: a TOML file that says which headers of a source mean which columns of the schema."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

from console.errors import NotFound, Refused
from console.loading.blocks import Block, Cell, When
from console.loading.files import plain
from console.loading.grammar import Blocks, Toml, block, blocks, known, one_of
from console.loading.store import ENTITIES
from console.loading.values import ORDERS

HERE = Path(__file__).parent / "presets"
LONGEST_KIND = 32


@dataclass(frozen=True)
class Derived:
    """A further record of the same row: an event of its life, a refund beside its report."""

    name: str
    entity: str
    columns: Blocks
    when: When
    parent: str | None = None  # its column that takes the id of the row's own record


@dataclass(frozen=True)
class History:
    """Each row is an update of a record: where its moment, its author and its changes are."""

    key: tuple[str, ...]
    event: str
    parent: str
    occurred_at: Block
    actor: Block
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """One kind of file of a source."""

    name: str
    pattern: str
    entity: str
    key: tuple[str, ...]
    required: tuple[str, ...]
    aliases: Mapping[str, str]  # other name -> header
    columns: Blocks
    attributes: Blocks
    events: tuple[Derived, ...]
    history: History | None

    @cached_property
    def used(self) -> frozenset[str]:
        """The headers the columns are made of; the others are kept as attributes."""
        return frozenset(self.key).union(*(made.headers for made in self.columns.values()))

    def matches(self, name: str) -> bool:
        return fnmatch(name.casefold(), self.pattern)


@dataclass(frozen=True)
class Preset:
    name: str
    title: str
    source: str
    zone: ZoneInfo
    usual_date_order: str | None
    missing: frozenset[str]
    sections: tuple[Section, ...]


def presets() -> list[str]:
    """The names of the presets that come with the console."""
    return sorted(path.stem for path in HERE.glob("*.toml"))


def load_preset(name: str) -> Preset:
    """The preset of that name, or of that TOML file. Raises NotFound, and Refused for one that is wrong."""
    path = Path(name) if name.endswith(".toml") else HERE / f"{name}.toml"
    if not (name.endswith(".toml") or name in presets()) or not path.is_file():
        raise NotFound(
            f"There is no preset “{name[:60]}”. There are: {', '.join(presets())}; "
            "or give the path of a TOML file."
        )
    try:
        return _preset(path.stem, tomllib.loads(path.read_text(encoding="utf-8")))
    except tomllib.TOMLDecodeError as error:
        raise Refused(f"{path.name} is not TOML: {error}. Correct it.") from error
    except UnicodeDecodeError as error:
        raise Refused(f"{path.name} is not UTF-8. Save it as UTF-8.") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused(
            f"{path.name} is not a preset this console understands: {error}. Correct it."
        ) from error


def _preset(name: str, toml: Toml) -> Preset:
    known(toml, "title", "source", "zone", "usual_date_order", "missing", "files")
    return Preset(
        name,
        toml["title"],
        toml["source"],
        ZoneInfo(toml.get("zone", "UTC")),
        one_of(toml.get("usual_date_order"), (*ORDERS, None)),
        frozenset(text.casefold() for text in toml.get("missing", [""])),
        tuple(_section(section) for section in toml["files"]),
    )


def _section(toml: Toml) -> Section:
    known(
        toml,
        *("name", "pattern", "entity", "key", "required", "headers"),
        *("columns", "attributes", "events", "history"),
    )
    headers: Toml = toml.get("headers", {})
    section = Section(
        toml["name"],
        toml["pattern"],
        one_of(toml["entity"], ENTITIES),
        tuple(toml["key"]),
        tuple(toml["required"]),
        {plain(alias): header for header, aliases in headers.items() for alias in aliases},
        blocks(toml["columns"]),
        {header: block({"from": header, **how}) for header, how in toml.get("attributes", {}).items()},
        tuple(_derived(event) for event in toml.get("events", [])),
        _history(toml["history"]) if "history" in toml else None,
    )
    return _usable(section)


def _usable(section: Section) -> Section:
    """Raises ValueError for what would only fail with the first row."""
    tables = [(section.entity, section.columns), *((one.entity, one.columns) for one in section.events)]
    for entity, columns in tables:
        if strange := set(columns) - set(ENTITIES[entity].table.c.keys()):
            raise ValueError(f"a {entity} has no column “{sorted(strange)[0]}”")
    unchanged = [b for b in section.columns.values() if isinstance(b, Cell) and b.otherwise == "unchanged"]
    if unchanged and section.history is None:
        raise ValueError("“unchanged” needs a history")
    if any(len(f"{section.entity}/{one.name}") > LONGEST_KIND for one in section.events):
        raise ValueError(f"the names of events and entities have at most {LONGEST_KIND} characters together")
    return section


def _derived(toml: Toml) -> Derived:
    known(toml, "name", "entity", "columns", "when", "parent")
    return Derived(
        toml["name"],
        one_of(toml["entity"], ENTITIES),
        blocks(toml["columns"]),
        When(toml.get("when", {})),
        toml.get("parent"),
    )


def _history(toml: Toml) -> History:
    known(toml, "key", "event", "parent", "occurred_at", "actor", "fields")
    return History(
        tuple(toml["key"]),
        one_of(toml["event"], ENTITIES),
        toml["parent"],
        block(toml["occurred_at"]),
        block(toml["actor"]),
        tuple(toml["fields"]),
    )
