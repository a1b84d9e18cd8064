"""Retention from its rollups: the same figures as from the events, where the rollups can answer.

Months come from their own rollup, the period from the pairs of months and what MRR moved by: what one is held
against was counted apart from it. So it is with cohorts and new MRR.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

from sqlalchemy import Connection, case, func, select

from queries.movements import BEFORE, MOVEMENTS
from queries.periods import Window, months_between
from queries.reports._checks import Sums
from queries.reports._cohorts import (
    COHORTS,
    Cohort,
    CohortTold,
    cohorts_told,
    seen_since,
    whole_months,
)
from queries.reports._covered import covered
from queries.reports._keeping import Kept, MonthKept, months_told
from queries.reports._retention_events import Found
from queries.reports._until import at_its_end
from queries.reports.report import Connections, Params
from queries.rollups.cells import Cells
from queries.rollups.mrr_months import by_currency
from queries.rollups.stored import beside, together
from queries.tables_rollups import (
    ANY,
    rollup_cohorts,
    rollup_mrr_months,
    rollup_retention_months,
    rollup_retention_pairs,
)

AT_START, AT_BOTH, AT_END = "start", "both", "end"
PAIR = ("kept", "net", "stayed")


def from_rollups(connections: Connections, params: Params, window: Window) -> Found | None:
    """None if the rollups are not there, or do not hold just what is seen. Without months and cohorts if the
    rows behind are asked for."""
    months = whole_months(params, window) if params.by in COHORTS and not params.rows else None
    if not _all_covered(connections.subscriptions, params, window, months):
        return None
    more = beside(connections.subscriptions, connections.state, params.zone, params.as_of)
    if more is None:
        return None
    state = connections.state
    kept, mrr = (together(state, more, table) for table in (rollup_retention_months, rollup_mrr_months))
    total = _total(kept, mrr, _pairs(state, more, window), window)
    if params.rows:
        return Found(total, [], [])
    if months is None:
        return Found(total, _months(kept, window), [])
    c = rollup_cohorts.c
    started = together(state, more, rollup_cohorts, c.started >= months.first, c.started < months.end)
    cohorts = _cohorts(started, mrr, months, params)
    return Found(total, [], cohorts, _new(mrr, months) if params.checked else None)


def _all_covered(connection: Connection, params: Params, window: Window, months: Window | None) -> bool:
    """The period as of its end; cohorts are seen to the end of what is known."""
    if not covered(connection, window, at_its_end(params, window)):
        return False
    return months is None or covered(connection, seen_since(months, params), params)


def _total(kept: Cells, mrr: Cells, pairs: dict[tuple[str, str], Counter[str]], window: Window) -> list[Kept]:
    """Each currency that anything changed in by the end."""
    moved = by_currency(mrr, window.end)
    return [
        Kept(
            currency,
            subscriptions=pairs[currency, AT_START]["kept"],
            kept=pairs[currency, AT_BOTH]["kept"],
            customers=pairs[currency, AT_START]["net"],
            net=pairs[currency, AT_BOTH]["net"],
            end=sum(moved[currency][name] for name in MOVEMENTS),
            customers_start=pairs[currency, AT_START]["stayed"],
            customers_lost=pairs[currency, AT_START]["stayed"] - pairs[currency, AT_BOTH]["stayed"],
            customers_end=pairs[currency, AT_END]["stayed"],
        )
        for currency in sorted(by_currency(kept, window.end))
    ]


def _pairs(state: Connection, more: Cells, window: Window) -> dict[tuple[str, str], Counter[str]]:
    """What was kept from bound to bound of the window, and what was there at either, by currency."""
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for currency, opened, closed, *sums in (*_placed(state, window), *_placed_beside(more, window)):
        one = Counter(dict(zip(PAIR, map(int, sums), strict=True)))
        found[currency, AT_END].update(one)
        if opened:
            found[currency, AT_BOTH].update(one)
        if closed:
            found[currency, AT_START].update(one)
    return found


def _placed(state: Connection, window: Window) -> Iterator[Any]:
    """The pairs before the end: their currency, whether the first month and both are before the start, and
    their sums."""
    p = rollup_retention_pairs.c
    placed = (
        select(
            p.currency,
            case((p.from_month < window.first, 1), else_=0).label("opened"),
            case((p.to_month < window.first, 1), else_=0).label("closed"),
            *(p[name] for name in PAIR),
        )
        .where(p.to_month < window.end)
        .subquery("placed")
    ).c
    keys = (placed.currency, placed.opened, placed.closed)
    yield from state.execute(select(*keys, *(func.sum(placed[name]) for name in PAIR)).group_by(*keys))


def _placed_beside(more: Cells, window: Window) -> Iterator[Any]:
    for (table, *key), sums in more.items():
        if table == rollup_retention_pairs.name and key[1] < window.end:
            from_month, to_month, currency = key
            first = window.first
            yield currency, from_month < first, to_month < first, *(sums[name] for name in PAIR)


def _months(kept: Cells, window: Window) -> list[MonthKept]:
    numbers = _numbers(window)
    told: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for (_, month, currency), sums in kept.items():
        if month < window.end:
            told[currency, numbers.get(month, BEFORE)].update(sums)
    return months_told(window, told)


def _cohorts(started: Cells, mrr: Cells, months: Window, params: Params) -> list[Cohort]:
    numbers, seen = _numbers(months), seen_since(months, params)
    told = defaultdict[tuple[str, int], CohortTold](CohortTold)
    for (_, first, month, currency), sums in started.items():
        if first in numbers:
            cohort, since = told[currency, numbers[first]], months_between(first, month)
            cohort.customers += sums["customers"]
            cohort.started += sums["new"]
            cohort.there[since] += sums["there"]
            cohort.worth[since] += sums["worth"]
    moved = by_currency(mrr, seen.end)
    currencies = {one for one, sums in moved.items() if one != ANY and any(sums[name] for name in MOVEMENTS)}
    return cohorts_told(told, currencies, months, seen, params.before)


def _new(mrr: Cells, months: Window) -> Sums:
    new: dict[str | None, int] = defaultdict(int)
    for (_, month, currency), sums in mrr.items():
        if months.first <= month < months.end and currency != ANY:
            new[currency] += sums["new"]
    return new


def _numbers(window: Window) -> dict[date, int]:
    return {span.first: number for number, span in enumerate(window.months, start=BEFORE + 1)}
