"""The sample company for tests: `company` to read, `company_copy` to change. Seeded once for each kind of
database; who is in it by name: `console.demo.characters`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from console import clocks, db, demo
from console.settings import get_settings

if TYPE_CHECKING:  # tests.conftest imports this module
    from tests.conftest import Databases

CUSTOMERS = 250
SEED = 1


@pytest.fixture(scope="session")
def seeded_company(migrated: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """The template the two others stand on. Not for use by tests themselves."""
    db.dispose()
    made = migrated.copy(tmp_path_factory.mktemp("company"))
    with pytest.MonkeyPatch.context() as patch:
        made.use(patch)
        demo.seed(CUSTOMERS, SEED, today=clocks.today())
    get_settings.cache_clear()
    db.dispose()
    yield made
    made.drop()


@pytest.fixture
def company(seeded_company: Databases, monkeypatch: pytest.MonkeyPatch) -> Iterator[Databases]:
    """The sample company of 250 customers, anchored on today, the same for all tests: only read it."""
    seeded_company.use(monkeypatch)
    yield seeded_company
    get_settings.cache_clear()


@pytest.fixture
def company_copy(
    seeded_company: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Databases]:
    """The sample company for one test alone, to change as it likes."""
    db.dispose()
    made = seeded_company.copy(tmp_path)
    made.use(monkeypatch)
    yield made
    made.drop()
    get_settings.cache_clear()
