"""The customers behind the retention report: those there at the start, and those of a cohort."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Subquery, case, func, literal, select

from queries.periods import Window
from queries.reports._first_page import first_page
from queries.reports._keeping import kept_by_customer
from queries.reports._movements import changes_before
from queries.reports._worth import added, adding_up
from queries.reports.report import Column, Params
from queries.reports.sql import Among, all_of, listing, moment, within
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


def rows_at_start(connection: Connection, window: Window, params: Params) -> Listed:
    """The customers of `kept_by_customer` who had MRR at the start, or those of them who have none at the
    end (`only` = "lost"), in the order of AT_START."""

    def oldest(number: int) -> Subquery | None:
        until = _instant_of_change(connection, number)
        return None if until is None else _at_start(window, params, until)

    page = first_page(connection, params, oldest)
    shown = _at_start(window, params) if page is None else page
    return _named(connection, shown, ("amount", "kept", "net"), params)


def _at_start(window: Window, params: Params, until: datetime | None = None) -> Subquery:
    """All of them, or those whose first change came before an instant."""
    s = kept_by_customer(window, params.before, all_of if until is None else _changed_before(until)).c
    first = [] if until is None else [s.at < moment(until)]
    there = select(*s).where((s.amount > 0) | (s.subscriptions > 0), *first).subquery("there")
    b = (behind := adding_up(there, "amount", "kept", "net")).c
    return behind if params.only is None else select(behind).where(b.amount > 0, b.net <= 0).subquery("lost")


def _changed_before(until: datetime) -> Among:
    e = subscription_events.c
    theirs = select(e.customer_id).where(e.mrr_delta_units != 0, e.occurred_at < moment(until))
    return lambda customer: customer.in_(theirs)


def _instant_of_change(connection: Connection, number: int) -> datetime | None:
    """When so many changes of MRR had come; None if there are fewer."""
    e = subscription_events.c
    changes = select(e.occurred_at).where(e.mrr_delta_units != 0).order_by(e.occurred_at, e.id)
    return connection.scalar(changes.offset(number).limit(1))


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
        select(
            *keys,
            func.min(e.id).label("ref"),
            e.occurred_at.label("at"),
            net.label("net"),
            place.label("place"),
        )
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
            func.min(c.ref).label("ref"),
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
