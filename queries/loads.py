"""What was loaded: the runs of `console load`, newest first, and the lines they refused."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from queries.paging import PAGE, Cursor, Page, capped_count, one_of, page_of, rows_of
from queries.tables_desk import load_refusals, load_runs


@dataclass(frozen=True)
class LoadRun:
    """One application of a preset. The four counts add up to the data rows of its files; instants in UTC."""

    id: int
    preset: str
    started_at: datetime
    finished_at: datetime
    files: list[dict[str, Any]]  # file, section, encoding, delimiter, date_order, rows and its own counts
    added: int
    changed: int
    same: int
    refused: int

    @property
    def rows(self) -> int:
        return self.added + self.changed + self.same + self.refused


@dataclass(frozen=True)
class LoadRefusal:
    id: int
    file: str
    line: int
    reason: str


def latest_runs(state: Connection, *, before: Cursor | None = None, limit: int = PAGE) -> Page[LoadRun]:
    """A page of runs, newest first."""
    c = load_runs.c
    return page_of(
        state,
        select(load_runs),
        LoadRun,
        at=c.started_at,
        id=c.id,
        before=before,
        limit=limit,
    )


def load_run(state: Connection, run_id: int) -> LoadRun | None:
    """The run of that id."""
    return one_of(state, select(load_runs).where(load_runs.c.id == run_id), LoadRun)


def refusals_of(state: Connection, run_id: int, *, after: int = 0, limit: int = PAGE) -> list[LoadRefusal]:
    """The refused lines of a run in their order, after the refusal with the id `after`."""
    c = load_refusals.c
    statement = select(c.id, c.file, c.line, c.reason).where(c.run_id == run_id, c.id > after)
    return rows_of(state, statement.order_by(c.id).limit(limit), LoadRefusal)


def refusal_count(state: Connection, run_id: int) -> int:
    """How many refused lines of a run are kept, at most COUNT_STOPS_AT."""
    return capped_count(state, select(load_refusals.c.id).where(load_refusals.c.run_id == run_id))
