"""Receivables ageing: what customers owe as of an instant, by how long it has been due."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Subquery, case, distinct, func, select

from queries.reports._checks import count, rows_behind, same, sums
from queries.reports._claims import BUCKETS, claims
from queries.reports._until import at_its_end
from queries.reports.report import (
    Answer,
    Check,
    Column,
    Connections,
    Figure,
    Params,
    by_title,
    per_currency,
)
from queries.reports.sql import breakdown, listing, sum_if
from queries.tables_subscriptions import customers, plans, products, subscriptions

ONLY = (*BUCKETS, "ended")


def receivables(connections: Connections, params: Params) -> Answer:
    """Open amounts by days past due, by `by` and currency; with `rows` one row for each claim (`only`: those
    of a bucket, or of subscriptions that ended). Of a period: as of its end, if that is over. Minor units
    with tax. Metric: definitions.RECEIVABLES."""
    if params.period is not None:
        params = at_its_end(params, params.period)
    connection, source = connections.subscriptions, claims(params)
    totals = breakdown(connection, source, "currency", None, _measures)
    columns, after = _columns(params.by), None
    if params.rows:
        rows, after = _listing(connection, _only(source, params.only), params)
        columns, table = LIST, totals
    else:
        table = totals if params.by == "currency" else _table(connection, source, params.by)
        rows = [tuple(row[column.name] for column in columns) for row in table]
    return Answer(
        as_of=params.as_of,
        columns=columns,
        rows=rows,
        figures=_figures(totals, _customers(connection, source)),
        notes=["Product, plan and country are those of today."] if params.by != "currency" else [],
        next=after,
        checks=_checks(connection, source, totals, table) if params.checked else (),
    )


def _measures(c: Any) -> dict[str, ColumnElement[Any]]:
    return {
        "claims": func.count(),
        "open": func.sum(c.amount),
        **{name: sum_if(c.amount, c.bucket == name) for name in BUCKETS},
        "ended": sum_if(c.amount, c.ended == 1),
    }


def _columns(by: str) -> tuple[Column, ...]:
    first = {
        "currency": (),
        "customer": (
            Column("customer_number", "Customer no.", "text"),
            Column("customer", "Customer", "text"),
        ),
    }
    return (
        *(first[by] if by in first else (by_title(by),)),
        Column("currency", "Currency", "text"),
        Column("claims", "Claims", "count"),
        Column("open", "Open", "money"),
        *(Column(name, title, "money") for name, title in BUCKETS.items()),
        Column("ended", "Of it ended", "money"),
    )


def _table(connection: Connection, source: Subquery, by: str) -> list[dict[str, Any]]:
    """The breakdown, in each currency what owes most first."""
    if by == "customer":
        names = _names(connection, source)
        found = breakdown(connection, source, "customer_id", None, _measures)
        table = [row | names.get(row["key"], NOBODY) for row in found]
    else:
        table = [row | {by: row["key"]} for row in breakdown(connection, source, by, None, _measures)]
    return sorted(table, key=lambda row: (row["currency"], -row["open"], str(row["key"])))


NOBODY = {"customer_number": None, "customer": None}  # real data has charges of nobody


def _names(connection: Connection, source: Subquery) -> dict[int, dict[str, str]]:
    c = customers.c
    owing = select(c.id, c.number, c.name).where(c.id.in_(select(source.c.customer_id)))
    return {row[0]: {"customer_number": row[1], "customer": row[2]} for row in connection.execute(owing)}


def _customers(connection: Connection, source: Subquery) -> int:
    return connection.scalar(select(func.count(distinct(source.c.customer_id)))) or 0


def _figures(totals: list[dict[str, Any]], owing: int) -> list[Figure]:
    ended = "Of what is open: of subscriptions that have ended."
    return [
        Figure("claims", "Open claims", sum(row["claims"] for row in totals), "count"),
        Figure("customers", "Customers who owe", owing, "count", None, "In any currency, each once."),
        *per_currency(totals, "Open", "open", "money", "Asked for and neither paid nor given back."),
        *(
            figure
            for name, title in BUCKETS.items()
            for figure in per_currency(totals, title, name, "money", "By days past due.")
        ),
        *per_currency(totals, "Of it ended", "ended", "money", ended),
    ]


def _checks(
    connection: Connection, source: Subquery, totals: list[dict[str, Any]], table: list[dict[str, Any]]
) -> tuple[Check, ...]:
    number, amounts = rows_behind(connection, source)
    return (
        same("The buckets add up to what is open", sums(totals, *BUCKETS), sums(totals, "open")),
        same("The parts add up to what is open", sums(table, "open"), sums(totals, "open")),
        same("There are as many rows as claims", number, count(totals, "claims")),
        same("The rows add up to what is open", amounts, sums(totals, "open")),
    )


def _only(source: Subquery, only: str | None) -> Subquery:
    if only is None:
        return source
    wanted = source.c.ended == 1 if only == "ended" else source.c.bucket == only
    return select(source).where(wanted).subquery("only")


LIST = (
    Column("at", "Due", "instant"),
    Column("days", "Days past due", "count"),
    Column("bucket", "Bucket", "text"),
    Column("customer_number", "Customer no.", "text"),
    Column("customer", "Customer", "text"),
    Column("number", "Subscription", "text"),
    Column("product", "Product", "text"),
    Column("plan", "Plan", "text"),
    Column("ended_at", "Ended", "instant"),
    Column("invoice_number", "Invoice", "text"),
    Column("attempts", "Attempts", "count"),
    Column("failure_code", "Latest failure", "text"),
    Column("asked", "Asked", "money"),
    Column("paid", "Paid", "money"),
    Column("refunded", "Refunded", "money"),
    Column("amount", "Open", "money"),
    Column("currency", "Currency", "text"),
)


def _listing(
    connection: Connection, source: Subquery, params: Params
) -> tuple[list[tuple[Any, ...]], str | None]:
    columns = {
        "at": source.c.at,
        "bucket": source.c.bucket,
        "customer_number": customers.c.number,
        "customer": customers.c.name,
        "number": subscriptions.c.number,
        "product": products.c.name,
        "plan": plans.c.name,
        "ended_at": case((source.c.ended == 1, subscriptions.c.ended_at)),
        **{
            name: source.c[name]
            for name in (
                "invoice_number", "attempts", "failure_code", "asked", "paid", "refunded", "amount",
                "currency",
            )
        },
    }  # fmt: skip
    found, after = listing(connection, source, columns, params)
    return [(row[0], _days(row[0], params), BUCKETS[row[1]], *row[2:]) for row in found], after


def _days(due: datetime, params: Params) -> int:
    return max(0, (params.today - due.astimezone(params.zone).date()).days)
