"""Monthly recurring revenue: what it is at an instant, by what, and how it got there."""

from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Subquery, and_, case, distinct, false, func, select

from queries.parts import rounded_parts
from queries.periods import Window, first_of_month
from queries.recurring import minor_from_units
from queries.reports._movements import Standing, changes_before, history
from queries.reports.definitions import MRR
from queries.reports.report import (
    BadParameter,
    Column,
    Connections,
    Figure,
    Params,
    Report,
    by_title,
    per_currency,
    share,
)
from queries.reports.sql import breakdown, count_if, listing, moment, sum_if
from queries.tables_subscriptions import customers, plans, products, subscription_events, subscriptions

MONTHS = 24
MOVEMENTS = ("new", "reactivation", "expansion", "contraction", "churn")


def mrr(connections: Connections, params: Params) -> Report:
    """MRR, ARR and paying customers per currency as of an instant; by month (default: the last 24, with the
    movements that bridge them), or by what it consists of. Minor units. Metric: definitions.MRR."""
    window = _window(params)
    end = window.end_instant
    if end < params.before:  # a period that is over: its figures are those of its end
        params = replace(params, as_of=end - (params.before - params.as_of), live=False)
    connection = connections.subscriptions
    source = _worth(params)
    totals = [_rounded(row) for row in breakdown(connection, source, "currency", None, _measures)]
    by, after = params.by, None
    columns: tuple[Column, ...]
    if params.rows:
        rows, after = _listing(connection, source, params)
        columns = LIST
    elif by == "month":
        rows, columns = _monthly(history(connection, window, params.before)), BY_MONTH
    else:
        rows, columns = _parts(connection, source, by, totals), _columns(by)
    figures = _figures(totals, _paying_customers(connection, source), params.live)
    if by == "month" and not params.rows:
        figures += _movement_figures(rows)
    return Report(
        name="mrr",
        title="Monthly recurring revenue",
        definition=MRR,
        as_of=params.as_of,
        zone=params.zone,
        period=window,
        by="rows" if params.rows else by,
        columns=columns,
        rows=rows,
        figures=figures,
        notes=_notes(params),
        next=after,
    )


def _window(params: Params) -> Window:
    """The months shown: those asked for, up to the day of the as-of instant."""
    following = Window(params.today, params.today.fromordinal(params.today.toordinal() + 1), params.zone).end
    if params.period is None:
        return Window(first_of_month(params.today, 1 - MONTHS), following, params.zone)
    if params.period.first >= following:
        raise BadParameter(
            "MRR is known only up to the as-of instant, and this period begins later. Choose an earlier one."
        )
    return Window(params.period.first, min(params.period.end, following), params.zone)


def _worth(params: Params) -> Subquery:
    """Each subscription's MRR at the as-of instant: one row for those that have any. `amount` in units."""
    e = subscription_events.c
    per_subscription = (
        select(e.subscription_id, e.customer_id, e.currency, func.sum(e.mrr_delta_units).label("amount"))
        .where(*changes_before(params.before))
        .group_by(e.subscription_id, e.customer_id, e.currency)
        .having(func.sum(e.mrr_delta_units) != 0)
        .subquery("worth")
    )
    w = per_subscription.c
    set_to_end = subscriptions.c.cancel_at_period_end if params.live else false()
    return (
        select(
            w.subscription_id.label("ref"),
            *w,
            func.coalesce(subscriptions.c.started_at, moment(params.as_of)).label("at"),
            case((and_(subscriptions.c.id.isnot(None), set_to_end), 1), else_=0).label("set_to_end"),
        )
        .select_from(per_subscription)
        .outerjoin(subscriptions, subscriptions.c.id == w.subscription_id)
        .subquery("mrr")
    )


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


def _paying_customers(connection: Connection, source: Subquery) -> int:
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


def _figures(totals: list[dict[str, Any]], paying: int, live: bool) -> list[Figure]:
    committed = per_currency(totals, "Committed MRR", "committed", "money", "Without what is set to end.")
    return [
        *per_currency(
            totals, "MRR", "mrr", "money", "Active and past-due subscriptions, a month, without tax."
        ),
        *per_currency(totals, "ARR", "arr", "money", "Twelve times MRR."),
        *(committed if live else []),
        Figure("subscriptions", "Paying subscriptions", sum(row["subscriptions"] for row in totals), "count"),
        Figure(
            "customers", "Paying customers", paying, "count", None, "With MRR in any currency, each once."
        ),
    ]


def _movement_figures(rows: list[tuple[Any, ...]]) -> list[Figure]:
    records = [dict(zip((column.name for column in BY_MONTH), row, strict=True)) for row in rows]
    titles = {column.name: column.title for column in BY_MONTH}
    return [figure for name in MOVEMENTS for figure in per_currency(records, titles[name], name, "money")]


def _notes(params: Params) -> list[str]:
    notes = []
    if params.rows or params.by != "month":
        notes.append("Product, plan, country and interval are those of the subscription today.")
    if not params.live:
        notes.append("Committed MRR is known only as of now.")
    return notes


LIST = (
    Column("number", "Subscription", "text"),
    Column("customer_number", "Customer no.", "text"),
    Column("customer", "Customer", "text"),
    Column("product", "Product", "text"),
    Column("plan", "Plan", "text"),
    Column("started_at", "Started", "instant"),
    Column("mrr", "MRR", "money"),
    Column("currency", "Currency", "text"),
)


def _listing(
    connection: Connection, source: Subquery, params: Params
) -> tuple[list[tuple[Any, ...]], str | None]:
    columns = {
        "number": subscriptions.c.number,
        "customer_number": customers.c.number,
        "customer": customers.c.name,
        "product": products.c.name,
        "plan": plans.c.name,
        "started_at": source.c.at,
        "mrr": source.c.amount,
        "currency": source.c.currency,
    }
    found, after = listing(connection, source, columns, params)
    return [(*row[:6], minor_from_units(int(row[6])), row[7]) for row in found], after
