"""Whatever stops the process, the same id or `resume` brings the operation to exactly one end."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from console import db
from console.actions import engine, operations, resuming
from console.errors import Conflict, NotFound, Refused, Unavailable
from tests.actions.company import (
    END,
    NOW,
    Company,
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
POINTS = [f"{when} commit {n}" for n in (1, 2, 3) for when in ("before", "after")]
LATER = NOW + timedelta(minutes=5)


class Stopped(BaseException):
    """As Streamlit stops a script: not an Exception."""


@contextmanager
def stopping(
    monkeypatch: pytest.MonkeyPatch, point: str, error: Callable[[], BaseException]
) -> Iterator[None]:
    """Raise at a point: "before commit 2" rolls the second transaction back, "after commit 2" keeps it."""
    count = 0

    @contextmanager
    def writing(database: db.Database) -> Iterator[db.Connection]:
        nonlocal count
        count += 1
        mine = count
        with db.writing(database) as connection:
            yield connection
            if point == f"before commit {mine}":
                raise error()
        if point == f"after commit {mine}":
            raise error()

    with monkeypatch.context() as patch:
        for module in (operations, engine):
            patch.setattr(module, "writing", writing)
        yield


def require_done_once(there: Company, operation: str, id: str = ID) -> None:
    said = [entry.kind for entry in entries() if entry.operation_id == id]
    assert said == [f"subscription.{operation}.asked", f"subscription.{operation}.done"]
    assert operation_states()[id] == "settled"
    assert mrr_of_events(there.number) == now_is(there.number).mrr_units
    assert log_is_intact()


@pytest.mark.parametrize("point", POINTS)
def test_a_killed_process_is_finished(databases: Databases, point: str) -> None:
    there = company()
    shown = expected(there.number, "now")
    db.dispose()
    command = [sys.executable, "-m", "tests.actions.killed", point, there.number, there.aino.email, ID]
    ran = subprocess.run(command, env=os.environ | databases.environment, capture_output=True, check=False)
    assert ran.returncode == -signal.SIGKILL, ran.stderr.decode()
    kept = operation_states()
    assert kept == {"before commit 1": {}, "after commit 3": {ID: "settled"}}.get(point, {ID: "sending"})
    if point == "before commit 1":
        assert entries() == []
    else:
        resuming.resume_open(timedelta(0), now=LATER)
    done = cancel(there.aino, there.number, "now", operation_id=ID, expected=shown, now=LATER)
    assert done.already == (point != "before commit 1")
    changed_by_the_killed = point in {"after commit 2", "before commit 3", "after commit 3"}
    assert now_is(there.number).ended_at == done.at == (NOW if changed_by_the_killed else LATER)
    assert [kind for kind, _ in events(there.number)] == ["cancel_requested", "ended"]
    require_done_once(there, "cancel")


@pytest.mark.parametrize("verb", ["period_end", "now", "undo"])
def test_a_stopped_script_is_finished_by_the_same_id(
    databases: Databases, monkeypatch: pytest.MonkeyPatch, verb: Any
) -> None:
    for point in POINTS:
        there, id = company(), operations.new_operation_id()
        if verb == "undo":
            cancel(there.onni, there.number, "now")
        request: dict[str, Any] = {"operation_id": id, "expected": expected(there.number, verb)}
        if verb != "undo":
            request["at"] = verb
        act = partial(undo if verb == "undo" else cancel, there.aino, there.number, **request)
        with stopping(monkeypatch, point, Stopped), pytest.raises(Stopped):
            act()
        first, second = act(), act()
        assert (first.already, second.already) == (point == "after commit 3", True)
        assert first.at == second.at == NOW
        assert now_is(there.number).version == (3 if verb == "undo" else 2)
        require_done_once(there, "cancel_undo" if verb == "undo" else "cancel", id)


def test_a_database_that_is_away_in_between(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    there = company()
    shown = expected(there.number, "now")
    away = Unavailable("The subscriptions database cannot be used now.", "subscriptions")
    with (
        stopping(monkeypatch, "before commit 2", lambda: away),
        pytest.raises(Unavailable, match=r"recorded but not finished.*Press again") as caught,
    ):
        cancel(there.aino, there.number, "now", operation_id=ID, expected=shown)
    assert caught.value.part == "subscriptions"
    assert not cancel(there.aino, there.number, "now", operation_id=ID, expected=shown).already
    require_done_once(there, "cancel")


def test_resume_does_not_do_what_is_no_longer_as_shown(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = company()
    with stopping(monkeypatch, "after commit 1", Stopped), pytest.raises(Stopped):
        cancel(there.aino, there.number, operation_id=ID)
    alter(there.number, price_minor=3000, version=2)
    with pytest.raises(Conflict) as caught:
        resuming.resume(ID, now=LATER)
    assert list(caught.value.changes) == ["renewal price"]
    assert operation_states() == {ID: "refused"}
    assert kinds() == ["subscription.cancel.asked", "subscription.cancel.refused"]
    assert now_is(there.number).cancel_at_period_end is False


def test_resume_does_not_do_what_is_no_longer_possible(
    databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = company()
    with stopping(monkeypatch, "after commit 1", Stopped), pytest.raises(Stopped):
        cancel(there.aino, there.number, operation_id=ID)
    assert list(resuming.resume_open(timedelta(minutes=1), now=END).values()) == [
        f"The period of {there.number} ended on 1 Feb 2026, 02:00 Europe/Helsinki: "
        "it can only be cancelled at once."
    ]
    with pytest.raises(Refused, match="can only be cancelled at once"):
        resuming.resume(ID, now=END)
    assert resuming.resume_open(timedelta(0), now=END) == {}


def test_resume_of_what_was_removed(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    there = company()
    with stopping(monkeypatch, "after commit 1", Stopped), pytest.raises(Stopped):
        cancel(there.aino, there.number, operation_id=ID)
    alter(there.number, number="S-renamed")
    with pytest.raises(NotFound):
        resuming.resume(ID, now=LATER)
    assert operation_states() == {ID: "refused"}
    with pytest.raises(Refused, match="There is no subscription"):
        resuming.resume(ID, now=LATER)


def test_resume_leaves_what_is_under_way_alone(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    there = company()
    with stopping(monkeypatch, "after commit 1", Stopped), pytest.raises(Stopped):
        cancel(there.aino, there.number, operation_id=ID)
    assert resuming.resume_open(timedelta(minutes=10), now=LATER) == {}
    assert operation_states() == {ID: "sending"}


@pytest.mark.parametrize(("operation_id", "error"), [("no id", Refused), (ID, NotFound)])
def test_resume_of_nothing(databases: Databases, operation_id: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        resuming.resume(operation_id)
