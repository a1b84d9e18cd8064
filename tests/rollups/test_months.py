"""The rollups say what the events say: refreshed, rebuilt, stopped in between, with events that come late."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from click.testing import CliRunner
from sqlalchemy import Connection

from console import clocks, db, rollups
from console.cli import cli
from console.errors import Refused
from console.rollups import upkeep
from console.rollups.upkeep import Rollup
from console.settings import get_settings
from queries import reports
from queries.periods import Window
from queries.reports import Params, Report
from queries.rollups import news, stored
from queries.rollups.news import KEPT_OPEN, Hole, Seen, without
from queries.rollups.stored import Watermark
from queries.tables_rollups import rollup_mrr_months
from tests.conftest import Databases
from tests.rollups import DAY, NOW, UNITS, customers, event, overtake, same_without, some


@pytest.fixture(autouse=True)
def _at(databases: Databases) -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def asked(**more: Any) -> Report:
    with db.reading() as data:
        params = Params(as_of=NOW, zone=clocks.zone())
        return reports.run("mrr", data, replace(params, **more))


def agree() -> None:
    """The sums are what the events come to, and the report is the same with them and without: now, and at
    the end of a month."""
    assert rollups.months.verify(NOW) == []
    february = Window(date(2025, 12, 1), date(2026, 3, 1), clocks.zone())
    questions: list[dict[str, Any]] = [{}, {"period": february}]
    same_without(lambda: [asked(**question) for question in questions])


@pytest.mark.parametrize("seed", range(3))
def test_a_random_day_of_changes(seed: int) -> None:
    dice = random.Random(seed)
    there = customers(12)
    some(dice, there, 60)
    rollups.rebuild(NOW)
    agree()
    for _ in range(4):
        some(dice, there, dice.randint(1, 15))
        agree()  # what is new counts before it is refreshed
        if dice.random() < 0.7:
            rollups.refresh(NOW)
            agree()
    assert rollups.refresh(NOW) + rollups.refresh(NOW) >= 0
    assert rollups.refresh(NOW) == 0
    agree()


def test_nothing_at_all_and_the_first_refresh() -> None:
    assert rollups.verify(NOW) is None
    assert rollups.refresh(NOW) == 0
    agree()
    (one, _) = customers(1)
    with db.writing("subscriptions") as connection:
        event(connection, one, 900, NOW - DAY)
    assert rollups.refresh(NOW) == 1
    agree()
    assert asked().figure("mrr", "EUR") == 900


def test_a_currency_that_nobody_pays_in_any_more() -> None:
    """In one all have ended, in another all came to nothing at the instant it came."""
    one, *_ = customers(1)
    rollups.rebuild(NOW)
    with db.writing("subscriptions") as connection:
        event(connection, one, 900, NOW - 90 * DAY)
        for minor, currency, days in ((300, "USD", 60), (-300, "USD", 30), (300, "JPY", 9), (-300, "JPY", 9)):
            event(connection, one, minor, NOW - days * DAY, currency=currency)
    agree()
    rollups.refresh(NOW)
    agree()
    rollups.rebuild(NOW, anew=True)
    agree()
    assert [figure.currency for figure in asked().figures if figure.name == "mrr"] == ["EUR"]
    assert set(asked().values("currency")) == {"EUR", "USD"}


def test_it_reads_the_sums_and_not_the_events() -> None:
    (one, _) = customers(1)
    with db.writing("subscriptions") as connection:
        event(connection, one, 900, NOW - DAY)
    rollups.rebuild(NOW)
    with db.writing("state") as state:
        state.execute(rollup_mrr_months.update().values(new=7 * UNITS))
    assert asked().figure("mrr", "EUR") == 7
    to_now = Window(date(2026, 1, 1), date(2026, 4, 1), clocks.zone())
    assert asked(period=to_now).figure("mrr", "EUR") == 7
    wrong = [one for one in rollups.verify(NOW) or [] if one.place.endswith("EUR")]
    assert [(one.measure, one.kept, one.counted) for one in wrong] == [("new", 7 * UNITS, 900 * UNITS)]
    rollups.rebuild(NOW, anew=True)
    agree()


def test_what_the_sums_cannot_answer_is_read_from_the_events() -> None:
    (one, _) = customers(1)
    with db.writing("subscriptions") as connection:
        event(connection, one, 900, NOW - 40 * DAY)
        event(connection, one, 300, NOW - DAY)
    rollups.rebuild(NOW)
    with db.writing("state") as state:
        state.execute(rollup_mrr_months.update().values(new=7 * UNITS))
    week = Window((NOW - 3 * DAY).date(), (NOW + DAY).date(), clocks.zone())
    assert asked(period=week).figure("mrr", "EUR") == 1200  # begins within a month
    assert asked(zone=ZoneInfo("Asia/Tokyo")).figure("mrr", "EUR") == 1200  # has other months
    assert asked(as_of=NOW - 2 * DAY, live=False).figure("mrr", "EUR") == 900  # is of an instant
    assert asked(by="product").figure("mrr", "EUR") == 1200
    with db.writing("subscriptions") as connection:
        event(connection, one, 500, NOW + DAY)  # a source that writes ahead
    assert asked().figure("mrr", "EUR") == 1200


@pytest.mark.parametrize("rollup", rollups.ROLLUPS, ids=lambda rollup: rollup.name)
def test_a_rebuild_that_is_killed_goes_on(rollup: Rollup[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    dice, there = random.Random(1), customers(5)
    some(dice, there, 40)
    monkeypatch.setattr(type(rollup), "part", 2)
    parts: list[int] = []

    def killed(name: str, counted: int) -> None:
        if name == rollup.name:
            parts.append(counted)
        if len(parts) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rollups.rebuild(NOW, progress=killed)
    assert rollups.verify(NOW) is None
    some(dice, there, 10)  # meanwhile
    rollups.refresh(NOW)
    assert parts == [2, 2]
    agree()


def test_several_processes_count_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    some(random.Random(1), customers(7), 60)
    for rollup in rollups.ROLLUPS:
        monkeypatch.setattr(type(rollup), "part", 1)
    parts: Counter[str] = Counter()
    rollups.rebuild(NOW, jobs=2, progress=lambda name, customers: parts.update({name: customers}))
    with db.reading() as data:
        everybody = len(stored.next_customers(data.subscriptions, 0, 100))
    assert parts == {rollup.name: everybody for rollup in rollups.ROLLUPS}
    assert rollups.verify(NOW) == []
    agree()


def test_two_who_count_the_same_count_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    there = customers(2)
    rollups.rebuild(NOW)
    some(random.Random(1), there, 10)
    move = upkeep._move
    raced: list[str] = []

    def other_first(rollup: Rollup[Any], *given: Any) -> None:
        if rollup.name not in raced:
            raced.append(rollup.name)
            rollups.refresh(NOW)
        move(rollup, *given)

    monkeypatch.setattr(upkeep, "_move", other_first)
    rollups.refresh(NOW)
    agree()


@pytest.mark.parametrize("rollup", rollups.ROLLUPS, ids=lambda rollup: rollup.name)
def test_who_begins_anew_leaves_nothing_to_a_rebuild_that_was_under_way(
    rollup: Rollup[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One has counted a part when another begins anew, between looking and writing."""
    some(random.Random(1), customers(6), 40)
    theirs: list[Watermark] = []

    def meanwhile(connection: Connection, now: datetime) -> Seen:
        mark = upkeep._mark(rollup)
        if mark is not None and not theirs:
            upkeep._move(rollup, mark, mark, None)
            theirs.append(replace(mark, version=mark.version + 1))
        return news.everything(connection, now)

    upkeep._begun(rollup, NOW, anew=True)
    monkeypatch.setattr(upkeep, "everything", meanwhile)
    upkeep._begun(rollup, NOW, anew=True)
    with db.reading() as data:
        last = stored.next_customers(data.subscriptions, 0, 100)[-1]
    upkeep._move(rollup, theirs[0], replace(theirs[0], built_to=last), None)  # too late
    rollups.rebuild(NOW)
    agree()


