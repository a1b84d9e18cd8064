"""Contradictions in the subscription database: one statement each, read by `queries.health`.

Each selects `id`, `number` and `customer_number` of the row concerned, then what contradicts itself.
"""

from typing import Any

from sqlalchemy import Select, String, and_, case, cast, exists, func, literal, or_, select

from queries.recurring import monthly_units
from queries.tables_subscriptions import (
    INTERVALS,
    LIVE_STATUSES,
    PAYING_STATUSES,
    charges,
    customers,
    refunds,
    subscription_events,
    subscriptions,
)

_s, _c, _e, _ch, _r = subscriptions.c, customers.c, subscription_events.c, charges.c, refunds.c
_LIVE = and_(_s.status.in_(LIVE_STATUSES), _s.ended_at.is_(None))


def _subscriptions(*facts: Any) -> Select[Any]:
    columns = (_s.id, _s.number, _c.number.label("customer_number"), _s.status, *facts)
    return select(*columns).join_from(subscriptions, customers)


def _charges(*facts: Any) -> Select[Any]:
    number = func.coalesce(_ch.invoice_number, cast(_ch.id, String)).label("number")
    columns = (_ch.id, number, _c.number.label("customer_number"), _ch.currency, _ch.amount_minor, *facts)
    return select(*columns).select_from(charges.outerjoin(customers))


def _refunds(*facts: Any) -> Select[Any]:
    number = func.coalesce(_r.gateway_reference, cast(_r.id, String)).label("number")
    columns = (_r.id, number, _c.number.label("customer_number"), _r.currency, _r.amount_minor, *facts)
    payer = func.coalesce(_r.customer_id, _ch.customer_id)
    return select(*columns).select_from(
        refunds.outerjoin(charges, _r.charge_id == _ch.id).outerjoin(customers, _c.id == payer)
    )


CHURNED_BUT_LIVE = select(
    _c.id, _c.number, _c.number.label("customer_number"), _c.name, _c.stated_status
).where(_c.stated_status == "churned", exists().where(_s.customer_id == _c.id, _LIVE))

ENDED_BEFORE_START = _subscriptions(_s.started_at, _s.ended_at).where(_s.ended_at < _s.started_at)

NO_RENEWAL_DATE = _subscriptions(_s.started_at, _s.currency, _s.price_minor).where(
    _s.status.in_(PAYING_STATUSES), _s.ended_at.is_(None), _s.current_period_end.is_(None)
)

NO_TRIAL_END = _subscriptions(_s.started_at).where(
    _s.status == "trialing", _s.ended_at.is_(None), _s.trial_end.is_(None)
)

ENDED_WITHOUT_DATE = _subscriptions(_s.started_at).where(
    _s.status.not_in(LIVE_STATUSES), _s.ended_at.is_(None)
)

LIVE_WITH_END = _subscriptions(_s.started_at, _s.ended_at).where(
    _s.status.in_(LIVE_STATUSES), _s.ended_at.is_not(None)
)

REFUND_WITHOUT_CHARGE = _refunds(_r.settled_at).where(_r.charge_id.is_(None))

REFUND_IN_OTHER_CURRENCY = _refunds(_ch.currency.label("charge_currency")).where(_r.currency != _ch.currency)

CHARGE_WITHOUT_CUSTOMER = _charges(_ch.created_at).where(_ch.customer_id.is_(None))

_refunded = (
    select(_r.charge_id, func.sum(_r.amount_minor).label("refunded_minor"))
    .where(_r.charge_id.is_not(None), _r.status != "failed")
    .group_by(_r.charge_id)
    .subquery()
)
REFUNDED_ABOVE_CHARGE = (
    _charges(_refunded.c.refunded_minor)
    .join(_refunded, _refunded.c.charge_id == _ch.id)
    .where(or_(_refunded.c.refunded_minor > _ch.amount_minor, _ch.status != "succeeded"))
)

# Only the renewal of the present period, and only if the price has not changed since: an earlier charge
# may rightly have been of an earlier price.
_repriced_since = exists().where(
    _e.subscription_id == _s.id,
    _e.kind.in_(("plan_changed", "price_changed")),
    _e.occurred_at >= _ch.created_at,
)
CHARGE_IS_NOT_PRICE = (
    _charges(_ch.tax_minor, _s.price_minor, _s.number.label("subscription_number"))
    .join(subscriptions, _ch.subscription_id == _s.id)
    .where(
        _ch.kind == "renewal",
        _ch.status == "succeeded",
        _ch.period_end == _s.current_period_end,
        or_(_ch.amount_minor - _ch.tax_minor != _s.price_minor, _ch.currency != _s.currency),
        ~_repriced_since,
    )
)

# The monthly price in MRR units times the interval's count, so that SQL need not divide.
_per_count = case(
    *((_s.interval == interval, literal(monthly_units(1, interval, 1))) for interval in INTERVALS), else_=0
)
_present = case(
    (and_(_s.status.in_(PAYING_STATUSES), _s.ended_at.is_(None)), _s.price_minor * _per_count), else_=0
)
_sums = (
    select(_e.subscription_id, func.sum(_e.mrr_delta_units).label("units"))
    .where(_e.subscription_id.is_not(None), _e.mrr_delta_units != 0)
    .group_by(_e.subscription_id)
    .subquery()
)
_told = func.coalesce(_sums.c.units, 0)
EVENTS_ARE_NOT_MRR = (
    _subscriptions(_s.currency, _s.price_minor, _told.label("mrr_units_of_events"))
    .outerjoin(_sums, _sums.c.subscription_id == _s.id)
    .where(func.abs(_told * _s.interval_count - _present) >= _s.interval_count)
)
