"""What customers' events make of the months of the rollup of MRR.

A *cell* is a month and a currency (or ANY), with its measures: the columns of rollup_mrr_months.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from itertools import groupby
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, or_, select

from queries.movements import Month, Told, tell
from queries.periods import first_of_month, start_of
from queries.rollups.news import Seen
from queries.tables_rollups import ANY
from queries.tables_subscriptions import subscription_events

Cells = dict[tuple[date, str], Counter[str]]
MonthOf = Callable[[datetime], date]
ASKED, DECIDED = "cancel_requested", ("cancel_undone", "ended")
_e = subscription_events.c


class Change(NamedTuple):
    """An event that changed what a subscription is worth, or whether it is set to end."""

    customer: int
    currency: str
    at: datetime
    id: int
    subscription: int | None
    units: int
    kind: str


def count(connection: Connection, zone: ZoneInfo, seen: Seen, *conditions: ColumnElement[bool]) -> Cells:
    """The cells of the events seen that fulfil the conditions; these must take customers whole."""
    found = changes(connection, _e.id <= seen.position, *conditions)
    return cells((change for change in found if seen.has(change.id)), months_of(zone))


def changes(connection: Connection, *conditions: ColumnElement[bool]) -> Iterator[Change]:
    """What matters of the events that fulfil the conditions, by customer, currency and time."""
    order = (_e.customer_id, _e.currency, _e.occurred_at, _e.id)
    matters = or_(_e.mrr_delta_units != 0, _e.kind.in_((ASKED, *DECIDED)))
    statement = select(*order, _e.subscription_id, _e.mrr_delta_units, _e.kind).where(matters, *conditions)
    streamed = statement.order_by(*order).execution_options(stream_results=True)
    return map(Change._make, connection.execute(streamed))


def months_of(zone: ZoneInfo) -> MonthOf:
    """The first day of the local month of an instant; bounds are worked out once."""
    firsts: list[date] = []
    bounds: list[datetime] = []

    def month_of(at: datetime) -> date:
        day = at.astimezone(zone).date() if not bounds or not bounds[0] <= at < bounds[-1] else None
        if day is not None:
            _widen(firsts, bounds, first_of_month(day), zone)
        return firsts[bisect_right(bounds, at) - 1]

    return month_of


def _widen(firsts: list[date], bounds: list[datetime], month: date, zone: ZoneInfo) -> None:
    """Every month from the earliest to the latest seen; one bound more than months."""
    earliest, latest = min([month, *firsts[:1]]), max([month, *firsts[-1:]])
    firsts[:] = [earliest]
    while firsts[-1] < latest:
        firsts.append(first_of_month(firsts[-1], 1))
    bounds[:] = [start_of(first, zone) for first in [*firsts, first_of_month(latest, 1)]]


def cells(in_order: Iterable[Change], month_of: MonthOf) -> Cells:
    """What changes in the order of `changes` come to."""
    found: Cells = defaultdict(Counter)
    told: Told = defaultdict(Month)
    for _, of_customer in groupby(in_order, key=lambda change: change.customer):
        theirs = [(month_of(change.at), change) for change in of_customer]
        for currency, in_currency in groupby(theirs, key=lambda dated: dated[1].currency):
            tell(told, currency, _moves(in_currency))
        _count_there(found, sorted(theirs, key=lambda dated: (dated[1].at, dated[1].id)))
    for (currency, month), moved in told.items():
        found[month, currency].update(moved.movements, joined=moved.joined, lost=moved.lost)
    return found


def _moves(dated: Iterable[tuple[date, Change]]) -> Iterator[tuple[Any, ...]]:
    """What changed at the same instant is one change; nothing, if it comes to nothing."""
    for (month, _), together in groupby(dated, key=lambda one: (one[0], one[1].at)):
        units = sum(change.units for _, change in together)
        if units:
            yield None, None, month, units


def _count_there(found: Cells, dated: list[tuple[date, Change]]) -> None:
    """One customer's subscriptions at the end of each month: how many have a worth, whether any has, and the
    worth of those that are set to end."""
    standing = _Standing()
    for month, in_month in groupby(dated, key=lambda one: one[0]):
        opening = standing.there.copy(), standing.set_to_end()
        for _, change in in_month:
            standing.take(change)
        there, ending = standing.there, standing.set_to_end()
        for currency in there:
            was, now = opening[0][currency], there[currency]
            found[month, currency]["subscriptions"] += now - was
            found[month, currency]["customers"] += (now > 0) - (was > 0)
        for currency in ending.keys() | opening[1].keys():
            found[month, currency]["set_to_end"] += ending[currency] - opening[1][currency]
        found[month, ANY]["customers"] += any(there.values()) - any(opening[0].values())


class _Standing:
    """What one customer's subscriptions are worth, and which were asked to end."""

    def __init__(self) -> None:
        self.worth: Counter[tuple[str, int | None]] = Counter()
        self.there: Counter[str] = Counter()
        self.asked: set[int] = set()

    def take(self, change: Change) -> None:
        key = change.currency, change.subscription
        was, self.worth[key] = self.worth[key], self.worth[key] + change.units
        self.there[change.currency] += (self.worth[key] > 0) - (was > 0)
        if change.subscription is not None and change.kind == ASKED:
            self.asked.add(change.subscription)
        elif change.subscription is not None and change.kind in DECIDED:
            self.asked.discard(change.subscription)

    def set_to_end(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for (currency, subscription), units in self.worth.items() if self.asked else ():
            if subscription in self.asked:
                found[currency] += units
        return found


def by_currency(found: Cells, end: date | None = None) -> dict[str, Counter[str]]:
    """The months before `end` together (all of them without one), by currency and under ANY."""
    whole: dict[str, Counter[str]] = defaultdict(Counter)
    for (month, currency), measures in found.items():
        if end is None or month < end:
            whole[currency].update(measures)
    return whole


def difference(new: Cells, old: Cells) -> Cells:
    """What to add to the old for the new: only what is not nothing."""
    changed: Cells = {}
    for key in new.keys() | old.keys():
        moved = Counter(new.get(key, Counter()))
        moved.subtract(old.get(key, Counter()))
        if left := {name: value for name, value in moved.items() if value}:
            changed[key] = Counter(left)
    return changed
