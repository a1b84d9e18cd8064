"""The reports that are kept by day say what the rows say, whatever was written, as time goes on."""

import random
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from sqlalchemy import select

from console import clocks, db, rollups
from console.db import replacing
from queries import reports
from queries.periods import Window
from queries.reports import REPORTS, Params, Report, _rows_or_days
from queries.reports._rows_or_days import Days, Rows, counted
from queries.reports._trial_table import shape
from queries.rollups import days
from queries.tables_rollups import rollup_days
from queries.tables_subscriptions import customers, subscription_events, subscriptions
from tests.conftest import Databases
from tests.rollups import DAY, NOW, same_without
from tests.rollups.lives import Lives

KEPT_BY_DAY = (
    "renewals",
    "forecast",
    "trials",
    "trial_cohorts",
    "cancellations",
    "dunning",
    "receivables",
    "refunds",
    "mrr",  # what is set to end
)


@pytest.fixture(autouse=True)
def clock(databases: Databases) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def asked(name: str, **more: Any) -> Report:
    with db.reading() as data:
        params = Params(as_of=clocks.now(), zone=clocks.zone())
        return reports.run(name, data, replace(params, **more))


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
    same_without(
        lambda: [asked(name, **question) for name, question in every], checks=_rows_or_days.ROWS_CHECKED > 0
    )


@pytest.mark.parametrize("seed", range(2))
def test_random_lives(seed: int, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(seed)
    monkeypatch.setattr(_rows_or_days, "ROWS_CHECKED", dice.choice([0, 10_000]))
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


def test_it_reads_the_sums_and_not_the_rows() -> None:
    Lives(random.Random(1), NOW).go_on(60)
    rollups.rebuild(NOW)
    due = asked("renewals").figure("due")
    with db.writing("state") as state:
        d = rollup_days.c
        state.execute(rollup_days.update().where(d.topic == days.DUE, d.by == "all").values(number=7))
    assert asked("renewals").figure("due") % 7 == 0 != due % 7
    wrong = [one for one in rollups.verify(NOW) or [] if one.place.startswith("due all")]
    assert {one.kept for one in wrong if one.measure == "number"} == {7}
    rollups.rebuild(NOW, anew=True)
    assert rollups.verify(NOW) == []
    assert asked("renewals").figure("due") == due


def test_the_checks_hold_many_things_against_sums_kept_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_rows_or_days, "ROWS_CHECKED", 0)
    Lives(random.Random(1), NOW).go_on(60)
    rollups.rebuild(NOW)
    with db.writing("state") as state:
        d = rollup_days.c
        state.execute(rollup_days.update().where(d.topic == days.DUE, d.by == "country").values(number=7))
    checks = {check.name: check.holds for check in asked("renewals").checks}
    assert checks["Counted by another breakdown, these are the renewals due"] is False


def test_what_the_sums_cannot_answer_is_read_from_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    lives = Lives(random.Random(1), NOW)
    lives.go_on(60)
    tokyo = {"zone": ZoneInfo("Asia/Tokyo")}
    past = {"as_of": NOW - DAY, "live": False}
    from_rows = [asked("renewals", **more).figures for more in (tokyo, past, {})]
    rollups.rebuild(NOW)
    with db.writing("state") as state:
        state.execute(rollup_days.update().values(number=7))
    assert [asked("renewals", **more).figures for more in (tokyo, past)] == from_rows[:2]
    assert asked("renewals").figures != from_rows[2]
    monkeypatch.setattr(_rows_or_days, "READ_BESIDE", 0)
    with db.writing("subscriptions") as connection:
        lives.tell(connection, lives.subscriptions[0], "reported")
    assert asked("renewals").figures == from_rows[2]  # more is new than is read beside


@pytest.mark.parametrize("migrated", ["postgresql"], indirect=True)  # there numbers overtake each other
def test_a_change_that_is_committed_late_is_counted() -> None:
    lives, dice = Lives(random.Random(2), NOW), random.Random(2)
    lives.go_on(20)
    rollups.rebuild(NOW)
    with ExitStack() as later:
        slow = later.enter_context(db.writing("subscriptions"))
        lives.end(slow, lives.subscriptions[0])
        with db.writing("subscriptions") as quick:
            lives.end(quick, lives.subscriptions[1])
        rollups.refresh(NOW)
        agree(dice)
    agree(dice)
    rollups.refresh(NOW)
    agree(dice)


def test_rows_that_were_loaded_without_events_are_counted_anew() -> None:
    dice = random.Random(3)
    Lives(dice, NOW).go_on(60)
    rollups.rebuild(NOW)
    with db.writing("subscriptions") as connection:
        connection.execute(subscriptions.update().values(price_minor=7_777))
    assert rollups.verify(NOW) != []
    revenue = asked("mrr").figures
    rollups.forget(NOW)
    assert rollups.verify(NOW) is None
    assert asked("mrr").figures == revenue  # the months are still there
    rollups.refresh(NOW)
    agree(dice)


def test_a_text_with_a_separator_in_it() -> None:
    """As untidy sources may have it: it is counted, under the text without it."""
    Lives(random.Random(5), NOW).go_on(60)
    with db.writing("subscriptions") as connection:
        connection.execute(subscription_events.update().values(reason="too\x1fdear\x1e"))
        connection.execute(customers.update().values(country="F\x1e"))
    before = asked("cancellations").figure("requested")
    rollups.rebuild(NOW)
    assert rollups.verify(NOW) == []
    assert asked("cancellations").figure("requested") == before > 0
    assert "too dear " in asked("cancellations", by="reason").values("reason")


def test_killed_while_the_sums_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(4)
    Lives(dice, NOW).go_on(60)
    monkeypatch.setattr(rollups.days, "_ROWS", 10)
    written: list[int] = []

    def killed(*_given: Any) -> Any:
        written.append(1)
        if len(written) == 3:
            raise KeyboardInterrupt
        return replacing(*_given)

    monkeypatch.setattr(rollups.days, "replacing", killed)
    with pytest.raises(KeyboardInterrupt):
        rollups.rebuild(NOW)
    assert rollups.verify(NOW) is None
    rollups.refresh(NOW)
    agree(dice)
