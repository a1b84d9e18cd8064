"""The rows behind the cancellation report."""

from typing import Any

from sqlalchemy import Connection, Subquery, select

from queries.parts import rounded_parts
from queries.reports.endings import INVOLUNTARY, UNSTATED, VOLUNTARY
from queries.reports.report import Column, Params
from queries.reports.sql import listing
from queries.tables_subscriptions import customers, plans, products, subscriptions

STAGE_TITLES = {
    "requested": "Requested",
    "taken_back": "Requested, taken back",
    VOLUNTARY: "Ended: voluntary",
    INVOLUNTARY: "Ended: involuntary",
    UNSTATED: "Ended: not stated",
    "trial": "Trial ended",
}
LIST = (
    Column("at", "When", "instant"),
    Column("stage", "What", "status"),
    Column("number", "Subscription", "text"),
    Column("customer_number", "Customer no.", "text"),
    Column("customer", "Customer", "text"),
    Column("product", "Product", "text"),
    Column("plan", "Plan", "text"),
    Column("reason", "Reason", "text"),
    Column("started_at", "Started", "instant"),
    Column("mrr", "MRR", "money"),
    Column("refunded", "Refunded after", "money"),
    Column("currency", "Currency", "text"),
)


def listed(
    connection: Connection, source: Subquery, params: Params
) -> tuple[list[tuple[Any, ...]], str | None]:
    """The rows (those behind `params.only`) in the columns of LIST, and where the next page begins."""
    behind = _only(source, params.only)
    b = behind.c
    columns = {
        "at": b.at,
        "stage": b.stage,
        "number": subscriptions.c.number,
        "customer_number": customers.c.number,
        "customer": customers.c.name,
        "product": products.c.name,
        "plan": plans.c.name,
        "reason": b.reason,
        "started_at": b.started_at,
        "mrr": b.amount,
        "refunded": b.refunded,
        "currency": b.currency,
    }
    found, after = listing(connection, behind, columns, params)
    rows = [_shown(dict(zip(columns, row, strict=True))) for row in found]
    return [tuple(row[column.name] for column in LIST) for row in in_minor(rows, "mrr")], after


def _only(source: Subquery, only: str | None) -> Subquery:
    """The rows behind one figure."""
    behind = {
        "requested": ("requested", "taken_back"),
        "ended": (VOLUNTARY, INVOLUNTARY, UNSTATED),
        "unstated": (UNSTATED,),
        "trials_ended": ("trial",),
        "refunded": (VOLUNTARY, INVOLUNTARY, UNSTATED),
    }
    if only is None:
        return source
    s = source.c
    wanted = select(source).where(s.stage.in_(behind.get(only, (only,))))
    return (wanted.where(s.refunded > 0) if only == "refunded" else wanted).subquery("behind")


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    refunded = int(row["refunded"]) or None
    return row | {"stage": STAGE_TITLES[row["stage"]], "refunded": refunded}


def in_minor(rows: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    """These columns from units to minor units, in place: rounded once per currency, the rows adding up."""
    for currency in {row["currency"] for row in rows}:
        mine = [row for row in rows if row["currency"] == currency]
        for name in names:
            minors = rounded_parts([int(row[name]) for row in mine])
            for row, minor in zip(mine, minors, strict=True):
                row[name] = minor
    return rows
