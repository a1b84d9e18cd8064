"""One Chromium for all browser tests, a page for each; a failing test leaves its picture in failures/."""

from collections.abc import Generator, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import harness

_failed = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[_failed] = report.failed
    return report


@pytest.fixture(scope="session")
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
