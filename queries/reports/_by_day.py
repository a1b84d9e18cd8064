"""Breakdowns from the rollup of days, with what is not counted in it yet: the same as from the rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Subquery, func, select

from queries.periods import Window
from queries.reports._checks import Sums
from queries.reports.report import Connections, Params
from queries.reports.sql import GRAINS, Columns, Measures, bucket, laid_out
from queries.reports.things import of_customers
from queries.rollups import days
from queries.rollups.days import ALL, COUNTRY, PLAN, Cells, Theirs
from queries.rollups.news import news
from queries.rollups.stored import watermark
from queries.tables_subscriptions import plans, products

READ_BESIDE = 1_000  # events, and customers whom time has changed: with more, the rows are read
MONTH_AND_REASON = "month_and_reason"
Shape = Callable[[Columns], Mapping[str, ColumnElement[Any]]]  # the columns that a topic's measures ask for


@dataclass(frozen=True)
class Days:
    """The days of some topics in a window, as they are at this moment."""

    connections: Connections
    topics: tuple[str, ...]
    window: Window
    more: Cells  # what is not kept yet

    def within(self, by: str) -> Subquery:
        return days.source(self.topics, by, self.window, self.more)


def by_day(connections: Connections, params: Params, window: Window, *topics: str) -> Days | None:
    """None where the rollup cannot tell: of the past, in another time zone, not built, or far behind."""
    mark = watermark(connections.state, days.DAYS)
    if not params.live or mark is None or mark.built_to is not None or mark.zone != params.zone:
        return None
    found = news(connections.subscriptions, mark.seen, params.as_of, most=READ_BESIDE)
    late = days.changed_by_time(connections.state, params.as_of, READ_BESIDE + 1)
    if found is None or len(late) > READ_BESIDE:
        return None
    whose = sorted({*found.customers, *late})
    now = of_customers(connections.subscriptions, params, whose, topics)
    before = {
        customer: Theirs(theirs.country, [thing for thing in theirs.things if thing.topic in topics])
        for customer, theirs in days.counted(connections.state, whose).items()
    }
    return Days(connections, topics, window, days.changed(now, before))


def breakdown_by_day(found: Days, by: str, measures: Measures, shape: Shape) -> list[dict[str, Any]]:
    """As queries.reports.sql.breakdown of the topic's source; `measures` find `number` and `amount` beside
    the columns of `shape`."""
    window, source = found.window, found.within(_cube(by))
    c = source.c
    spans = _spans(by, window)
    number = bucket(c.day, [span.first for span in spans]).label("span")
    shaped = select(number, c.key, c.currency, c.number, c.amount, *_named(shape(c))).subquery("shaped")
    k = shaped.c
    sums = measures(k)
    keys = (k.span, k.key, k.currency)
    statement = select(*keys, func.sum(k.number), *(sums[name].label(name) for name in sums)).group_by(*keys)
    name = _naming(found.connections.subscriptions, by)
    whole: dict[tuple[Any, Any], dict[str, int]] = {}
    for span, key, currency, things, *values in found.connections.state.execute(statement):
        if things:
            into = whole.setdefault((name(span, key, currency), currency), dict.fromkeys(sums, 0))
            for measure, value in zip(sums, values, strict=True):
                into[measure] += int(value or 0)
    return laid_out(whole, dict.fromkeys(sums, 0), by, window)


def plans_by_day(found: Days, by: str, *whats: str) -> Iterator[tuple[Any, ...]]:
    """(place of the span of `by` in the window from 1 on or 0, currency, product, plan, interval, interval
    count, number, amount) of the things of whom one of `whats` became, by plan."""
    c = found.within(PLAN).c
    number = bucket(c.day, [span.first for span in _spans(by, found.window)]).label("span")
    spanned = (
        select(number, c.key, c.currency, c.number, c.amount).where(c.what.in_(whats)).subquery("spanned")
    )
    k = spanned.c
    keys = (k.span, k.currency, k.key)
    statement = select(*keys, func.sum(k.number), func.sum(k.amount)).group_by(*keys).order_by(*keys)
    names = plan_names(found.connections.subscriptions)
    for span, currency, key, things, amount in found.connections.state.execute(statement):
        if things:
            yield span, currency, *names(key), int(things), int(amount)


def sums_apart(found: Days, by: str, *whats: str) -> tuple[Sums, Sums]:
    """How many things there are (of all, or of those of whom one of `whats` became), and their amounts by
    currency: from another breakdown than `by`, which is kept apart from it."""
    c = found.within(PLAN if _cube(by) == ALL else ALL).c
    statement = select(c.currency, func.sum(c.number), func.sum(c.amount)).group_by(c.currency)
    if whats:
        statement = statement.where(c.what.in_(whats))
    rows = [(row[0], int(row[1]), int(row[2])) for row in found.connections.state.execute(statement)]
    return {None: sum(n for _, n, _ in rows)}, {currency: amount for currency, _, amount in rows}


def number_by_key(found: Days, by: str, what: str) -> dict[str, int]:
    """How many things `what` became of, by key of one of the rollup's breakdowns."""
    c = found.within(by).c
    statement = select(c.key, func.sum(c.number)).where(c.what == what).group_by(c.key)
    return {key: int(number) for key, number in found.connections.state.execute(statement) if number}


def number_ever(found: Days, *whats: str) -> int:
    """How many things one of `whats` became of, on whatever day."""
    c = days.source(found.topics, ALL, None, found.more).c
    return int(found.connections.state.scalar(select(func.sum(c.number)).where(c.what.in_(whats))) or 0)


def _named(columns: Mapping[str, ColumnElement[Any]]) -> list[ColumnElement[Any]]:
    return [column.label(name) for name, column in columns.items()]


def _spans(by: str, window: Window) -> Sequence[Any]:
    return window.months if by == MONTH_AND_REASON else window.spans(GRAINS[by]) if by in GRAINS else []


def _cube(by: str) -> str:
    """The breakdown of the rollup that tells of one of the report."""
    if by in GRAINS or by == "currency":
        return ALL
    cubes = {"product": PLAN, "plan": PLAN, "interval": PLAN, "country": COUNTRY}
    return cubes.get(by) or {MONTH_AND_REASON: "reason", "attempts_band": "attempts"}.get(by, by)


Naming = Callable[[int, str, str], Any]


def _naming(connection: Connection, by: str) -> Naming:
    """From span, key and currency of a cell to the key of the report's row."""
    if by in ("product", "plan", "interval"):
        place = ("product", "plan", "interval").index(by)
        names = plan_names(connection)
        return lambda _span, key, _currency: names(key)[place]
    if by in GRAINS:
        return lambda span, _key, _currency: span
    if by == "currency":
        return lambda _span, _key, currency: currency
    if by == MONTH_AND_REASON:
        return lambda span, key, _currency: f"{span}|{key}"
    if by in ("price", "tenure", "attempts_band"):
        return lambda _span, key, _currency: int(key) if key else None
    return lambda _span, key, _currency: key or None


def plan_names(connection: Connection) -> Callable[[str], tuple[Any, ...]]:
    """From a `days.plan_key` to product, plan (with its product), interval and interval count."""
    statement = select(plans.c.id, products.c.name, products.c.name + " · " + plans.c.name)
    names = {row[0]: tuple(row[1:]) for row in connection.execute(statement.join(products))}

    def named(key: str) -> tuple[Any, ...]:
        if not key:
            return None, None, None, None
        plan, interval, count = key.split("|")
        return *names[int(plan)], interval, int(count)

    return named
