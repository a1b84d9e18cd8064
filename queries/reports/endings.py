"""How a subscription ended: somebody asked for it, or payment failed and nobody had (METRICS: Voluntary)."""

from typing import Any

from sqlalchemy import ColumnElement, case, exists, literal, or_, select

from queries.reports.sql import latest_kind
from queries.tables_subscriptions import subscription_events, subscriptions

VOLUNTARY, INVOLUNTARY, UNSTATED = "voluntary", "involuntary", "not stated"


def how_it_ended(subscription_id: ColumnElement[Any], at: ColumnElement[Any]) -> ColumnElement[str]:
    """Voluntary, involuntary or not stated, for a row whose subscription (joined) ended at `at`.

    Asked for: a request stands at the end, or a customer or staff member ended it outright. Payment failed:
    the last news of payment before the end was a failure. Otherwise the source does not say.
    """
    ending = subscription_events.alias()
    by_a_person = exists(
        select(ending.c.id).where(
            ending.c.subscription_id == subscription_id,
            ending.c.kind == "ended",
            ending.c.occurred_at <= at,
            ending.c.actor.in_(("customer", "staff")),
        )
    )
    asked = or_(
        subscriptions.c.cancel_requested_at <= at,
        latest_kind(subscription_id, ("cancel_requested", "cancel_undone"), at) == "cancel_requested",
        by_a_person,
    )
    news = ("payment_failed", "payment_recovered", "renewed", "started")
    failed = latest_kind(subscription_id, news, at) == "payment_failed"
    return case((asked, literal(VOLUNTARY)), (failed, literal(INVOLUNTARY)), else_=literal(UNSTATED))
