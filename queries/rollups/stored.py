"""The rollups as they are kept, and what they come to with what is not in them yet."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, Table, exists, literal, select

from queries.columns import Instant
from queries.paging import in_chunks
from queries.rollups.cells import Cells, add, difference, measures
from queries.rollups.changes import changes, months_of
from queries.rollups.counted import cells, count
from queries.rollups.news import Hole, News, Seen, news
from queries.tables_rollups import COUNTED, rollup_mrr_months, rollup_watermarks
from queries.tables_subscriptions import customers, subscription_events

MRR = "mrr_months"  # the watermark of all tables of COUNTED
READ_BESIDE = 5_000  # events that are not counted yet; with more of them they are read alone
AT_ONCE = 500  # customers in a statement


@dataclass(frozen=True)
class Watermark:
    """How far a rollup is: what is counted, in whose months, and whether a rebuild is through."""

    seen: Seen
    zone: ZoneInfo
    built_to: int | None
    version: int
    refreshed_at: datetime


def watermark(state: Connection, rollup: str = MRR) -> Watermark | None:
    """None before the first rebuild began."""
    row = state.execute(select(rollup_watermarks).where(rollup_watermarks.c.rollup == rollup)).one_or_none()
    if row is None:
        return None
    holes = [Hole(first, last, until, datetime.fromisoformat(at)) for first, last, until, at in row.holes]
    return Watermark(
        Seen(row.position, tuple(holes)), ZoneInfo(row.time_zone), row.built_to, row.version, row.refreshed_at
    )


def kept(state: Connection) -> Cells:
    """What the tables hold that share the watermark."""
    return {key: sums for table in COUNTED for key, sums in rows(state, table).items()}


def rows(state: Connection, table: Table, *conditions: ColumnElement[bool]) -> Cells:
    """What a table holds, of what fulfils the conditions."""
    names = measures(table)
    statement = select(*table.primary_key, *(table.c[name] for name in names)).where(*conditions)
    wide = len(table.primary_key)
    return {
        (table.name, *row[:wide]): Counter(dict(zip(names, row[wide:], strict=True)))
        for row in state.execute(statement)
    }


def added(subscriptions: Connection, mark: Watermark, found: News) -> Cells:
    """What the news add to what is kept: what their customers' events come to now, less what was counted. In
    the transaction that found the news: what it sees is what they say is seen."""
    changed: Cells = {}
    month_of = months_of(mark.zone)
    for some in in_chunks(found.customers, AT_ONCE):
        now = list(changes(subscriptions, subscription_events.c.customer_id.in_(some)))
        before = [change for change in now if mark.seen.has(change.id)]
        add(changed, difference(cells(now, month_of), cells(before, month_of)))
    return changed


def written_ahead(subscriptions: Connection, now: datetime) -> bool:
    """Whether a source has written changes that are still to come: the rollup has them in their months."""
    e = subscription_events.c
    later = (e.occurred_at > literal(now, Instant)) & (e.mrr_delta_units != 0)
    return bool(subscriptions.scalar(select(exists(select(e.id).where(later)))))


def beside(
    subscriptions: Connection, state: Connection, zone: ZoneInfo, now: datetime, *, most: int = READ_BESIDE
) -> Cells | None:
    """What is committed and not in the rollups yet; None if they are not built, of another time zone, or more
    than `most` events behind."""
    mark = watermark(state)
    if mark is None or mark.built_to is not None or mark.zone != zone:
        return None
    found = news(subscriptions, mark.seen, now, most=most)
    return None if found is None else added(subscriptions, mark, found)


def up_to_now(
    subscriptions: Connection, state: Connection, zone: ZoneInfo, now: datetime, *, most: int = READ_BESIDE
) -> Cells | None:
    """The months of MRR with everything that is committed; None where `beside` is."""
    more = beside(subscriptions, state, zone, now, most=most)
    return None if more is None else together(state, more, rollup_mrr_months)


def together(state: Connection, more: Cells, table: Table, *conditions: ColumnElement[bool]) -> Cells:
    """What a table holds, of what fulfils the conditions, with all that is not in it yet (`beside`)."""
    whole = rows(state, table, *conditions)
    add(whole, {key: sums for key, sums in more.items() if key[0] == table.name})
    return whole


def counted_anew(subscriptions: Connection, zone: ZoneInfo, seen: Seen) -> Cells:
    """What the rollup must hold for what was seen, from the events alone."""
    return count(subscriptions, zone, seen)


def next_customers(subscriptions: Connection, after: int, size: int) -> Sequence[int]:
    """The next `size` customers."""
    c = customers.c.id
    return subscriptions.scalars(select(c).where(c > after).order_by(c).limit(size)).all()


def of_customers(subscriptions: Connection, mark: Watermark, after: int, last: int) -> Cells:
    """What these customers' counted events come to: a part of a rebuild."""
    c = subscription_events.c.customer_id
    return count(subscriptions, mark.zone, mark.seen, c > after, c <= last)
