"""What a customer's changes make of the months of the rollup of MRR (rollup_mrr_months)."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from itertools import groupby

from queries.movements import Told
from queries.rollups.cells import Cells
from queries.rollups.changes import ASKED, DECIDED, Change, Dated
from queries.tables_rollups import ANY, rollup_mrr_months

MONTHS = rollup_mrr_months.name


def put_movements(found: Cells, told: Told) -> None:
    """The cells of what queries.movements told of all customers, by currency and month."""
    for (currency, month), moved in told.items():
        found[MONTHS, month, currency].update(moved.movements, joined=moved.joined, lost=moved.lost)


def count_there(found: Cells, dated: Iterable[Dated]) -> None:
    """One customer's subscriptions at the end of each month: how many have a worth, whether any has, and the
    worth of those that are set to end."""
    standing = _Standing()
    ending: dict[str, int] = {}
    for month, in_month in groupby(dated, key=lambda one: one[0]):
        opening, was_ending = dict(standing.there), ending
        for _, change in in_month:
            standing.take(change)
        ending = standing.set_to_end()
        for currency, now in standing.there.items():
            cell, was = found[MONTHS, month, currency], opening.get(currency, 0)
            cell["subscriptions"] += now - was
            cell["customers"] += (now > 0) - (was > 0)
        for currency in ending.keys() | was_ending.keys():
            moved = ending.get(currency, 0) - was_ending.get(currency, 0)
            found[MONTHS, month, currency]["set_to_end"] += moved
        found[MONTHS, month, ANY]["customers"] += any(standing.there.values()) - any(opening.values())


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

    def set_to_end(self) -> dict[str, int]:
        found: dict[str, int] = defaultdict(int)
        for (currency, subscription), units in self.worth.items() if self.asked else ():
            if subscription in self.asked:
                found[currency] += units
        return found


def by_currency(found: Cells, end: date | None = None) -> dict[str, Counter[str]]:
    """The months before `end` together (all of them without one), by currency and under ANY."""
    whole: dict[str, Counter[str]] = defaultdict(Counter)
    for (_, month, currency), measures in found.items():
        if end is None or month < end:
            whole[currency].update(measures)
    return whole
