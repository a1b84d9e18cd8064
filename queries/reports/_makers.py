"""Who makes the difference between two rules: the largest of each currency, and how many there are.

A *source* is a subquery of one row per subscription or customer, with `subscription_id` (null: the customer
as a whole), `customer_id`, `currency`, `amount` and `why` (a few words).
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Subquery, func, select

from queries.recurring import minor_from_units
from queries.tables_subscriptions import customers, subscriptions

MOST = 20  # for each currency


@dataclass(frozen=True)
class Maker:
    """A subscription (none: the customer with all of theirs), what the other rule makes of it, and what it is
    worth in minor units of its currency."""

    number: str | None
    customer_number: str
    customer: str
    why: str
    amount: int
    currency: str


@dataclass(frozen=True)
class Total:
    """How many rows of a currency have the same `why`, and their amount as the source has it."""

    currency: str
    why: str
    count: int
    amount: int


def totals(connection: Connection, source: Subquery) -> list[Total]:
    """All rows of the source, by currency and why."""
    s = source.c
    counted = select(s.currency, s.why, func.count(), func.sum(s.amount)).group_by(s.currency, s.why)
    return [Total(row[0], row[1], row[2], int(row[3])) for row in connection.execute(counted)]


def largest(connection: Connection, source: Subquery, *, in_units: bool) -> tuple[Maker, ...]:
    """The rows with the largest amounts, at most MOST of each currency. `in_units`: the source's amounts are
    MRR in units of queries.recurring; else minor units."""
    s = source.c
    place = func.row_number().over(
        partition_by=s.currency, order_by=(s.amount.desc(), s.customer_id, s.subscription_id)
    )
    ranked = select(*s, place.label("place")).subquery("ranked")
    r = ranked.c
    found = connection.execute(
        select(subscriptions.c.number, customers.c.number, customers.c.name, r.why, r.amount, r.currency)
        .select_from(ranked)
        .join(customers, customers.c.id == r.customer_id)
        .outerjoin(subscriptions, subscriptions.c.id == r.subscription_id)
        .where(r.place <= MOST)
        .order_by(r.currency, r.place)
    )
    return tuple(_maker(row, in_units=in_units) for row in found)


def _maker(row: Any, *, in_units: bool) -> Maker:
    amount = minor_from_units(int(row[4])) if in_units else int(row[4])
    return Maker(row[0], row[1], row[2], row[3], amount, row[5])
