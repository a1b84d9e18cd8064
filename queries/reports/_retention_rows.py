"""The customers behind the retention report: those there at the start, and those of a cohort."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Subquery, case, func, literal, select

from queries.periods import Window
from queries.reports._movements import changes_before
from queries.reports._worth import added, adding_up
from queries.reports.report import Column, Params
from queries.reports.sql import listing, within
from queries.tables_subscriptions import customers, subscription_events

AT_START = (
    Column("customer_number", "Customer no.", "text"),
    Column("customer", "Customer", "text"),
    Column("country", "Country", "text"),
    Column("since", "First MRR", "instant"),
    Column("mrr_start", "MRR at start", "money"),
    Column("kept", "Of which kept", "money"),
    Column("net", "MRR at end", "money"),
    Column("currency", "Currency", "text"),
)
STARTED = (
    Column("customer_number", "Customer no.", "text"),
    Column("customer", "Customer", "text"),
    Column("country", "Country", "text"),
    Column("since", "First MRR", "instant"),
    Column("new", "New MRR", "money"),
    Column("mrr", "MRR now", "money"),
    Column("currency", "Currency", "text"),
)
Listed = tuple[list[tuple[Any, ...]], str | None]


def rows_at_start(connection: Connection, source: Subquery, params: Params) -> Listed:
    """The customers of `kept_by_customer` who had MRR at the start, or those of them who have none at the
    end (`only` = "lost"), in the order of AT_START."""
    s = source.c
    there = select(source).where((s.amount > 0) | (s.subscriptions > 0)).subquery("there")
    behind = adding_up(there, "amount", "kept", "net")
    b = behind.c
    shown = behind if params.only is None else select(behind).where(b.amount > 0, b.net <= 0).subquery("lost")
    return _named(connection, shown, ("amount", "kept", "net"), params)


def rows_started(connection: Connection, months: Window, params: Params) -> Listed:
    """The customers whose first MRR came in the months, or those of them who have none left (`only` =
    "lost"), in the order of STARTED."""
    behind = adding_up(_started(months, params), "amount", "mrr")
    shown = behind if params.only is None else select(behind).where(behind.c.mrr <= 0).subquery("lost")
    return _named(connection, shown, ("amount", "mrr"), params)


def _started(months: Window, params: Params) -> Subquery:
    """One row for each customer and currency: `at` and `amount` of their first change, and `mrr` now."""
    e = subscription_events.c
    keys = (e.customer_id, e.currency)
    net = func.sum(e.mrr_delta_units)
    place = func.row_number().over(partition_by=keys, order_by=e.occurred_at)
    changes = (
        select(*keys, e.occurred_at.label("at"), net.label("net"), place.label("place"))
        .where(*changes_before(params.before))
        .group_by(*keys, e.occurred_at)
        .having(net != 0)
        .subquery("changes")
    )
    c = changes.c
    first = case((c.place == 1, c.net), else_=0)
    began = func.min(c.at)
    return (
        select(
            c.customer_id.label("ref"),
            c.customer_id,
            literal(None).label("subscription_id"),
            c.currency,
            began.label("at"),
            func.sum(first).label("amount"),
            func.sum(c.net).label("mrr"),
        )
        .group_by(c.customer_id, c.currency)
        .having(func.sum(first) > 0, within(began, months.start_instant, months.end_instant))
        .subquery("started")
    )


def _named(connection: Connection, source: Subquery, money: tuple[str, ...], params: Params) -> Listed:
    columns: dict[str, ColumnElement[Any]] = {
        "customer_number": customers.c.number,
        "customer": customers.c.name,
        "country": customers.c.country,
        "since": source.c.at,
        "currency": source.c.currency,
    }
    for name in money:
        columns |= {name: source.c[name], f"{name}_so_far": source.c[f"{name}_so_far"]}
    origin = source.outerjoin(customers, customers.c.id == source.c.customer_id)
    found, after = listing(connection, source, columns, params, origin=origin)
    return [(*row[:4], *_amounts(row[5:]), row[4]) for row in found], after


def _amounts(values: tuple[Any, ...]) -> list[int]:
    """Pairs of units and their sum so far, as minor units."""
    return [added(values[n], values[n + 1]) for n in range(0, len(values), 2)]
