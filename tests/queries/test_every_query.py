"""Every public function of queries/ is asked once on the sample company, on both databases.

What each answers is tested where its rule is; here none is forgotten, and each one's SQL runs on both.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator

import pytest

import queries
from console import clocks, db
from console.settings import get_settings
from tests.conftest import Databases
from tests.queries.every_query import company_rows, console_rows, day_rows, report_rows
from tests.queries.every_query.there import Rows, There
from tests.queries.every_query.work import gateway_speaks, work

ROWS: Rows = company_rows.ROWS | console_rows.ROWS | report_rows.ROWS | day_rows.ROWS


@pytest.fixture(scope="module")
def lived_in(seeded_company: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """The sample company with what only work leaves behind: operations, a log, a session, a load."""
    db.dispose()
    with pytest.MonkeyPatch.context() as patch:
        made = seeded_company.copy(tmp_path_factory.mktemp("lived-in"))
        made.use(patch)
        work()
        gateway_speaks(clocks.now())
        yield made
        made.drop()
    get_settings.cache_clear()


def every_public_function() -> set[str]:
    """Functions defined in the modules of queries/, by module and name, without what begins with _."""
    found = set()
    for module in [queries.__name__, *_modules()]:
        for name, value in vars(importlib.import_module(module)).items():
            function = inspect.unwrap(value) if callable(value) else None
            if inspect.isfunction(function) and function.__module__ == module and not name.startswith("_"):
                found.add(f"{module}.{name}".removeprefix("queries."))
    return found


def _modules() -> list[str]:
    every = (one.name for one in pkgutil.walk_packages(queries.__path__, "queries."))
    return [name for name in every if not name.rpartition(".")[2].startswith("_")]


def test_no_function_is_forgotten() -> None:
    assert set(ROWS) == every_public_function()


@pytest.mark.parametrize("name", ROWS)
def test_it_answers(name: str, lived_in: Databases) -> None:
    ask, expected = ROWS[name]
    with db.reading() as data:
        answer = ask(There(data, clocks.now()))
    if not isinstance(expected, list):
        assert type(answer) is expected
        return
    rows = next((getattr(answer, name) for name in ("rows", "first") if hasattr(answer, name)), answer)
    assert len(rows) > 0
    assert {type(row) for row in rows} == {expected[0]}
