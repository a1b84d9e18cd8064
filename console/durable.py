"""Durable work on DBOS: operations, and what runs by the clock. A process that is killed goes on where it was
when one of its kind starts again; nothing that DBOS keeps decides anything, the operations' own rows do.

DBOS keeps its tables in the state database alone. `console serve` and `console demo` run this, and `console
worker` on any other machine. Commands and tests carry operations out by themselves.
"""

import logging
import socket
import threading
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Any

from dbos import DBOS, DBOSConfig, SetWorkflowID

from console import clocks, rollups
from console.actions import bulk, carrying_out, drift, engine, notices, operations, schedule_runs, telling
from console.actions.resuming import resume_open
from console.errors import ConsoleError, Unavailable
from console.settings import get_settings
from queries.operations import Operation

VERSION = "1"  # of the workflows' shape: what an older console began, a newer one goes on with
QUEUE = "operations"  # of what waits for its time
EVERY_MINUTE = "* * * * *"
EVERY_NIGHT = "20 4 * * *"
ROWS_AT_ONCE = 5  # of a selection
LEFT_ALONE = timedelta(minutes=2)  # a younger one may be somebody's at work right now
BUSY = (1.0, 5.0, 20.0)  # seconds until the gateway is asked again after it said that it is busy

_waiting: dict[str, list[threading.Event]] = defaultdict(list)
_refreshing = threading.Lock()


def start(role: str) -> None:
    """Begin to work, and go on with what a killed process of this role and machine left."""
    logging.getLogger("dbos").setLevel(logging.WARNING)
    config: DBOSConfig = {
        "name": "console",
        "system_database_url": get_settings().url("state"),
        "application_version": VERSION,
        "executor_id": f"{role}@{socket.gethostname()}",
        "log_level": "WARNING",
        "enable_otlp": False,
    }
    DBOS(config=config)
    DBOS.launch()
    DBOS.register_queue(QUEUE, on_conflict="always_update")
    _schedule("sweep", sweep, EVERY_MINUTE)
    _schedule("compare", compare, EVERY_NIGHT)
    _schedule("due_schedules", due_schedules, EVERY_MINUTE)
    _schedule("keep_rollups", keep_rollups, EVERY_MINUTE)
    carrying_out.use(_hand_over)
    bulk.use(_begin_bulk)


def stop() -> None:
    """Finish the step at hand; what is left goes on at the next start."""
    carrying_out.use(None)
    bulk.use(None)
    DBOS.destroy(workflow_completion_timeout_sec=2)


def _schedule(name: str, workflow: Any, cron: str) -> None:
    if DBOS.get_schedule(name) is None:
        zone = get_settings().reporting_time_zone
        DBOS.create_schedule(schedule_name=name, workflow_fn=workflow, schedule=cron, cron_timezone=zone)


def begin(operation_id: str, *, again: bool = False) -> None:
    """Let the worker carry an operation out. `again`: it did before, and was left undecided."""
    suffix = f":{operations.new_operation_id()}" if again else ""
    with SetWorkflowID(f"{operation_id}{suffix}"):
        DBOS.start_workflow(carry_out, operation_id)


def finish(operation_id: str) -> None:
    """Wait until the worker has done with an operation that it was given, also before it was killed."""
    if DBOS.list_workflows(workflow_ids=[operation_id]):
        DBOS.retrieve_workflow(operation_id).get_result()


def _hand_over(operation: Operation, again: bool) -> None:
    """`begin`, and wait until the worker has done with it or the page's time is over: it goes on anyway."""
    done = threading.Event()
    _waiting[operation.id].append(done)
    try:
        begin(operation.id, again=again)
        done.wait(get_settings().page_wait)
    finally:
        _waiting[operation.id].remove(done)


@DBOS.workflow(name="carry_out")
def carry_out(operation_id: str, tried: int = 0) -> str:
    """As far as it can come now; what has to wait goes on in a workflow of its own, so that no thread sleeps.
    Returns the state it is in then."""
    left = seconds_left(operation_id)
    if left > 0:
        _later(operation_id, left, tried)
        _tell(operation_id)
        return "approved"
    state = advance(operation_id)
    if state == "sending" and tried < len(BUSY):
        _later(operation_id, BUSY[tried], tried + 1)
    _tell(operation_id)
    if state == "settled":
        deliver()
    return state


