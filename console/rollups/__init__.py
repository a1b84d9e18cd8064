"""Keep the rollups, the small sums that reports read: counted anew, refreshed from what is new, held to the
rows. All that is written is in the console's own database."""

from datetime import datetime
from typing import Any

from console.rollups import days, months, upkeep
from console.rollups.rates import keep_rates
from console.rollups.upkeep import Difference, Progress, Rollup

__all__ = ["Difference", "forget", "keep_rates", "rebuild", "refresh", "verify"]

ROLLUPS: tuple[Rollup[Any], ...] = (months.Months(), days.Days())


def refresh(now: datetime) -> int:
    """Count what is new; all of it the first time, or where a rebuild was stopped. Returns how many events
    were new. Raises Unavailable."""
    return max(upkeep.refresh(rollup, now) for rollup in ROLLUPS)


def rebuild(now: datetime, *, anew: bool = False, jobs: int = 1, progress: Progress | None = None) -> int:
    """Count everything, by so many processes. A rebuild that was stopped goes on, unless `anew`. `progress`
    gets the name of a rollup and how many customers were counted. Returns the highest event. Raises
    Unavailable."""
    return max(upkeep.rebuild(rollup, now, anew=anew, jobs=jobs, progress=progress) for rollup in ROLLUPS)


def forget(now: datetime) -> None:
    """After rows were written without their events: the next refresh counts the days anew, until then the
    rows are read. Raises Unavailable."""
    upkeep.forget(days.Days(), now)


def verify(now: datetime) -> list[Difference] | None:
    """Where the sums, with what is not counted yet, are not what the rows come to; None where they were not
    built yet. Raises Unavailable."""
    found = [check(now) for check in (months.verify, days.verify)]
    if None in found:
        return None
    return [one for some in found if some for one in some]
