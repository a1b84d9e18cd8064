"""A comparison under way: one at a time, its progress, and the findings it adds, keeps and lets go.

A finding is one row from the run that first saw it to the one that did not any more, so the list is the same
between runs. Each page of a comparison is one transaction.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from console import audit, clocks, times
from console.actions.drift_rules import Difference
from console.db import Connection, reading, writing
from console.errors import Refused, Unavailable
from console.gateways.payments import GatewayError
from queries import drift_findings as stored
from queries.drift_findings import DriftRun
from queries.tables_gateway import drift_findings, drift_runs

STOPPED = timedelta(minutes=15)  # without progress: its process is gone
Progress = Callable[[int], None]  # how many objects have been compared

_f, _r = drift_findings.c, drift_runs.c


class Run:
    def __init__(self, id: int, since: datetime, now: datetime, progress: Progress) -> None:
        self.id = id
        self.since = since
        self.now = now
        self.compared = 0
        self._progress = progress

    def page(self, compared: int, found: Iterable[Difference | None]) -> None:
        """What a page of so many objects has shown."""
        differences = {(one.kind, one.reference): one for one in found if one is not None}
        self.compared += compared
        with writing("state") as connection:
            for one in differences.values():
                self._keep(connection, one)
            self._note(connection, progress_at=clocks.now(), compared=self.compared)
        self._progress(self.compared)

    def _keep(self, connection: Connection, one: Difference) -> None:
        values = asdict(one) | {"last_run_id": self.id}
        same = (_f.kind == one.kind, _f.reference == one.reference, _f.gone_at.is_(None))
        if connection.execute(drift_findings.update().where(*same).values(values)).rowcount == 0:
            connection.execute(drift_findings.insert().values(values | {"first_seen_at": self.now}))

    def finish(self) -> None:
        """Everything was seen: what this run did not find is gone, unless it is older than the run looked."""
        seen = (_f.happened_at.is_(None)) | (_f.happened_at >= self.since)
        gone = drift_findings.update().where(_f.gone_at.is_(None), _f.last_run_id != self.id, seen)
        with writing("state") as connection:
            connection.execute(gone.values(gone_at=self.now))
            self._note(connection, complete=True)

    def close(self, error: str | None) -> None:
        with writing("state") as connection:
            self._note(connection, finished_at=clocks.now(), error=error)

    def _note(self, connection: Connection, **values: Any) -> None:
        connection.execute(drift_runs.update().where(_r.id == self.id).values(values))


@contextmanager
def running(gateway: str, since: datetime, now: datetime, progress: Progress) -> Iterator[Run]:
    """One comparison, closed however it ends. Raises Refused while another is under way, Unavailable where
    the gateway or a database did not answer to the end."""
    run = Run(_begin(gateway, since, now), since, now, progress)
    error: str | None = "It was stopped."
    try:
        yield run
        run.finish()
        error = None
    except (GatewayError, Unavailable) as stopped:
        error = str(stopped)
        raise Unavailable(
            f"The comparison stopped after {run.compared} objects. {error} What it had found is kept. "
            "Compare again.",
            "payment gateway",
        ) from stopped
    finally:
        run.close(error)


def _begin(gateway: str, since: datetime, now: datetime) -> int:
    at = clocks.now()
    with writing("state") as connection:
        audit.one_at_a_time(connection)
        last = stored.latest_run(connection)
        if last is not None and last.finished_at is None and last.progress_at > at - STOPPED:
            raise Refused(
                f"The books are being compared since {times.moment(last.started_at)}, {last.compared} "
                "objects so far. Wait for that."
            )
        row = {"gateway": gateway, "since": since, "started_at": now, "progress_at": at}
        added = drift_runs.insert().values(row).returning(_r.id)
        return int(connection.execute(added).scalar_one())


def of(run: Run) -> DriftRun:
    """The run as it is stored."""
    with reading() as data:
        found = stored.run_by_id(data.state, run.id)
    if found is None:
        raise RuntimeError(f"run {run.id} is not there")
    return found


def let_go(finding_id: int, now: datetime) -> None:
    """It is mended: the next run would not find it."""
    with writing("state") as connection:
        mended = drift_findings.update().where(_f.id == finding_id, _f.gone_at.is_(None))
        connection.execute(mended.values(gone_at=now))
