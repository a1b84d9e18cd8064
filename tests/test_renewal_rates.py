"""The forecast multiplies by renewal rates that are counted once a day: the same ones, until they are old."""

from datetime import datetime, timedelta

from console import clocks, db, rollups
from queries import reports
from queries.reports import Params, Report
from queries.tables_rollups import rollup_renewal_rates
from tests.conftest import Databases

DAY = timedelta(days=1)


def forecast(at: datetime) -> Report:
    with db.reading() as data:
        return reports.run("forecast", data, Params(as_of=at, zone=clocks.zone(), days=60))


def says_when(report: Report) -> bool:
    return any("counted once a day" in note for note in report.notes)


def test_the_same_forecast_from_rates_that_are_kept(company_copy: Databases) -> None:
    now = clocks.now()
    anew = forecast(now)
    assert any(anew.values("forecast"))
    assert not says_when(anew)
    assert rollups.keep_rates(now)
    kept = forecast(now)
    assert (kept.rows, kept.figures) == (anew.rows, anew.figures)
    assert says_when(kept)


def test_they_are_counted_again_after_a_day_and_not_used_when_old(company_copy: Databases) -> None:
    first = clocks.start_of(clocks.today().replace(day=1))
    assert rollups.keep_rates(first)
    with db.writing("state") as state:
        state.execute(rollup_renewal_rates.update().values(kept=0))
    assert says_when(forecast(first + DAY))  # late, but there is nothing better
    assert not says_when(forecast(first + 2 * DAY))
    assert not says_when(forecast(first - timedelta(seconds=1)))  # of other months
    assert not rollups.keep_rates(first + timedelta(hours=23))
    assert rollups.keep_rates(first + DAY)
    assert any(forecast(first + DAY).values("forecast"))
