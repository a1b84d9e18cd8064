"""What comparing our books with the gateway's has found: the runs, and the differences that are left."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from queries.paging import PAGE, one_of, rows_of
from queries.tables_gateway import drift_findings, drift_runs

_f, _r = drift_findings.c, drift_runs.c


@dataclass(frozen=True, kw_only=True)
class DriftRun:
    """One comparison. `compared`: objects, there and here; `error`: why it stopped. Not finished: under way,
    or its process was stopped. UTC."""

    id: int
    gateway: str
    since: datetime
    started_at: datetime
    progress_at: datetime
    finished_at: datetime | None
    complete: bool
    compared: int
    error: str | None


@dataclass(frozen=True, kw_only=True)
class DriftFinding:
    """One difference. `here` and `there` are facts by name, in words; `details` is what its fix needs;
    `gone_at` None: it is still there, as far as the last complete run saw. UTC."""

    id: int
    kind: str
    reference: str
    subject_kind: str
    subject_number: str
    customer_number: str | None
    here: dict[str, str]
    there: dict[str, str]
    details: dict[str, Any]
    happened_at: datetime | None
    first_seen_at: datetime
    last_run_id: int
    gone_at: datetime | None


def _runs() -> Select[Any]:
    return select(drift_runs).order_by(_r.started_at.desc(), _r.id.desc()).limit(1)


def latest_run(connection: Connection) -> DriftRun | None:
    """The run that began last, however it went."""
    return one_of(connection, _runs(), DriftRun)


def latest_complete_run(connection: Connection) -> DriftRun | None:
    """The last run that saw everything."""
    return one_of(connection, _runs().where(_r.complete), DriftRun)


def run_by_id(connection: Connection, run_id: int) -> DriftRun | None:
    return one_of(connection, select(drift_runs).where(_r.id == run_id), DriftRun)


def counts(connection: Connection) -> dict[str, int]:
    """How many differences are left, by kind; kinds without one are not in it."""
    statement = select(_f.kind, func.count().label("n")).where(_f.gone_at.is_(None)).group_by(_f.kind)
    return {row.kind: row.n for row in connection.execute(statement)}


def left(
    connection: Connection, *, kind: str | None = None, after: int = 0, limit: int = PAGE
) -> list[DriftFinding]:
    """Differences that are left, in the order they were first seen, after the id `after`."""
    statement = select(drift_findings).where(_f.gone_at.is_(None), _f.id > after)
    if kind is not None:
        statement = statement.where(_f.kind == kind)
    return rows_of(connection, statement.order_by(_f.id).limit(limit), DriftFinding)


def by_id(connection: Connection, finding_id: int) -> DriftFinding | None:
    return one_of(connection, select(drift_findings).where(_f.id == finding_id), DriftFinding)
