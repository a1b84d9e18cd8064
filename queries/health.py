"""Data health: what the rows say twice and differently. Contradictions are kept and listed, never repaired.

A check is a question with a title, what it means and what to do; CHECKS has all of them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, func, select

from queries.health_checks import CHECKS, Check
from queries.paging import COUNT_STOPS_AT, PAGE, capped_count
from queries.tables_subscriptions import customers
from queries.tables_tickets import tickets

BATCH = 1_000
_BY_KEY = {check.key: check for check in CHECKS}


@dataclass(frozen=True)
class Finding:
    """How many rows a check finds; COUNT_STOPS_AT means more than 10,000."""

    check: Check
    count: int


@dataclass(frozen=True)
class HealthRow:
    """One row a check lists. `facts` are what contradicts itself: texts, numbers, UTC instants."""

    id: int
    number: str
    customer_number: str | None
    facts: dict[str, Any]


@dataclass(frozen=True)
class HealthRows:
    """A page by id; `next` is the id to go on after, None on the last page."""

    rows: tuple[HealthRow, ...]
    next: int | None


def health_check(key: str) -> Check | None:
    """The check of that key."""
    return _BY_KEY.get(key)


def health_summary(subscriptions: Connection, ticket_database: Connection) -> list[Finding]:
    """Every check with its count, in the order of CHECKS."""
    return [Finding(check, health_count(subscriptions, ticket_database, check.key)) for check in CHECKS]


def health_count(subscriptions: Connection, ticket_database: Connection, key: str) -> int:
    """How many rows the check finds, at most COUNT_STOPS_AT. Raises KeyError for no check."""
    check = _BY_KEY[key]
    if check.statement is None:
        return _count_unknown(subscriptions, ticket_database)
    return capped_count(_of(check, subscriptions, ticket_database), check.statement)


def health_rows(
    subscriptions: Connection,
    ticket_database: Connection,
    key: str,
    *,
    after: int = 0,
    limit: int = PAGE,
) -> HealthRows:
    """The rows the check finds, by id, after the id `after`. Raises KeyError for no check."""
    check = _BY_KEY[key]
    if check.statement is None:
        found = _unknown(subscriptions, ticket_database, after, limit + 1)
    else:
        connection = _of(check, subscriptions, ticket_database)
        found = [_row(row) for row in _after(connection, check.statement, after, limit + 1)]
    shown = tuple(found[:limit])
    return HealthRows(shown, shown[-1].id if len(found) > limit else None)


def _of(check: Check, subscriptions: Connection, ticket_database: Connection) -> Connection:
    return ticket_database if check.entity == "ticket" else subscriptions


def _after(connection: Connection, statement: Select[Any], after: int, limit: int) -> Sequence[Any]:
    id = statement.selected_columns[0]
    page = statement.where(id > after).order_by(id).limit(limit)
    return connection.execute(page).mappings().all()


def _row(found: Any) -> HealthRow:
    facts = {name: value for name, value in found.items() if name not in {"id", "number", "customer_number"}}
    return HealthRow(found["id"], found["number"], found["customer_number"], facts)


def _missing(subscriptions: Connection, numbers: Iterable[str]) -> set[str]:
    wanted = set(numbers)
    there = subscriptions.scalars(select(customers.c.number).where(customers.c.number.in_(sorted(wanted))))
    return wanted - set(there)


def _named(ticket_database: Connection) -> Iterator[dict[str, int]]:
    """Customer numbers that tickets name, with how many do, a batch at a time."""
    number = tickets.c.customer_number
    named = (
        select(number, func.count()).where(number.is_not(None)).group_by(number).order_by(number).limit(BATCH)
    )
    batch = named
    while found := {who: count for who, count in ticket_database.execute(batch)}:  # noqa: C416 - rows, not pairs
        yield found
        batch = named.where(number > max(found))


def _count_unknown(subscriptions: Connection, ticket_database: Connection) -> int:
    total = 0
    for named in _named(ticket_database):
        total += sum(named[number] for number in _missing(subscriptions, named))
        if total >= COUNT_STOPS_AT:
            return COUNT_STOPS_AT
    return total


def _unknown(
    subscriptions: Connection, ticket_database: Connection, after: int, limit: int
) -> list[HealthRow]:
    found: list[HealthRow] = []
    c = tickets.c
    statement = select(c.id, c.number, c.customer_number, c.created_at).where(c.customer_number.is_not(None))
    while len(found) < limit:
        batch = _after(ticket_database, statement, after, BATCH)
        missing = _missing(subscriptions, {row["customer_number"] for row in batch})
        found += [_row(row) for row in batch if row["customer_number"] in missing]
        if len(batch) < BATCH:
            break
        after = batch[-1]["id"]
    return found[:limit]
