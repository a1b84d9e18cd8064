"""Home's figures are the reports' figures, to the last minor unit, on the sample company."""

from datetime import timedelta

from console import clocks, db, rollups
from console.demo import seed
from queries import home, reports
from queries.periods import Window
from queries.recurring import minor_from_units
from queries.reports import Params
from tests.conftest import Databases

Figures = dict[tuple[str, str | None], object]


def _report(data: db.Reading, name: str, window: Window | None) -> Figures:
    params = Params(as_of=clocks.now(), zone=clocks.zone(), period=window)
    return {
        (figure.name, figure.currency): figure.value for figure in reports.run(name, data, params).figures
    }


def test_home_says_what_the_reports_say(databases: Databases) -> None:
    today = clocks.today()
    seed(300, 1, today=today)
    start, end = (clocks.start_of(today + timedelta(days=days)) for days in (1, 8))
    window = Window(today + timedelta(days=1), today + timedelta(days=8), clocks.zone())
    with db.reading() as data:
        now = _report(data, "mrr", None)
        from_rows = home.mrr_now(data.subscriptions, data.state, clocks.zone(), clocks.now())
        for revenue in from_rows:
            assert now["mrr", revenue.currency] == minor_from_units(revenue.mrr_units)
    rollups.rebuild(clocks.now())
    with db.reading() as data:
        assert home.mrr_now(data.subscriptions, data.state, clocks.zone(), clocks.now()) == from_rows
        ahead = _report(data, "renewals", window)
        due = home.renewals_due(data.subscriptions, start, end)
        assert ahead["due", None] == sum(one.count for one in due) > 0
        for one in due:
            assert ahead["due_amount", one.currency] == one.amount_minor
        ending = home.trials_ending(data.subscriptions, start, end).count
        assert _report(data, "trials", window)["ending", None] == ending > 0
