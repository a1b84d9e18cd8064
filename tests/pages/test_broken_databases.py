"""A database that is away, of another version, locked or not writable: a sentence that says which and what to
do, nothing half-done, and once it is back the same form brings it to its end, once."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import func, select
from streamlit.testing.v1 import AppTest

from console import db
from console.settings import get_settings
from queries import subscriptions
from queries.tables_state import operations
from queries.tables_subscriptions import subscription_events
from tests.conftest import Databases, cluster
from tests.pages.screen import Opened, entry, staff_id

NUMBER = "S-1001"


@dataclass(frozen=True)
class Case:
    """A screen, who opens it, with which address, and a database it cannot do without."""

    page: str
    role: str
    address: dict[str, str]
    database: str


SCREENS: tuple[tuple[str, str, dict[str, str], tuple[str, ...]], ...] = (
    ("home.py", "agent", {}, ("subscriptions", "tickets")),
    ("customers.py", "agent", {"q": "T-1001"}, ("subscriptions", "tickets")),
    ("customer.py", "agent", {"customer": "C-1001"}, ("subscriptions", "tickets")),
    ("tickets.py", "agent", {}, ("tickets",)),
    ("renewals.py", "manager", {}, ("subscriptions", "tickets")),
)
CASES = [
    Case(page, role, address, database) for page, role, address, needed in SCREENS for database in needed
]
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.page}-{case.database}")
NOBODY_LISTENS = "postgresql://console@127.0.0.1:1/console"
A_TABLE = {"subscriptions": "subscriptions", "tickets": "tickets", "state": "staff"}
A_COLUMN = {
    "subscriptions": ("subscriptions", "licence_key"),
    "tickets": ("tickets", "priority"),
    "state": ("staff", "role"),
}


def opened(at: AppTest, page: str, address: dict[str, str]) -> Opened:
    """The screen for somebody who signed in while all was well."""
    at.run()
    if page != "home.py":
        at.switch_page(str(Path("../pages") / page))
        for name, value in address.items():
            at.query_params[name] = value
        at.run()
    return Opened(at)


def require_sentence(shown: Opened, database: str, *said: str) -> None:
    assert not shown.at.exception
    assert "**Not available**" in shown.texts
    assert f"The {database} database" in shown.texts
    for words in said:
        assert words in shown.texts
    assert "Traceback" not in shown.texts
    assert "Try again" in [button.label for button in shown.at.button]


def file_of(there: Databases, database: str) -> Path:
    return Path(there.place) / f"{database}.sqlite"


def administer(there: Databases, *statements: str) -> None:
    with psycopg.connect(cluster().url(there.place), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def point(monkeypatch: pytest.MonkeyPatch, database: str, url: str) -> None:
    monkeypatch.setenv(f"CONSOLE_{database.upper()}_URL", url)
    get_settings.cache_clear()
    db.dispose()


def take_away(there: Databases, database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the SQLite file; point at a PostgreSQL database that is not there."""
    db.dispose()
    if there.kind == "sqlite":
        for file in Path(there.place).glob(f"{database}.sqlite*"):
            file.unlink()
    else:
        point(monkeypatch, database, cluster().url("there_is_none"))


def execute(there: Databases, database: str, statement: str) -> None:
    db.dispose()
    if there.kind == "sqlite":
        with closing(sqlite3.connect(file_of(there, database), isolation_level=None)) as connection:
            connection.execute(statement)
    else:
        administer(there, statement)


