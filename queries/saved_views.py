"""Saved views: the addresses of screens that people keep under a name, for themselves or for everybody."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from queries.paging import one_of, rows_of
from queries.tables_desk import saved_views
from queries.tables_state import staff

MOST_SHOWN = 300


@dataclass(frozen=True, kw_only=True)
class SavedView:
    """`screen`: its file in pages/; `address`: the query part of the address, without the question mark."""

    id: int
    staff_id: int
    staff_name: str
    screen: str
    name: str
    address: str
    shared: bool


_v = saved_views.c


def _views(*conditions: ColumnElement[bool]) -> Select[Any]:
    columns = (
        _v.id,
        _v.staff_id,
        staff.c.name.label("staff_name"),
        _v.screen,
        _v.name,
        _v.address,
        _v.shared,
    )
    return select(*columns).join(staff, staff.c.id == _v.staff_id).where(*conditions)


def _seen_by(staff_id: int) -> ColumnElement[bool]:
    return or_(_v.staff_id == staff_id, _v.shared)


def of_screen(connection: Connection, screen: str, staff_id: int) -> list[SavedView]:
    """A screen's views that a person sees: their own first, then what others share; each by name."""
    found = _views(_v.screen == screen, _seen_by(staff_id))
    ordered = found.order_by(_v.staff_id != staff_id, func.lower(_v.name), _v.id).limit(MOST_SHOWN)
    return rows_of(connection, ordered, SavedView)


def by_id(connection: Connection, id: int, staff_id: int) -> SavedView | None:
    """The view, if that person sees it."""
    return one_of(connection, _views(_v.id == id, _seen_by(staff_id)), SavedView)


def named(connection: Connection, staff_id: int, screen: str, name: str) -> SavedView | None:
    """A person's own view of a screen by its name."""
    same = _views(_v.staff_id == staff_id, _v.screen == screen, _v.name == name)
    return one_of(connection, same, SavedView)


def count_of(connection: Connection, staff_id: int) -> int:
    """How many a person has saved, of all screens."""
    return connection.scalar(select(func.count()).where(_v.staff_id == staff_id)) or 0
