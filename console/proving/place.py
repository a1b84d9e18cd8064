"""Databases of a proof's own: made for it, and gone after it. The configured ones are never opened.

A template is migrated once; each copy of it is a new, empty set. On SQLite they are files in memory where the
machine has such a folder; on PostgreSQL new databases of the given server.
"""

import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg

from console import db, migrations
from console.errors import Refused
from console.gateways.simulated import SimulatedGateway
from console.settings import get_settings

IN_MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
_PATIENCE = "60"  # seconds for a lock: nobody waits before a screen here


@contextmanager
def template(url: str | None) -> Iterator["Template"]:
    """Migrated databases without rows. `url`: of any database of a PostgreSQL server on which the role may
    create databases; None: SQLite. Raises Refused for another URL."""
    if url is None:
        made: Template = _Files()
    elif url.startswith("postgresql://"):
        made = _Server(url)
    else:
        raise Refused("A proof runs on postgresql://…, or without --database on SQLite files of its own.")
    try:
        with settings(made.environment("template")), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of indexes that a comparison of schemas does not read
            for database in db.DATABASES:
                migrations.upgrade(database)
        yield made
    finally:
        made.drop()


@contextmanager
def settings(values: Mapping[str, str]) -> Iterator[None]:
    """Only these settings hold, whatever is configured."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("CONSOLE_")}
    try:
        _set(values)
        yield
    finally:
        _set(kept)


def change(name: str, value: str) -> None:
    """One setting of the place has another value from now on; its connections stay."""
    os.environ[name] = value
    get_settings.cache_clear()


def let_go(gateway: SimulatedGateway) -> None:
    """No connection is open, as before a process is forked; what was compiled for them stays."""
    for database in db.DATABASES:
        for read_only in (False, True):
            db.engine(database, read_only=read_only).dispose()
    gateway.close()


def _set(values: Mapping[str, str]) -> None:
    for name in [name for name in os.environ if name.startswith("CONSOLE_")]:
        del os.environ[name]
    os.environ.update(values)
    get_settings.cache_clear()
    db.dispose()


class Template:
    """`copied` makes a set of databases and answers the environment in which they are the console's."""

    def __init__(self) -> None:
        self.folder = Path(
            tempfile.mkdtemp(prefix="console-proof-", dir=IN_MEMORY if IN_MEMORY.is_dir() else None)
        )

    def environment(self, name: str) -> dict[str, str]:
        return {
            "CONSOLE_VAR": str(self.folder / name),
            "CONSOLE_GATEWAY": "simulated",
            "CONSOLE_DATABASE_TIMEOUT": _PATIENCE,
            "CONSOLE_RECALL_SECONDS": "0",
        }

    @contextmanager
    def copied(self) -> Iterator[dict[str, str]]:
        raise NotImplementedError

    def require_connections(self, number: int) -> None:
        """Raises Refused where fewer can be open at the same time."""

    def drop(self) -> None:
        shutil.rmtree(self.folder)


class _Files(Template):
    @contextmanager
    def copied(self) -> Iterator[dict[str, str]]:
        name = uuid.uuid4().hex
        shutil.copytree(self.folder / "template", self.folder / name)
        try:
            yield self.environment(name)
        finally:
            shutil.rmtree(self.folder / name)


class _Server(Template):
    def __init__(self, url: str) -> None:
        super().__init__()
        self.url, self.prefix = url, f"console_proof_{uuid.uuid4().hex[:12]}"
        self._say("CREATE DATABASE", "template")

    def environment(self, name: str) -> dict[str, str]:
        url = urlunsplit(urlsplit(self.url)._replace(path=f"/{self.prefix}_{name}"))
        own = {f"CONSOLE_{part.upper()}_URL": url for part in (*db.DATABASES, "gateway")}
        return super().environment(name) | own

    @contextmanager
    def copied(self) -> Iterator[dict[str, str]]:
        name = uuid.uuid4().hex[:12]
        self._say("CREATE DATABASE", name, f'TEMPLATE "{self.prefix}_template"')
        try:
            yield self.environment(name)
        finally:
            self._say("DROP DATABASE", name, "WITH (FORCE)")

    def require_connections(self, number: int) -> None:
        with psycopg.connect(self.url) as connection:
            (most,) = connection.execute("SHOW max_connections").fetchone() or ("0",)
        if int(most) < number:
            raise Refused(
                f"The server lets {most} connections in, and this needs {number}. Raise max_connections, or "
                "take fewer processes."
            )

    def drop(self) -> None:
        self._say("DROP DATABASE", "template", "WITH (FORCE)")
        super().drop()

    def _say(self, what: str, name: str, how: str = "") -> None:
        """Names are of our own making."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f'{what} "{self.prefix}_{name}" {how}'.encode())