def _later(operation_id: str, seconds: float, tried: int) -> None:
    """Carry it out then, also if this process is stopped until then."""
    DBOS.enqueue_workflow_with_options(
        {
            "workflow_name": "carry_out",
            "queue_name": QUEUE,
            "workflow_id": f"{DBOS.workflow_id}:later",
            "delay_seconds": seconds,
        },
        operation_id,
        tried,
    )


@DBOS.step(name="seconds_left")
def seconds_left(operation_id: str) -> float:
    operation = operations.find(operation_id)
    if operation is None or operation.state != "approved" or operation.send_after is None:
        return 0.0
    return max(0.0, (operation.send_after - clocks.now()).total_seconds())


@DBOS.step(name="advance", retries_allowed=True, interval_seconds=1.0, max_attempts=4)
def advance(operation_id: str) -> str:
    """As far as it can come now. A refusal is kept with the operation; a database away is tried again."""
    operation = operations.find(operation_id)
    if operation is None:
        return "gone"
    try:
        engine.carry_out(operation, clocks.now())
    except Unavailable:
        raise
    except ConsoleError:
        pass  # its sentence stands in the operation's outcome
    return operations.reloaded(operation).state


@DBOS.step(name="deliver")
def deliver() -> int:
    """What is promised to customers and tickets: how much was sent."""
    return telling.deliver().sent


def _begin_bulk(bulk_id: str) -> None:
    """Let the worker go on with a selection, row by row, however often it is asked."""
    with SetWorkflowID(f"{bulk_id}:{operations.new_operation_id()}"):
        DBOS.start_workflow(carry_out_bulk, bulk_id)


@DBOS.workflow(name="carry_out_bulk")
def carry_out_bulk(bulk_id: str) -> None:
    """A step for each few rows, so that a stopped server goes on from there."""
    while go_on_with_bulk(bulk_id):
        pass
    deliver()


@DBOS.step(name="go_on_with_bulk")
def go_on_with_bulk(bulk_id: str) -> bool:
    """Whether there is more to do now."""
    try:
        with carrying_out.by_itself():
            return bulk.go_on(bulk_id, limit=ROWS_AT_ONCE).state == "running"
    except ConsoleError as error:
        logging.getLogger(__name__).warning("bulk run %s is left for the sweep: %s", bulk_id, error)
        return False


@DBOS.workflow(name="sweep")
def sweep(_at: datetime, _context: Any) -> None:
    """Every minute: what was left on its way, what the gateway had not decided, and what is to be told."""
    look_after()
    listen()
    deliver()
    for bulk_id in left_bulks():
        go_on_with_bulk(bulk_id)


@DBOS.step(name="left_bulks")
def left_bulks() -> list[str]:
    return bulk.left_running(clocks.now() - LEFT_ALONE)


@DBOS.step(name="look_after")
def look_after() -> dict[str, str]:
    return resume_open(LEFT_ALONE)


@DBOS.step(name="listen")
def listen() -> int:
    """What the gateway said and was not followed yet."""
    return notices.look_after(clocks.now())


@DBOS.workflow(name="due_schedules")
def due_schedules(_at: datetime, _context: Any) -> None:
    """Every minute: the reports that are due by then. Beside the sweep, which no long report may hold up."""
    send_reports()


@DBOS.step(name="send_reports")
def send_reports() -> int:
    return schedule_runs.run_due(clocks.now()).sent


@DBOS.workflow(name="keep_rollups")
def keep_rollups(_at: datetime, _context: Any) -> None:
    """Every minute: what is new goes into the rollups; the first time, everything. Once a day: the rates."""
    refresh_rollups()
    count_rates()


@DBOS.step(name="refresh_rollups")
def refresh_rollups() -> int:
    """Nothing while the one of an earlier minute is at it: counting everything takes minutes of a large
    database, and two who do it are twice as slow."""
    if not _refreshing.acquire(blocking=False):
        return 0
    try:
        return rollups.refresh(clocks.now())
    finally:
        _refreshing.release()


@DBOS.step(name="count_rates")
def count_rates() -> bool:
    return rollups.keep_rates(clocks.now())


@DBOS.workflow(name="compare")
def compare(_at: datetime, _context: Any) -> None:
    """Every night: our books with the gateway's."""
    compared()


@DBOS.step(name="compared")
def compared() -> int:
    return drift.compare_lately(clocks.now()).compared


def _tell(operation_id: str) -> None:
    for event in _waiting.get(operation_id, ()):
        event.set()
