"""What was kept of what was there: GRR and NRR, month by month and customer by customer.

Worth is in units of queries.recurring. "There" means with a worth above zero.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Select, Subquery, case, func, literal, select

from queries.keeping import take_customer, take_subscription
from queries.movements import BEFORE
from queries.periods import Window
from queries.reports._movements import changes_before
from queries.reports.sql import Among, all_of, bucket, moment
from queries.tables_subscriptions import subscription_events


@dataclass(frozen=True)
class Kept:
    """One span in one currency. `subscriptions` is the worth of the subscriptions there at the start, `kept`
    the lesser of start and end of each; `customers` is the worth of the customers there at the start, `net`
    what these are worth at the end; `end` is all there is then."""

    currency: str
    subscriptions: int
    kept: int
    customers: int
    net: int
    end: int
    customers_start: int
    customers_lost: int
    customers_end: int


@dataclass(frozen=True)
class MonthKept(Kept):
    first: date


Told = dict[tuple[str, int], Counter[str]]  # by currency and number of the month, as in queries.keeping


def kept_by_customer(window: Window, before: datetime, among: Among = all_of) -> Subquery:
    """One row for each customer and currency that ever had a worth by the end. Columns: ref (the first event
    that counts), customer_id, subscription_id (null), currency, at (their first change), amount (their worth
    at the start, if they were there), subscriptions, kept, net and end (as in `Kept`)."""
    e = subscription_events.c
    earlier = e.occurred_at < moment(window.start_instant)
    start = func.sum(case((earlier, e.mrr_delta_units), else_=0))
    each = (
        select(
            e.customer_id,
            e.currency,
            func.min(e.id).label("ref"),
            func.min(e.occurred_at).label("at"),
            start.label("start"),
            func.sum(e.mrr_delta_units).label("end"),
        )
        .where(*changes_before(min(before, window.end_instant)), among(e.customer_id))
        .group_by(e.customer_id, e.subscription_id, e.currency)
        .subquery("each")
    )
    s = each.c
    lesser = case((s.end <= 0, 0), (s.end < s.start, s.end), else_=s.start)
    there, start, end = s.start > 0, func.sum(s.start), func.sum(s.end)
    return (
        select(
            func.min(s.ref).label("ref"),
            s.customer_id,
            literal(None).label("subscription_id"),
            s.currency,
            func.min(s.at).label("at"),
            case((start > 0, start), else_=0).label("amount"),
            func.sum(case((there, s.start), else_=0)).label("subscriptions"),
            func.sum(case((there, lesser), else_=0)).label("kept"),
            end.label("end"),
            case((start > 0, end), else_=0).label("net"),
        )
        .group_by(s.customer_id, s.currency)
        .subquery("kept_by_customer")
    )


def kept(connection: Connection, customers: Subquery) -> list[Kept]:
    """The rows of `kept_by_customer` as one `Kept` for each currency."""
    c = customers.c
    statement = (
        select(
            c.currency,
            func.sum(c.subscriptions),
            func.sum(c.kept),
            func.sum(c.amount),
            func.sum(c.net),
            func.sum(c.end),
            func.sum(case((c.amount > 0, 1), else_=0)),
            func.sum(case(((c.amount > 0) & (c.end <= 0), 1), else_=0)),
            func.sum(case((c.end > 0, 1), else_=0)),
        )
        .group_by(c.currency)
        .order_by(c.currency)
    )
    return [Kept(row[0], *(int(value) for value in row[1:])) for row in connection.execute(statement)]


def kept_by_month(connection: Connection, window: Window, before: datetime) -> list[MonthKept]:
    """The months of the window for each currency that ever had a worth before `before`."""
    told: Told = defaultdict(Counter)
    for (_, currency), changes in groupby(_changes(connection, window, before), key=lambda row: row[:2]):
        _tell(told, currency, list(changes))
    return months_told(window, told)


def months_told(window: Window, told: Told) -> list[MonthKept]:
    """The months of the window, numbered from 1; `BEFORE` is all that was earlier."""
    currencies = sorted({currency for currency, _ in told})
    chains = [month for currency in currencies for month in _chain(window, currency, told)]
    return sorted(chains, key=lambda month: (month.first, month.currency))


def _changes(connection: Connection, window: Window, before: datetime) -> Iterator[tuple[Any, ...]]:
    """(customer, currency, month, subscription, units) in the order of the first three."""
    for row in connection.execute(_statement(window, before)):
        yield *row[:4], int(row[4])


def _statement(window: Window, before: datetime) -> Select[Any]:
    e = subscription_events.c
    month = bucket(e.occurred_at, [span.start for span in window.months])
    keyed = (
        select(e.customer_id, e.currency, month.label("month"), e.subscription_id, e.mrr_delta_units)
        .where(*changes_before(before))
        .subquery("keyed")
    )
    keys = (keyed.c.customer_id, keyed.c.currency, keyed.c.month, keyed.c.subscription_id)
    return select(*keys, func.sum(keyed.c.mrr_delta_units)).group_by(*keys).order_by(*keys[:3])


def _tell(told: Told, currency: str, changes: Iterable[Any]) -> None:
    """Adds one customer's changes in one currency to the months they fell in."""
    whole, each = 0, defaultdict[int | None, int](int)
    for number, in_month in groupby(changes, key=lambda row: row[2]):
        month, opening = told[currency, number], whole
        for *_, subscription, net in in_month:
            take_subscription(month, each[subscription], each[subscription] + net)
            each[subscription] += net
            whole += net
        take_customer(month, opening, whole)


def _chain(window: Window, currency: str, told: Told) -> Iterator[MonthKept]:
    """Each month begins where the one before ended."""
    past = told.get((currency, BEFORE), Counter())
    subscriptions, customers, whole = past["subscriptions"], past["customers"], past["worth"]
    there = past["joined"] - past["lost"]
    for number, span in enumerate(window.months, start=BEFORE + 1):
        month = told.get((currency, number), Counter())
        whole += month["worth"]
        end = there + month["joined"] - month["lost"]
        yield MonthKept(
            currency, subscriptions, subscriptions - month["gone"], customers, customers + month["gained"],
            whole, there, month["lost"], end, span.first,
        )  # fmt: skip
        subscriptions += month["subscriptions"]
        customers += month["customers"]
        there = end
