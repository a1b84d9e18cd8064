"""Fresh databases for every test: SQLite files and PostgreSQL databases, copied from a migrated template."""

import shutil
import sys
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy

from console import db, migrations
from console.settings import get_settings
from tests.company import company, company_copy, seeded_company  # noqa: F401 - fixtures for every test
from tests.postgres import Cluster

KINDS = ("sqlite", "postgresql")
_cluster: Cluster | None = None


class Databases:
    """Points the console at three databases of one kind; `copy` makes a new, equal set of them."""

    def __init__(self, kind: str, place: str) -> None:
        self.kind = kind
        self.place = place  # a folder, or the name of a PostgreSQL database

    @property
    def environment(self) -> dict[str, str]:
        if self.kind == "sqlite":
            return {"CONSOLE_VAR": self.place}
        url = cluster().url(self.place)
        return {f"CONSOLE_{name.upper()}_URL": url for name in (*db.DATABASES, "gateway")}

    def use(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for database in (*db.DATABASES, "gateway"):
            monkeypatch.delenv(f"CONSOLE_{database.upper()}_URL", raising=False)
        for name, value in self.environment.items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()
        db.dispose()

    def copy(self, folder: Path) -> "Databases":
        if self.kind == "sqlite":
            place = folder / uuid.uuid4().hex
            shutil.copytree(self.place, place)
            return Databases(self.kind, str(place))
        name = f"t_{uuid.uuid4().hex}"
        _hang_up(self.place)
        _administer(f'CREATE DATABASE "{name}" TEMPLATE "{self.place}"')
        return Databases(self.kind, name)

    def drop(self) -> None:
        db.dispose()
        if self.kind == "sqlite":
            shutil.rmtree(self.place, ignore_errors=True)
        else:
            _administer(f'DROP DATABASE IF EXISTS "{self.place}" WITH (FORCE)')


def cluster() -> Cluster:
    global _cluster  # noqa: PLW0603 - one server per test process, started when first needed
    if _cluster is None:
        _cluster = Cluster()
    return _cluster


def _administer(statement: str) -> None:
    url = cluster().url("postgres").replace("postgresql://", "postgresql+psycopg://")
    engine = sqlalchemy.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def _hang_up(place: str) -> None:
    """A database that is copied may have no visitors; a simulated gateway keeps its connection open."""
    _administer(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{place}'")


def pytest_unconfigure() -> None:
    if _cluster is not None:
        _cluster.stop()


def new_databases(kind: str, folder: Path) -> Databases:
    """Empty databases without tables."""
    if kind == "sqlite":
        folder.mkdir(parents=True, exist_ok=True)
        return Databases(kind, str(folder))
    name = f"t_{uuid.uuid4().hex}"
    _administer(f'CREATE DATABASE "{name}"')
    return Databases(kind, name)


@pytest.fixture(autouse=True)
def same_main() -> Iterator[None]:
    """AppTest puts the console's script in the place of the main module, and leaves it there: processes that
    later tests spawn would run it."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session")
def session_patch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="session", params=KINDS)
def migrated(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    session_patch: pytest.MonkeyPatch,
) -> Databases:
    """The template: all three schemas, no rows. Not for use by tests themselves."""
    made = new_databases(request.param, tmp_path_factory.mktemp("template"))
    made.use(session_patch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in db.DATABASES:
            migrations.upgrade(name)
    db.dispose()
    return made


@pytest.fixture
def databases(migrated: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Databases]:
    """Empty databases with all tables, of each kind in turn."""
    made = migrated.copy(tmp_path)
    made.use(monkeypatch)
    yield made
    made.drop()
    get_settings.cache_clear()
