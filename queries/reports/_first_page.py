"""The first page of a list in the order of time, without reading what comes after it."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import Connection, Subquery, func, select

from queries.periods import Window
from queries.reports.report import Params

LOOKED_AT = (4, 32, 256)  # times as many as fill the page: of the oldest many are not in the list
PARTS = (60, 10)  # of a window


def first_page(
    connection: Connection, params: Params, oldest: Callable[[int], Subquery | None]
) -> Subquery | None:
    """A source of all rows of the list up to some instant, more than fill the page; None for another page or
    order, and where there are not so many. `oldest` has those among the so many that came first."""
    for times in LOOKED_AT if _is_first(params) else ():
        some = oldest(times * _more_than(params))
        if some is None or _fills(connection, params, some):
            return some
    return None


def first_days(
    connection: Connection, params: Params, window: Window, behind: Callable[[Window], Subquery]
) -> Subquery:
    """The rows `behind` a window; for its first page only those of so many of its first days as fill it."""
    for parts in PARTS if _is_first(params) else ():
        if days := (window.end - window.first).days // parts:
            some = behind(Window(window.first, window.first + timedelta(days=days), window.zone))
            if _fills(connection, params, some):
                return some
    return behind(window)


def _is_first(params: Params) -> bool:
    return params.limit is not None and not params.after and params.key is None and params.sort == "date"


def _more_than(params: Params) -> int:
    """With so many rows the page is full, and another begins."""
    return (params.limit or 0) + 1


def _fills(connection: Connection, params: Params, some: Subquery) -> bool:
    return (connection.scalar(select(func.count()).select_from(some)) or 0) >= _more_than(params)
