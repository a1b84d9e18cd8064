"""How MRR moves: what each change means to the month it falls in, and how the months follow one another.

Worth is in units of queries.recurring; an event's month is a number from 1 on, or the month's first day.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any

from queries.periods import Window

MOVEMENTS = ("new", "reactivation", "expansion", "contraction", "churn")
BEFORE = 0  # the month that stands for all that was before the window


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
class Month:
    """What changed in a month: worth by kind of movement, and customers who came above nothing or fell."""

    movements: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    joined: int = 0
    lost: int = 0


Told = dict[tuple[str, Any], Month]  # by currency, and number or first day of the month


def standings(window: Window, told: Told) -> list[Standing]:
    """The months of the window, numbered from 1; `BEFORE` is all that was earlier."""
    currencies = sorted({currency for currency, _ in told})
    chains = [month for currency in currencies for month in _chain(window, currency, told)]
    return sorted(chains, key=lambda month: (month.first, month.currency))


def tell(told: Told, currency: str, changes: Iterable[Any]) -> None:
    """Adds what one customer's changes in one currency meant to the months they fell in. Each is a row whose
    third value is the month and whose last is the units, in order of time."""
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


def _chain(window: Window, currency: str, told: Told) -> Iterator[Standing]:
    """Each month begins where the one before ended."""
    past = told.get((currency, BEFORE), Month())
    worth, there = sum(past.movements.values()), past.joined - past.lost
    for number, span in enumerate(window.months, start=BEFORE + 1):
        month = told.get((currency, number), Month())
        yield Standing(span.first, currency, worth, dict(month.movements), there, month.lost, month.joined)
        worth += sum(month.movements.values())
        there += month.joined - month.lost
