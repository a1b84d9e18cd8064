"""Requests to end and ends, one row each: the source of the cancellation reports."""

from bisect import bisect_right
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    Subquery,
    Text,
    and_,
    case,
    cast,
    column,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    union_all,
    values,
)

from queries.columns import Instant
from queries.periods import Window, start_of
from queries.reports._bands import months_between
from queries.reports.endings import how_it_ended
from queries.reports.report import Params
from queries.reports.sql import NOT_STATED, Among, all_of, bucket, in_window, moment
from queries.tables_subscriptions import charges, refunds, subscription_events, subscriptions

REFUND_DAYS = 30
TENURES = (
    "Under 3 months",
    "3 to 6 months",
    "6 to 12 months",
    "1 to 2 years",
    "2 to 3 years",
    "3 years or more",
)
_TENURE_MONTHS = (3, 6, 12, 24, 36)
MONTH_AND_REASON = "month_and_reason"
_BETWEEN = "|"


def happened(params: Params, window: Window) -> Subquery:
    """Columns: ref (the event), subscription_id, customer_id, at, currency, reason, started_at, stage
    (requested, taken_back, trial, or how it ended), amount (MRR in units), refunded (paid back within
    REFUND_DAYS after an end, in minor units with tax)."""
    refunded = _refunded(params, window).label("refunded")
    return union_all(requests(params, window), ends(params, window).add_columns(refunded)).subquery(
        "happened"
    )


def ends_with_refunds(params: Params, window: Window) -> Subquery:
    """Those ends of `happened` in whose subscription anything was paid back since the window began."""
    r, c = refunds.c, charges.c
    since = func.coalesce(r.settled_at, r.created_at) >= moment(window.start_instant)
    paid_back = (
        select(c.subscription_id).join(refunds, r.charge_id == c.id).where(r.status == "succeeded", since)
    )
    ended = ends(params, window).where(subscription_events.c.subscription_id.in_(paid_back))
    return ended.add_columns(_refunded(params, window).label("refunded")).subquery("happened")


def keyed(source: Subquery, by: str, window: Window) -> Subquery:
    """The source with a column named after the breakdown, where that is none of queries.reports.sql."""
    if by == "tenure":
        return select(source, _tenure(source, window).label(by)).subquery("keyed")
    if by == MONTH_AND_REASON:
        month = cast(bucket(source.c.at, [span.start for span in window.months]), Text)
        return select(source, (month + _BETWEEN + source.c.reason).label(by)).subquery("keyed")
    return source


def in_month(number: int, reason: str) -> str:
    """The key of that breakdown, of the number of a month in the window (from 1 on) and a reason."""
    return f"{number}{_BETWEEN}{reason}"


def month_and_reason(key: str, window: Window) -> dict[str, Any]:
    """The key of that breakdown as two columns: the month's first day in the window, and the reason."""
    number, _, reason = key.partition(_BETWEEN)
    return {"month": window.months[int(number) - 1].first, "reason": reason}


def _tenure(source: Subquery, window: Window) -> ColumnElement[int]:
    """Places in TENURES: the time from the start to the request or end, in calendar months (UTC)."""
    months = months_between(source.c.started_at, source.c.at, window)
    bands = [(months < most, _number(place)) for place, most in enumerate(_TENURE_MONTHS)]
    nobody_knows = (source.c.started_at.is_(None), _number(None))
    return case(nobody_knows, *bands, else_=_number(len(_TENURE_MONTHS)))


def tenure_place(months: int) -> int:
    """The place in TENURES of so many calendar months."""
    return bisect_right(_TENURE_MONTHS, months)


def _number(place: int | None) -> ColumnElement[int]:
    return literal_column("NULL" if place is None else str(place))


def _events(params: Params, window: Window | None, kind: str, among: Among) -> Select[Any]:
    e = subscription_events.c
    stated = func.coalesce(e.reason, subscriptions.c.cancel_reason, literal(NOT_STATED))
    return (
        select(
            e.id.label("ref"),
            e.subscription_id,
            e.customer_id,
            e.occurred_at.label("at"),
            e.currency,
            stated.label("reason"),
            subscriptions.c.started_at,
        )
        .outerjoin(subscriptions, subscriptions.c.id == e.subscription_id)
        .where(
            e.kind == kind,
            among(e.customer_id),
            in_window(e.occurred_at, window),
            e.occurred_at < moment(params.before),
        )
    )


def requests(params: Params, window: Window | None, among: Among = all_of) -> Select[Any]:
    """The requests alone (at any time; no window given), with the columns of `happened`."""
    e, other = subscription_events.c, subscription_events.alias()
    undone = exists(
        select(other.c.id).where(
            other.c.subscription_id == e.subscription_id,
            other.c.kind == "cancel_undone",
            other.c.occurred_at >= e.occurred_at,
            other.c.occurred_at < moment(params.before),
        )
    )
    worth = (
        select(func.coalesce(func.sum(other.c.mrr_delta_units), 0))
        .where(other.c.subscription_id == e.subscription_id, other.c.occurred_at < e.occurred_at)
        .scalar_subquery()
    )
    stage = case((undone, literal("taken_back")), else_=literal("requested"))
    return _events(params, window, "cancel_requested", among).add_columns(
        stage.label("stage"), func.coalesce(worth, 0).label("amount"), literal_column("0").label("refunded")
    )


def ends(params: Params, window: Window | None, among: Among = all_of) -> Select[Any]:
    """The ends alone (at any time; no window given), with the columns of `happened` but the last."""
    e, other = subscription_events.c, subscription_events.alias()

    def had(kind: str) -> ColumnElement[bool]:
        return exists(
            select(other.c.id).where(
                other.c.subscription_id == e.subscription_id,
                other.c.kind == kind,
                other.c.occurred_at <= e.occurred_at,
            )
        )

    tried = or_(subscriptions.c.trial_end.isnot(None), had("trial_started"))
    was_trial = and_(e.mrr_delta_units == 0, tried, ~had("started"))
    stage = case((was_trial, literal("trial")), else_=how_it_ended(e.subscription_id, e.occurred_at))
    return _events(params, window, "ended", among).add_columns(
        stage.label("stage"), (-e.mrr_delta_units).label("amount")
    )


def _refunded(params: Params, window: Window) -> ColumnElement[int]:
    """What was paid back for the subscription after its end, by days of the reporting zone."""
    e, r, c, d = subscription_events.c, refunds.c, charges.c, _days_to_refund(window).c
    settled_at = func.coalesce(r.settled_at, r.created_at)
    until = select(func.max(d.until)).where(d.start <= e.occurred_at).correlate(subscription_events)
    return func.coalesce(
        select(func.sum(r.amount_minor))
        .select_from(refunds.join(charges, c.id == r.charge_id))
        .where(
            c.subscription_id == e.subscription_id,
            r.currency == e.currency,
            r.status == "succeeded",
            settled_at >= e.occurred_at,
            settled_at < moment(params.before),
            settled_at < until.scalar_subquery(),
        )
        .correlate(subscription_events)
        .scalar_subquery(),
        0,
    )


def _days_to_refund(window: Window) -> CTE:
    """Of each local day of the window: its start, and until when what is paid back is after an end on it."""
    rows = [
        (span.start, start_of(span.first + timedelta(days=REFUND_DAYS + 1), window.zone))
        for span in window.days
    ]
    return values(column("start", Instant), column("until", Instant)).data(rows).cte("days_to_refund")
