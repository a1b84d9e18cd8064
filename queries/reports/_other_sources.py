"""The rows that another common rule counts otherwise: a source of queries.reports._makers for each rule.

Amounts are MRR in units of queries.recurring.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)

from queries.columns import Id
from queries.periods import Window
from queries.reports._worth import worth
from queries.reports.report import Params
from queries.reports.sql import latest_kind, moment, within
from queries.tables_subscriptions import subscription_events, subscriptions

ASKED_BEFORE = "ended in the month, asked for before it"
ASKED_ONLY = "asked for in the month, not ended in it"
JOINED_AND_LEFT = "joined and left within the month"
_REQUESTS = ("cancel_requested", "cancel_undone")


def requested_or_ended(window: Window) -> Subquery:
    """Subscriptions that churn in the month by only one of the two rules: at the end, or at the request. What
    has no MRR is the same under both."""
    return union_all(_asked_before(window), _asked_only(window)).subquery("requested_or_ended")


def _in_month(window: Window, kind: str, amount: ColumnElement[Any], why: str) -> Select[Any]:
    e = subscription_events.c
    return select(
        e.subscription_id, e.customer_id, e.currency, amount.label("amount"), literal(why).label("why")
    ).where(e.kind == kind, within(e.occurred_at, window.start_instant, window.end_instant))


def _asked_at(subscription_id: ColumnElement[Any], window: Window) -> ColumnElement[bool]:
    """A request stood when the month began."""
    before = moment(window.start_instant - timedelta(microseconds=1))
    return func.coalesce(latest_kind(subscription_id, _REQUESTS, before) == "cancel_requested", False)


def _asked_before(window: Window) -> Select[Any]:
    e = subscription_events.c
    ends = _in_month(window, "ended", -e.mrr_delta_units, ASKED_BEFORE)
    return ends.where(e.mrr_delta_units < 0, _asked_at(e.subscription_id, window))


def _asked_only(window: Window) -> Select[Any]:
    """Each subscription once, at its first request of the month, with what it was worth then."""
    e, other = subscription_events.c, subscription_events.alias()
    o = other.c
    same = o.subscription_id == e.subscription_id
    was = select(func.sum(o.mrr_delta_units)).where(same, o.occurred_at < e.occurred_at).scalar_subquery()
    inside = within(o.occurred_at, window.start_instant, window.end_instant)
    ended = exists(select(o.id).where(same, inside, o.kind == "ended", o.mrr_delta_units < 0))
    earlier = or_(o.occurred_at < e.occurred_at, and_(o.occurred_at == e.occurred_at, o.id < e.id))
    again = exists(select(o.id).where(same, inside, o.kind == "cancel_requested", earlier))
    return _in_month(window, "cancel_requested", was, ASKED_ONLY).where(
        was > 0, ~ended, ~again, ~_asked_at(e.subscription_id, window)
    )


def weekly(params: Params) -> Subquery:
    """Subscriptions paid by the week, by what they are worth at the as-of instant."""
    w = worth(params)
    by_week = subscriptions.c.interval == "week"
    found = _worth_of(w, "paid by the week")
    return (
        found.join(subscriptions, subscriptions.c.id == w.c.subscription_id).where(by_week).subquery("weekly")
    )


def set_to_end(params: Params) -> Subquery:
    """Subscriptions that committed MRR leaves out, by what they are worth at the as-of instant."""
    w = worth(params)
    return _worth_of(w, "set to end").where(w.c.set_to_end == 1).subquery("set_to_end")


def _worth_of(source: Subquery, why: str) -> Select[Any]:
    w = source.c
    return select(w.subscription_id, w.customer_id, w.currency, w.amount, literal(why).label("why"))


def joined_and_left(window: Window) -> Subquery:
    """Customers without MRR in a currency at the start and the end of the month, and with some in between:
    the most they had."""
    w = _worths(window).c
    opening = func.coalesce(func.sum(case((w.at < moment(window.start_instant), w.net))), 0)
    most = func.max(case((w.at >= moment(window.start_instant), w.worth)))
    return (
        select(
            cast(null(), Id).label("subscription_id"),
            w.customer_id,
            w.currency,
            most.label("amount"),
            literal(JOINED_AND_LEFT).label("why"),
        )
        .group_by(w.customer_id, w.currency)
        .having(opening <= 0, func.sum(w.net) <= 0, most > 0)
        .subquery("joined_and_left")
    )


def _worths(window: Window) -> Subquery:
    """What each customer whose MRR went both up and down in the month was worth after each change up to its
    end; changes at the same instant are one."""
    e = subscription_events.c
    both_ways = (
        select(e.customer_id)
        .where(within(e.occurred_at, window.start_instant, window.end_instant))
        .group_by(e.customer_id)
        .having(func.max(e.mrr_delta_units) > 0, func.min(e.mrr_delta_units) < 0)
    )
    keys = (e.customer_id, e.currency, e.occurred_at)
    changes = (
        select(*keys, func.sum(e.mrr_delta_units).label("net"))
        .where(e.customer_id.in_(both_ways), e.occurred_at < moment(window.end_instant))
        .group_by(*keys)
        .subquery("changes")
    )
    c = changes.c
    worth = func.sum(c.net).over(partition_by=(c.customer_id, c.currency), order_by=c.occurred_at)
    return select(c.customer_id, c.currency, c.occurred_at.label("at"), c.net, worth.label("worth")).subquery(
        "worths"
    )
