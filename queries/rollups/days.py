"""The rollup of days: how many things of a topic a local day has, by what became of them.

A *thing* is one that a report counts: a renewal due, a trial, an end. What a customer's rows come to is kept
beside the sums, so that it can be taken back when they change: nothing else says what was counted of rows
that are written over.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from sqlalchemy import Connection, Date, Integer, Subquery, Text, column, literal, select, union_all, values

from queries.columns import Instant, Minor
from queries.paging import in_chunks
from queries.periods import Window
from queries.rollups.stored import AT_ONCE
from queries.tables_rollups import rollup_customers, rollup_days

DAYS = "days"  # its watermark
DUE, DUE_EARLIER = "due", "due_earlier"  # present periods, and those known from their charges
TRIALS_ENDING, TRIALS_STARTED = "trials_ending", "trials_started"
CANCELLATIONS, FAILURES = "cancellations", "failures"
PAST_DUE, CLAIMS, OWING = "past_due", "claims", "owing"  # as they are now; OWING: each customer once
CHARGED = "charged"  # settled
SET_TO_END = "set_to_end"  # what such subscriptions are worth now, in units of queries.recurring
ALL, PLAN, COUNTRY = "all", "plan", "country"  # breakdowns of every topic
BREAKDOWNS = {  # of every topic, those that only it has
    DUE: ("price", "tenure"),
    DUE_EARLIER: ("price", "tenure"),
    TRIALS_ENDING: ("reason", "days_to_convert"),
    TRIALS_STARTED: ("reason", "days_to_convert"),
    CANCELLATIONS: ("reason", "tenure"),
    FAILURES: ("attempts",),
    PAST_DUE: (),
    CLAIMS: (),
    OWING: (),
    CHARGED: (),
    SET_TO_END: (),
}
TOPICS = tuple(BREAKDOWNS)
_NUMBERS = {topic: str(number) for number, topic in enumerate(TOPICS)}
NEVER = date.max  # the day of what has none
_FIELD, _THING = "\x1f", "\x1e"  # ASCII's own separators of units and records
_CUSTOMERS = 10_000  # read at a time
_DISTINCT = 500_000  # things that are counted in memory before they are folded


class Thing(NamedTuple):
    """`what` became of it; `plan` as `plan_key`; `keys` in the BREAKDOWNS of its topic. No text in it has a
    separator (`one_line`)."""

    topic: str
    day: date
    what: str
    currency: str
    amount: int
    plan: str
    keys: tuple[str, ...]


@dataclass
class Theirs:
    """What one customer's rows come to: `things` as `packed` writes them; `changes_at` is when time alone
    makes something else of them."""

    country: str = ""
    things: list[str] = field(default_factory=list)
    changes_at: datetime | None = None


Key = tuple[str, str, date, str, str, str]  # topic, by, day, key, currency, what
Cells = dict[Key, list[int]]  # number and amount
Things = dict[str, Counter[str]]  # how many there are of each, by country


@lru_cache(maxsize=10_000)
def plan_key(plan_id: int | None, interval: str | None, count: int | None) -> str:
    """Plan and billing interval of a subscription in one; "" without a subscription."""
    return "" if plan_id is None else one_line(f"{plan_id}|{interval}|{count}")


def packed(thing: Thing) -> str:
    """As text: of many customers many are the same, which are then counted and not looked into."""
    topic, day, what, currency, amount, plan, keys = thing
    return _FIELD.join((_NUMBERS[topic], day.isoformat(), what, currency, str(amount), plan, *keys))


def unpacked(text: str) -> Thing:
    number, day, what, currency, amount, plan, *keys = text.split(_FIELD)
    return Thing(TOPICS[int(number)], date.fromisoformat(day), what, currency, int(amount), plan, tuple(keys))


def topic_of(packed_thing: str) -> str:
    return TOPICS[int(packed_thing[: packed_thing.index(_FIELD)])]


def one_line(text: str) -> str:
    """The text without what stands between the parts of a packed thing."""
    return text.replace(_FIELD, " ").replace(_THING, " ")


def written(theirs: Theirs) -> str:
    """As `read` reads it."""
    return _THING.join((theirs.country, *theirs.things))


def read(text: str) -> Theirs:
    country, *things = text.split(_THING)
    return Theirs(country, things)


def by_country(customers: Iterable[Theirs], things: Things | None = None) -> Things:
    """The things of all these customers, added to those that are there already."""
    things = defaultdict(Counter) if things is None else things
    for theirs in customers:
        things[theirs.country].update(theirs.things)
    return things


def fold(cells: Cells, things: Things) -> None:
    """Adds things to the cells, once for each breakdown of their topic."""
    for country, counts in things.items():
        for text, times in counts.items():
            if times:
                _fold(cells, unpacked(text), country, times)


def _fold(cells: Cells, thing: Thing, country: str, times: int) -> None:
    topic, day, what, currency, amount, plan, keys = thing
    amount *= times
    for by, key in ((ALL, ""), (PLAN, plan), (COUNTRY, country), *zip(BREAKDOWNS[topic], keys, strict=True)):
        place = topic, by, day, key, currency, what
        if (cell := cells.get(place)) is None:
            cells[place] = [times, amount]
        else:
            cell[0] += times
            cell[1] += amount


def changed(now: Mapping[int, Theirs], before: Mapping[int, Theirs]) -> Cells:
    """What to add to the sums when these customers' rows come to something else."""
    things = by_country(now.values())
    for theirs in before.values():
        things[theirs.country].subtract(theirs.things)
    cells: Cells = {}
    fold(cells, things)
    return {key: cell for key, cell in cells.items() if cell != [0, 0]}


