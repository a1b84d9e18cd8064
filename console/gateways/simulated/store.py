"""The simulated gateway's own database: CONSOLE_GATEWAY_URL, or the SQLite file `gateway.sqlite` in `var`.

It makes its tables itself when it is first used: it stands for an outside system, whose schema is not ours.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from console.errors import Unavailable
from console.gateways.simulated.tables import metadata
from console.settings import get_settings

_WAIT = 60  # seconds for a lock: many processes at once queue up
_MAKING = 4_242_001  # PostgreSQL's advisory lock for making the tables


def database_url() -> str:
    """The SQLAlchemy URL of the settings."""
    settings = get_settings()
    given = settings.gateway_url
    return given.get_secret_value() if given else f"sqlite:///{settings.var / 'gateway.sqlite'}"


class Store:
    """Transactions on one database; safe for any number of threads and processes."""

    def __init__(self, url: str) -> None:
        """Raises Unavailable."""
        try:
            self._engine = _sqlite(url) if url.startswith("sqlite") else _postgresql(url)
            self._make_tables()
        except (SQLAlchemyError, ImportError, OSError) as error:
            raise Unavailable(
                "The database of the simulated payment gateway cannot be used. Check CONSOLE_GATEWAY_URL.",
                "payment gateway",
            ) from error
        self._reader = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    def _make_tables(self) -> None:
        with self.transaction() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MAKING})
            metadata.create_all(connection)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Single statements: one does not wait for a writer."""
        with self._reader.connect() as connection:
            yield connection

    def close(self) -> None:
        self._engine.dispose()


def _sqlite(url: str) -> Engine:
    Path(make_url(url).database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url, connect_args={"timeout": _WAIT, "check_same_thread": False}, pool_timeout=_WAIT
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _entry: object) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in (f"busy_timeout={_WAIT * 1000}", "journal_mode=WAL", "synchronous=OFF"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("isolation_level") != "AUTOCOMMIT":
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _postgresql(url: str) -> Engine:
    return create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        pool_pre_ping=True,
        pool_timeout=_WAIT,
        connect_args={"options": f"-c timezone=UTC -c lock_timeout={_WAIT * 1000}"},
    )
