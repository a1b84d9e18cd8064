"""Fresh databases for every test: SQLite files and PostgreSQL databases, copied from a migrated template."""

import shutil
import sys
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from console import db, migrations
from console.gateways.simulated.store import Store, database_url
from console.processes import collect_seldom
from console.settings import get_settings
from tests import sqlite
from tests.company import company, company_copy, seeded_company  # noqa: F401 - fixtures for every test
from tests.postgres import Cluster

KINDS = ("sqlite", "postgresql")
_cluster: Cluster | None = None
_entered = ""


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
        enter(self.place)

    def copy(self, folder: Path) -> "Databases":
        if self.kind == "sqlite":
            place = folder / uuid.uuid4().hex
            shutil.copytree(self.place, place)
            return Databases(self.kind, str(place))
        name = f"t_{uuid.uuid4().hex}"
        cluster().create(name, self.place)
        return Databases(self.kind, name)

    def drop(self) -> None:
        db.dispose()
        if self.kind == "sqlite":
            shutil.rmtree(self.place, ignore_errors=True)
        else:
            cluster().drop(self.place)


def enter(place: str) -> None:
    """Connections stay open where the console stays: for one test after the other in the same databases."""
    global _entered  # noqa: PLW0603 - a process is in one place
    if place != _entered:
        db.dispose()
    _entered = place


def cluster() -> Cluster:
    global _cluster  # noqa: PLW0603 - one server per test process, started when first needed
    if _cluster is None:
        _cluster = Cluster()
    return _cluster


def pytest_collection_finish() -> None:
    collect_seldom()


def pytest_unconfigure() -> None:
    if _cluster is not None:
        _cluster.stop()


def new_databases(kind: str, folder: Path) -> Databases:
    """Empty databases without tables."""
    if kind == "sqlite":
        folder.mkdir(parents=True, exist_ok=True)
        return Databases(kind, str(folder))
    name = f"t_{uuid.uuid4().hex}"
    cluster().create(name)
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
    """The template: our schemas and the simulated gateway's, no rows. Not for use by tests themselves."""
    made = new_databases(request.param, tmp_path_factory.mktemp("template"))
    made.use(session_patch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in db.DATABASES:
            migrations.upgrade(name)
    Store(database_url()).close()
    db.dispose()
    return made


@pytest.fixture(scope="session")
def spare(migrated: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator["Spare"]:
    made = Spare(migrated, tmp_path_factory)
    yield made
    made.drop()


class Spare:
    """Empty databases for one test after the other: they are emptied sooner than copied."""

    def __init__(self, template: Databases, folders: pytest.TempPathFactory) -> None:
        self.template, self.folders = template, folders
        self.schema = cluster().schema(template.place) if template.kind == "postgresql" else ""
        self.free: Databases | None = None

    def take(self) -> Databases:
        taken, self.free = self.free, None
        return taken or self.template.copy(self.folders.mktemp("databases"))

    def give_back(self, used: Databases) -> None:
        if self._emptied(used.place):
            self.free = used
        else:
            used.drop()

    def _emptied(self, place: str) -> bool:
        if self.template.kind == "postgresql":
            return cluster().empty(place, self.schema)
        return sqlite.overwritten(Path(place), Path(self.template.place))

    def drop(self) -> None:
        if self.free is not None:
            self.free.drop()


@pytest.fixture
def databases(spare: Spare, monkeypatch: pytest.MonkeyPatch) -> Iterator[Databases]:
    """Empty databases with all tables, of each kind in turn."""
    made = spare.take()
    made.use(monkeypatch)
    yield made
    spare.give_back(made)
    get_settings.cache_clear()
