"""The identities reports are held against: the parts make the whole, the rows behind make the headline."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Subquery, func, select

from queries.recurring import minor_from_units
from queries.reports.report import Check
from queries.reports.sql import described

Sums = Mapping[str | None, int]  # by currency (minor units), or under None what counts over all of them


def same(name: str, parts: Sums, whole: Sums) -> Check:
    """That two ways to the same figures agree; a missing currency is nothing. `name` says it as a fact."""
    differ = [key for key in {**parts, **whole} if parts.get(key, 0) != whole.get(key, 0)]
    said = [f"{parts.get(key, 0)} against {whole.get(key, 0)}{_of(key)}" for key in differ]
    return Check(name, not differ, f"It is {', and '.join(said)}." if said else f"{name}.")


def _of(currency: str | None) -> str:
    return f" in minor units of {currency}" if currency else ""


def sums(table: Sequence[Mapping[str, Any]], *names: str) -> Sums:
    """The sum of some columns of a breakdown by currency."""
    found: dict[str | None, int] = {}
    for row in table:
        if row["currency"]:
            found[row["currency"]] = found.get(row["currency"], 0) + sum(row[name] for name in names)
    return found


def minor(units: Sums) -> Sums:
    """Sums in units of queries.recurring as minor units."""
    return {currency: minor_from_units(amount) for currency, amount in units.items()}


def count(table: Sequence[Mapping[str, Any]], *names: str) -> Sums:
    """The sum of some columns of a breakdown over all currencies: counts, not money."""
    return {None: sum(row[name] for row in table for name in names)}


def together(some: Sums, more: Sums) -> Sums:
    """Both added up."""
    return {key: some.get(key, 0) + more.get(key, 0) for key in {**some, **more}}


def rows_behind(connection: Connection, source: Subquery) -> tuple[Sums, Sums]:
    """How many rows the list of a source has, and their amounts by currency: counted by its own statement,
    through the joins of the list."""
    s = source.c
    statement = (
        select(s.currency, func.count(), func.coalesce(func.sum(s.amount), 0))
        .select_from(described(source))
        .group_by(s.currency)
    )
    found = [(row[0], int(row[1]), int(row[2])) for row in connection.execute(statement)]
    return {None: sum(n for _, n, _ in found)}, {currency: amount for currency, _, amount in found}
