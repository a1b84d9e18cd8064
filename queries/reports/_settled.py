"""Refunds and charges that settled, one row each: the source of the refund report."""

from typing import Any

from sqlalchemy import Select, Subquery, Text, cast, func, literal, null, select, union_all

from queries.periods import Window
from queries.reports.report import Params
from queries.reports.sql import NOT_STATED, Among, all_of, in_window, moment
from queries.tables_subscriptions import charges
from queries.tables_subscriptions import refunds as refunded

CHARGE, REFUND = "charge", "refund"


def settled(params: Params, window: Window) -> Subquery:
    """Columns: ref, what (CHARGE or REFUND), subscription_id, customer_id, at, currency, amount (minor units)
    and tax (of it), reason (of a refund), invoice_number."""
    return union_all(paid_back(params, window), charged(params, window)).subquery("settled")


def paid_back(params: Params, window: Window) -> Select[Any]:
    """The refunds alone."""
    r, c = refunded.c, charges.c
    at = func.coalesce(r.settled_at, r.created_at)
    return (
        select(
            r.id.label("ref"),
            literal(REFUND).label("what"),
            c.subscription_id,
            func.coalesce(r.customer_id, c.customer_id).label("customer_id"),
            at.label("at"),
            r.currency,
            r.amount_minor.label("amount"),
            r.tax_minor.label("tax"),
            func.coalesce(r.reason, literal(NOT_STATED)).label("reason"),
            c.invoice_number,
        )
        .select_from(refunded.outerjoin(charges, c.id == r.charge_id))
        .where(r.status == "succeeded", in_window(at, window), at < moment(params.before))
    )


def charged(params: Params, window: Window | None, among: Among = all_of) -> Select[Any]:
    """The charges alone (of any time; no window given)."""
    c = charges.c
    at = func.coalesce(c.settled_at, c.created_at)
    return select(
        c.id.label("ref"),
        literal(CHARGE).label("what"),
        c.subscription_id,
        c.customer_id,
        at.label("at"),
        c.currency,
        c.amount_minor.label("amount"),
        c.tax_minor.label("tax"),
        cast(null(), Text).label("reason"),
        c.invoice_number,
    ).where(c.status == "succeeded", among(c.customer_id), in_window(at, window), at < moment(params.before))
