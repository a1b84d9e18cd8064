"""Days from the start of a trial to its first payment: how they are distributed."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from queries.reports._rows_or_days import Days, Rows
from queries.reports._trial_rows import days_between
from queries.reports.report import Column, Figure, share

COLUMNS = (
    Column("days_to_convert", "Days to convert", "count"),
    Column("converted", "Converted", "count"),
    Column("so_far", "Converted by then", "percent"),
)


def days_to_convert(found: Rows | Days) -> list[int]:
    """Of the trials that converted, shortest first."""
    if isinstance(found, Days):
        numbers = found.number_by_key("days_to_convert", "converted")
        return [length for length in sorted(map(int, numbers)) for _ in range(numbers[str(length)])]
    t = found.source.c
    converted = select(t.started_at, t.first_paid).where(t.outcome == "converted")
    return sorted(days_between(started, paid) for started, paid in found.connection.execute(converted))


def quantile(ordered: Sequence[int], percent: int) -> int | None:
    """The smallest value that at least so many percent of the values do not exceed; None of no values."""
    return ordered[-(-len(ordered) * percent // 100) - 1] if ordered else None


def distribution(ordered: Sequence[int]) -> list[dict[str, Any]]:
    """One row for each number of days that occurs, and the share that had converted by then."""
    rows, so_far = [], 0
    for number, converted in sorted(Counter(ordered).items()):
        so_far += converted
        rows.append(
            {"days_to_convert": number, "converted": converted, "so_far": share(so_far, len(ordered))}
        )
    return rows


def figures(ordered: Sequence[int]) -> list[Figure]:
    words = "Start to first payment, of those converted."
    median, most = quantile(ordered, 50), quantile(ordered, 90)
    return [
        Figure("days_to_convert", "Days to convert (median)", median, "count", None, words),
        Figure("days_to_convert_90", "Days to convert (90 %)", most, "count", None, words),
    ]
