"""The reports that are kept by day say what the rows say, whatever was written, as time goes on."""

import random
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from sqlalchemy import select

from console import clocks, db, rollups
from queries import reports
from queries.periods import Window
from queries.reports import REPORTS, Params, Report
from queries.reports._counted import Days, Rows, counted
from queries.reports._trial_table import shape
from queries.rollups import days
from queries.tables_subscriptions import customers
from tests.conftest import Databases
from tests.rollups import DAY, NOW, same_without
from tests.rollups.lives import Lives

KEPT_BY_DAY = ("renewals", "forecast", "trials", "trial_cohorts", "cancellations", "dunning", "receivables")


@pytest.fixture(autouse=True)
def clock(databases: Databases) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def asked(name: str, **more: Any) -> Report:
    with db.reading() as data:
        return reports.run(name, data, Params(as_of=clocks.now(), zone=clocks.zone(), **more))


def questions(dice: random.Random) -> list[tuple[str, dict[str, Any]]]:
    """Each report by two of its breakdowns: of its own period, of one that is partly over, or of the past."""
    zone = clocks.zone()
    some = [
        None,
        Window(date(2026, 1, 15), date(2026, 5, 1), zone),
        Window(date(2025, 3, 1), date(2026, 4, 1), zone),
    ]
    return [
        (name, {"by": by, "period": dice.choice(some), "rows": dice.random() < 0.2})
        for name in KEPT_BY_DAY
        for by in dice.sample(REPORTS[name].by, 1)
    ]


def is_used() -> bool:
    with db.reading() as data:
        params = Params(as_of=clocks.now(), zone=clocks.zone())
        rows = Rows(data.subscriptions, select(customers).subquery(), None)
        return isinstance(counted(data, params, rows, days.TOPICS, shape), Days)


def agree(dice: random.Random) -> None:
    """The sums are what the rows come to, and the reports are the same with them and without."""
    now = clocks.now()
    assert rollups.days.verify(now) == []
    assert is_used()
    every = questions(dice)
    same_without(lambda: [asked(name, **question) for name, question in every])


@pytest.mark.parametrize("seed", range(3))
def test_random_lives(seed: int, clock: time_machine.Traveller) -> None:
    dice = random.Random(seed)
    lives = Lives(dice, NOW)
    lives.go_on(dice.choice([0, 60]))
    rollups.rebuild(clocks.now())
    agree(dice)
    for _ in range(3):
        lives.now += dice.choice([0, 0, 1, 7]) * DAY
        clock.move_to(lives.now)
        agree(dice)  # time alone
        lives.go_on(dice.randint(1, 15))
        agree(dice)  # what is new counts before it is refreshed
        if dice.random() < 0.7:
            rollups.refresh(clocks.now())
            agree(dice)
    rollups.refresh(clocks.now())
    assert rollups.refresh(clocks.now()) == 0
    agree(dice)
