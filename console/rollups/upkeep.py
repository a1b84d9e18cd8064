"""How any rollup is kept: counted customer by customer from what is there, refreshed by what is new.

Each step is one transaction on the console's own database, which moves the watermark with the sums: killed in
between, it goes on where it was. Two who count the same news do it once.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from console import clocks
from console.db import Connection, IntegrityError, Reading, reading, writing
from console.rollups.parts import Counting, Sums, counted
from queries.rollups import stored
from queries.rollups.news import Hole, News, Seen, everything, news
from queries.rollups.stored import Watermark
from queries.tables_rollups import rollup_watermarks

BEHIND = 50_000  # new events: more are counted quicker by counting all anew
Progress = Callable[[str, int], None]
_w = rollup_watermarks


@dataclass(frozen=True)
class Difference:
    """A sum that is not what the rows come to: of which rollup, in which row."""

    rollup: str
    place: str
    measure: str
    kept: int
    counted: int


class Rollup(Counting[Sums], Protocol[Sums]):
    """What differs from one to the next. `name` is its watermark's."""

    name: str

    def clear(self, state: Connection) -> None:
        """Take all sums away."""

    def renew(self, data: Reading, mark: Watermark, found: News, now: datetime) -> Sums:
        """What the news change, and what time has changed."""

    def add(self, state: Connection, sums: Sums, *, anew: bool) -> None:
        """Into the tables; `anew`: as a part of a rebuild."""

    def close(self, mark: Watermark) -> None:
        """After the last part of a rebuild, before anybody reads the sums."""


def refresh(rollup: Rollup[Any], now: datetime) -> int:
    """Count what is new; all of it the first time, or where a rebuild was stopped. Returns how many events
    were new. Raises Unavailable."""
    with reading() as data:
        mark = stored.watermark(data.state, rollup.name)
        if mark is None or mark.built_to is not None or mark.zone != clocks.zone():
            found = None
        else:
            found = news(data.subscriptions, mark.seen, now, most=BEHIND)
        sums = rollup.renew(data, mark, found, now) if mark and found else None
    if mark is None or found is None:
        return rebuild(rollup, now)
    if found.seen != mark.seen or sums:
        _move(rollup, mark, replace(mark, seen=found.seen, refreshed_at=now), sums)
    return found.events


def rebuild(
    rollup: Rollup[Any],
    now: datetime,
    *,
    anew: bool = False,
    jobs: int = 1,
    progress: Progress | None = None,
) -> int:
    """Count everything, by so many processes. A rebuild that was stopped goes on, unless `anew`. `progress`
    gets the rollup's name and how many customers were counted with each part. Returns the highest event.
    Raises Unavailable."""
    mark = _begun(rollup, now, anew=anew)
    while mark.built_to is not None:
        mark = _gone_on(rollup, mark, now, jobs, progress)
    return mark.seen.position


def _gone_on(
    rollup: Rollup[Any], mark: Watermark, now: datetime, jobs: int, progress: Progress | None
) -> Watermark:
    """Part after part until all are in, or somebody else has moved the watermark."""
    with closing(counted(rollup, mark, now, jobs)) as parts:
        for part in parts:
            moved = _moved(rollup, mark, part.last, now, part.sums)
            if progress is not None:
                progress(rollup.name, part.customers)
            if moved.version != mark.version + 1:
                return moved
            mark = moved
    rollup.close(mark)
    return _moved(rollup, mark, None, now, None)


def _moved(
    rollup: Rollup[Sums], mark: Watermark, built_to: int | None, now: datetime, sums: Sums | None
) -> Watermark:
    _move(rollup, mark, replace(mark, built_to=built_to, refreshed_at=now), sums)
    return _mark(rollup) or _begun(rollup, now, anew=True)


def forget(rollup: Rollup[Any], now: datetime) -> None:
    """What is there changed without events: the next refresh counts everything, until then the rows are read.
    Raises Unavailable."""
    if _mark(rollup) is not None:
        _begun(rollup, now, anew=True)


def _mark(rollup: Rollup[Any]) -> Watermark | None:
    with reading() as data:
        return stored.watermark(data.state, rollup.name)


def _begun(rollup: Rollup[Any], now: datetime, *, anew: bool) -> Watermark:
    """The rebuild that was stopped, or a new one from nothing."""
    mark = _mark(rollup)
    if mark is not None and mark.built_to is not None and mark.zone == clocks.zone() and not anew:
        return mark
    with reading() as data:
        seen = everything(data.subscriptions, now)
    values = {**_seen(seen), "time_zone": clocks.zone().key, "built_to": 0, "refreshed_at": now}
    again = _w.update().where(_w.c.rollup == rollup.name).values(**values, version=_w.c.version + 1)
    try:
        with writing("state") as state:
            version = state.scalar(again.returning(_w.c.version))  # above all that others have in hand
            if version is None:
                version = 1
                state.execute(_w.insert().values(rollup=rollup.name, version=version, **values))
            rollup.clear(state)
    except IntegrityError:  # somebody else begins at the same moment: go on with theirs
        return _begun(rollup, now, anew=False)
    return Watermark(seen, clocks.zone(), 0, version, now)


def _seen(seen: Seen) -> dict[str, Any]:
    return {"position": seen.position, "holes": [_hole(hole) for hole in seen.holes]}


def _hole(hole: Hole) -> list[Any]:
    return [hole.first, hole.last, hole.until, hole.seen_at.isoformat()]


def still(state: Connection, mark: Watermark, rollup: str) -> bool:
    """Whether nobody has moved the watermark; from here to the end of the transaction nobody can."""
    mine = _w.update().where(_w.c.rollup == rollup, _w.c.version == mark.version)
    return bool(state.execute(mine.values(version=mark.version)).rowcount)


def _move(rollup: Rollup[Sums], mark: Watermark, to: Watermark, sums: Sums | None) -> None:
    """Sums and watermark together; nothing if somebody else moved it meanwhile."""
    with writing("state") as state:
        moved = state.execute(
            _w.update()
            .where(_w.c.rollup == rollup.name, _w.c.version == mark.version)
            .values(
                **_seen(to.seen), built_to=to.built_to, version=mark.version + 1, refreshed_at=to.refreshed_at
            )
        )
        if moved.rowcount and sums:
            rollup.add(state, sums, anew=mark.built_to is not None)
