"""Monthly recurring revenue: what it is at an instant, by what, and how it got there."""

from typing import Any, NamedTuple

from sqlalchemy import Connection, Subquery, case, distinct, func, select

from queries.movements import MOVEMENTS, Standing
from queries.parts import rounded_parts
from queries.periods import Window
from queries.recurring import minor_from_units
from queries.reports._checks import Sums, same, sums
from queries.reports._movements import history
from queries.reports._rolled import Rolled, rolled
from queries.reports._until import at_its_end, window_until
from queries.reports._worth import LIST, worth, worth_rows
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
from queries.reports.sql import breakdown, count_if, sum_if

MONTHS = 24


def mrr(connections: Connections, params: Params) -> Answer:
    """MRR, ARR and paying customers per currency as of an instant; by month (default: the last 24, with the
    movements that bridge them), or by what it consists of. Minor units. Metric: definitions.MRR."""
    window = window_until(params, MONTHS)
    params = at_its_end(params, window)
    found = _found(connections, params, window)
    names = [column.name for column in found.columns]
    records = [dict(zip(names, row, strict=True)) for row in found.rows]
    figures = _figures(found.totals, found.paying)
    if found.columns is BY_MONTH:
        figures += _movement_figures(records)
    return Answer(
        as_of=params.as_of,
        period=window,
        columns=found.columns,
        rows=found.rows,
        figures=figures,
        notes=_notes(params),
        next=found.next,
        checks=_checks(params, records, sums(found.totals, "mrr")),
    )


class Found(NamedTuple):
    """The table, the totals by currency (`_rounded`), customers with MRR, and where a list goes on."""

    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]
    totals: list[dict[str, Any]]
    paying: int
    next: str | None = None


def _found(connections: Connections, params: Params, window: Window) -> Found:
    """From the rollup what it has: the totals, and the months. The rest from the events."""
    connection = connections.subscriptions
    if params.rows:
        rows, after = worth_rows(connection, params)
        if not params.figures:
            return Found(LIST, rows, [], 0, after)
        return Found(LIST, rows, *_totals(connection, params, rolled(connections, window, params)), after)
    kept = rolled(connections, window, params) if params.by == "month" else None
    totals, paying = _totals(connection, params, kept)
    if params.by == "month":
        months = kept.months if kept else history(connection, window, params.before)
        return Found(BY_MONTH, _monthly(months), totals, paying)
    parts = _parts(connection, worth(params), params.by, totals)
    return Found(_columns(params.by), parts, totals, paying)


def _totals(connection: Connection, params: Params, kept: Rolled | None) -> tuple[list[dict[str, Any]], int]:
    """What there is of each currency, and how many customers have MRR."""
    if kept is not None:
        return [_rounded(row) for row in kept.totals], kept.customers
    source = worth(params)
    found = breakdown(connection, source, "currency", None, _measures)
    return [_rounded(row) for row in found], _paying(connection, source)


def _measures(w: Any) -> dict[str, Any]:
    return {
        "units": func.sum(w.amount),
        "set_to_end_units": sum_if(w.amount, w.set_to_end == 1),
        "subscriptions": count_if(w.amount > 0),
        "customers": func.count(distinct(case((w.amount > 0, w.customer_id)))),
    }


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    return row | {
        "mrr": minor_from_units(row["units"]),
        "arr": minor_from_units(12 * row["units"]),
        "committed": minor_from_units(row["units"] - row["set_to_end_units"]),
    }


def _paying(connection: Connection, source: Subquery) -> int:
    """Customers with MRR in any currency, each once."""
    paying = select(func.count(distinct(source.c.customer_id))).where(source.c.amount > 0)
    return connection.scalar(paying) or 0


def _columns(by: str) -> tuple[Column, ...]:
    return (
        *(() if by == "currency" else (by_title(by),)),
        Column("currency", "Currency", "text"),
        Column("mrr", "MRR", "money"),
        Column("share", "Share", "percent"),
        Column("subscriptions", "Paying subscriptions", "count"),
        Column("customers", "Paying customers", "count"),
    )


