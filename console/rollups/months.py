"""The rollup of MRR by month, counted from the events alone."""

from collections import Counter
from datetime import date, datetime

from console.db import Connection, Reading, reading
from console.rollups.keeping import BEHIND, Difference
from queries.rollups import stored
from queries.rollups.mrr_months import Cells, difference
from queries.rollups.news import News, news
from queries.rollups.stored import MEASURES, MRR, Watermark
from queries.tables_rollups import rollup_mrr_months


class Months:
    """A console.rollups.keeping.Rollup."""

    name = MRR
    part = 20_000

    def clear(self, state: Connection) -> None:
        state.execute(rollup_mrr_months.delete())

    def count(self, data: Reading, mark: Watermark, after: int, last: int, now: datetime) -> Cells:
        return stored.of_customers(data.subscriptions, mark, after, last)

    def renew(self, data: Reading, mark: Watermark, found: News, now: datetime) -> Cells:
        return stored.added(data.subscriptions, mark, found)

    def close(self, mark: Watermark) -> None:
        """The parts are all."""

    def add(self, state: Connection, sums: Cells, *, anew: bool) -> None:
        for (month, currency), measures in sums.items():
            _add(state, month, currency, measures)


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
            stored.add(kept, stored.added(data.subscriptions, mark, found))
            seen = found.seen
        counted = stored.counted_anew(data.subscriptions, mark.zone, seen)
    return [
        Difference(
            MRR,
            f"{month:%Y-%m} {currency}",
            measure,
            kept.get((month, currency), Counter())[measure],
            counted.get((month, currency), Counter())[measure],
        )
        for (month, currency), measures in sorted(difference(counted, kept).items())
        for measure in measures
    ]


def _add(state: Connection, month: date, currency: str, measures: Counter[str]) -> None:
    r = rollup_mrr_months
    more = {name: r.c[name] + measures[name] for name in MEASURES}
    there = state.execute(r.update().where(r.c.month == month, r.c.currency == currency).values(**more))
    if not there.rowcount:
        values = {name: measures[name] for name in MEASURES}
        state.execute(r.insert().values(month=month, currency=currency, **values))
