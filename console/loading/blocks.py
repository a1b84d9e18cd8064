"""The building blocks of a preset: how one value of a record is made from a row.

"text"                          a constant
{ from = "h" }                  a header's text; with `as`, `map`, `otherwise`, `default`, `times`
{ template = "{h} of {g}" }     text with headers in it
{ join = ["h", "g"] }           the texts that are there; of a TRUE, its header's name
{ cases = [{ when, then }], otherwise }   the first case whose headers say so
{ field = "price_minor" }       a value of the row's own record; `per` divides it by another
{ monthly = 1 }                 the record's monthly price in MRR units, added (1) or taken away (-1)
{ reference = "customer", key = { from = "h" } }   the row another file's row became
{ make = "plan", key, columns } a row that is made when it is first named
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from console.loading.files import BadRow
from console.loading.values import Reading, boolean, integer
from queries.recurring import monthly_units

Record = dict[str, Any]
# Given to `otherwise`: what becomes of a text the map does not know.
OTHERWISE = ("refuse", "keep", "missing", "unchanged")


@dataclass(frozen=True)
class Row:
    """A row of a file: its cells (missing ones are None), how to read them, and its record so far."""

    cells: Mapping[str, str | None]
    reading: Reading
    record: Record = field(default_factory=dict)


@dataclass(frozen=True)
class Reference:
    """A row that another row of this source became; `required` ones must be there."""

    entity: str
    key: str
    required: bool = True


@dataclass(frozen=True)
class Made:
    """A row that is made when it is first named. A `fill` column still at 0 takes the next value given."""

    entity: str
    key: str
    columns: tuple[tuple[str, Any], ...]
    fill: str | None = None


@dataclass(frozen=True)
class Unchanged:
    """The source said a word the preset does not know: what was true before stays, and the word is kept."""

    said: str


class Block(Protocol):
    @property
    def headers(self) -> frozenset[str]: ...

    def value(self, row: Row) -> Any: ...


@dataclass(frozen=True)
class Constant:
    constant: Any
    headers: frozenset[str] = frozenset()

    def value(self, _row: Row) -> Any:
        return self.constant


@dataclass(frozen=True)
class When:
    """Headers and what they must say: "*" something, "" nothing, ">0" an amount above zero, or a text."""

    conditions: Mapping[str, str]

    @property
    def headers(self) -> frozenset[str]:
        return frozenset(self.conditions)

    def holds(self, row: Row) -> bool:
        return all(self._says(row, header, said) for header, said in self.conditions.items())

    @staticmethod
    def _says(row: Row, header: str, wanted: str) -> bool:
        text = row.cells.get(header)
        if wanted == "*":
            return text is not None
        if wanted == ">0":
            return text is not None and row.reading.amount(text, "KWD") > 0
        return (text or "").casefold() == wanted.casefold()


_CONVERT: dict[str, Callable[["Cell", str, Row], Any]] = {
    "text": lambda _cell, text, _row: text,
    "integer": lambda _cell, text, _row: integer(text),
    "boolean": lambda _cell, text, _row: boolean(text),
    "instant": lambda _cell, text, row: row.reading.instant(text),
    "amount": lambda cell, text, row: row.reading.amount(text, cell.currency),
}
KINDS = tuple(_CONVERT)


@dataclass(frozen=True)
class Cell:
    """A header's text as a `kind` of value, or what `map` (its keys casefolded) has for it.

    `times` multiplies an amount or a number.
    """

    header: str
    kind: str = "text"
    map: Mapping[str, Any] | None = None
    otherwise: str = "refuse"
    default: Any = None
    currency: str = "EUR"
    times: "Block | None" = None

    @property
    def headers(self) -> frozenset[str]:
        return frozenset({self.header}) | (self.times.headers if self.times else frozenset())

    def value(self, row: Row) -> Any:
        text = row.cells.get(self.header)
        if text is None:
            return self.default
        try:
            found = self._mapped(text) if self.map is not None else _CONVERT[self.kind](self, text, row)
        except BadRow as error:
            raise BadRow(f"{self.header}: {error}") from error
        return found * self.times.value(row) if self.times else found

    def _mapped(self, text: str) -> Any:
        assert self.map is not None  # noqa: S101 - only called with a map
        if text.casefold() in self.map:
            return self.map[text.casefold()]
        if self.otherwise == "refuse":
            raise BadRow(f"“{text[:40]}” is none of {', '.join(self.map)}.")
        return {"keep": text, "missing": self.default, "unchanged": Unchanged(text)}[self.otherwise]


@dataclass(frozen=True)
class Template:
    template: str
    headers: frozenset[str]

    def value(self, row: Row) -> Any:
        return self.template.format_map({header: row.cells.get(header) or "–" for header in self.headers})


@dataclass(frozen=True)
class Join:
    """The texts of several headers, "; " between them; a TRUE is written as its header's name."""

    order: tuple[str, ...]

    @property
    def headers(self) -> frozenset[str]:
        return frozenset(self.order)

    def value(self, row: Row) -> Any:
        words = [self._words(header, row.cells.get(header)) for header in self.order]
        return "; ".join(word for word in words if word) or None

    @staticmethod
    def _words(header: str, text: str | None) -> str | None:
        if text is None or text.casefold() == "false":
            return None
        return header.replace("_", " ") if text.casefold() == "true" else text


@dataclass(frozen=True)
class Cases:
    cases: tuple[tuple[When, "Block"], ...]
    otherwise: "Block"

    @property
    def headers(self) -> frozenset[str]:
        parts = [when.headers | block.headers for when, block in self.cases]
        return self.otherwise.headers.union(*parts)

    def value(self, row: Row) -> Any:
        chosen = next((block for when, block in self.cases if when.holds(row)), self.otherwise)
        return chosen.value(row)


@dataclass(frozen=True)
class Field:
    name: str
    per: str | None = None
    headers: frozenset[str] = frozenset()

    def value(self, row: Row) -> Any:
        found = row.record[self.name]
        return found // max(1, row.record[self.per]) if self.per else found


@dataclass(frozen=True)
class Monthly:
    sign: int
    headers: frozenset[str] = frozenset()

    def value(self, row: Row) -> int:
        of = row.record
        return self.sign * monthly_units(of["price_minor"], of["interval"], of["interval_count"])


@dataclass(frozen=True)
class Refer:
    entity: str
    key: "Block"
    required: bool = True

    @property
    def headers(self) -> frozenset[str]:
        return self.key.headers

    def value(self, row: Row) -> Reference | None:
        key = self.key.value(row)
        if key is None and self.required:
            raise BadRow(f"The line names no {self.entity}.")
        return None if key is None else Reference(self.entity, key, self.required)


@dataclass(frozen=True)
class Make:
    entity: str
    key: "Block"
    columns: Mapping[str, "Block"]
    fill: str | None = None

    @property
    def headers(self) -> frozenset[str]:
        return self.key.headers.union(*(block.headers for block in self.columns.values()))

    def value(self, row: Row) -> Made | None:
        key = self.key.value(row)
        if key is None:
            return None
        columns = tuple((name, block.value(row)) for name, block in self.columns.items())
        return Made(self.entity, key, columns, self.fill)
