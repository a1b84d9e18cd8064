"""What customers owed at an instant: one row for each claim that was not paid then.

A claim is what was asked for one period of a subscription (or by one charge that names no period). Each
attempt to collect it is a charge of its own: the attempts at one period are one claim, paid by any of them.
"""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Subquery, and_, case, func, select

from queries.periods import start_of
from queries.reports.report import Params
from queries.reports.sql import Among, all_of, bucket, moment, not_paid
from queries.tables_subscriptions import charges, refunds, subscriptions

BUCKETS = {
    "current": "Current",
    "days_1_30": "1–30 days",
    "days_31_60": "31–60 days",
    "days_61_90": "61–90 days",
    "days_91": "91+ days",
}
RUNNING, ENDED = "running", "ended"  # the subscription of a claim, as the rollup of days tells them apart
_FIRST_DAYS = (90, 60, 30, 0)  # past due, of the oldest in each bucket but the last


def claims(params: Params, among: Among = all_of) -> Subquery:
    """Columns: ref (the latest attempt), subscription_id, customer_id, at (when it fell due), currency;
    asked, paid, refunded and amount (what is open) in minor units with tax; attempts, failure_code,
    invoice_number, bucket (a key of BUCKETS), ended (1: its subscription had ended)."""
    grouped, latest = _grouped(params, among), charges.alias("latest")
    g, last = grouped.c, latest.c
    paid = func.coalesce(_paid(params, last), 0)
    each = (
        select(
            g.ref,
            last.subscription_id,
            last.customer_id,
            g.due.label("at"),
            last.currency,
            last.amount_minor.label("asked"),
            paid.label("paid"),
            g.refunded,
            (last.amount_minor - paid - g.refunded).label("amount"),
            g.attempts,
            last.failure_code,
            last.invoice_number,
            _bucket(params, g.due).label("bucket"),
            case((subscriptions.c.ended_at < moment(params.before), 1), else_=0).label("ended"),
        )
        .select_from(grouped)
        .join(latest, last.id == g.ref)
        .outerjoin(subscriptions, subscriptions.c.id == last.subscription_id)
        .subquery("each")
    )
    return select(each).where(each.c.amount > 0).subquery("claims")


def _grouped(params: Params, among: Among) -> Subquery:
    """The attempts at each claim that had not succeeded, together."""
    unpaid = _unpaid(params, among).c
    return (
        select(
            func.max(unpaid.id).label("ref"),
            func.min(unpaid.due).label("due"),
            func.count().label("attempts"),
            func.sum(unpaid.refunded).label("refunded"),
        )
        .group_by(unpaid.subscription_id, unpaid.kind, unpaid.period_start, unpaid.currency, unpaid.alone)
        .subquery("grouped")
    )


def _unpaid(params: Params, among: Among) -> Subquery:
    c = charges.c
    names_no_period = c.subscription_id.is_(None) | c.period_start.is_(None)
    return (
        select(
            c.id,
            c.subscription_id,
            c.kind,
            c.period_start,
            c.currency,
            case((names_no_period, c.id), else_=0).label("alone"),
            func.coalesce(c.due_at, c.period_start, c.created_at).label("due"),
            func.coalesce(_refunded(params), 0).label("refunded"),
        )
        .where(
            among(c.customer_id),
            c.created_at < moment(params.before),
            not_paid(c) if params.live else ~_settled(params, c),
        )
        .subquery("unpaid")
    )


def _settled(params: Params, c: Any) -> ColumnElement[bool]:
    return and_(c.status == "succeeded", func.coalesce(c.settled_at, c.created_at) < moment(params.before))


def _refunded(params: Params) -> ColumnElement[Any]:
    """Given back of a charge that was not paid: it is not owed any more."""
    r = refunds.c
    return (
        select(func.sum(r.amount_minor))
        .where(
            r.charge_id == charges.c.id,
            r.status == "succeeded",
            func.coalesce(r.settled_at, r.created_at) < moment(params.before),
        )
        .scalar_subquery()
    )


def _paid(params: Params, last: Any) -> ColumnElement[Any]:
    """Paid by other attempts at the same period."""
    p = charges.alias("paying").c
    return (
        select(func.sum(p.amount_minor))
        .where(
            p.subscription_id == last.subscription_id,
            p.kind == last.kind,
            p.period_start == last.period_start,
            p.currency == last.currency,
            p.created_at < moment(params.before),
            _settled(params, p),
        )
        .scalar_subquery()
    )


def _bucket(params: Params, due: ColumnElement[Any]) -> ColumnElement[Any]:
    return _named(bucket(due, [start_of(day, params.zone) for day in _first_days(params)]))


def bucket_of_day(params: Params, due: ColumnElement[Any]) -> ColumnElement[Any]:
    """A key of BUCKETS for a column of local days."""
    return _named(bucket(due, _first_days(params)))


def _first_days(params: Params) -> list[date]:
    """Days past due are whole local days: due today is not past due."""
    return [params.today - timedelta(days=days) for days in _FIRST_DAYS]


def _named(place: ColumnElement[int]) -> ColumnElement[Any]:
    oldest_first = list(reversed(BUCKETS))
    return case(*((place == n, name) for n, name in enumerate(oldest_first[:-1])), else_=oldest_first[-1])
