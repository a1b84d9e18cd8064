"""One Chromium for each file of browser tests, a page for each; a failing test leaves a picture in failures/.

Playwright keeps an event loop running in its thread, so it is stopped before tests of other files run there.
"""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from console import db
from tests.browser import harness
from tests.conftest import Databases

_failed = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[_failed] = report.failed
    return report


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one file stay on one worker, and share its Chromium."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.xdist_group(item.path.name))


@pytest.fixture(scope="module")
def shared_company(
    seeded_company: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Databases]:
    """The sample company, for all tests of a file that share a console."""
    db.dispose()
    made = seeded_company.copy(tmp_path_factory.mktemp("company"))
    yield made
    made.drop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with harness.browsing() as running:
        yield running


@pytest.fixture
def problems() -> list[str]:
    """What the content policy of the page refused, and scripts that broke: empty, if all is well."""
    return []


@pytest.fixture
def page(browser: Browser, problems: list[str], request: pytest.FixtureRequest) -> Iterator[Page]:
    with harness.opened_page(browser, problems) as opened:
        yield opened
        if request.node.stash.get(_failed, False):
            harness.photograph(opened, request.node.name)
