"""Lists a page at a time: after a key, never by OFFSET. Counts stop: nobody reads past 10,000.

And what every question needs: text from outside as a database can take it, rows as dataclasses.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Column, Connection, Select, func, literal, select, tuple_

from queries.columns import Id, Instant

PAGE = 50
COUNT_STOPS_AT = 10_001  # shown as "10,000+"

LONGEST_QUESTION = 200  # characters; no number, e-mail or name worth finding is longer

T = TypeVar("T")


def askable(text: str) -> str:
    """What somebody typed, without what no database takes (NUL, lone surrogates), cut where it is absurd."""
    whole = text[: LONGEST_QUESTION * 4].replace("\0", "").encode(errors="ignore").decode()
    return whole.strip()[:LONGEST_QUESTION]


def in_chunks(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """As many as go into a statement at a time."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


@dataclass(frozen=True, order=True)
class Cursor:
    """The place in a list after which the next page begins: the instant and id of the last row shown.

    `str(cursor)` fits into an address; `Cursor.parse` reads it back.
    """

    at: datetime
    id: int

    def __str__(self) -> str:
        return f"{self.at.astimezone(UTC).strftime('%Y%m%dT%H%M%S.%fZ')}-{self.id}"

    @classmethod
    def parse(cls, text: str) -> "Cursor | None":
        """None for whatever is not a cursor: the list then begins at its first page."""
        instant, _, number = text[:60].partition("-")
        try:
            at = datetime.strptime(instant, "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC)
        except ValueError:
            return None
        if not (number.isascii() and number.isdigit() and len(number) <= 18):
            return None
        return cls(at, int(number))


@dataclass(frozen=True)
class Page(Generic[T]):
    """Rows of one page, and where the next one begins (None: this was the last)."""

    rows: tuple[T, ...]
    next: Cursor | None


def rows_of(
    connection: Connection, statement: Select[Any], row: Callable[..., T], **parameters: Any
) -> list[T]:
    """Each row of the answer as a `row`, whose fields are named like the statement's columns. Parameters: as
    of `one_of`."""
    return [row(**found) for found in connection.execute(statement, parameters).mappings()]


def one_of(
    connection: Connection, statement: Select[Any], row: Callable[..., T], **parameters: Any
) -> T | None:
    """The first row of the answer, or None. What is asked all the time is built once, with `bindparam`: most
    of the time of so small a question goes into building it."""
    found = connection.execute(statement, parameters).mappings().first()
    return None if found is None else row(**found)


def page_of(
    connection: Connection,
    statement: Select[Any],
    row: Callable[..., T],
    *,
    at: Column[datetime],
    id: Column[int],
    before: Cursor | None,
    limit: int,
    oldest_first: bool = False,
) -> Page[T]:
    """The rows by (at, id), newest first, that come after the cursor in that order: an index on both answers
    any page alike. The rows have fields named like the two columns."""
    place = tuple_(at, id)
    if before is not None:
        key = tuple_(literal(before.at, Instant), literal(before.id, Id))
        statement = statement.where(place > key if oldest_first else place < key)
    order = (at.asc(), id.asc()) if oldest_first else (at.desc(), id.desc())
    found = rows_of(connection, statement.order_by(*order).limit(limit + 1), row)
    shown = tuple(found[:limit])
    more = len(found) > limit
    return Page(shown, Cursor(getattr(shown[-1], at.name), getattr(shown[-1], id.name)) if more else None)


def capped_count(connection: Connection, statement: Select[Any]) -> int:
    """How many rows the statement has, but at most COUNT_STOPS_AT."""
    some = statement.with_only_columns(literal(1).label("one"), maintain_column_froms=True).order_by(None)
    counted = some.limit(COUNT_STOPS_AT).subquery()
    return connection.scalar(select(func.count()).select_from(counted)) or 0
