"""What a report counts: read from the rows of its source, or from the rollup of days where that can tell.

Both give the same breakdowns; what the rollup adds is what is not counted in it yet.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Subquery, func, select

from queries.periods import Span, Window
from queries.reports._checks import Sums, rows_behind, together
from queries.reports._happened import MONTH_AND_REASON, in_month
from queries.reports.report import Connections, Params
from queries.reports.sql import GRAINS, Columns, Measures, breakdown, bucket, laid_out
from queries.reports.things import of_customers
from queries.rollups import days
from queries.rollups.days import ALL, COUNTRY, PLAN, Cells, Theirs
from queries.rollups.news import news
from queries.rollups.stored import watermark
from queries.tables_subscriptions import plans, products

ROWS_CHECKED = 1_000  # things: so many are held against their rows on every look
READ_BESIDE = 1_000  # events, and customers whom time has changed: with more, the rows are read
Shape = Callable[[Columns], Mapping[str, ColumnElement[Any]]]  # the columns that a topic's measures ask for
Table = list[dict[str, Any]]


@dataclass(frozen=True)
class Apart:
    """The same things counted in another way; `amounts` by currency. `words` begin a sentence that says what
    they are."""

    number: Sums
    amounts: Sums
    of_rows: bool

    @property
    def words(self) -> str:
        return "The rows listed are" if self.of_rows else "Counted by another breakdown, these are"

    def with_more(self, number: Sums, amounts: Sums) -> "Apart":
        """With things that the rollup does not have."""
        return replace(self, number=together(self.number, number), amounts=together(self.amounts, amounts))


def _as_it_is(source: Subquery, _by: str) -> Subquery:
    return source


@dataclass(frozen=True)
class Rows:
    """The rows of a source; `keyed` gives it the columns that a breakdown needs."""

    connection: Connection
    source: Subquery
    window: Window | None
    keyed: Callable[[Subquery, str], Subquery] = _as_it_is

    def breakdown(self, by: str, measures: Measures) -> Table:
        """As queries.reports.sql.breakdown."""
        return breakdown(self.connection, self.keyed(self.source, by), by, self.window, measures)

    def apart(self, _by: str, *_whats: str) -> Apart:
        """By another statement."""
        return Apart(*rows_behind(self.connection, self.source), of_rows=True)


@dataclass(frozen=True)
class Days:
    """The days of some topics in a window (all there are; none given), as they are at this moment."""

    state: Connection
    rows: Rows  # what they were counted from
    window: Window | None
    topics: tuple[str, ...]
    shape: Shape
    more: Cells  # what is not kept yet

    @property
    def connection(self) -> Connection:
        """Where the company's rows are."""
        return self.rows.connection

    def cells(self, by: str) -> Subquery:
        """Of a breakdown of the rollup. Columns: day, key, currency, what, number, amount."""
        return days.source(self.topics, by, self.window, self.more)

    def breakdown(self, by: str, measures: Measures) -> Table:
        """As queries.reports.sql.breakdown of the topic's source; `measures` find `number` and `amount`
        beside the columns of `shape`."""
        c = self.cells(_cube(by)).c
        shaped = [column.label(name) for name, column in self.shape(c).items()]
        cells = select(_place(c.day, by, self.window), c.key, c.currency, c.number, c.amount, *shaped)
        k = cells.subquery("shaped").c
        sums, keys = measures(k), (k.place, k.key, k.currency)
        named = [sums[name].label(name) for name in sums]
        name = _naming(self.connection, by)
        whole: dict[tuple[Any, Any], dict[str, int]] = {}
        statement = select(*keys, func.sum(k.number), *named).group_by(*keys)
        for place, key, currency, number, *values in self.state.execute(statement):
            if number:
                into = whole.setdefault((name(place, key, currency), currency), dict.fromkeys(sums, 0))
                for measure, value in zip(sums, values, strict=True):
                    into[measure] += int(value or 0)
        return laid_out(whole, dict.fromkeys(sums, 0), by, self.window)

    def apart(self, by: str, *whats: str) -> Apart:
        """From the rows, where these are few; else from another breakdown than `by`, which is kept apart from
        it: all things, or those of whom one of `whats` became."""
        number, amounts = self.sums(COUNTRY if _cube(by) == ALL else ALL, *whats)
        if number[None] <= ROWS_CHECKED:
            return self.rows.apart(by)
        return Apart(number, amounts, of_rows=False)

    def sums(self, by: str, *whats: str) -> tuple[Sums, Sums]:
        """How many things there are, and their amounts by currency, in a breakdown of the rollup."""
        c = self.cells(by).c
        statement = select(c.currency, func.sum(c.number), func.sum(c.amount)).group_by(c.currency)
        if whats:
            statement = statement.where(c.what.in_(whats))
        rows = [(row[0], int(row[1]), int(row[2])) for row in self.state.execute(statement)]
        return {None: sum(n for _, n, _ in rows)}, {currency: amount for currency, _, amount in rows}

    def at_any_time(self, *topics: str) -> "Days":
        """The same of all days, of some of its topics."""
        return replace(self, window=None, topics=topics)

    def number(self, *whats: str) -> int:
        """How many things one of `whats` became of."""
        c = self.cells(ALL).c
        statement = select(func.sum(c.number)).where(c.what.in_(whats))
        return int(self.state.scalar(statement) or 0)

    def number_by_key(self, by: str, what: str) -> dict[str, int]:
        """How many things `what` became of, by key of one of the rollup's breakdowns."""
        c = self.cells(by).c
        statement = select(c.key, func.sum(c.number)).where(c.what == what).group_by(c.key)
        return {key: int(number) for key, number in self.state.execute(statement) if number}

    def by_plan(self, by: str, *whats: str) -> Iterator[tuple[Any, ...]]:
        """(place of the span of `by` in the window from 1 on or 0, currency, product, plan, interval,
        interval count, number, amount) of the things of whom one of `whats` became."""
        c = self.cells(PLAN).c
        cells = select(_place(c.day, by, self.window), c.key, c.currency, c.number, c.amount)
        k = cells.where(c.what.in_(whats)).subquery("placed").c
        keys = (k.place, k.currency, k.key)
        names = _plan_names(self.connection)
        statement = select(*keys, func.sum(k.number), func.sum(k.amount)).group_by(*keys).order_by(*keys)
        for place, currency, key, number, amount in self.state.execute(statement):
            if number:
                yield place, currency, *names(key), int(number), int(amount)


