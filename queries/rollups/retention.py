"""What a customer's changes make of the rollups of retention: months, pairs of months, and cohorts.

How much was kept compares what a subscription or customer is worth at both bounds of a window, so it is no
sum over the months between. But between months of change a worth is the same at every bound: as a function of
the two bounds, what was kept is constant but for steps. A *pair* of months holds such a step: what it adds to
every window that begins after the first of them and ends after the second. So a window is the sum of all
pairs whose months lie before its bounds; and what was there at one bound is what a window without length
kept.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from queries.keeping import take_customer, take_subscription
from queries.rollups.cells import Cells
from queries.rollups.changes import Dated
from queries.tables_rollups import rollup_cohorts, rollup_retention_months, rollup_retention_pairs

MONTHS, PAIRS, COHORTS = rollup_retention_months.name, rollup_retention_pairs.name, rollup_cohorts.name
Step = tuple[date, int, int]  # a month of change: what was worth before it, and after it
Move = tuple[date, int]  # a month, and the units of what changed at one instant


def count_retention(found: Cells, currency: str, dated: Sequence[Dated], moves: Sequence[Move]) -> None:
    """One customer's changes in one currency, in order of time; `moves` are those of each instant that come
    to something."""
    each: dict[int | None, list[Move]] = defaultdict(list)
    for month, change in dated:
        if change.units:
            each[change.subscription].append((month, change.units))
            found[MONTHS, month, currency]["changes"] += 1
    for of_one in each.values():
        steps = _steps(of_one)
        for month, was, now in steps:
            take_subscription(found[MONTHS, month, currency], was, now)
        _count_kept(found, currency, steps)
    whole = _steps(moves)
    for month, was, now in whole:
        take_customer(found[MONTHS, month, currency], was, now)
    _count_net(found, currency, whole)
    _count_cohort(found, currency, whole, moves)


def _steps(moves: Iterable[Move]) -> list[Step]:
    steps: list[Step] = []
    for month, units in moves:
        if steps and steps[-1][0] == month:
            _, was, now = steps.pop()
        else:
            was = now = steps[-1][2] if steps else 0
        steps.append((month, was, now + units))
    return steps


def _count_kept(found: Cells, currency: str, steps: Sequence[Step]) -> None:
    """The lesser of a subscription's worth at both bounds: each of its units counts if it is there at both.
    Two changes together concern the units above nothing that both of them brought or took."""
    for place, (to, was, now) in enumerate(steps):
        for from_, had, has in steps[:place]:
            units = min(max(had, has), max(was, now)) - max(min(had, has), min(was, now), 0)
            if units > 0:
                found[PAIRS, from_, to, currency]["kept"] += units if (has > had) == (now > was) else -units
        if now > max(was, 0):
            found[PAIRS, to, to, currency]["kept"] += now - max(was, 0)


def _count_net(found: Cells, currency: str, steps: Sequence[Step]) -> None:
    """A customer's worth at the second bound, and whether that is above nothing, if they were there at the
    first: of that it only matters when they came (+1) or went (-1)."""
    for place, (month, was, now) in enumerate(steps):
        turned = (now > 0) - (was > 0)
        for to, had, has in steps[place + 1 :] if turned else ():
            cell = found[PAIRS, month, to, currency]
            cell["net"] += turned * (has - had)
            cell["stayed"] += turned * ((has > 0) - (had > 0))
        if turned:
            cell = found[PAIRS, month, month, currency]
            cell["net"] += turned * now
            cell["stayed"] += turned > 0


def _count_cohort(found: Cells, currency: str, steps: Sequence[Step], moves: Sequence[Move]) -> None:
    """The cohort of the month of their first MRR; none if it first went down, which is no start."""
    started, first = moves[0] if moves else (None, 0)
    if first <= 0:
        return
    start = found[COHORTS, started, started, currency]
    start["customers"] += 1
    start["new"] += first
    for month, was, now in steps:
        cell = found[COHORTS, started, month, currency]
        cell["there"] += (now > 0) - (was > 0)
        cell["worth"] += now - was
