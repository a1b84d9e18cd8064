"""The rollup of days: renewals, trials, cancellations and failed payments, as the reports count them."""

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from console.db import Connection, Reading, adding, reading, replacing, writing
from console.rollups.upkeep import BEHIND, Difference, still
from queries.paging import in_chunks
from queries.reports import Params
from queries.reports.things import of_customers, of_range
from queries.rollups import days, stored
from queries.rollups.days import DAYS, Cells, Theirs
from queries.rollups.news import News, news
from queries.rollups.stored import Watermark
from queries.tables_rollups import rollup_customers, rollup_days

COLUMNS = tuple(rollup_days.c.keys())
SUMS = ("number", "amount")
NOTHING = (0, 0)
_ROWS = 50_000  # cells written in one transaction


@dataclass(frozen=True)
class Changed:
    """What is added to the sums, and what each of these customers is counted as from now on."""

    cells: Cells
    theirs: Mapping[int, Theirs]


class Days:
    """A console.rollups.upkeep.Rollup. A rebuild first writes down what each customer is counted as, then
    the sums of that: most cells have things of many customers, and would be written again with each part."""

    name = DAYS
    part = 20_000

    def clear(self, state: Connection) -> None:
        state.execute(rollup_days.delete())
        state.execute(rollup_customers.delete())

    def count(self, data: Reading, mark: Watermark, after: int, last: int, now: datetime) -> Changed:
        with _no_collection():
            return Changed({}, of_range(data.subscriptions, _params(mark, now), after, last))

    def close(self, mark: Watermark) -> None:
        with reading() as data, _no_collection():
            cells = days.folded(data.state)
        rows = map(_row, sorted(cells.items()))  # PostgreSQL leaves them so, and so they are read
        while some := list(islice(rows, _ROWS)):
            with writing("state") as state:  # in short transactions: others write there too
                if not still(state, mark, DAYS):
                    return
                state.execute(replacing(state, rollup_days, *SUMS), some)

    def renew(self, data: Reading, mark: Watermark, found: News, now: datetime) -> Changed | None:
        """News and time: of all customers who are not as they were counted."""
        late = days.changed_by_time(data.state, now, BEHIND)
        whose = sorted({*found.customers, *late})
        if not whose:
            return None
        theirs = dict.fromkeys(whose, Theirs()) | of_customers(data.subscriptions, _params(mark, now), whose)
        return Changed(days.changed(theirs, days.counted(data.state, whose)), theirs)

    def add(self, state: Connection, sums: Changed, *, anew: bool) -> None:
        c = rollup_customers.c
        for some in in_chunks([] if anew else list(sums.theirs), stored.AT_ONCE):
            state.execute(rollup_customers.delete().where(c.customer_id.in_(some)))
        if customers := list(map(_customer, sums.theirs.items())):
            state.execute(rollup_customers.insert(), customers)
        if rows := list(map(_row, sums.cells.items())):
            state.execute(adding(state, rollup_days, *SUMS), rows)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Millions of small rows without a cycle: looking for cycles would take as long as counting."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _params(mark: Watermark, now: datetime) -> Params:
    return Params(as_of=now, zone=mark.zone)


def _row(cell: tuple[days.Key, list[int]]) -> dict[str, Any]:
    key, sums = cell
    return dict(zip(COLUMNS, (*key, *sums), strict=True))


def _customer(one: tuple[int, Theirs]) -> dict[str, Any]:
    customer, theirs = one
    return {"customer_id": customer, "counted": days.written(theirs), "changes_at": theirs.changes_at}


def verify(now: datetime) -> list[Difference] | None:
    """Where the sums, with what is not counted yet, are not what the rows come to; None where they were not
    built yet. Raises Unavailable."""
    with reading() as data:
        mark = stored.watermark(data.state, DAYS)
        if mark is None or mark.built_to is not None:
            return None
        kept = days.kept(data.state)
        found = news(data.subscriptions, mark.seen, now, most=BEHIND)
        more = Days().renew(data, mark, found, now) if found is not None else None
        for key, (number, amount) in (more.cells if more else {}).items():
            cell = kept.setdefault(key, [0, 0])
            kept[key] = [cell[0] + number, cell[1] + amount]
        counted = _all(data, _params(mark, now))
    return list(_differences(kept, counted))


def _differences(kept: Cells, counted: Cells) -> Iterator[Difference]:
    for key in sorted(kept.keys() | counted.keys()):
        both = zip(SUMS, kept.get(key, NOTHING), counted.get(key, NOTHING), strict=True)
        for measure, was, right in both:
            if was != right:
                yield Difference(rollup_days.name, " ".join(map(str, key)), measure, was, right)


def _all(data: Reading, params: Params) -> Cells:
    cells: Cells = {}
    after = 0
    while some := stored.next_customers(data.subscriptions, after, Days.part):
        days.fold(cells, days.by_country(of_range(data.subscriptions, params, after, some[-1]).values()))
        after = some[-1]
    return cells
