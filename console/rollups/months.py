"""The rollups of MRR and retention by month, counted from the events alone."""

from collections import Counter
from datetime import date, datetime
from typing import Any

from console.db import Connection, Reading, adding, reading
from console.rollups.upkeep import BEHIND, Difference
from queries.rollups import stored
from queries.rollups.cells import Cells, add, difference, measures
from queries.rollups.news import News, news
from queries.rollups.stored import MRR, Watermark
from queries.tables_rollups import COUNTED


class Months:
    """A console.rollups.upkeep.Rollup."""

    name = MRR
    part = 50_000  # each part writes every cell its customers have

    def clear(self, state: Connection) -> None:
        for table in COUNTED:
            state.execute(table.delete())

    def count(self, data: Reading, mark: Watermark, after: int, last: int, now: datetime) -> Cells:
        return stored.of_customers(data.subscriptions, mark, after, last)

    def renew(self, data: Reading, mark: Watermark, found: News, now: datetime) -> Cells:
        return stored.added(data.subscriptions, mark, found)

    def close(self, mark: Watermark) -> None:
        """The parts are all."""

    def add(self, state: Connection, sums: Cells, *, anew: bool) -> None:
        for table in COUNTED:
            keys, names = list(table.primary_key.columns.keys()), measures(table)
            rows = [
                dict(zip(keys, key[1:], strict=True)) | {name: cell[name] for name in names}
                for key, cell in sums.items()
                if key[0] == table.name
            ]
            if rows:
                state.execute(adding(state, table, *names), rows)


def verify(now: datetime) -> list[Difference] | None:
    """Where the sums, with what is not counted yet, are not what the events come to; None where they were
    not built yet. Raises Unavailable."""
    with reading() as data:
        mark = stored.watermark(data.state, MRR)
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
