"""Several at once: one operation, one event, one done, and the others are told so."""

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import Any

import pytest

from console import db
from console.actions import cancelling, engine, operations, resuming
from console.actions.done import Done
from console.errors import Conflict, Unavailable
from queries import operations as stored
from tests.actions.company import (
    NOW,
    alter,
    cancel,
    company,
    entries,
    events,
    expected,
    kinds,
    log_is_intact,
    mrr_of_events,
    now_is,
    operation_states,
    undo,
)
from tests.conftest import Databases

ID = "6f1c2a52-6d8e-4c53-9f0e-3b1d7c5b8a01"
THREADS = 8


def at_once(*acts: Callable[[], Done]) -> list[Done]:
    gate = Barrier(len(acts))

    def run(act: Callable[[], Done]) -> Done:
        gate.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.mark.parametrize("at", ["period_end", "now"])
def test_one_id_from_many_threads(databases: Databases, at: Any) -> None:
    there = company()
    shown = expected(there.number, at)
    request: dict[str, Any] = {"operation_id": ID, "expected": shown}
    done = at_once(*[partial(cancel, there.aino, there.number, at, **request)] * THREADS)
    assert [one.already for one in done].count(False) == 1
    assert {(one.by, one.at, one.operation_id) for one in done} == {("Aino", NOW, ID)}
    assert operation_states() == {ID: "settled"}
    assert kinds() == ["subscription.cancel.asked", "subscription.cancel.done"]
    assert [kind for kind, _ in events(there.number)].count("cancel_requested") == 1
    assert now_is(there.number).version == 2
    assert mrr_of_events(there.number) == now_is(there.number).mrr_units


def test_two_people_press_at_the_same_time(databases: Databases) -> None:
    there = company()
    for at in ("period_end", "now", "undo"):
        shown = expected(there.number, at)
        verb: Any = undo if at == "undo" else cancel
        request: dict[str, Any] = {"expected": shown} | ({} if at == "undo" else {"at": at})
        done = at_once(*(partial(verb, who, there.number, **request) for who in (there.aino, there.onni) * 3))
        (winner,) = [one for one in done if not one.already]
        assert {one.by for one in done} == {winner.by}
    assert now_is(there.number).version == 4
    assert now_is(there.number).live
    assert mrr_of_events(there.number) == now_is(there.number).mrr_units
    assert [entry.kind for entry in entries()].count("subscription.cancel.done") == 2
    assert set(operation_states().values()) <= {"settled", "refused"}
    assert log_is_intact()


def test_who_comes_second_after_the_last_look_is_told_and_it_is_recorded(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = company()
    shown, begin = expected(there.number, "now"), operations.begin

    def overtaken(*arguments: Any) -> Any:
        monkeypatch.setattr(operations, "begin", begin)
        begun = begin(*arguments)
        cancel(there.onni, there.number, "now", expected=shown)
        return begun

    monkeypatch.setattr(operations, "begin", overtaken)
    for _ in range(2):  # the same id again answers the same
        done = cancel(there.aino, there.number, "now", operation_id=ID, expected=shown)
        assert (done.already, done.by, done.at) == (True, "Onni", NOW)
    assert operation_states()[ID] == "refused"
    (refused,) = [entry for entry in entries() if entry.kind == "subscription.cancel.refused"]
    assert (refused.actor_name, refused.after) == ("Aino", {"refused": done.sentence})
    assert len(events(there.number)) == 2


def test_a_change_between_look_and_write_of_one_transaction(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL it commits, and our update finds another version; on SQLite it has to wait for us."""
    monkeypatch.setenv("CONSOLE_DATABASE_TIMEOUT", "0.2")
    databases.use(monkeypatch)
    there = company()
    why_not, calls = cancelling.why_not, itertools.count(1)

    def overtaken(*arguments: Any) -> Any:
        if next(calls) == 2:  # inside the writing transaction, after it has read
            if databases.kind == "postgresql":
                alter(there.number, price_minor=5000, version=2)
            else:
                with pytest.raises(Unavailable, match="busy with another change"):
                    alter(there.number, price_minor=5000, version=2)
        return why_not(*arguments)

    monkeypatch.setattr(cancelling, "why_not", overtaken)
    if databases.kind == "sqlite":
        assert not cancel(there.aino, there.number, operation_id=ID).already
        return
    with pytest.raises(Conflict) as caught:
        cancel(there.aino, there.number, operation_id=ID)
    assert list(caught.value.changes) == ["renewal price"]
    assert operation_states() == {ID: "refused"}
    assert events(there.number) == []


def test_click_and_recovery_meet(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    there = company()
    shown, carry_out = expected(there.number, "now"), engine.carry_out

    def resumed_meanwhile(operation: stored.Operation, now: Any) -> Done:
        monkeypatch.setattr(engine, "carry_out", carry_out)
        assert not resuming.resume(operation.id, now=NOW).already
        return carry_out(operation, now)

    monkeypatch.setattr(engine, "carry_out", resumed_meanwhile)
    done = cancel(there.aino, there.number, "now", operation_id=ID, expected=shown)
    assert (done.already, done.by) == (True, "Aino")
    assert kinds() == ["subscription.cancel.asked", "subscription.cancel.done"]
    assert log_is_intact()
    with db.reading() as data:
        operation = stored.by_id(data.state, ID)
    assert operation is not None
    assert operations.settle(operation, before={}, after={}, at=NOW) is False
    assert operations.refuse(operation, "too late", NOW) is False
