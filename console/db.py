"""The doors to the three databases.

`reading()` gives connections that cannot write, whatever is sent through them; `writing(database)` gives
one transaction that commits once, at the end of its block, or not at all. What a driver says is turned
into `Unavailable` with a sentence: which database, and what to do.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal
from weakref import WeakSet

from sqlalchemy import Connection, Engine, Insert, MetaData, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, IntegrityError, InterfaceError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from console.errors import Unavailable
from console.settings import get_settings
from queries import (
    tables_desk,  # noqa: F401 - its tables are of the state database
    tables_gateway,  # noqa: F401 - so are these
    tables_rollups,
    tables_subscriptions,
    tables_tickets,
)

# The rooms that may not import sqlalchemy take Connection and IntegrityError from here.
__all__ = [
    "DATABASES",
    "METADATA",
    "Connection",
    "Database",
    "IntegrityError",
    "Reading",
    "adding",
    "dispose",
    "engine",
    "reading",
    "replacing",
    "writing",
]

Database = Literal["subscriptions", "tickets", "state"]
DATABASES: tuple[Database, ...] = ("subscriptions", "tickets", "state")
METADATA: dict[Database, MetaData] = {
    "subscriptions": tables_subscriptions.metadata,
    "tickets": tables_tickets.metadata,
    "state": tables_rollups.rollup_watermarks.metadata,  # with the tables of tables_state and tables_gateway
}

# What the drivers say, and what a person should do about it. The first that fits counts.
_SENTENCES = (
    (
        ("unable to open database file", "no such file"),
        "The {0} database is not there yet. Run `console migrate`, or `console demo` for the sample company.",
    ),
    (
        ("no such table", "no such column", "undefinedtable", "undefinedcolumn"),
        "The {0} database has another schema version than this console. Run `console migrate`.",
    ),
    (
        ("is locked", "locknotavailable", "lock timeout"),
        "The {0} database is busy with another change. Nothing was done. Try again in a moment.",
    ),
    (
        ("readonly", "read-only", "read only", "permission denied", "insufficientprivilege"),
        "The {0} database does not let the console write. Nothing was done. "
        "Check the rights of its file or role.",
    ),
    (
        ("file is not a database", "malformed"),
        "The {0} database file is damaged or not a database. Restore it from a backup.",
    ),
    (
        ("disk is full", "no space left", "diskfull"),
        "There is no space left for the {0} database. Nothing was done. Free some space and try again.",
    ),
)


# What is sent often would come to be run by a plan for any values, which reads all events to find that none
# is later than now. And the plan of a long statement would be compiled for longer (seconds) than it is run.
_PLANNING = "-c plan_cache_mode=force_custom_plan -c jit=off"


def _known(database: Database, error: BaseException) -> Unavailable | None:
    said = f"{type(error).__name__} {error}".lower()
    for signs, sentence in _SENTENCES:
        if any(sign in said for sign in signs):
            return Unavailable(sentence.format(database), database)
    return None


def _unavailable(database: Database, error: BaseException) -> Unavailable:
    return _known(database, error) or Unavailable(
        f"The {database} database cannot be used now. Nothing was done. "
        "Check that it runs and that its URL is right: `console check`.",
        database,
    )


def _sqlite(url: str, *, read_only: bool, wait: float) -> Engine:
    path = Path(make_url(url).database or "")
    if read_only:
        url = f"sqlite:///file:{path.as_posix()}?mode=ro&uri=true"
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": wait, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _entry: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves, so that one block is one transaction
        pragmas = ["foreign_keys=ON", f"busy_timeout={int(wait * 1000)}", "synchronous=NORMAL"]
        for pragma in [*pragmas, "query_only=ON" if read_only else "journal_mode=WAL"]:
            connection.execute(f"PRAGMA {pragma}")

    def begin(dbapi_connection: Any) -> None:
        # A writer takes the lock at once: two of them queue up instead of failing half-way.
        dbapi_connection.execute("BEGIN" if read_only else "BEGIN IMMEDIATE")

    # As a listener it would slow down each statement: with one, the engine looks for listeners all the time.
    engine.dialect.do_begin = begin  # type: ignore[method-assign]
    return engine


def _postgresql(url: str, *, read_only: bool, wait: float) -> Engine:
    return create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_pre_ping=True,
        pool_timeout=wait,
        connect_args={
            "connect_timeout": max(2, round(wait)),
            "options": f"-c timezone=UTC -c lock_timeout={int(wait * 1000)} {_PLANNING}",
        },
        # One page, one moment: its statements all see the same rows.
        execution_options={"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
        if read_only
        else {},
    )


@lru_cache(maxsize=32)
def _engine(database: Database, url: str, read_only: bool, wait: float) -> Engine:
    build = _sqlite if url.startswith("sqlite") else _postgresql
    try:
        engine = build(url, read_only=read_only, wait=wait)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise Unavailable(
            f"CONSOLE_{database.upper()}_URL is not a database URL this console understands. "
            "Use sqlite:///path/to/file or postgresql://user:password@host/database.",
            database,
        ) from error
    except OSError as error:
        raise _unavailable(database, error) from error

    @event.listens_for(engine, "handle_error")
    def put_in_words(context: ExceptionContext) -> None:
        # A broken constraint is the caller's business, a wrong statement a defect: they stay what they are.
        said = context.original_exception
        reachable = not isinstance(context.sqlalchemy_exception, OperationalError | InterfaceError)
        words = _known(database, said) if reachable else _unavailable(database, said)
        if words is not None and not isinstance(context.sqlalchemy_exception, IntegrityError):
            raise words from said

    _engines.add(engine)
    return engine


_engines: WeakSet[Engine] = WeakSet()


def engine(database: Database, *, read_only: bool = False, replica: bool = False) -> Engine:
    """The engine of a database, one per process and kind. Raises Unavailable for a URL it cannot use."""
    settings = get_settings()
    return _engine(database, settings.url(database, replica=replica), read_only, settings.database_timeout)


def dispose() -> None:
    """Close every connection: before a file is replaced, after settings changed. What was compiled for an
    address stays."""
    for one in list(_engines):
        one.dispose()


@contextmanager
def _connected(database: Database, *, read_only: bool, replica: bool = False) -> Iterator[Connection]:
    """One transaction on one connection; commits when the block ends, rolls back if it raises."""
    try:
        with engine(database, read_only=read_only, replica=replica).begin() as connection:
            yield connection
    except PoolTimeout as error:
        raise _unavailable(database, error) from error


class Reading:
    """Read-only connections, opened when first used and closed together: a page's `data`."""

    def __init__(self, stack: ExitStack, *, replica: bool) -> None:
        self._stack = stack
        self._replica = replica

    def _connect(self, database: Database) -> Connection:
        return self._stack.enter_context(_connected(database, read_only=True, replica=self._replica))

    @cached_property
    def subscriptions(self) -> Connection:
        return self._connect("subscriptions")

    @cached_property
    def tickets(self) -> Connection:
        return self._connect("tickets")

    @cached_property
    def state(self) -> Connection:
        return self._connect("state")


@contextmanager
def reading(*, replica: bool = False) -> Iterator[Reading]:
    """Connections that cannot write. With `replica` they go to the replicas: for reports and lists only, so
    that a person always sees what they themselves just changed. Raises Unavailable."""
    with ExitStack() as stack:
        yield Reading(stack, replica=replica)


@contextmanager
def writing(database: Database) -> Iterator[Connection]:
    """The one door for writes: a transaction that commits once. Raises Unavailable."""
    with _connected(database, read_only=False) as connection:
        yield connection


def adding(connection: Connection, table: Table, *sums: str) -> Insert:
    """An INSERT of rows whose sums are added to those of the row that is there."""
    return _upsert(connection, table, lambda new: {name: table.c[name] + new[name] for name in sums})


def replacing(connection: Connection, table: Table, *columns: str) -> Insert:
    """An INSERT of rows that take the place of the row that is there."""
    return _upsert(connection, table, lambda new: {name: new[name] for name in columns})


def _upsert(connection: Connection, table: Table, changes: Callable[[Any], dict[str, Any]]) -> Insert:
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    insert = dialect.insert(table)
    statement: Insert = insert.on_conflict_do_update(
        index_elements=table.primary_key, set_=changes(insert.excluded)
    )
    return statement
