"""Receivables ageing: what customers owe as of an instant, by how long it has been due."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Subquery, case, distinct, func, select

from queries.reports._checks import count, rows_behind, same, sums
from queries.reports._claims import BUCKETS, ENDED, bucket_of_day, claims
from queries.reports._rows_or_days import Apart, Days, Rows, Shape, counted, with_rows
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
from queries.rollups.days import CLAIMS, OWING
from queries.tables_subscriptions import customers, plans, products, subscriptions

ONLY = (*BUCKETS, "ended")


def receivables(connections: Connections, params: Params) -> Answer:
    """Open amounts by days past due, by `by` and currency; with `rows` one row for each claim (`only`: those
    of a bucket, or of subscriptions that ended). Of a period: as of its end, if that is over. Minor units
    with tax. Metric: definitions.RECEIVABLES."""
    if params.period is not None:
        params = at_its_end(params, params.period)
    connection, source = connections.subscriptions, claims(params)
    found = counted(connections, params, Rows(connection, source, None), (CLAIMS, OWING), _shaped(params))
    totals = _totals(found, params, "currency")
    columns, after = _columns(params.by), None
    if params.rows:
        rows, after = _listing(connection, _only(source, params.only), params)
        columns, table = LIST, totals
    else:
        table = totals if params.by == "currency" else _table(found, source, params)
        rows = [tuple(row[column.name] for column in columns) for row in table]
    return Answer(
        as_of=params.as_of,
        columns=columns,
        rows=rows,
        figures=_figures(totals, _customers(found)),
        notes=["Product, plan and country are those of today."] if params.by != "currency" else [],
        next=after,
        checks=_checks(found, params, totals, table) if params.checked else (),
    )


def _measures(c: Any) -> dict[str, ColumnElement[Any]]:
    return {
        "claims": func.sum(c.number),
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
        Column("ended", "Of which ended", "money"),
    )


def _shaped(params: Params) -> Shape:
    return lambda c: {
        "bucket": bucket_of_day(params, c.day),
        "ended": case((c.what == ENDED, 1), else_=0),
    }


def _totals(found: Rows | Days, params: Params, by: str) -> list[dict[str, Any]]:
    """The rollup is of customers: what nobody owes is read beside it."""
    if isinstance(found, Rows):
        return found.breakdown(by, _measures)
    claimed = found.at_any_time(CLAIMS).breakdown(by, _measures)
    rows = Rows(found.connection, _of_nobody(params), None)
    return with_rows(claimed, rows.breakdown(by, _measures), by, None)


def _of_nobody(params: Params) -> Subquery:
    return claims(params, lambda customer: customer.is_(None))


def _table(found: Rows | Days, source: Subquery, params: Params) -> list[dict[str, Any]]:
    """The breakdown, in each currency what owes most first."""
    by = params.by
    if by == "customer":
        names = _names(found.connection, source)
        every = breakdown(found.connection, source, "customer_id", None, _measures)
        table = [row | names.get(row["key"], NOBODY) for row in every]
    else:
        table = [row | {by: row["key"]} for row in _totals(found, params, by)]
    return sorted(table, key=lambda row: (row["currency"], -row["open"], str(row["key"])))


NOBODY = {"customer_number": None, "customer": None}  # real data has charges of nobody


def _names(connection: Connection, source: Subquery) -> dict[int, dict[str, str]]:
    c = customers.c
    owing = select(c.id, c.number, c.name).where(c.id.in_(select(source.c.customer_id)))
    return {row[0]: {"customer_number": row[1], "customer": row[2]} for row in connection.execute(owing)}


def _customers(found: Rows | Days) -> int:
    if isinstance(found, Days):
        return found.at_any_time(OWING).number("owing")
    return found.connection.scalar(select(func.count(distinct(found.source.c.customer_id)))) or 0


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
        *per_currency(totals, "Of which ended", "ended", "money", ended),
    ]


def _checks(
    found: Rows | Days, params: Params, totals: list[dict[str, Any]], table: list[dict[str, Any]]
) -> tuple[Check, ...]:
    apart = _apart(found, params)
    return (
        same("The buckets add up to what is open", sums(totals, *BUCKETS), sums(totals, "open")),
        same("The parts add up to what is open", sums(table, "open"), sums(totals, "open")),
        same(f"{apart.words} the claims", apart.number, count(totals, "claims")),
        same("Their amounts are what is open", apart.amounts, sums(totals, "open")),
    )


def _apart(found: Rows | Days, params: Params) -> Apart:
    apart = found.at_any_time(CLAIMS).apart("currency") if isinstance(found, Days) else found.apart("")
    return apart if apart.of_rows else apart.with_more(*rows_behind(found.connection, _of_nobody(params)))


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
    Column("asked", "Asked", "money"),
    Column("paid", "Paid", "money"),
    Column("refunded", "Refunded", "money"),
    Column("amount", "Open", "money"),
    Column("currency", "Currency", "text"),
    Column("invoice_number", "Invoice", "text"),
    Column("attempts", "Attempts", "count"),
    Column("failure_code", "Latest failure", "text"),
    Column("ended_at", "Ended", "instant"),
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
        **{
            name: source.c[name]
            for name in (
                "asked", "paid", "refunded", "amount", "currency", "invoice_number", "attempts",
                "failure_code",
            )
        },
        "ended_at": case((source.c.ended == 1, subscriptions.c.ended_at)),
    }  # fmt: skip
    found, after = listing(connection, source, columns, params)
    return [(row[0], _days(row[0], params), BUCKETS[row[1]], *row[2:]) for row in found], after


def _days(due: datetime, params: Params) -> int:
    return max(0, (params.today - due.astimezone(params.zone).date()).days)
