"""How MRR moved: the changes of each customer in order of time, told month by month."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select

from queries.periods import Window
from queries.reports.sql import bucket, moment
from queries.tables_subscriptions import subscription_events

BEFORE = 0  # the month that stands for all that was before the window


def changes_before(before: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Every change of MRR up to an instant. Nearly all events lie before it: they are read in the order of
    the table, because by an index on the instant (which coalesce rules out) each row is a jump: 5 x slower.
    """
    e = subscription_events.c
    return e.mrr_delta_units != 0, func.coalesce(e.occurred_at, e.recorded_at) < moment(before)


@dataclass(frozen=True)
class Standing:
    """A month (or part of one) in one currency. MRR in units of queries.recurring, customers as numbers;
    `movements` sum to end minus start; lost and joined compare the start with the end."""

    first: date
    currency: str
    start: int
    movements: dict[str, int]
    customers_start: int
    customers_lost: int
    customers_joined: int


@dataclass
class _Month:
    movements: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    joined: int = 0
    lost: int = 0


def history(connection: Connection, window: Window, before: datetime) -> list[Standing]:
    """The months of the window, for each currency that ever had MRR before `before`; changes from then on
    are not seen. Empty months stand as they are."""
    told: dict[tuple[str, int], _Month] = defaultdict(_Month)
    for (_, currency), told_of in groupby(changes(connection, window, before), key=lambda row: row[:2]):
        _tell(told, currency, told_of)
    currencies = sorted({currency for currency, _ in told})
    chains = [month for currency in currencies for month in _chain(window, currency, told)]
    return sorted(chains, key=lambda month: (month.first, month.currency))


def changes(connection: Connection, window: Window, before: datetime) -> Iterator[tuple[Any, ...]]:
    """(customer, currency, month, units) by customer and currency in order of time; the months of the window
    from 1 on. What changed at the same instant is one change."""
    for row in connection.execute(_changes(window, before)):
        yield *row[:3], int(row[3])


def _changes(window: Window, before: datetime) -> Select[Any]:
    e = subscription_events.c
    net = func.sum(e.mrr_delta_units)
    keys = (e.customer_id, e.currency, e.occurred_at)
    month = bucket(e.occurred_at, [span.start for span in window.months])
    return (
        select(e.customer_id, e.currency, month.label("month"), net.label("net"))
        .where(*changes_before(before))
        .group_by(*keys)
        .having(net != 0)
        .order_by(*keys)
    )


def _tell(told: dict[tuple[str, int], _Month], currency: str, changes: Iterable[Any]) -> None:
    """Adds what one customer's changes in one currency meant to the months they fell in."""
    worth, first = 0, True
    for number, in_month in groupby(changes, key=lambda row: row[2]):
        month, opening = told[currency, number], worth
        for *_, net in in_month:
            month.movements[_movement(worth, worth + net, first=first)] += net
            worth, first = worth + net, False
        month.joined += opening <= 0 < worth
        month.lost += worth <= 0 < opening


def _movement(was: int, now: int, *, first: bool) -> str:
    if was <= 0 < now:
        return "new" if first else "reactivation"
    if now <= 0 < was:
        return "churn"
    return "expansion" if now > was else "contraction"


def _chain(window: Window, currency: str, told: dict[tuple[str, int], _Month]) -> Iterator[Standing]:
    """Each month begins where the one before ended."""
    past = told.get((currency, BEFORE), _Month())
    worth, there = sum(past.movements.values()), past.joined - past.lost
    for number, span in enumerate(window.months, start=BEFORE + 1):
        month = told.get((currency, number), _Month())
        yield Standing(span.first, currency, worth, dict(month.movements), there, month.lost, month.joined)
        worth += sum(month.movements.values())
        there += month.joined - month.lost
