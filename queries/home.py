"""What waits for whom: a count and the first few rows of each pile. Each function is one question."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, case, cast, func, select

from queries import subscriptions, tickets
from queries.columns import Minor
from queries.movements import MOVEMENTS
from queries.paging import capped_count, rows_of
from queries.recurring import monthly_units
from queries.rollups.mrr_months import by_currency
from queries.rollups.stored import up_to_now, written_ahead
from queries.subscriptions import Subscription
from queries.tables_rollups import ANY
from queries.tables_subscriptions import INTERVALS, PAYING_STATUSES
from queries.tables_subscriptions import subscriptions as subscription_table
from queries.tables_tickets import agents, ticket_messages
from queries.tables_tickets import tickets as ticket_table
from queries.ticket_filters import ALL_OPEN, Agent, TicketFilters, conditions, open_tickets
from queries.tickets import Ticket

FEW = 5
AGES = (1, 3, 7, 14, 30)  # days: the upper edges of the age buckets, half-open (METRICS: Age at T)

T = TypeVar("T")
_s = subscription_table.c


@dataclass(frozen=True)
class Pile(Generic[T]):
    """How many wait (at most COUNT_STOPS_AT), and the first few of them."""

    count: int
    first: tuple[T, ...]


@dataclass(frozen=True, kw_only=True)
class Due:
    """What falls due in one currency: minor units without tax."""

    currency: str
    count: int
    amount_minor: int
    set_to_end: int  # of the count: will not be charged


@dataclass(frozen=True, kw_only=True)
class Revenue:
    """MRR now in one currency, in units of `queries.recurring`."""

    currency: str
    subscriptions: int
    mrr_units: int


@dataclass(frozen=True, kw_only=True)
class Backlog:
    """Open tickets now: by status, by age in days (one count for each bucket that AGES divides)."""

    by_status: dict[str, int]
    by_age: tuple[int, ...]
    unassigned: int

    @property
    def open(self) -> int:
        return sum(self.by_status.values())


def agent_of(connection: Connection, email: str) -> Agent | None:
    """The support agent with the signed-in person's address, if they are one (tickets database)."""
    people = rows_of(connection, select(*(agents.c[name] for name in Agent.__dataclass_fields__)), Agent)
    wanted = email.casefold()
    return next((agent for agent in people if agent.email and agent.email.casefold() == wanted), None)


def queue(connection: Connection, filters: TicketFilters = ALL_OPEN, *, limit: int = FEW) -> Pile[Ticket]:
    """Tickets that the filters leave, the oldest first: those of an agent, the unassigned ones."""
    oldest = tickets.page(connection, filters, limit=limit, oldest_first=True)
    return Pile(tickets.count(connection, filters), oldest.rows)


def unanswered(connection: Connection, *, assignee_id: int | None = None, limit: int = FEW) -> Pile[Ticket]:
    """Open tickets whose last word is the customer's, the oldest first (see Ticket.unanswered)."""
    mine = conditions(TicketFilters(statuses=ALL_OPEN.statuses, assignee_id=assignee_id))
    mine.append(_waits())
    counted = capped_count(connection, select(ticket_table.c.id).where(*mine))
    return Pile(counted, tickets.oldest(connection, mine, limit=limit))


def _waits() -> ColumnElement[bool]:
    m, t = ticket_messages.c, ticket_table.c
    last_word = (
        select(m.kind)
        .where(m.ticket_id == t.id, m.kind != "note")
        .order_by(m.created_at.desc(), m.kind)
        .limit(1)
        .scalar_subquery()
    )
    nobody_wrote = case((t.status == "new", "customer"))
    return func.coalesce(last_word, nobody_wrote) == "customer"  # the last word is looked up once


def cancellations_ending(
    connection: Connection, start: datetime, end: datetime, *, limit: int = FEW
) -> Pile[Subscription]:
    """Subscriptions set to end whose period ends in [start, end), the earliest first."""
    wanted = (_s.cancel_at_period_end, _s.ended_at.is_(None), *_within(_s.current_period_end, start, end))
    return _subscriptions(connection, wanted, _s.current_period_end, limit)


