"""What the coming renewals will bring: what is due times the renewal rate that its group has shown."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Subquery, func, select

from queries.parts import rounded_parts
from queries.periods import Span, Window
from queries.recurring import UNITS_PER_MINOR, minor_from_units
from queries.renewal_rates import Group, Rate, group, rate_of
from queries.reports._checks import count, same, sums
from queries.reports._due import due, topics
from queries.reports._renewal_rows import LIST, asking_to_cancel, listed, with_risks
from queries.reports._rows_or_days import Days, Rows, counted
from queries.reports.observed import observed
from queries.reports.report import (
    Answer,
    Check,
    Column,
    Connections,
    Figure,
    Params,
    by_title,
    per_currency,
    share,
)
from queries.reports.sql import GRAINS, bucket, described
from queries.tables_subscriptions import products, subscriptions

DAYS = 30
EXPECTED = ("upcoming", "in_dunning")
PARTS = {"low": "Forecast, lowest", "forecast": "Forecast", "high": "Forecast, highest"}
Ends = Mapping[Group, tuple[float, float, float] | None]


@dataclass(frozen=True)
class _Cell:
    """Open renewals of one group that fall under one key of the table."""

    key: Any
    group: Group
    number: int
    amount: int

    @property
    def currency(self) -> str:
        return self.group[0]

    def units(self, ends: Ends) -> list[int]:
        """Lowest, likely and highest in units of 1/27,720 minor unit (queries.recurring); [] without rate."""
        return [round(self.amount * rate * UNITS_PER_MINOR) for rate in ends[self.group] or ()]


def forecast(connections: Connections, params: Params) -> Answer:
    """Open renewals of the window by `by` and currency with what they will bring, at lowest and at highest
    (or one row each with `rows`). Default: the next 30 days. Minor units without tax. Metric:
    definitions.FORECAST."""
    days = params.days or DAYS
    window = params.period or Window(params.today, params.today + timedelta(days=days), params.zone)
    connection = connections.subscriptions
    source = _expected(params, window)
    by = "currency" if params.rows else params.by
    found = counted(connections, params, Rows(connection, source, window), topics(params, window), dict)
    if isinstance(found, Days):
        cells = _cells_by_day(found, window, by)
    else:
        cells = _cells(connection, source, window, by)
    rates, counted_at = observed(connections, params) if cells else ({}, None)
    table = _table(cells, rates, window, by)
    columns, after = _columns(by), None
    rows = [tuple(row[column.name] for column in columns) for row in table]
    if params.rows:
        asking = asking_to_cancel(connections.tickets) if params.live else []
        rows, after = listed(connection, with_risks(source, window, asking), params)
        columns = LIST
    return Answer(
        period=window,
        columns=columns,
        rows=rows,
        figures=_figures(table),
        notes=[*_notes(table), *_counted(params, counted_at)],
        next=after,
        checks=_checks(found, table) if params.checked else (),
    )


def _expected(params: Params, window: Window) -> Subquery:
    every = due(params, window)
    return select(every).where(every.c.outcome.in_(EXPECTED)).subquery("expected")


def _table(cells: list[_Cell], rates: Mapping[Group, Rate], window: Window, by: str) -> list[dict[str, Any]]:
    ends = {each: rate_of(each, rates).ends for each in {cell.group for cell in cells}}
    table = {pair: _row(by, *pair) for pair in _keys(cells, window, by)}
    for currency in {cell.currency for cell in cells}:
        mine = [cell for cell in cells if cell.currency == currency]
        _fill([row for pair, row in table.items() if pair[1] == currency], mine, ends, by)
    return list(table.values())


def _cells(connection: Connection, source: Subquery, window: Window, by: str) -> list[_Cell]:
    d, s = source.c, subscriptions.c
    spans = window.spans(GRAINS[by]) if by in GRAINS else []
    inner = (
        select(
            bucket(d.at, [span.start for span in spans]).label("span"),
            d.currency,
            products.c.name.label("product"),
            s.interval,
            s.interval_count,
            d.amount,
        )
        .select_from(described(source))
        .subquery("keyed")
    )
    k = inner.c
    keys = (k.span, k.currency, k.product, k.interval, k.interval_count)
    statement = select(*keys, func.count(), func.sum(k.amount)).group_by(*keys).order_by(*keys)
    return [_cell(by, spans, row) for row in connection.execute(statement)]


def _cells_by_day(kept: Days, window: Window, by: str) -> list[_Cell]:
    """The same from the rollup, where plans of one group come together."""
    spans = window.spans(GRAINS[by]) if by in GRAINS else []
    together: dict[tuple[Any, ...], tuple[int, int]] = {}
    every = kept.by_plan(by, *EXPECTED)
    for span, currency, product, _plan, interval, interval_count, number, amount in every:
        key = span, currency, product, interval, interval_count
        so_far = together.get(key, (0, 0))
        together[key] = so_far[0] + number, so_far[1] + amount
    return [_cell(by, spans, (*key, *sums)) for key, sums in together.items()]


def _cell(by: str, spans: Sequence[Span], row: Sequence[Any]) -> _Cell:
    """Of span, currency, product, interval, interval count, number and amount."""
    of = group(*row[1:5])
    key = spans[row[0] - 1].first if spans else dict(zip(BY, of, strict=True))[by]
    return _Cell(key, of, int(row[5]), int(row[6]))


BY = ("currency", "product", "interval")  # the parts of a group


def _keys(cells: list[_Cell], window: Window, by: str) -> Iterable[tuple[Any, str | None]]:
    """Key and currency of each row: days and months without renewals have one too."""
    found: set[tuple[Any, str | None]] = {(cell.key, cell.currency) for cell in cells}
    if by not in GRAINS:
        return sorted(found, key=lambda pair: (str(pair[1]), pair[0] is None, str(pair[0]).casefold()))
    currencies = sorted({cell.currency for cell in cells}) if cells else [None]
    return [(span.first, currency) for span in window.spans(GRAINS[by]) for currency in currencies]


def _row(by: str, key: Any, currency: str | None) -> dict[str, Any]:
    nothing = {"due": 0, "expected_amount": 0, "rate": None, **dict.fromkeys(PARTS)}
    return {by: key} | {"currency": currency} | nothing


def _fill(rows: list[dict[str, Any]], cells: list[_Cell], ends: Ends, by: str) -> None:
    """The rows of one currency: the forecast of the whole is rounded once, whatever the breakdown."""
    behind = {row[by]: [cell for cell in cells if cell.key == row[by]] for row in rows}
    for row in rows:
        row["due"] = sum(cell.number for cell in behind[row[by]])
        row["expected_amount"] = sum(cell.amount for cell in behind[row[by]])
    if not any(cell.units(ends) for cell in cells):
        return  # nothing of this currency was ever decided
    for place, name in enumerate(PARTS):
        parts = [sum(cell.units(ends)[place] for cell in behind[row[by]]) for row in rows]
        for row, minor in zip(rows, rounded_parts(parts, _total(cells, ends, place)), strict=True):
            row[name] = minor
    for row in rows:
        row["rate"] = share(row["forecast"], row["expected_amount"])


def _total(cells: list[_Cell], ends: Ends, place: int) -> int:
    """The forecast of a currency from its groups as wholes."""
    amounts: dict[Group, int] = {}
    for cell in cells:
        amounts[cell.group] = amounts.get(cell.group, 0) + cell.amount
    wholes = (_Cell(None, each, 0, amount).units(ends)[place] for each, amount in amounts.items())
    return minor_from_units(sum(wholes))


def _columns(by: str) -> tuple[Column, ...]:
    return (
        *(() if by == "currency" else (by_title(by),)),
        Column("currency", "Currency", "text"),
        Column("due", "Renewals", "count"),
        Column("expected_amount", "Expected", "money"),
        *(Column(name, title, "money") for name, title in PARTS.items()),
        Column("rate", "Rate used", "percent"),
    )


def _figures(table: list[dict[str, Any]]) -> list[Figure]:
    known = [row for row in table if row["forecast"] is not None]
    parts = [per_currency(known, title, name, "money") for name, title in PARTS.items()]
    return [
        Figure("due", "Renewals", sum(row["due"] for row in table), "count", None, "Open, not set to end."),
        *per_currency(table, "Expected", "expected_amount", "money", "Prices without tax."),
        *(figure for figures in parts for figure in figures),
    ]


def _notes(table: list[dict[str, Any]]) -> list[str]:
    unknown = sorted({row["currency"] for row in table if row["due"] and row["forecast"] is None})
    return [f"No renewal in {code} was decided in the last 12 months: no forecast." for code in unknown]


def _counted(params: Params, at: datetime | None) -> list[str]:
    if at is None:
        return []
    return [f"Renewal rates are counted once a day: these at {at.astimezone(params.zone):%-d %b %Y, %H:%M}."]


def _checks(found: Rows | Days, table: list[dict[str, Any]]) -> tuple[Check, ...]:
    apart = found.apart("plan", *EXPECTED)
    return (
        same(f"{apart.words} the renewals expected", apart.number, count(table, "due")),
        same("Their amounts are the amount expected", apart.amounts, sums(table, "expected_amount")),
    )
