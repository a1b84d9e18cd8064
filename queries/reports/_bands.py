"""Bands of the renewal report: what a renewal costs, and how long its subscription has run.

A band is a whole number in the statement (it sorts), and columns of the row in the answer.
"""

from bisect import bisect_right
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Subquery, case, literal_column, select

from queries.periods import Window
from queries.reports.report import Column
from queries.reports.sql import month_number

# The first price of each band in minor units of any currency: 5.00 € or ¥500 is the first above zero.
PRICES = (0, *(step * 10**power for power in (2, 3, 4, 5) for step in (5, 10, 20)), 5_000_000)
TENURES = ("First renewal", "Under 1 year", "1 to 2 years", "2 to 3 years", "3 years or more")
BANDS = ("price", "tenure")


def banded(source: Subquery, by: str, window: Window) -> Subquery:
    """The due renewals with a column named after the band, if they are broken down by one."""
    if by not in BANDS:
        return source
    band = _price(source.c.amount) if by == "price" else _tenure(source, window)
    return select(source, band.label(by)).subquery("banded")


def _price(amount: ColumnElement[int]) -> ColumnElement[int]:
    places = [(amount < bound, _number(place)) for place, bound in enumerate(PRICES[1:])]
    return case(*places, else_=_number(len(PRICES) - 1))


def price_place(amount: int) -> int:
    """The place in PRICES of an amount."""
    return bisect_right(PRICES[1:], amount)


def tenure_place(months: int, *, first: bool) -> int:
    """The place in TENURES of so many calendar months; the first renewal apart."""
    return 0 if first else min(max(months, 0) // 12 + 1, len(TENURES) - 1)


def _tenure(source: Subquery, window: Window) -> ColumnElement[int]:
    """Whole years from the start to the due date; the first renewal apart."""
    months = months_between(source.c.started_at, source.c.at, window)
    years = [(months < 12 * years, _number(years)) for years in (1, 2, 3)]
    return case((source.c["first"] == 1, _number(0)), *years, else_=_number(4))


def months_between(
    started_at: ColumnElement[Any], at: ColumnElement[Any], window: Window
) -> ColumnElement[int]:
    """Calendar months (UTC) from the start of a row to its instant in the window; 48 or more for any start
    four years before the window."""
    start, end = window.start_instant, window.end_instant
    four_years = timedelta(days=4 * 366)
    return month_number(at, start, end) - month_number(started_at, start - four_years, end)


def _number(place: int) -> ColumnElement[int]:
    return literal_column(str(place))


def band_columns(by: str) -> tuple[Column, ...]:
    """The columns that name the band: a price has two ends, the last band only the first of them."""
    if by == "price":
        return Column("price_from", "Price from", "money"), Column("price_below", "Price below", "money")
    return (Column("tenure", "Tenure", "text"),)


def named(table: list[dict[str, Any]], by: str) -> list[dict[str, Any]]:
    """The rows of `breakdown` by a band, in order, with the columns that name it."""
    rows = sorted(table, key=lambda row: (row["currency"], row["key"]))
    if by == "tenure":
        return [row | {"tenure": TENURES[row["key"]]} for row in rows]
    ends = (*PRICES[1:], None)
    return [row | {"price_from": PRICES[row["key"]], "price_below": ends[row["key"]]} for row in rows]
