"""Cells: the rows of the rollups, by the name of their table and its primary key, with the sums in each."""

from collections import Counter
from typing import Any

from sqlalchemy import Table

Cells = dict[tuple[Any, ...], Counter[str]]


def measures(table: Table) -> list[str]:
    """The columns of a rollup that are sums."""
    return [str(column.name) for column in table.c if not column.primary_key]


def add(to: Cells, more: Cells) -> None:
    for key, sums in more.items():
        to.setdefault(key, Counter()).update(sums)


def difference(new: Cells, old: Cells) -> Cells:
    """What to add to the old for the new: only what is not nothing."""
    changed: Cells = {}
    for key in new.keys() | old.keys():
        moved = Counter(new.get(key, Counter()))
        moved.subtract(old.get(key, Counter()))
        if left := {name: value for name, value in moved.items() if value}:
            changed[key] = Counter(left)
    return changed
