"""The renewals due in a window, one row each, with their outcome: the source of the renewal report."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    Subquery,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)

from queries.periods import Window
from queries.reports.endings import INVOLUNTARY, VOLUNTARY, how_it_ended
from queries.reports.report import Params
from queries.reports.sql import Among, all_of, in_window, latest_kind, moment, subscription_of
from queries.rollups.days import DUE, DUE_EARLIER
from queries.subscriptions import ends_before_renewal
from queries.tables_subscriptions import PAYING_STATUSES, charges, subscription_events, subscriptions

OPEN = ("upcoming", "in_dunning", "set_to_end")
KEPT = ("renewed", "changed_plan")
LOST = ("lost_by_choice", "lost_by_failed_payment", "lost_unstated")
OUTCOME_TITLES = {
    "renewed": "Renewed",
    "changed_plan": "Changed plan",
    "lost_by_choice": "Lost by choice",
    "lost_by_failed_payment": "Lost by failed payment",
    "lost_unstated": "Lost, no reason stated",
    "upcoming": "Upcoming",
    "in_dunning": "In dunning",
    "set_to_end": "Set to end",
}


def due(params: Params, window: Window, among: Among = all_of) -> Subquery:
    """Columns: ref and subscription_id, customer_id, at (the due date), currency, amount (minor units without
    tax), payment_method_id (now), started_at, first (1: the period that ends is the first paid one), outcome
    (OUTCOME_TITLES)."""
    parts = [present(params, window, among)]
    if looks_back(params, window):
        parts.append(earlier(params, window, among))
    return union_all(*parts).subquery("due")


def looks_back(params: Params, window: Window) -> bool:
    """Whether periods that are over matter. Today's row of a live report counts what is still due today."""
    return not params.live or window.first < params.today


def topics(params: Params, window: Window) -> tuple[str, ...]:
    """Of the rollup of days: what `due` reads."""
    return (DUE, DUE_EARLIER) if looks_back(params, window) else (DUE,)


def _is_present(params: Params) -> ColumnElement[bool]:
    """The subscription is in a paid period that had begun by the as-of instant."""
    s = subscriptions.c
    return and_(
        s.ended_at.is_(None),
        s.status.in_(PAYING_STATUSES),
        s.price_minor > 0,
        func.coalesce(s.current_period_start, s.started_at) < moment(params.before),
    )


def _is_first(began: ColumnElement[Any]) -> ColumnElement[int]:
    """The period that ends began with the subscription, or where its trial ended."""
    s = subscriptions.c
    return case((began <= func.coalesce(s.trial_end, s.started_at), 1), else_=0).label("first")


def set_to_end(params: Params) -> ColumnElement[bool]:
    """The subscription was set to end with its period, as then known."""
    s = subscriptions.c
    if params.live:
        return ends_before_renewal()
    asked = latest_kind(s.id, ("cancel_requested", "cancel_undone"), moment(params.as_of))
    return func.coalesce(asked, "") == "cancel_requested"


def _in_dunning(params: Params) -> ColumnElement[bool]:
    s = subscriptions.c
    if params.live:
        return s.status == "past_due"
    news = ("payment_failed", "payment_recovered", "renewed", "started")
    return func.coalesce(latest_kind(s.id, news, moment(params.as_of)), "") == "payment_failed"


def present(params: Params, window: Window | None, among: Among = all_of) -> Select[Any]:
    """Present periods that end in the window (in any; none given), from the subscriptions: all of them in a
    live report; of the past only those without a charge, which would know what the period was worth then."""
    s = subscriptions.c
    outcome = case(
        (set_to_end(params), literal("set_to_end")),
        (_in_dunning(params), literal("in_dunning")),
        else_=literal("upcoming"),
    )
    statement = select(
        s.id.label("ref"),
        s.id.label("subscription_id"),
        s.customer_id,
        s.current_period_end.label("at"),
        s.currency,
        s.price_minor.label("amount"),
        s.payment_method_id,
        s.started_at,
        _is_first(func.coalesce(s.current_period_start, s.started_at)),
        outcome.label("outcome"),
    ).where(among(s.customer_id), in_window(s.current_period_end, window), _is_present(params))
    return statement if params.live else statement.where(~_has_charge(params))


def _has_charge(params: Params) -> ColumnElement[bool]:
    c, s = charges.c, subscriptions.c
    return exists(
        select(c.id).where(
            c.subscription_id == s.id,
            c.period_end == s.current_period_end,
            c.amount_minor > c.tax_minor,
            c.created_at < moment(params.before),
        )
    )


def _settled(before: datetime) -> ColumnElement[bool]:
    c = charges.c
    return and_(c.status == "succeeded", func.coalesce(c.settled_at, c.created_at) < moment(before))


