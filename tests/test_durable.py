"""The durable worker: it carries operations and selections out, waits without holding a thread, and goes on
with what was left."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from console import clocks, db, durable, rollups
from console.access import Actor
from console.actions import approvals, bulk
from console.actions.refunds import REASONS
from console.settings import get_settings
from tests.actions.money import gateway, given_back, operation, paid, refund
from tests.conftest import Databases

PATIENCE = 40.0


@pytest.fixture
def at_work(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], None]]:
    """Start the worker, with a time to recall of so many seconds."""
    started = False

    def start(recall: int) -> None:
        nonlocal started
        monkeypatch.setenv("CONSOLE_RECALL_SECONDS", str(recall))
        get_settings.cache_clear()
        durable.start("test")
        started = True

    yield start
    if started:
        durable.stop()


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_refund_answers_while_the_page_waits(at_work: Callable[[int], None]) -> None:
    at_work(0)
    there = paid()
    done = refund(there.aino, there.number, now=clocks.now())
    until(lambda: operation(done.operation_id).state == "settled")
    assert given_back() == 1000


def test_what_can_be_recalled_leaves_by_itself(at_work: Callable[[int], None]) -> None:
    at_work(1)
    there = paid()
    done = refund(there.aino, there.number, now=clocks.now())
    assert done.state == "approved"
    assert given_back() == 0
    until(lambda: operation(done.operation_id).state == "settled")


def test_what_was_recalled_never_leaves(at_work: Callable[[int], None]) -> None:
    at_work(1)
    there = paid()
    done = refund(there.aino, there.number, now=clocks.now())
    approvals.recall(there.aino, done.operation_id)
    later = refund(there.aino, there.number, 2000, now=clocks.now())
    until(lambda: operation(later.operation_id).state == "settled")
    assert operation(done.operation_id).state == "refused"
    assert given_back() == 2000


def test_a_busy_gateway_is_asked_again(at_work: Callable[[int], None]) -> None:
    at_work(0)
    there = paid()
    gateway().fault("rate_limited")
    done = refund(there.aino, there.number, now=clocks.now())
    assert done.state in {"sending", "settled"}
    until(lambda: operation(done.operation_id).state == "settled")
    assert given_back() == 1000


def test_the_sweep_takes_up_what_was_left(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSOLE_RECALL_SECONDS", "60")
    get_settings.cache_clear()
    there = paid()
    long_ago = clocks.now() - timedelta(minutes=10)
    done = refund(there.aino, there.number, now=long_ago)  # by a command: nobody waits for its time
    assert done.state == "approved"
    durable.look_after()
    assert operation(done.operation_id).state == "settled"


def test_a_selection_is_gone_through(at_work: Callable[[int], None]) -> None:
    at_work(0)
    there = paid()
    run = _begun(there.aino, there.number)
    assert bulk.hand_over(run)
    until(lambda: bulk.load(run).state == "finished")
    assert given_back() == 4000


def test_a_refresh_that_takes_minutes_is_not_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[datetime] = []

    def slow(now: datetime) -> int:
        begun.append(now)
        assert durable.refresh_rollups() == 0  # the next minute has come
        return 5

    monkeypatch.setattr(rollups, "refresh", slow)
    assert [durable.refresh_rollups(), durable.refresh_rollups()] == [5, 5]
    assert len(begun) == 2


def _begun(actor: Actor, number: str) -> str:
    now = clocks.now()
    with db.reading() as data:
        preview = bulk.prepare(data, actor, "refund", [number], now)
    id = bulk.new_bulk_id()
    bulk.begin(
        actor, preview, bulk_id=id, typed="1 refund", reason=next(iter(REASONS)), note="",
        tell_customer=False, now=now,
    )  # fmt: skip
    return id