def counted(
    connections: Connections, params: Params, rows: Rows, topics: Sequence[str], shape: Shape
) -> Rows | Days:
    """The days of the topics in the window of the rows; the rows where the rollup cannot tell: of the past,
    in another time zone, not built, or far behind."""
    mark = watermark(connections.state, days.DAYS)
    if not params.live or mark is None or mark.built_to is not None or mark.zone != params.zone:
        return rows
    found = news(connections.subscriptions, mark.seen, params.as_of, most=READ_BESIDE)
    late = days.changed_by_time(connections.state, params.as_of, READ_BESIDE + 1)
    if found is None or len(late) > READ_BESIDE:
        return rows
    whose = sorted({*found.customers, *late})
    now = of_customers(connections.subscriptions, params, whose, topics)
    before = {
        customer: Theirs(theirs.country, [one for one in theirs.things if days.topic_of(one) in topics])
        for customer, theirs in days.counted(connections.state, whose).items()
    }
    return Days(connections.state, rows, rows.window, tuple(topics), shape, days.changed(now, before))


def with_rows(found: Table, rows: Table, by: str, window: Window | None) -> Table:
    """A breakdown with another one added to it, of what the rollup does not know: of all its measures, or of
    some."""
    numbers = {span.first: n for n, span in enumerate(_spans(by, window), start=1)}
    whole: dict[tuple[Any, Any], dict[str, int]] = {}
    for row in (*found, *rows):
        measures = {name: value for name, value in row.items() if name not in ("key", "currency")}
        if any(measures.values()):  # not a span without anything
            into = whole.setdefault((numbers.get(row["key"], row["key"]), row["currency"]), measures)
            if into is not measures:
                into |= {name: into[name] + value for name, value in measures.items()}
    names = next(iter(found or rows), {}).keys() - {"key", "currency"}
    return laid_out(whole, dict.fromkeys(names, 0), by, window)


def _place(day: ColumnElement[Any], by: str, window: Window | None) -> ColumnElement[int]:
    """Of the day's span in the window, from 1 on; 0 where the breakdown has none."""
    spans = _spans("month" if by == MONTH_AND_REASON else by, window)
    return bucket(day, [span.first for span in spans]).label("place")


def _spans(by: str, window: Window | None) -> list[Span]:
    return window.spans(GRAINS[by]) if window is not None and by in GRAINS else []


def _cube(by: str) -> str:
    """The breakdown of the rollup that tells of one of the report."""
    if by in GRAINS or by == "currency":
        return ALL
    cubes = {"product": PLAN, "plan": PLAN, "interval": PLAN, "country": COUNTRY}
    return (cubes | {MONTH_AND_REASON: "reason", "attempts_band": "attempts"}).get(by, by)


def _naming(connection: Connection, by: str) -> Callable[[int, str, str], Any]:
    """From place, key and currency in a cube to the key of the report's row."""
    if by in ("product", "plan", "interval"):
        part, names = ("product", "plan", "interval").index(by), _plan_names(connection)
        return lambda _place, key, _currency: names(key)[part]
    if by in GRAINS:
        return lambda place, _key, _currency: place
    if by == "currency":
        return lambda _place, _key, currency: currency
    if by == MONTH_AND_REASON:
        return lambda place, key, _currency: in_month(place, key)
    if by in ("price", "tenure", "attempts_band"):
        return lambda _place, key, _currency: int(key) if key else None
    return lambda _place, key, _currency: key or None


def _plan_names(connection: Connection) -> Callable[[str], tuple[Any, ...]]:
    """From a `days.plan_key` to product, plan (with its product), interval and interval count."""
    statement = select(plans.c.id, products.c.name, products.c.name + " · " + plans.c.name)
    names = {row[0]: tuple(row[1:]) for row in connection.execute(statement.join(products))}

    def named(key: str) -> tuple[Any, ...]:
        if not key:
            return None, None, None, None
        plan, interval, count = key.split("|")
        return *names[int(plan)], interval, int(count)

    return named
