"""The stream that rollups are counted from: what customers' events changed, and the months they fell in."""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, or_, select

from queries.periods import first_of_month, start_of
from queries.tables_subscriptions import subscription_events

MonthOf = Callable[[datetime], date]
ASKED, DECIDED = "cancel_requested", ("cancel_undone", "ended")
_e = subscription_events.c


class Change(NamedTuple):
    """An event that changed what a subscription is worth, or whether it is set to end."""

    customer: int
    currency: str
    at: datetime
    id: int
    subscription: int | None
    units: int
    kind: str


Dated = tuple[date, Change]  # with the month it fell in


def changes(connection: Connection, *conditions: ColumnElement[bool]) -> Iterator[Change]:
    """What matters of the events that fulfil the conditions, by customer, currency and time."""
    order = (_e.customer_id, _e.currency, _e.occurred_at, _e.id)
    matters = or_(_e.mrr_delta_units != 0, _e.kind.in_((ASKED, *DECIDED)))
    statement = select(*order, _e.subscription_id, _e.mrr_delta_units, _e.kind).where(matters, *conditions)
    streamed = statement.order_by(*order).execution_options(stream_results=True)
    return map(Change._make, connection.execute(streamed))


def months_of(zone: ZoneInfo) -> MonthOf:
    """The first day of the local month of an instant; bounds are worked out once."""
    firsts: list[date] = []
    bounds: list[datetime] = []

    def month_of(at: datetime) -> date:
        day = at.astimezone(zone).date() if not bounds or not bounds[0] <= at < bounds[-1] else None
        if day is not None:
            _widen(firsts, bounds, first_of_month(day), zone)
        return firsts[bisect_right(bounds, at) - 1]

    return month_of


def _widen(firsts: list[date], bounds: list[datetime], month: date, zone: ZoneInfo) -> None:
    """Every month from the earliest to the latest seen; one bound more than months."""
    earliest, latest = min([month, *firsts[:1]]), max([month, *firsts[-1:]])
    firsts[:] = [earliest]
    while firsts[-1] < latest:
        firsts.append(first_of_month(firsts[-1], 1))
    bounds[:] = [start_of(first, zone) for first in [*firsts, first_of_month(latest, 1)]]
