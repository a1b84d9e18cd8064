"""The renewal rates of the last twelve full months, counted once a day: the forecast multiplies by them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from queries.renewal_rates import Group, Rate
from queries.tables_rollups import rollup_renewal_rates, rollup_watermarks

RATES = "renewal_rates"
COUNTED_AGAIN = timedelta(days=1)
TOO_OLD = timedelta(days=2)  # the worker has not been there for a day


@dataclass(frozen=True)
class StoredRates:
    rates: dict[Group, Rate]
    counted_at: datetime
    zone: ZoneInfo

    def fits(self, at: datetime, zone: ZoneInfo, *, age: timedelta = TOO_OLD) -> bool:
        """Counted of the same twelve months, and not too long ago."""
        counted, asked = (moment.astimezone(zone) for moment in (self.counted_at, at))
        same_months = (counted.year, counted.month) == (asked.year, asked.month)
        return self.zone == zone and same_months and timedelta() <= at - self.counted_at < age


def stored_rates(state: Connection) -> StoredRates | None:
    """None before they were counted the first time."""
    mark = state.execute(select(rollup_watermarks).where(rollup_watermarks.c.rollup == RATES)).one_or_none()
    if mark is None:
        return None
    rates = {
        (row.currency, row.product if row.has_product else None, row.interval): Rate(
            row.number, row.kept, row.decided, row.squares
        )
        for row in state.execute(select(rollup_renewal_rates))
    }
    return StoredRates(rates, mark.refreshed_at, ZoneInfo(mark.time_zone))
