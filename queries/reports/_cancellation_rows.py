"""The rows behind the cancellation report."""

from typing import Any

from sqlalchemy import Connection, Subquery, select

from queries.parts import rounded_parts
from queries.periods import Window
from queries.reports._first_page import first_days
from queries.reports._happened import happened
from queries.reports._worth import added, adding_up
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
    connection: Connection, window: Window, params: Params
) -> tuple[list[tuple[Any, ...]], str | None]:
    """What `happened` (those behind `params.only`) in the columns of LIST, and where the next page begins."""
    behind = first_days(connection, params, window, lambda days: _behind(days, params))
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
        "amount": b.amount,
        "so_far": b.amount_so_far,
        "refunded": b.refunded,
        "currency": b.currency,
    }
    found, after = listing(connection, behind, columns, params)
    rows = [_shown(dict(zip(columns, row, strict=True))) for row in found]
    return [tuple(row[column.name] for column in LIST) for row in rows], after


def _behind(window: Window, params: Params) -> Subquery:
    return adding_up(_only(happened(params, window), params.only), "amount")


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
    shown = {"stage": STAGE_TITLES[row["stage"]], "refunded": refunded}
    return row | shown | {"mrr": added(row["amount"], row["so_far"])}


def in_minor(rows: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    """These columns from units to minor units, in place: rounded once per currency, the rows adding up."""
    for currency in {row["currency"] for row in rows}:
        mine = [row for row in rows if row["currency"] == currency]
        for name in names:
            minors = rounded_parts([int(row[name]) for row in mine])
            for row, minor in zip(mine, minors, strict=True):
                row[name] = minor
    return rows
