"""Runs of `console load`, newest first, with the lines they refused."""

from datetime import timedelta

from sqlalchemy import Connection, insert

from console import db
from queries.loads import latest_runs, load_run, refusal_count, refusals_of
from queries.tables_desk import load_refusals, load_runs
from tests import build
from tests.conftest import Databases


def run(connection: Connection, day: int, refused: int = 0) -> int:
    at = build.START + timedelta(days=day)
    files = [{"file": "a.csv", "rows": 3 + refused}]
    values = {"preset": "p", "started_at": at, "finished_at": at, "files": files, "refused": refused}
    statement = insert(load_runs).values(**values, added=1, changed=2, same=0).returning(load_runs.c.id)
    id = int(connection.execute(statement).scalar_one())
    for line in range(refused):
        refusal = {"run_id": id, "file": "a.csv", "line": line + 2, "reason": "It is wrong."}
        connection.execute(insert(load_refusals).values(refusal))
    return id


def test_runs_newest_first_by_pages(databases: Databases) -> None:
    with db.writing("state") as connection:
        ids = [run(connection, day) for day in range(3)]
    with db.reading() as data:
        first = latest_runs(data.state, limit=2)
        rest = latest_runs(data.state, before=first.next, limit=2)
    assert [one.id for one in (*first.rows, *rest.rows)] == ids[::-1]
    assert rest.next is None


def test_a_run_and_the_lines_it_refused(databases: Databases) -> None:
    with db.writing("state") as connection:
        run(connection, 0, refused=1)
        id = run(connection, 1, refused=5)
    with db.reading() as data:
        one = load_run(data.state, id)
        assert one is not None
        assert (one.rows, one.refused, one.files[0]["rows"]) == (8, 5, 8)
        first = refusals_of(data.state, id, limit=3)
        rest = refusals_of(data.state, id, after=first[-1].id, limit=3)
        assert [refusal.line for refusal in (*first, *rest)] == [2, 3, 4, 5, 6]
        assert refusal_count(data.state, id) == 5
        assert load_run(data.state, id + 1) is None