def _charged_periods(params: Params, window: Window | None, among: Among) -> Subquery:
    """Charged periods that end in the window: when they began, what they cost without tax, if it was paid."""
    c = charges.c
    return (
        select(
            c.subscription_id,
            c.period_end.label("at"),
            c.currency,
            func.min(c.period_start).label("began"),
            func.max(c.amount_minor - c.tax_minor).label("amount"),
            func.max(case((_settled(params.before), 1), else_=0)).label("settled"),
        )
        .where(
            subscription_of(c.subscription_id, among),
            c.amount_minor > c.tax_minor,
            in_window(c.period_end, window),
            c.created_at < moment(params.before),
        )
        .group_by(c.subscription_id, c.period_end, c.currency)
        .subquery("paid")
    )


def _next_periods(params: Params, window: Window | None, among: Among) -> Subquery:
    """What was asked for periods that begin in the window: whether it was paid, whether an attempt failed."""
    c = charges.c
    return (
        select(
            c.subscription_id,
            c.period_start.label("at"),
            func.max(case((_settled(params.before), 1), else_=0)).label("paid"),
            func.max(case((c.status == "failed", 1), else_=0)).label("failed"),
            func.max(case((_settled(params.before), func.coalesce(c.settled_at, c.created_at)))).label(
                "settled"
            ),
        )
        .where(
            subscription_of(c.subscription_id, among),
            in_window(c.period_start, window),
            c.created_at < moment(params.before),
        )
        .group_by(c.subscription_id, c.period_start)
        .subquery("following")
    )


def _changed_plan(paid: Subquery, following: Subquery) -> ColumnElement[bool]:
    """The plan changed when the renewal fell due, or until it was paid."""
    e = subscription_events.alias()
    return exists(
        select(e.c.id).where(
            e.c.subscription_id == paid.c.subscription_id,
            e.c.kind == "plan_changed",
            e.c.occurred_at >= paid.c.at,
            e.c.occurred_at <= func.coalesce(following.c.settled, paid.c.at),
        )
    )


def _counted_as_present(params: Params, paid: Subquery) -> ColumnElement[bool]:
    return and_(_is_present(params), func.coalesce(subscriptions.c.current_period_end == paid.c.at, False))


def earlier(params: Params, window: Window | None, among: Among = all_of) -> Select[Any]:
    """Periods known from their charges: in a live report those that are over."""
    s = subscriptions.c
    paid, following = _charged_periods(params, window, among), _next_periods(params, window, among)
    changed = _changed_plan(paid, following)
    ended = s.ended_at < moment(params.before)
    ending = how_it_ended(s.id, s.ended_at)
    outcome = case(
        (and_(changed, func.coalesce(following.c.paid, 1) == 1), literal("changed_plan")),
        (following.c.paid == 1, literal("renewed")),
        (and_(ended, ending == VOLUNTARY), literal("lost_by_choice")),
        (and_(ended, ending == INVOLUNTARY), literal("lost_by_failed_payment")),
        (ended, literal("lost_unstated")),
        (set_to_end(params), literal("set_to_end")),
        (or_(following.c.failed == 1, paid.c.settled == 0), literal("in_dunning")),
        else_=literal("upcoming"),
    )
    return (
        select(
            s.id.label("ref"),
            s.id.label("subscription_id"),
            s.customer_id,
            paid.c.at,
            paid.c.currency,
            paid.c.amount,
            s.payment_method_id,
            s.started_at,
            _is_first(paid.c.began),
            outcome.label("outcome"),
        )
        .select_from(paid)
        .join(subscriptions, s.id == paid.c.subscription_id)
        .outerjoin(
            following,
            and_(following.c.subscription_id == paid.c.subscription_id, following.c.at == paid.c.at),
        )
        .where(
            *([~_counted_as_present(params, paid)] if params.live else []),
            # Not paid, and then ended: it was lost at its beginning.
            or_(paid.c.settled == 1, func.coalesce(~ended, True)),
            or_(following.c.paid.isnot(None), _still_counts(params, paid)),
            # Ended ahead of its day: lost on that day, not before.
            or_(paid.c.at < moment(params.before), func.coalesce(~ended, True)),
        )
    )


def _still_counts(params: Params, paid: Subquery) -> ColumnElement[bool]:
    """Nothing was asked at its end: it was not replaced by another period meanwhile, nor paused."""
    other = charges.alias()
    replaced = exists(
        select(other.c.id).where(
            other.c.subscription_id == paid.c.subscription_id,
            other.c.status == "succeeded",
            other.c.created_at < moment(params.before),
            other.c.period_start > paid.c.began,
            other.c.period_start < paid.c.at,
            other.c.period_end != paid.c.at,
        )
    )
    seen = case((paid.c.at < moment(params.before), paid.c.at), else_=moment(params.as_of))
    state = latest_kind(paid.c.subscription_id, ("paused", "resumed"), seen)
    return and_(~replaced, func.coalesce(state, "resumed") != "paused")