def counted(state: Connection, customers: Sequence[int]) -> dict[int, Theirs]:
    """What these customers' rows were counted as."""
    c = rollup_customers.c
    found: dict[int, Theirs] = {}
    for some in in_chunks(customers, AT_ONCE):
        rows = state.execute(select(c.customer_id, c.counted).where(c.customer_id.in_(some)))
        found.update((id, read(text)) for id, text in rows)
    return found


def changed_by_time(state: Connection, now: datetime, most: int) -> Sequence[int]:
    """Customers of whom time alone has made something else since they were counted, at most so many."""
    c = rollup_customers.c
    due = c.changes_at <= literal(now, Instant)
    return state.scalars(select(c.customer_id).where(due).limit(most)).all()  # ordered, all would be read


def source(topics: Iterable[str], by: str, window: Window | None, more: Cells) -> Subquery:
    """The cells of a breakdown in the window, with `more` that is not kept yet. Columns: day, key, currency,
    what, number, amount."""
    c = rollup_days.c
    topics = tuple(topics)
    days = [] if window is None else [c.day >= window.first, c.day < window.end]
    kept = select(c.day, c.key, c.currency, c.what, c.number, c.amount).where(
        c.topic.in_(topics), c.by == by, *days
    )
    beside = [
        (day, *rest, *cell)
        for (topic, broken_down, day, *rest), cell in more.items()
        if topic in topics and broken_down == by and (window is None or window.first <= day < window.end)
    ]
    if not beside:
        return kept.subquery("cells")
    columns = (
        column("day", Date),
        column("key", Text),
        column("currency", Text),
        column("what", Text),
        column("number", Integer),
        column("amount", Minor),
    )
    return union_all(kept, select(values(*columns).data(beside).cte("beside"))).subquery("cells")


def folded(state: Connection) -> Cells:
    """The sums of what all customers were counted as."""
    cells: Cells = {}
    things = by_country([])
    every = select(rollup_customers.c.counted).execution_options(yield_per=_CUSTOMERS)
    for some in state.scalars(every).partitions():
        by_country(map(read, some), things)
        if sum(map(len, things.values())) > _DISTINCT:
            fold(cells, things)
            things.clear()
    fold(cells, things)
    return cells


def kept(state: Connection) -> Cells:
    """All that the table holds."""
    cells = {}
    for topic, by, day, key, currency, what, *sums in state.execute(select(rollup_days)):
        cells[topic, by, day, key, currency, what] = sums
    return cells