@pytest.mark.parametrize("refreshed", [False, True])
def test_the_zone_is_changed(refreshed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    some(random.Random(1), customers(4), 30)
    rollups.rebuild(NOW)
    monkeypatch.setenv("CONSOLE_REPORTING_TIME_ZONE", "Asia/Tokyo")
    get_settings.cache_clear()
    if refreshed:
        rollups.refresh(NOW)
    agree()


@pytest.mark.parametrize("migrated", ["postgresql"], indirect=True)  # there numbers overtake each other
def test_an_event_that_is_committed_late_is_counted() -> None:
    one, _, two, _ = customers(2)
    rollups.rebuild(NOW)
    with ExitStack() as later:
        slow = later.enter_context(db.writing("subscriptions"))
        event(slow, one, 900, NOW - DAY)
        with db.writing("subscriptions") as quick:
            event(quick, two, 300, NOW - DAY)
        assert rollups.refresh(NOW) == 1
        agree()
        rollups.refresh(NOW + 2 * KEPT_OPEN)  # however long it takes: it has begun, so it is waited for
        assert rollups.refresh(NOW) == 0
        assert asked().figure("mrr", "EUR") == 300
    assert asked().figure("mrr", "EUR") == 1200
    assert rollups.refresh(NOW) == 1
    agree()


@pytest.mark.parametrize("migrated", ["postgresql"], indirect=True)
def test_a_number_that_nobody_uses_is_not_waited_for_for_ever() -> None:
    one, _ = customers(1)
    rollups.rebuild(NOW)
    with pytest.raises(ZeroDivisionError), db.writing("subscriptions") as connection:
        event(connection, one, 900, NOW - DAY)
        raise ZeroDivisionError
    with db.writing("subscriptions") as connection:
        event(connection, one, 300, NOW - DAY)
    assert rollups.refresh(NOW) == 1
    assert len(holes()) == 1
    rollups.refresh(NOW + KEPT_OPEN)
    assert holes() == ()
    agree()


@pytest.mark.parametrize("migrated", ["postgresql"], indirect=True)
def test_a_history_full_of_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    one, _, two, _ = customers(2)
    with db.writing("subscriptions") as connection:
        for number in range(1, 1200, 2):
            event(connection, one, 3, NOW - DAY, id=number)
    monkeypatch.setattr(news, "LATEST_GAPS", 500)
    rollups.rebuild(NOW)
    assert (len(holes()), holes()[0].first, holes()[-1].last) == (500, 200, 1198)
    with db.writing("subscriptions") as connection:
        event(connection, two, 900, NOW - DAY, id=700)
    agree()
    assert rollups.refresh(NOW) == 1
    assert len(holes()) == 499
    agree()


def holes() -> tuple[Hole, ...]:
    with db.reading() as data:
        mark = stored.watermark(data.state)
    assert mark is not None
    return mark.seen.holes


@pytest.mark.parametrize("migrated", ["postgresql"], indirect=True)
@pytest.mark.parametrize("seed", range(3))
def test_transactions_that_overtake_each_other(seed: int) -> None:
    dice, there = random.Random(seed), customers(6)
    some(dice, there, 20)
    rollups.rebuild(NOW)
    overtake(dice, there, agree)
    rollups.refresh(NOW)
    agree()


@pytest.mark.parametrize(
    ("hole", "there", "left"),
    [
        ((1, 5), [], [(1, 5)]),
        ((1, 5), [1, 5], [(2, 4)]),
        ((1, 5), [3], [(1, 2), (4, 5)]),
        ((1, 5), [1, 2, 3, 4, 5], []),
        ((4, 4), [3, 5], [(4, 4)]),
    ],
)
def test_holes(hole: tuple[int, int], there: list[int], left: list[tuple[int, int]]) -> None:
    pieces = without(Hole(*hole, 9, NOW), there)
    assert [(piece.first, piece.last) for piece in pieces] == left
    seen = Seen(5, tuple(pieces))
    assert [seen.has(id) for id in range(1, 7)] == [
        not any(first <= id <= last for first, last in left) and id <= 5 for id in range(1, 7)
    ]


def said(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, ["rollups", *arguments], catch_exceptions=True)
    return result.exit_code, result.output


def test_the_command() -> None:
    with pytest.raises(Refused, match="console rollups rebuild"):
        CliRunner().invoke(cli, ["rollups", "verify"], catch_exceptions=False)
    (one, _) = customers(1)
    with db.writing("subscriptions") as connection:
        event(connection, one, 900, NOW - DAY)
    assert said("rebuild")[0] == 0
    with db.writing("subscriptions") as connection:
        event(connection, one, 300, NOW - DAY)
    assert said("refresh") == (0, "1 events were new.\n")
    assert said("verify") == (0, "The rollups are what the rows come to.\n")
    with db.writing("state") as state:
        state.execute(rollup_mrr_months.update().values(churn=-UNITS))
    code, output = said("verify", "--format", "json")
    assert (code, {one["measure"] for one in json.loads(output)}) == (1, {"churn"})
