"""Keep the rollups: counted anew by `rebuild`, refreshed from what is new, held to the events by `verify`.

Each step is one transaction on the console's own database, which moves the watermark with the sums: killed in
between, it goes on where it was. Two who count the same news do it once.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from console import clocks
from console.db import Connection, IntegrityError, reading, writing
from queries.reports import Params
from queries.reports.observed import observed_rates
from queries.rollups import stored
from queries.rollups.cells import Cells, add, difference, measures
from queries.rollups.news import Hole, Seen, everything, news
from queries.rollups.rates import COUNTED_AGAIN, RATES, stored_rates
from queries.rollups.stored import MRR, Watermark
from queries.tables_rollups import COUNTED, rollup_renewal_rates, rollup_watermarks

PART = 50_000  # customers of a rebuild in one transaction, which writes every cell they have
BEHIND = 50_000  # new events: more are counted quicker by counting all anew
INSERT: dict[str, Callable[[Table], sqlite.Insert | postgresql.Insert]] = {
    "sqlite": sqlite.insert,
    "postgresql": postgresql.insert,
}
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Difference:
    """A sum that is not what the events come to: of which table, in which row."""

    rollup: str
    place: str
    measure: str
    kept: int
    counted: int


def refresh(now: datetime) -> int:
    """Count what is new; all of it the first time, or where a rebuild was stopped. Returns how many events
    were new. Raises Unavailable."""
    with reading() as data:
        mark = stored.watermark(data.state)
        if mark is None or mark.built_to is not None or mark.zone != clocks.zone():
            found = None
        else:
            found = news(data.subscriptions, mark.seen, now, most=BEHIND)
        changed = stored.added(data.subscriptions, mark, found) if mark and found else {}
    if mark is None or found is None:
        return rebuild(now)
    if found.seen != mark.seen:
        _move(mark, found.seen, changed, now)
    return found.events


def rebuild(now: datetime, *, anew: bool = False, progress: Progress | None = None) -> int:
    """Count all events. A rebuild that was stopped goes on, unless `anew`. `progress` gets how many
    customers were counted with each part. Returns the highest event. Raises Unavailable."""
    mark = _begun(now, anew=anew)
    while mark.built_to is not None:
        with reading() as data:
            some = stored.next_customers(data.subscriptions, mark.built_to, PART)
            last = some[-1] if some else None
            part = stored.of_customers(data.subscriptions, mark, mark.built_to, last) if last else {}
        _move(mark, mark.seen, part, now, built_to=last)
        if progress is not None:
            progress(len(some))
        mark = _mark() or _begun(now, anew=True)
    return mark.seen.position


def verify(now: datetime) -> list[Difference] | None:
    """Where the sums, with what is not counted yet, are not what the events come to; None where they were
    not built yet. Raises Unavailable."""
    with reading() as data:
        mark = stored.watermark(data.state)
        if mark is None or mark.built_to is not None:
            return None
        kept, seen = stored.kept(data.state), mark.seen
        found = news(data.subscriptions, mark.seen, now, most=BEHIND)
        if found is not None:
            add(kept, stored.added(data.subscriptions, mark, found))
            seen = found.seen
        counted = stored.counted_anew(data.subscriptions, mark.zone, seen)
    return [
        Difference(
            key[0], _place(key[1:]), name, kept.get(key, Counter())[name], counted.get(key, Counter())[name]
        )
        for key, sums in sorted(difference(counted, kept).items())
        for name in sums
    ]


def _place(key: tuple[Any, ...]) -> str:
    return " ".join(f"{part:%Y-%m}" if isinstance(part, date) else part for part in key)


def keep_rates(now: datetime) -> bool:
    """Count the renewal rates of the last twelve full months, once a day. Returns whether it did."""
    zone = clocks.zone()
    with reading() as data:
        kept = stored_rates(data.state)
        if kept is not None and kept.fits(now, zone, age=COUNTED_AGAIN):
            return False
        rates = observed_rates(data.subscriptions, Params(as_of=now, zone=zone))
    mark = {"rollup": RATES, "position": 0, "holes": [], "time_zone": zone.key, "version": 1}
    rows = [
        {"currency": currency, "product": product or "", "has_product": product is not None}
        | {"interval": interval}
        | asdict(rate)
        for (currency, product, interval), rate in rates.items()
    ]
    try:
        with writing("state") as state:
            state.execute(rollup_watermarks.delete().where(rollup_watermarks.c.rollup == RATES))
            state.execute(rollup_watermarks.insert().values(**mark, refreshed_at=now))
            state.execute(rollup_renewal_rates.delete())
            if rows:
                state.execute(rollup_renewal_rates.insert(), rows)
    except IntegrityError:  # somebody else counted them at the same moment
        return False
    return True


def _mark() -> Watermark | None:
    with reading() as data:
        return stored.watermark(data.state)


def _begun(now: datetime, *, anew: bool) -> Watermark:
    """The rebuild that was stopped, or a new one from nothing."""
    mark = _mark()
    if mark is not None and mark.built_to is not None and mark.zone == clocks.zone() and not anew:
        return mark
    with reading() as data:
        seen = everything(data.subscriptions, now)
    w = rollup_watermarks
    values = {**_seen(seen), "time_zone": clocks.zone().key, "built_to": 0, "refreshed_at": now}
    again = w.update().where(w.c.rollup == MRR).values(**values, version=w.c.version + 1)
    try:
        with writing("state") as state:
            version = state.scalar(again.returning(w.c.version))  # above all that others have in hand
            if version is None:
                version = 1
                state.execute(w.insert().values(rollup=MRR, version=version, **values))
            for table in COUNTED:
                state.execute(table.delete())
    except IntegrityError:  # somebody else begins at the same moment: go on with theirs
        return _begun(now, anew=False)
    return Watermark(seen, clocks.zone(), 0, version, now)


def _seen(seen: Seen) -> dict[str, Any]:
    return {"position": seen.position, "holes": [_hole(hole) for hole in seen.holes]}


def _hole(hole: Hole) -> list[Any]:
    return [hole.first, hole.last, hole.until, hole.seen_at.isoformat()]


def _move(mark: Watermark, seen: Seen, changed: Cells, now: datetime, built_to: int | None = None) -> None:
    """Sums and watermark together; nothing if somebody else moved it meanwhile."""
    w = rollup_watermarks
    with writing("state") as state:
        moved = state.execute(
            w.update()
            .where(w.c.rollup == MRR, w.c.version == mark.version)
            .values(**_seen(seen), built_to=built_to, version=mark.version + 1, refreshed_at=now)
        )
        for table in COUNTED if moved.rowcount else ():
            _add(state, table, {key[1:]: sums for key, sums in changed.items() if key[0] == table.name})


def _add(state: Connection, table: Table, more: dict[tuple[Any, ...], Counter[str]]) -> None:
    """One statement for all rows: those that are there grow, others begin."""
    keys, names = list(table.primary_key.columns.keys()), measures(table)
    insert = INSERT[state.dialect.name](table)
    grown = {name: table.c[name] + insert.excluded[name] for name in names}
    if more:
        state.execute(
            insert.on_conflict_do_update(index_elements=keys, set_=grown),
            [dict(zip(keys, key, strict=True)) | {n: sums[n] for n in names} for key, sums in more.items()],
        )
