"""Report tests write in transactions that are rolled back, so that all of them can share empty databases."""

from collections.abc import Iterator

import pytest

from console.settings import get_settings
from tests.conftest import Databases


@pytest.fixture(scope="session")
def shared(migrated: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    made = migrated.copy(tmp_path_factory.mktemp("reports"))
    yield made
    made.drop()


@pytest.fixture
def empty(shared: Databases, monkeypatch: pytest.MonkeyPatch) -> Iterator[Databases]:
    """Databases without rows, to be left so: write inside `scratch()`. Of each kind in turn."""
    shared.use(monkeypatch)
    yield shared
    get_settings.cache_clear()
