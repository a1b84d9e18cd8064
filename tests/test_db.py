"""The doors: a reading connection cannot write; a writing one commits once or not at all."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from console import clocks, db
from console.errors import Unavailable
from console.settings import get_settings
from queries.tables_state import facts, staff
from tests.conftest import Databases

ROW = {"email": "aino@example.com", "name": "Aino", "role": "agent", "created_at": clocks.now()}


def test_reading_cannot_write(databases: Databases) -> None:
    with pytest.raises(Unavailable, match="does not let the console write"), db.reading() as data:
        data.state.execute(staff.insert().values(ROW))


def test_writing_commits_once_or_not_at_all(databases: Databases) -> None:
    with pytest.raises(RuntimeError), db.writing("state") as connection:
        connection.execute(staff.insert().values(ROW))
        raise RuntimeError("half-way")
    with db.reading() as data:
        assert data.state.scalar(select(func.count()).select_from(staff)) == 0
    with db.writing("state") as connection:
        connection.execute(staff.insert().values(ROW))
    with db.reading() as data:
        assert data.state.scalar(select(staff.c.created_at)) == ROW["created_at"]


@pytest.mark.parametrize("migrated", ["postgresql"], indirect=True)
@pytest.mark.parametrize("door", ["reading", "writing"])
def test_a_statement_is_planned_for_its_values(databases: Databases, door: str) -> None:
    """However often it is sent: a plan for any values reads whole tables where a moment finds nothing."""
    statement = select(staff.c.id).where(staff.c.created_at > clocks.now())
    plans = "SELECT sum(generic_plans), sum(custom_plans) FROM pg_prepared_statements"
    with db.engine("state", read_only=door == "reading").connect() as connection:
        for _ in range(20):
            connection.execute(statement)
        generic, custom = connection.exec_driver_sql(plans).one()
        assert (generic, custom > 0) == (0, True)
        assert connection.exec_driver_sql("SHOW jit").scalar() == "off"


def test_a_missing_table_is_said_in_words(databases: Databases) -> None:
    with db.writing("state") as connection:
        facts.drop(connection)
    with (
        pytest.raises(Unavailable, match="state database has another schema version") as caught,
        db.reading() as data,
    ):
        data.state.execute(select(facts))
    assert caught.value.part == "state"


def test_a_missing_file_is_said_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Databases("sqlite", str(tmp_path / "nowhere")).use(monkeypatch)
    with pytest.raises(Unavailable, match="is not there yet"), db.reading() as data:
        data.tickets.exec_driver_sql("SELECT 1")
    get_settings.cache_clear()


@pytest.mark.parametrize("url", ["nonsense", "postgresql://nobody@127.0.0.1:1/none", "oracle://x"])
def test_a_wrong_address_is_said_in_words(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSOLE_TICKETS_URL", url)
    get_settings.cache_clear()
    db.dispose()
    with pytest.raises(Unavailable, match=r"tickets|TICKETS"), db.reading() as data:
        data.tickets.exec_driver_sql("SELECT 1")
    get_settings.cache_clear()


def test_a_locked_database_is_said_in_words(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSOLE_DATABASE_TIMEOUT", "0.2")
    databases.use(monkeypatch)
    with db.writing("state") as first:
        if databases.kind == "postgresql":
            first.exec_driver_sql("LOCK TABLE staff IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(Unavailable, match="busy with another change"), db.writing("state") as second:
            second.execute(staff.insert().values(ROW))
