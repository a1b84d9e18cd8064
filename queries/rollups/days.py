"""The rollup of days: how many things of a topic a local day has, by what became of them.

A *thing* is one that a report counts: a renewal due, a trial, an end. What a customer's rows come to is kept
beside the sums, so that it can be taken back when they change: nothing else says what was counted of rows
that are written over.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
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
}
TOPICS = tuple(BREAKDOWNS)
NEVER = date.max  # the day of what has none


class Thing(NamedTuple):
    """`what` became of it; `plan` as `plan_key`; `keys` in the BREAKDOWNS of its topic."""

    topic: str
    day: date
    what: str
    currency: str
    amount: int
    plan: str
    keys: tuple[str, ...]


@dataclass
class Theirs:
    """What one customer's rows come to; `changes_at` is when time alone makes something else of them."""

    country: str = ""
    things: list[Thing] = field(default_factory=list)
    changes_at: datetime | None = None


Key = tuple[str, str, date, str, str, str]  # topic, by, day, key, currency, what
Cells = dict[Key, list[int]]  # number and amount


def plan_key(plan_id: int | None, interval: str | None, count: int | None) -> str:
    """Plan and billing interval of a subscription in one; "" without a subscription."""
    return "" if plan_id is None else f"{plan_id}|{interval}|{count}"


def fold(cells: Cells, theirs: Theirs, sign: int = 1) -> None:
    """Adds a customer's things to the cells (takes them away: -1), once for each breakdown."""
    for topic, day, what, currency, amount, plan, keys in theirs.things:
        named = (ALL, ""), (PLAN, plan), (COUNTRY, theirs.country), *zip(BREAKDOWNS[topic], keys, strict=True)
        for by, key in named:
            place = topic, by, day, key, currency, what
            if (cell := cells.get(place)) is None:
                cells[place] = [sign, sign * amount]
            else:
                cell[0] += sign
                cell[1] += sign * amount


def changed(now: Mapping[int, Theirs], before: Mapping[int, Theirs]) -> Cells:
    """What to add to the sums when these customers' rows come to something else."""
    cells: Cells = {}
    for customer in now.keys() | before.keys():
        new, old = now.get(customer, Theirs()), before.get(customer, Theirs())
        if new.country == old.country:  # most of their things are as they were
            new, old = _without(new, old), _without(old, new)
        fold(cells, new)
        fold(cells, old, -1)
    return {key: cell for key, cell in cells.items() if cell != [0, 0]}


def _without(theirs: Theirs, others: Theirs) -> Theirs:
    left = Counter(theirs.things)
    left.subtract(others.things)
    return Theirs(theirs.country, [thing for thing, times in left.items() for _ in range(times)])


def packed(theirs: Theirs) -> str:
    """As `unpacked` reads it."""
    things = [[TOPICS.index(t.topic), t.day.isoformat(), *t[2:6], *t.keys] for t in theirs.things]
    return json.dumps([theirs.country, things], separators=(",", ":"), ensure_ascii=False)


def unpacked(text: str) -> Theirs:
    country, things = json.loads(text)
    rows = ((TOPICS[row[0]], date.fromisoformat(row[1]), *row[2:6], tuple(row[6:])) for row in things)
    return Theirs(country, list(map(Thing._make, rows)))


def counted(state: Connection, customers: Sequence[int]) -> dict[int, Theirs]:
    """What these customers' rows were counted as."""
    c = rollup_customers.c
    found: dict[int, Theirs] = {}
    for some in in_chunks(customers, AT_ONCE):
        rows = state.execute(select(c.customer_id, c.counted).where(c.customer_id.in_(some)))
        found.update((id, unpacked(text)) for id, text in rows)
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
    every = select(rollup_customers.c.counted).execution_options(yield_per=10_000)
    for text in state.scalars(every):
        fold(cells, unpacked(text))
    return cells


def kept(state: Connection) -> Cells:
    """All that the table holds."""
    cells = {}
    for topic, by, day, key, currency, what, *sums in state.execute(select(rollup_days)):
        cells[topic, by, day, key, currency, what] = sums
    return cells
