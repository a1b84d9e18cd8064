"""What happened to a subscription last, and what an operation left behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from queries.paging import one_of
from queries.tables_subscriptions import subscription_events

_COLUMNS = [
    subscription_events.c[name]
    for name in ("kind", "occurred_at", "actor", "reason", "note", "operation_id", "mrr_delta_units")
]


@dataclass(frozen=True)
class SubscriptionEvent:
    kind: str
    occurred_at: datetime
    actor: str  # customer | staff | system
    reason: str | None
    note: str | None
    operation_id: str | None
    mrr_delta_units: int  # see queries.recurring


def of_operation(connection: Connection, operation_id: str) -> SubscriptionEvent | None:
    """The event an operation left behind: there if and only if its change was committed."""
    statement = select(*_COLUMNS).where(subscription_events.c.operation_id == operation_id)
    return one_of(connection, statement, SubscriptionEvent)


def latest(connection: Connection, subscription_id: int, kinds: Sequence[str]) -> SubscriptionEvent | None:
    """The latest event of one of these kinds."""
    statement = (
        select(*_COLUMNS)
        .where(
            subscription_events.c.subscription_id == subscription_id, subscription_events.c.kind.in_(kinds)
        )
        .order_by(subscription_events.c.occurred_at.desc(), subscription_events.c.id.desc())
        .limit(1)
    )
    return one_of(connection, statement, SubscriptionEvent)
