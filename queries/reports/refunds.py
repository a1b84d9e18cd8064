"""What was paid back, beside what was charged in the same days."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Subquery, Text, cast, func, literal, null, select, union_all

from queries.periods import Window
from queries.reports._checks import count, rows_behind, same, sums
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
from queries.reports.sql import NOT_STATED, breakdown, count_if, listing, moment, sum_if
from queries.tables_subscriptions import charges, customers, plans, products, subscriptions
from queries.tables_subscriptions import refunds as refunded


def refunds(connections: Connections, params: Params) -> Answer:
    """Refunds and charges settled in the window by `by` and currency (or one row per refund with `rows`).
    Default: the last three full months and this one. Minor units with tax. Metric: definitions.REFUNDS."""
    window = window_back(params, 3)
    connection = connections.subscriptions
    source = _settled(params, window)
    by = "currency" if params.rows else params.by
    table = [_derived(row) for row in breakdown(connection, source, by, window, _measures)]
    shown = [row for row in table if by != "reason" or row["key"] is not None]
    columns, after = _columns(by), None
    rows = [
        tuple(row["key"] if c.name == by != "currency" else row[c.name] for c in columns) for row in shown
    ]
    if params.rows:
        rows, after = _listing(connection, source, params)
        columns = LIST
    return Answer(
        period=window,
        columns=columns,
        rows=rows,
        figures=_figures(table),
        notes=["Charges have no reason, so there is no rate by reason."] if by == "reason" else [],
        next=after,
        checks=_checks(connection, source, table) if params.checked else (),
    )


def _checks(connection: Connection, source: Subquery, table: list[dict[str, Any]]) -> tuple[Check, ...]:
    number, amounts = rows_behind(connection, _refunds(source))
    every, settled = rows_behind(connection, source)
    return (
        same("The rows listed are the refunds", number, count(table, "refunds")),
        same("Their amounts are the amount refunded", amounts, sums(table, "refunded")),
        same("Refunds and charges are all that was settled", count(table, "refunds", "charges"), every),
        same("Their amounts are all that was settled", sums(table, "refunded", "charged"), settled),
    )


def _settled(params: Params, window: Window) -> Subquery:
    """Refunds and charges that settled in the window, one row each; `what` tells them apart."""
    end = min(window.end_instant, params.before)
    start = window.start_instant
    r, c = refunded.c, charges.c
    refund_at, charge_at = (
        func.coalesce(r.settled_at, r.created_at),
        func.coalesce(c.settled_at, c.created_at),
    )
    paid_back = (
        select(
            r.id.label("ref"),
            literal("refund").label("what"),
            c.subscription_id,
            func.coalesce(r.customer_id, c.customer_id).label("customer_id"),
            refund_at.label("at"),
            r.currency,
            r.amount_minor.label("amount"),
            r.tax_minor.label("tax"),
            func.coalesce(r.reason, literal(NOT_STATED)).label("reason"),
            c.invoice_number,
        )
        .select_from(refunded.outerjoin(charges, c.id == r.charge_id))
        .where(r.status == "succeeded", refund_at >= moment(start), refund_at < moment(end))
    )
    charged = select(
        c.id.label("ref"),
        literal("charge").label("what"),
        c.subscription_id,
        c.customer_id,
        charge_at.label("at"),
        c.currency,
        c.amount_minor.label("amount"),
        c.tax_minor.label("tax"),
        cast(null(), Text).label("reason"),
        c.invoice_number,
    ).where(c.status == "succeeded", charge_at >= moment(start), charge_at < moment(end))
    return union_all(paid_back, charged).subquery("settled")


def _refunds(source: Subquery) -> Subquery:
    return select(source).where(source.c.what == "refund").subquery("behind")


def _measures(s: Any) -> dict[str, ColumnElement[Any]]:
    back, paid = s.what == "refund", s.what == "charge"
    return {
        "refunds": count_if(back),
        "refunded": sum_if(s.amount, back),
        "refunded_tax": sum_if(s.tax, back),
        "charges": count_if(paid),
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
        Column("refunded_tax", "Of it tax", "money"),
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
    Column("tax", "Of it tax", "money"),
    Column("currency", "Currency", "text"),
)


def _listing(
    connection: Connection, source: Subquery, params: Params
) -> tuple[list[tuple[Any, ...]], str | None]:
    behind = _refunds(source)
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
