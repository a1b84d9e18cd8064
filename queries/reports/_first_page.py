"""The first page of a list in the order of time, without reading what comes after it."""

from collections.abc import Callable

from sqlalchemy import Connection, Subquery, func, select

from queries.reports.report import Params

LOOKED_AT = (4, 32, 256)  # times as many as fill the page: of the oldest many are not in the list


def first_page(
    connection: Connection, params: Params, oldest: Callable[[int], Subquery | None]
) -> Subquery | None:
    """A source of all rows of the list up to some instant, more than fill the page; None for another page or
    order, and where there are not so many. `oldest` has those among the so many that came first."""
    if params.limit is None or params.after or params.key is not None or params.sort != "date":
        return None
    for times in LOOKED_AT:
        some = oldest(times * (params.limit + 1))
        if some is None:
            return None
        if (connection.scalar(select(func.count()).select_from(some)) or 0) > params.limit:
            return some
    return None
