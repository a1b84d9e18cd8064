"""The renewal rates of the last twelve full months, counted once a day."""

from dataclasses import asdict
from datetime import datetime

from console import clocks
from console.db import IntegrityError, reading, writing
from queries.reports import Params
from queries.reports.observed import observed_rates
from queries.rollups.rates import COUNTED_AGAIN, RATES, stored_rates
from queries.tables_rollups import rollup_renewal_rates, rollup_watermarks


def keep_rates(now: datetime) -> bool:
    """Count the renewal rates of the last twelve full months, once a day. Returns whether it did."""
    zone = clocks.zone()
    with reading() as data:
        kept = stored_rates(data.state)
        if kept is not None and kept.fits(now, zone, age=COUNTED_AGAIN):
            return False
        rates = observed_rates(data.subscriptions, Params(as_of=now, zone=zone))
    mark = {"rollup": RATES, "position": 0, "holes": [], "time_zone": zone.key, "version": 1}
    rows = [
        {"currency": currency, "product": product or "", "has_product": product is not None}
        | {"interval": interval}
        | asdict(rate)
        for (currency, product, interval), rate in rates.items()
    ]
    try:
        with writing("state") as state:
            state.execute(rollup_watermarks.delete().where(rollup_watermarks.c.rollup == RATES))
            state.execute(rollup_watermarks.insert().values(**mark, refreshed_at=now))
            state.execute(rollup_renewal_rates.delete())
            if rows:
                state.execute(rollup_renewal_rates.insert(), rows)
    except IntegrityError:  # somebody else counted them at the same moment
        return False
    return True
