"""Which events are new since a rollup was last refreshed, so that each is counted once, however late it came.

Ids are given out in order, but on PostgreSQL they are not committed in order: when 8 is there, 7 may still
come. So what is missing below the highest id is kept as a *hole* and looked at again every time. A hole is
closed when no transaction that was open when it was seen is open any more, and a day has passed: until then a
session that took its id before it wrote may still be on its way. Of a long history, counting anew keeps the
latest LATEST_GAPS open: what is missing below them was given up long ago.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, literal_column, or_, select

from queries.paging import in_chunks
from queries.tables_subscriptions import subscription_events

KEPT_OPEN = timedelta(days=1)
LATEST_GAPS = 5_000
_AT_ONCE = 200  # holes looked at in a statement
_e = subscription_events.c


@dataclass(frozen=True)
class Hole:
    """Ids that were missing at `seen_at`, when transactions up to before `until` had begun."""

    first: int
    last: int
    until: int
    seen_at: datetime


@dataclass(frozen=True)
class Seen:
    """What has been counted: every event up to `position` that is not in a hole. Holes are in order."""

    position: int = 0
    holes: tuple[Hole, ...] = ()

    @cached_property
    def _firsts(self) -> list[int]:
        return [hole.first for hole in self.holes]

    def has(self, id: int) -> bool:
        place = bisect_right(self._firsts, id)
        return id <= self.position and not (place and id <= self.holes[place - 1].last)


@dataclass(frozen=True)
class News:
    """Whose events are not counted yet, and what is seen with them."""

    customers: tuple[int, ...]
    events: int
    seen: Seen


def everything(connection: Connection, now: datetime) -> Seen:
    """All there is now: where counting anew begins. Reads every id where they may come late."""
    position: int = connection.scalar(select(func.max(_e.id))) or 0
    if not _out_of_order(connection):
        return Seen(position)
    before = func.lag(_e.id, 1, 0).over(order_by=_e.id)
    ids = select(_e.id, before.label("before")).where(_e.id <= position).subquery()
    gaps = select(ids.c.before + 1, ids.c.id - 1).where(ids.c.id - ids.c.before > 1)
    latest = connection.execute(gaps.order_by(ids.c.id.desc()).limit(LATEST_GAPS)).all()
    _, until = _transactions(connection)
    return Seen(position, tuple(Hole(first, last, until, now) for first, last in reversed(latest)))


def news(connection: Connection, seen: Seen, now: datetime, *, most: int) -> News | None:
    """What came since; None if it is more than `most` events, which is better counted by a refresh."""
    late = [_e.id.between(hole.first, hole.last) for hole in seen.holes]
    found = dict(_events(connection, _e.id > seen.position, most + 1))
    for some in in_chunks(late, _AT_ONCE):
        found |= _events(connection, or_(*some), most + 1)
    if len(found) > most:
        return None
    ids = sorted(found)
    return News(
        customers=tuple(sorted(set(found.values()))),
        events=len(found),
        seen=Seen(max([seen.position, *ids]), _holes(connection, seen, ids, now)),
    )


def _events(connection: Connection, which: ColumnElement[bool], most: int) -> dict[int, int]:
    """Their ids, and whose they are."""
    rows = connection.execute(select(_e.id, _e.customer_id).where(which).order_by(_e.id).limit(most))
    return {row.id: row.customer_id for row in rows}


def _out_of_order(connection: Connection) -> bool:
    """SQLite has one writer at a time: nothing can come late."""
    return connection.dialect.name == "postgresql"


def _transactions(connection: Connection) -> tuple[int, int]:
    """The oldest that was open when this transaction began to look, and the first that had not begun."""
    snapshot: ColumnElement[Any] = literal_column("pg_current_snapshot()")
    row = connection.execute(select(func.pg_snapshot_xmin(snapshot), func.pg_snapshot_xmax(snapshot))).one()
    return int(row[0]), int(row[1])


def _holes(connection: Connection, seen: Seen, ids: Sequence[int], now: datetime) -> tuple[Hole, ...]:
    if not _out_of_order(connection):
        return ()
    oldest, until = _transactions(connection)
    still = [hole for hole in seen.holes if hole.until > oldest or hole.seen_at + KEPT_OPEN > now]
    left = [piece for hole in still for piece in without(hole, ids)]
    above = [id for id in ids if id > seen.position]
    whole = Hole(seen.position + 1, above[-1], until, now) if above else None
    return (*left, *(without(whole, above) if whole else ()))


def without(hole: Hole, ids: Iterable[int]) -> list[Hole]:
    """What is left of a hole when these ids, in ascending order, are there."""
    pieces, first = [], hole.first
    for id in ids:
        if hole.first <= id <= hole.last:
            if id > first:
                pieces.append(Hole(first, id - 1, hole.until, hole.seen_at))
            first = id + 1
    if first <= hole.last:
        pieces.append(Hole(first, hole.last, hole.until, hole.seen_at))
    return pieces