def trials_ending(
    connection: Connection, start: datetime, end: datetime, *, limit: int = FEW
) -> Pile[Subscription]:
    """Running trials that end in [start, end), the earliest first."""
    wanted = (_s.status == "trialing", _s.ended_at.is_(None), *_within(_s.trial_end, start, end))
    return _subscriptions(connection, wanted, _s.trial_end, limit)


def in_dunning(connection: Connection, *, limit: int = FEW) -> Pile[Subscription]:
    """Subscriptions whose payment failed and was not recovered, the longest due first."""
    wanted = (_s.status == "past_due", _s.ended_at.is_(None))
    return _subscriptions(connection, wanted, _s.current_period_end, limit)


def renewals_due(connection: Connection, start: datetime, end: datetime) -> list[Due]:
    """Renewals due in [start, end) per currency: periods of paid subscriptions that end there (METRICS:
    Renewal due), those set to end and in dunning among them."""
    found = connection.execute(
        select(
            _s.currency,
            func.count(),
            cast(func.sum(_s.price_minor), Minor),
            cast(func.sum(case((subscriptions.ends_before_renewal(), 1), else_=0)), Minor),
        )
        .where(
            _s.status.in_(PAYING_STATUSES),
            _s.price_minor > 0,
            _s.ended_at.is_(None),
            *_within(_s.current_period_end, start, end),
        )
        .group_by(_s.currency)
        .order_by(_s.currency)
    )
    return [
        Due(currency=currency, count=count, amount_minor=amount, set_to_end=ending)
        for currency, count, amount, ending in found
    ]


def mrr_now(connection: Connection, state: Connection, zone: ZoneInfo, now: datetime) -> list[Revenue]:
    """MRR now per currency: from its rollup (of the months of `zone`), or where that cannot say, from the
    subscriptions as they are (METRICS: MRR at T)."""
    cells = None if written_ahead(connection, now) else up_to_now(connection, state, zone, now)
    if cells is None:
        return _mrr_of_rows(connection)
    return [
        Revenue(
            currency=currency,
            subscriptions=measures["subscriptions"],
            mrr_units=sum(measures[name] for name in MOVEMENTS),
        )
        for currency, measures in sorted(by_currency(cells).items())
        if currency != ANY and measures["subscriptions"]
    ]


def _mrr_of_rows(connection: Connection) -> list[Revenue]:
    priced = (_s.currency, _s.interval, _s.interval_count)
    found = connection.execute(
        select(*priced, func.count(), cast(func.sum(_s.price_minor), Minor))
        .where(
            _s.status.in_(PAYING_STATUSES),
            _s.ended_at.is_(None),
            _s.price_minor > 0,
            _s.interval.in_(INTERVALS),
            _s.interval_count >= 1,
        )
        .group_by(*priced)
    )
    totals: dict[str, tuple[int, int]] = {}
    for currency, interval, every, count, price in found:
        subscribed, units = totals.get(currency, (0, 0))
        totals[currency] = (subscribed + count, units + monthly_units(price, interval, every))
    return [
        Revenue(currency=currency, subscriptions=subscribed, mrr_units=units)
        for currency, (subscribed, units) in sorted(totals.items())
    ]


def backlog(connection: Connection, now: datetime) -> Backlog:
    """Open tickets by status and by age at `now`. Two statements, answered from the open tickets alone."""
    age = ticket_table.c.created_at
    edges = [now - timedelta(days=days) for days in AGES]
    newer_than = [func.count(case((age > edge, 1))) for edge in edges]
    unassigned = func.count(case((ticket_table.c.assignee_id.is_(None), 1)))
    found = connection.execute(select(func.count(), unassigned, *newer_than).where(open_tickets)).one()
    every, free, *newer = found
    return Backlog(
        by_status=tickets.counts_by_status(connection),
        by_age=tuple(high - low for low, high in zip([0, *newer], [*newer, every], strict=True)),
        unassigned=free,
    )


def _within(at: Any, start: datetime, end: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return at >= start, at < end


def _subscriptions(
    connection: Connection, wanted: Sequence[ColumnElement[bool]], by: Any, limit: int
) -> Pile[Subscription]:
    counted = capped_count(connection, select(_s.id).where(*wanted))
    return Pile(counted, tuple(subscriptions.first_by(connection, wanted, by, limit=limit)))
