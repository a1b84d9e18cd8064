"""What happened to a subscription: its life, what was last, what an operation left behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from queries.paging import PAGE, Cursor, Page, one_of, page_of
from queries.tables_subscriptions import subscription_events


@dataclass(frozen=True, kw_only=True)
class SubscriptionEvent:
    """What happened (EVENT_KINDS). `mrr_delta_units` as `queries.recurring` counts, in `currency`; `note` has
    the source's own words, where it had any: plain text, never markup."""

    id: int
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    mrr_delta_units: int
    currency: str
    reason: str | None
    note: str | None
    operation_id: str | None


_COLUMNS = [subscription_events.c[name] for name in SubscriptionEvent.__dataclass_fields__]


def of_subscription(
    connection: Connection, subscription_id: int, *, before: Cursor | None = None, limit: int = PAGE * 2
) -> Page[SubscriptionEvent]:
    """Its life, newest first."""
    return page_of(
        connection,
        select(*_COLUMNS).where(subscription_events.c.subscription_id == subscription_id),
        SubscriptionEvent,
        at=subscription_events.c.occurred_at,
        id=subscription_events.c.id,
        before=before,
        limit=limit,
    )


def of_operation(connection: Connection, operation_id: str) -> SubscriptionEvent | None:
    """The event an operation left behind: there if and only if its change was committed."""
    return one_of(connection, _of_operation(), SubscriptionEvent, wanted=operation_id)


@cache
def _of_operation() -> Select[Any]:
    return select(*_COLUMNS).where(subscription_events.c.operation_id == bindparam("wanted"))


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
