"""The cohorts as a table: a row for each month of start, a column for each month since."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from queries.recurring import minor_from_units
from queries.reports._checks import Sums, minor, same
from queries.reports._cohorts import MONTHS_SINCE, Cohort
from queries.reports.report import Check, Column, by_title, share


def cohort_table(found: Sequence[Cohort], by: str) -> tuple[tuple[Column, ...], list[tuple[Any, ...]]]:
    """Columns and rows."""
    return _columns(by), [_row(one, by) for one in found]


def all_new(found: Sequence[Cohort], new: Sums) -> Check:
    """The MRR that the cohorts started with is the movement "new" of the same months, told apart."""
    started: dict[str | None, int] = defaultdict(int)
    for one in found:
        started[one.currency] += one.started
    return same("The cohorts began with all new MRR of their months", minor(started), minor(new))


def _columns(by: str) -> tuple[Column, ...]:
    started = Column("customers", "Customers", "count")
    return (
        by_title("month"),
        Column("currency", "Currency", "text"),
        started if by == "cohort" else Column("new", "New MRR", "money"),
        *(Column(f"month_{n}", f"Month {n}", "percent") for n in range(MONTHS_SINCE + 1)),
        Column("running", "Month not over", "count"),
    )


def _row(one: Cohort, by: str) -> tuple[Any, ...]:
    """Nobody started: nothing to divide by, in any month."""
    whole, left = (one.customers, one.there) if by == "cohort" else (one.started, one.worth)
    shares = [share(part, whole) for part in left]
    shares += [None] * (MONTHS_SINCE + 1 - len(shares))
    size = whole if by == "cohort" else minor_from_units(whole)
    return one.first, one.currency, size, *shares, one.running
