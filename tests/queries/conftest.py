"""Rows built once for all tests of a module that only reads; and what was asked of the engines."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from console.settings import get_settings
from tests.conftest import Databases


@pytest.fixture(scope="module")
def module_databases(migrated: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """Empty databases with all tables, of each kind in turn, shared by the tests of one module."""
    with pytest.MonkeyPatch.context() as patch:
        made = migrated.copy(tmp_path_factory.mktemp("shared"))
        made.use(patch)
        yield made
        made.drop()
    get_settings.cache_clear()


_INDEX_SCAN = re.compile(r"\b(Bitmap Index|Index Only|Index) Scan\b")


@dataclass(frozen=True)
class Asked:
    """One statement as the driver got it, on the connection that sent it."""

    connection: Connection
    statement: str
    parameters: Any

    def plan(self) -> list[str]:
        explain = "EXPLAIN QUERY PLAN " if self.connection.dialect.name == "sqlite" else "EXPLAIN "
        found = self.connection.exec_driver_sql(explain + self.statement, self.parameters)
        return [str(row[-1]) for row in found]

    def whole_reads(self, *tables: str) -> list[str]:
        """The lines of the plan that read all of one of these tables, or all of an index."""
        plan = self.plan()
        if self.connection.dialect.name == "sqlite":
            return [line for line in plan if line.startswith("SCAN ") and line.split()[1] in tables]
        return [
            line
            for line, following in zip(plan, [*plan[1:], ""], strict=True)
            if any(f"Seq Scan on {table} " in line for table in tables)
            or (_INDEX_SCAN.search(line) and "Index Cond" not in following)
        ]


@pytest.fixture
def asked() -> Iterator[list[Asked]]:
    """Every statement sent during the test; clear it where counting should begin."""
    noted: list[Asked] = []

    def note(conn: Connection, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            noted.append(Asked(conn, statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    yield noted
    event.remove(Engine, "before_cursor_execute", note)