@each_case
def test_a_missing_database(case: Case, company_copy: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    at = entry(staff_id(case.role))
    take_away(company_copy, case.database, monkeypatch)
    todo = "console migrate" if company_copy.kind == "sqlite" else "console check"
    require_sentence(opened(at, case.page, case.address), case.database, todo)
    assert company_copy.kind != "sqlite" or not file_of(company_copy, case.database).exists()


@pytest.mark.parametrize("database", db.DATABASES)
def test_a_server_that_does_not_answer(
    database: str, company: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refused connection; with the state database not even who is here can be read."""
    at = entry(staff_id("agent"))
    point(monkeypatch, database, NOBODY_LISTENS)
    require_sentence(opened(at, "home.py", {}), database, "console check")


def test_without_the_state_database_nothing_is_shown(
    company_copy: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = entry(staff_id("agent"))
    take_away(company_copy, "state", monkeypatch)
    shown = opened(at, "home.py", {})
    require_sentence(shown, "state")
    assert not shown.at.title
    assert not shown.at.dataframe


def test_a_state_database_that_goes_while_a_screen_is_open(
    company_copy: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = entry(staff_id("agent"))
    assert opened(at, "customer.py", {"customer": "C-1001"}).title
    take_away(company_copy, "state", monkeypatch)
    shown = Opened(at.run())
    require_sentence(shown, "state")
    assert not shown.at.dataframe


@each_case
def test_a_table_that_is_not_there(case: Case, company_copy: Databases) -> None:
    at = entry(staff_id(case.role))
    execute(company_copy, case.database, f"ALTER TABLE {A_TABLE[case.database]} RENAME TO of_a_later_version")
    shown = opened(at, case.page, case.address)
    require_sentence(shown, case.database, "another schema version", "console migrate")


@pytest.mark.parametrize("database", db.DATABASES)
def test_a_column_that_is_not_there(database: str, company_copy: Databases) -> None:
    at = entry(staff_id("agent"))
    table, column = A_COLUMN[database]
    execute(company_copy, database, f"ALTER TABLE {table} RENAME COLUMN {column} TO of_a_later_version")
    shown = opened(at, "customer.py", {"customer": "C-1001"})
    require_sentence(shown, database, "another schema version", "console migrate")


# A write that cannot be: pressed, told, pressed again once it can be.


@pytest.fixture
def form(company_copy: Databases, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The cancel form, filled in, before the database breaks."""
    monkeypatch.setenv("CONSOLE_DATABASE_TIMEOUT", "0.2")
    get_settings.cache_clear()
    db.dispose()
    at = opened(entry(staff_id("agent")), "subscription.py", {"subscription": NUMBER}).at
    at.selectbox(key=f"reason-cancel-{NUMBER}").select("too_expensive")
    yield at
    db.dispose()


def press(at: AppTest) -> Opened:
    return Opened(at.button(key=f"do-cancel-{NUMBER}").click().run())


def is_set_to_end() -> bool:
    with db.reading() as data:
        found = subscriptions.by_number(data.subscriptions, NUMBER)
    assert found is not None
    return found.cancel_at_period_end


def operation_states() -> list[str]:
    with db.reading() as data:
        return list(data.state.scalars(select(operations.c.state)))


def events_of_operations() -> int:
    """How many changes of subscriptions the console has made."""
    made = select(func.count()).where(subscription_events.c.operation_id.is_not(None))
    with db.reading() as data:
        return int(data.subscriptions.execute(made).scalar_one())


def require_nothing_done(database: str) -> None:
    """The intent is committed before the subscription is touched, or it is not there at all."""
    assert not is_set_to_end()
    assert events_of_operations() == 0
    assert operation_states() == ([] if database == "state" else ["sending"])


def require_done_once(at: AppTest) -> None:
    shown = press(at)
    assert not shown.at.exception
    assert shown.at.success[0].value == "**Done**"
    assert is_set_to_end()
    assert events_of_operations() == 1
    assert operation_states() == ["settled"]


@contextmanager
def locked(there: Databases, database: str) -> Iterator[None]:
    """Somebody else's long transaction."""
    if there.kind == "sqlite":
        with closing(sqlite3.connect(file_of(there, database), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")
        return
    table = "subscriptions" if database == "subscriptions" else "operations"
    with psycopg.connect(cluster().url(there.place)) as connection:
        connection.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE".encode())
        yield
        connection.rollback()


@pytest.mark.parametrize("database", ["subscriptions", "state"])
def test_a_write_to_a_locked_database(form: AppTest, database: str, company_copy: Databases) -> None:
    with locked(company_copy, database):
        shown = press(form)
        require_sentence(shown, database, "is busy with another change", "Try again in a moment")
        require_nothing_done(database)
    require_done_once(form)


@contextmanager
def not_writable(there: Databases, database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A role that may only read; a SQLite file that says so itself."""
    if there.kind == "sqlite":
        may_write = format_to_write(file_of(there, database), 3)
        yield
        format_to_write(file_of(there, database), may_write)
        return
    role = f"reader_{there.place}"
    grant = f'GRANT SELECT ON ALL TABLES IN SCHEMA public TO "{role}"'
    administer(there, f'CREATE ROLE "{role}" LOGIN', grant)
    point(monkeypatch, database, cluster().url(there.place).replace("console@", f"{role}@"))
    yield
    there.use(monkeypatch)
    administer(there, f'DROP OWNED BY "{role}"', f'DROP ROLE "{role}"')


def format_to_write(file: Path, version: int) -> int:
    """Set the "file format write version"; SQLite only reads a file where it is above 2, whoever runs it
    (https://www.sqlite.org/fileformat2.html, 1.3.3). Returns what it was."""
    db.dispose()
    with closing(sqlite3.connect(file)) as connection:  # so that the header is the file's, not the log's
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with file.open("r+b") as header:
        header.seek(18)
        was = header.read(1)[0]
        header.seek(18)
        header.write(bytes([version]))
    return was


@pytest.mark.parametrize("database", ["subscriptions", "state"])
def test_a_write_to_a_database_that_can_only_be_read(
    form: AppTest, database: str, company_copy: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    with not_writable(company_copy, database, monkeypatch):
        shown = press(form)
        require_sentence(shown, database, "does not let the console write", "Check the rights")
        require_nothing_done(database)
    require_done_once(form)


@pytest.mark.parametrize("database", ["subscriptions", "state"])
def test_a_write_to_a_database_that_has_gone(
    form: AppTest, database: str, company_copy: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page cannot be read then; what was filled in stands there when it can, and it is done once."""
    point(monkeypatch, database, NOBODY_LISTENS)
    require_sentence(press(form), database, "console check")
    company_copy.use(monkeypatch)
    assert not is_set_to_end()
    assert operation_states() == []
    form.run()
    assert form.selectbox(key=f"reason-cancel-{NUMBER}").value == "too_expensive"
    require_done_once(form)