def _parts(
    connection: Connection, source: Subquery, by: str, totals: list[dict[str, Any]]
) -> list[tuple[Any, ...]]:
    """MRR by what it consists of: parts that add up to the total of their currency, largest first."""
    found = breakdown(connection, source, by, None, _measures)
    rows: list[tuple[Any, ...]] = []
    for total in totals:
        parts = [row for row in found if row["currency"] == total["currency"]]
        minors = rounded_parts([row["units"] for row in parts], total["mrr"])
        together = sorted(zip(minors, parts, strict=True), key=lambda pair: (-pair[0], str(pair[1]["key"])))
        for minor, row in together:
            key = () if by == "currency" else (row["key"],)
            part = share(row["units"], total["units"])
            rows.append((*key, row["currency"], minor, part, row["subscriptions"], row["customers"]))
    return rows


BY_MONTH = (
    by_title("month"),
    Column("currency", "Currency", "text"),
    Column("start", "MRR at start", "money"),
    *(Column(name, name.capitalize(), "money") for name in MOVEMENTS),
    Column("end", "MRR at end", "money"),
    Column("customers_start", "Customers at start", "count"),
    Column("customers_lost", "Customers lost", "count"),
    Column("customers_end", "Customers at end", "count"),
    Column("churn_rate", "Customer churn rate", "percent"),
    Column("gross_churn", "Gross MRR churn", "percent"),
    Column("net_churn", "Net MRR churn", "percent"),
)


def _monthly(standings: list[Standing]) -> list[tuple[Any, ...]]:
    """Each month with its movements, which in whole minor units lead from its start to its end."""
    rows: list[tuple[Any, ...]] = []
    for month in standings:
        units = [month.movements.get(name, 0) for name in MOVEMENTS]
        start, end = minor_from_units(month.start), minor_from_units(month.start + sum(units))
        moved = rounded_parts(units, end - start)
        lost = -units[3] - units[4]
        rows.append(
            (
                month.first,
                month.currency,
                start,
                *moved,
                end,
                month.customers_start,
                month.customers_lost,
                month.customers_start - month.customers_lost + month.customers_joined,
                share(month.customers_lost, month.customers_start),
                share(lost, month.start),
                share(lost - units[1] - units[2], month.start),
            )
        )
    return rows


def _figures(totals: list[dict[str, Any]], paying: int) -> list[Figure]:
    return [
        *per_currency(
            totals, "MRR", "mrr", "money", "Active and past-due subscriptions, a month, without tax."
        ),
        *per_currency(totals, "ARR", "arr", "money", "Twelve times MRR."),
        *per_currency(totals, "Committed MRR", "committed", "money", "Without what is set to end."),
        Figure("subscriptions", "Paying subscriptions", sum(row["subscriptions"] for row in totals), "count"),
        Figure(
            "customers", "Paying customers", paying, "count", None, "With MRR in any currency, each once."
        ),
    ]


def _checks(params: Params, records: list[dict[str, Any]], total: Sums) -> tuple[Check, ...]:
    if params.by == "month" and not params.rows:
        return _bridge(records, total)
    if params.limit is not None or params.after is not None:  # a part of the list
        return ()
    what = "The subscriptions listed" if params.rows else "The parts"
    return (same(f"{what} add up to MRR", sums(records, "mrr"), total),)


def _bridge(records: list[dict[str, Any]], total: Sums) -> tuple[Check, ...]:
    """Months lead to the total that the subscriptions make, which is summed apart."""
    months = [record["month"] for record in records]
    opening = [record for record in records if record["month"] == months[0]]
    closing = [record for record in records if record["month"] == months[-1]]
    moved = [record | {"moved": sum(record[name] for name in MOVEMENTS)} for record in records]
    reached = {c: start + sums(moved, "moved")[c] for c, start in sums(opening, "start").items()}
    end = sums(closing, "end")
    return (
        same("MRR at the start plus all movements is MRR at the end", reached, end),
        same("MRR at the end is the sum of what each subscription is worth then", end, total),
    )


def _movement_figures(records: list[dict[str, Any]]) -> list[Figure]:
    titles = {column.name: column.title for column in BY_MONTH}
    return [figure for name in MOVEMENTS for figure in per_currency(records, titles[name], name, "money")]


def _notes(params: Params) -> list[str]:
    if params.rows or params.by != "month":
        return ["Product, plan, country and interval are those of the subscription today."]
    return []
