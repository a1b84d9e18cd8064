"""Retention from its rollups is what the events say, object for object."""

import importlib
import random
import warnings
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from alembic import command
from click.testing import CliRunner
from sqlalchemy import Table, select

from console import clocks, db, migrations, rollups
from console.cli import cli
from queries import reports
from queries.periods import Window
from queries.reports import Params, Report
from queries.rollups.cells import measures
from queries.tables_rollups import rollup_cohorts, rollup_retention_months, rollup_retention_pairs
from tests.conftest import Databases
from tests.rollups import DAY, NOW, UNITS, customers, event, overtake, same_without, some

BY = ("month", "cohort", "cohort_mrr")


@pytest.fixture(autouse=True)
def _at(databases: Databases) -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def no_events(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever wants to read them fails."""
    monkeypatch.delattr(importlib.import_module("queries.reports.retention"), "from_events")


def days(first: date, end: date) -> Window:
    return Window(first, end, clocks.zone())


# Whole months: up to now (the default among them), up to the end of one; and as was known at the end of one.
QUESTIONS: list[dict[str, Any]] = [
    {},
    {"period": (date(2024, 6, 1), date(2026, 3, 21))},
    {"period": (date(2026, 3, 1), date(2026, 4, 1))},
    {"period": (date(2025, 12, 1), date(2026, 3, 1))},
    {"period": (date(2025, 2, 1), date(2025, 3, 1))},
    {"as_of": datetime(2026, 1, 31, 21, 59, 59, 999_999, tzinfo=UTC), "live": False},
]


def asked(**more: Any) -> Report:
    if "period" in more:
        more["period"] = days(*more["period"])
    with db.reading() as data:
        return reports.run("retention", data, replace(Params(as_of=NOW, zone=clocks.zone()), **more))


def agree() -> None:
    assert rollups.months.verify(NOW) == []
    same_without(
        lambda: [
            *(asked(by=by, **question) for by in BY for question in QUESTIONS),
            *(asked(rows=True, **question) for question in QUESTIONS),
        ]
    )


@pytest.mark.parametrize("seed", range(4))
def test_random_days_of_changes(seed: int) -> None:
    dice = random.Random(seed)
    there = customers(9)
    some(dice, there, 80)
    rollups.rebuild(NOW)
    agree()
    for _ in range(4):
        some(dice, there, dice.randint(1, 15))
        agree()  # what is new counts before it is refreshed
        rollups.refresh(NOW)
        agree()
    rollups.rebuild(NOW, anew=True)
    agree()


@pytest.mark.parametrize("migrated", ["postgresql"], indirect=True)  # there numbers overtake each other
@pytest.mark.parametrize("seed", range(2))
def test_events_that_are_committed_late(seed: int) -> None:
    dice, there = random.Random(seed), customers(6)
    some(dice, there, 40)
    rollups.rebuild(NOW)
    overtake(dice, there, agree)
    rollups.refresh(NOW)
    agree()


def test_what_is_of_no_subscription_and_what_comes_to_nothing() -> None:
    """A currency whose changes cancel out at one instant is in the months, but starts no cohort."""
    one, *_ = customers(1)
    rollups.rebuild(NOW)
    with db.writing("subscriptions") as connection:
        event(connection, one, 900, NOW - 90 * DAY, subscription_id=None)
        event(connection, one, 300, NOW - 60 * DAY)
        event(connection, one, -900, NOW - 30 * DAY, subscription_id=None)
        for minor in (900, -900):
            event(connection, one, minor, NOW - 30 * DAY, currency="JPY")
    for count in (partial(rollups.refresh, NOW), partial(rollups.rebuild, NOW, anew=True)):
        agree()
        count()
        agree()
    period = (date(2026, 1, 1), date(2026, 3, 21))
    assert set(asked(period=period).values("currency")) == {"EUR", "JPY"}
    assert set(asked(period=period, by="cohort").values("currency")) == {"EUR"}
    assert asked(period=period).figure("kept", "EUR") == 0
    assert asked(period=period).figure("net", "EUR") == 300


def test_it_reads_the_sums(no_events: None) -> None:
    some(random.Random(1), customers(6), 60)
    rollups.rebuild(NOW)
    for by in BY:
        for question in QUESTIONS:
            assert asked(by=by, **question).rows
    with db.writing("state") as state:
        state.execute(rollup_retention_pairs.update().values(kept=7 * UNITS))
    assert asked().figure("grr", "EUR") > 1
    assert [check.holds for check in asked().checks] == [True, True, True, True, False]


def test_what_the_sums_cannot_answer_is_read_from_the_events(no_events: None) -> None:
    there = customers(6)
    some(random.Random(1), there, 60)
    rollups.rebuild(NOW)
    for question in (
        {"period": (date(2026, 3, 10), date(2026, 3, 21))},  # begins within a month
        {"period": (date(2026, 1, 1), date(2026, 3, 10))},  # ends within one
        {"as_of": NOW - 3 * DAY, "live": False},
        {"as_of": NOW - 3 * DAY, "live": False, "period": QUESTIONS[3]["period"], "by": "cohort"},
        {"zone": ZoneInfo("Asia/Tokyo")},
    ):
        with pytest.raises(NameError):
            asked(**question)
    assert asked(as_of=NOW - 3 * DAY, live=False, period=QUESTIONS[3]["period"]).rows
    assert asked(rows=True).rows
    with db.writing("subscriptions") as connection:
        event(connection, there[0], 500, NOW + DAY)  # a source that writes ahead
    with pytest.raises(NameError):
        asked()


@pytest.mark.parametrize("table", [rollup_retention_months, rollup_retention_pairs, rollup_cohorts], ids=str)
def test_a_wrong_sum_is_found(table: Table) -> None:
    some(random.Random(1), customers(6), 60)
    rollups.rebuild(NOW)
    for name in measures(table):
        with db.writing("state") as state:
            key = state.execute(select(*table.primary_key).order_by(*table.primary_key).limit(1)).one()
            row = [column == value for column, value in zip(table.primary_key, key, strict=True)]
            state.execute(table.update().where(*row).values({name: table.c[name] + 1}))
        (wrong,) = rollups.verify(NOW) or []
        *months, currency = key
        place = " ".join([*(f"{month:%Y-%m}" for month in months), currency])
        assert (wrong.rollup, wrong.place, wrong.measure) == (table.name, place, name)
        said = CliRunner().invoke(cli, ["rollups", "verify"])
        assert said.exit_code == 1
        assert said.output.startswith(f"{table.name}, {place}, {name}: ")
        rollups.rebuild(NOW, anew=True)
        agree()


def test_a_rollup_of_the_version_before_is_counted_anew() -> None:
    some(random.Random(1), customers(6), 60)
    rollups.rebuild(NOW)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # SQLite cannot reflect indexes on expressions
        with db.writing("state") as connection:
            command.downgrade(migrations._config("state", connection), "state_0008")
        assert migrations.upgrade("state") == "upgraded"
    assert rollups.verify(NOW) is None
    rollups.refresh(NOW)
    agree()
