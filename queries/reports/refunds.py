"""What was paid back, beside what was charged in the same days."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Subquery, literal_column, union_all

from queries.periods import Window
from queries.reports._checks import count, rows_behind, same, sums
from queries.reports._rows_or_days import Days, Rows, counted, with_rows
from queries.reports._settled import CHARGE, REFUND, charged, paid_back, settled
from queries.reports._until import window_back
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
from queries.reports.sql import breakdown, listing, sum_if
from queries.rollups.days import CHARGED
from queries.tables_subscriptions import customers, plans, products, subscriptions


def refunds(connections: Connections, params: Params) -> Answer:
    """Refunds and charges settled in the window by `by` and currency (or one row per refund with `rows`).
    Default: the last three full months and this one. Minor units with tax. Metric: definitions.REFUNDS."""
    window = window_back(params, 3)
    connection = connections.subscriptions
    source = settled(params, window)
    by = "currency" if params.rows else params.by
    found = counted(connections, params, Rows(connection, source, window), (CHARGED,), _shape)
    table = [_derived(row) for row in _found(found, params, window, by)]
    shown = [row for row in table if by != "reason" or row["key"] is not None]
    columns, after = _columns(by), None
    rows = [
        tuple(row["key"] if c.name == by != "currency" else row[c.name] for c in columns) for row in shown
    ]
    if params.rows:
        rows, after = _listing(connection, paid_back(params, window).subquery("behind"), params)
        columns = LIST
    return Answer(
        period=window,
        columns=columns,
        rows=rows,
        figures=_figures(table),
        notes=["Charges have no reason, so there is no rate by reason."] if by == "reason" else [],
        next=after,
        checks=_checks(found, params, window, table) if params.checked else (),
    )


def _found(found: Rows | Days, params: Params, window: Window, by: str) -> list[dict[str, Any]]:
    """The breakdown. The rollup has the charges of customers; refunds, which come without an event of the
    subscription, and charges of nobody are read."""
    if isinstance(found, Rows):
        return found.breakdown(by, _measures)
    charges = found.breakdown("currency" if by == "reason" else by, _measures)
    if by == "reason":
        charges = [row | {"key": None} for row in charges]
    read = breakdown(found.connection, _read(params, window), by, window, _measures)
    return with_rows(charges, read, by, window)


def _read(params: Params, window: Window) -> Subquery:
    return union_all(paid_back(params, window), _of_nobody(params, window)).subquery("read")


def _of_nobody(params: Params, window: Window) -> Select[Any]:
    return charged(params, window, lambda customer: customer.is_(None))


def _shape(c: Any) -> dict[str, ColumnElement[Any]]:
    return {"what": c.what, "tax": literal_column("0")}


def _checks(
    found: Rows | Days, params: Params, window: Window, table: list[dict[str, Any]]
) -> tuple[Check, ...]:
    number, amounts = rows_behind(found.connection, paid_back(params, window).subquery("behind"))
    every = found.apart(params.by)
    if not every.of_rows:
        beside = rows_behind(found.connection, _of_nobody(params, window).subquery("behind"))
        every = every.with_more(number, amounts).with_more(*beside)
    return (
        same("The rows listed are the refunds", number, count(table, "refunds")),
        same("Their amounts are the amount refunded", amounts, sums(table, "refunded")),
        same(
            "Refunds and charges are all that was settled", count(table, "refunds", "charges"), every.number
        ),
        same("Their amounts are all that settled", sums(table, "refunded", "charged"), every.amounts),
    )


def _measures(s: Any) -> dict[str, ColumnElement[Any]]:
    back, paid = s.what == REFUND, s.what == CHARGE
    return {
        "refunds": sum_if(s.number, back),
        "refunded": sum_if(s.amount, back),
        "refunded_tax": sum_if(s.tax, back),
        "charges": sum_if(s.number, paid),
        "charged": sum_if(s.amount, paid),
    }


def _derived(row: dict[str, Any]) -> dict[str, Any]:
    return row | {
        "rate": share(row["refunds"], row["charges"]),
        "rate_money": share(row["refunded"], row["charged"]),
    }


def _columns(by: str) -> tuple[Column, ...]:
    shown = (
        *(() if by == "currency" else (by_title(by),)),
        Column("currency", "Currency", "text"),
        Column("refunds", "Refunds", "count"),
        Column("refunded", "Refunded", "money"),
        Column("refunded_tax", "Of which tax", "money"),
    )
    if by == "reason":
        return shown
    return (
        *shown,
        Column("charges", "Charges", "count"),
        Column("charged", "Charged", "money"),
        Column("rate", "Refund rate", "percent"),
        Column("rate_money", "Refund rate by money", "percent"),
    )


def _figures(table: list[dict[str, Any]]) -> list[Figure]:
    number, charged = (sum(row[name] for row in table) for name in ("refunds", "charges"))
    words = "Refunded, of what was charged in the same days."
    by_money = [
        Figure(
            "rate_money",
            "Refund rate by money",
            share(
                sum(row["refunded"] for row in table if row["currency"] == currency),
                sum(row["charged"] for row in table if row["currency"] == currency),
            ),
            "percent",
            currency,
            words,
        )
        for currency in sorted({row["currency"] for row in table if row["currency"]})
    ]
    return [
        Figure("refunds", "Refunds", number, "count", None, "Settled in the window."),
        *per_currency(table, "Refunded", "refunded", "money", "With tax."),
        Figure("charges", "Charges", charged, "count", None, "Settled in the window."),
        *per_currency(table, "Charged", "charged", "money", "With tax."),
        Figure("rate", "Refund rate", share(number, charged), "percent", None, "Refunds per charge."),
        *by_money,
    ]


LIST = (
    Column("at", "Settled", "instant"),
    Column("invoice_number", "Invoice", "text"),
    Column("customer_number", "Customer no.", "text"),
    Column("customer", "Customer", "text"),
    Column("number", "Subscription", "text"),
    Column("product", "Product", "text"),
    Column("plan", "Plan", "text"),
    Column("reason", "Reason", "text"),
    Column("amount", "Refunded", "money"),
    Column("tax", "Of which tax", "money"),
    Column("currency", "Currency", "text"),
)


def _listing(
    connection: Connection, behind: Subquery, params: Params
) -> tuple[list[tuple[Any, ...]], str | None]:
    b = behind.c
    columns: dict[str, ColumnElement[Any]] = {
        "at": b.at,
        "invoice_number": b.invoice_number,
        "customer_number": customers.c.number,
        "customer": customers.c.name,
        "number": subscriptions.c.number,
        "product": products.c.name,
        "plan": plans.c.name,
        "reason": b.reason,
        "amount": b.amount,
        "tax": b.tax,
        "currency": b.currency,
    }
    return listing(connection, behind, columns, params)
