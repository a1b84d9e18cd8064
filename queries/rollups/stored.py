"""The rollups as they are kept, and what they come to with what is not in them yet."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, exists, literal, select

from queries.columns import Instant
from queries.rollups.mrr_months import Cells, cells, changes, count, difference, months_of
from queries.rollups.news import Hole, News, Seen, news
from queries.tables_rollups import rollup_mrr_months, rollup_watermarks
from queries.tables_subscriptions import customers, subscription_events

MRR = "mrr_months"
MEASURES = tuple(c.name for c in rollup_mrr_months.c if not c.primary_key)
READ_BESIDE = 5_000  # events that are not counted yet; with more of them they are read alone
_AT_ONCE = 500  # customers in a statement


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
    """What the table holds."""
    return {
        (row.month, row.currency): Counter({name: int(getattr(row, name)) for name in MEASURES})
        for row in state.execute(select(rollup_mrr_months))
    }


def added(subscriptions: Connection, mark: Watermark, found: News) -> Cells:
    """What the news add to what is kept: what their customers' events come to now, less what was counted. In
    the transaction that found the news: what it sees is what they say is seen."""
    changed: Cells = defaultdict(Counter)
    month_of = months_of(mark.zone)
    for start in range(0, len(found.customers), _AT_ONCE):
        theirs = subscription_events.c.customer_id.in_(found.customers[start : start + _AT_ONCE])
        now = list(changes(subscriptions, theirs))
        before = [change for change in now if mark.seen.has(change.id)]
        add(changed, difference(cells(now, month_of), cells(before, month_of)))
    return changed


def add(to: Cells, more: Cells) -> None:
    for key, measures in more.items():
        to.setdefault(key, Counter()).update(measures)


def written_ahead(subscriptions: Connection, now: datetime) -> bool:
    """Whether a source has written changes that are still to come: the rollup has them in their months."""
    e = subscription_events.c
    later = (e.occurred_at > literal(now, Instant)) & (e.mrr_delta_units != 0)
    return bool(subscriptions.scalar(select(exists(select(e.id).where(later)))))


def up_to_now(
    subscriptions: Connection, state: Connection, zone: ZoneInfo, now: datetime, *, most: int = READ_BESIDE
) -> Cells | None:
    """The rollup with everything that is committed; None if it is not built, of another time zone, or more
    than `most` events behind."""
    mark = watermark(state)
    if mark is None or mark.built_to is not None or mark.zone != zone:
        return None
    found = news(subscriptions, mark.seen, now, most=most)
    if found is None:
        return None
    whole = kept(state)
    add(whole, added(subscriptions, mark, found))
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
