"""Many at once in a real browser: ticked over two pages, typed to confirm, gone through by the worker."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from console import db
from queries import bulk, subscriptions
from tests.browser.harness import Server, serving, settled
from tests.browser.test_journey import choose_reason, sign_in
from tests.conftest import Databases

pytestmark = pytest.mark.browser
HEADER, ROW = 35, 35  # pixels of the grid


@pytest.fixture
def server(company_copy: Databases) -> Iterator[Server]:
    with serving("demo", environment=company_copy.environment) as running:
        yield running


def tick(page: Page, *places: int) -> None:
    """Tick rows in the grid, which is drawn on a canvas."""
    grid = page.locator(".dvn-scroller").first
    grid.wait_for()
    settled(page)
    for place in places:
        grid.evaluate("grid => grid.scrollIntoView({block: 'start'})")
        box = grid.bounding_box()
        assert box is not None
        page.mouse.click(box["x"] + 15, box["y"] + HEADER + ROW * place + ROW / 2)
        settled(page)


@pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
def test_a_selection_is_cancelled_one_by_one(server: Server, page: Page, problems: list[str]) -> None:
    sign_in(page, server, "Emma Laine", "/subscriptions?status=Active")
    tick(page, 0, 1)
    expect(page.get_by_text("2 selected", exact=True)).to_be_visible()
    page.get_by_role("button", name="Older").click()
    expect(page.get_by_text("2 selected, 2 of them on other pages")).to_be_visible()
    tick(page, 0)
    expect(page.get_by_text("3 selected, 2 of them on other pages")).to_be_visible()
    page.get_by_role("button", name="Cancel selection…").click()

    expect(page.get_by_role("heading", name="Bulk")).to_be_visible()
    words = (
        page.locator("label", has_text="To confirm, type: ").inner_text().removeprefix("To confirm, type: ")
    )
    choose_reason(page, "Another reason")
    box = page.get_by_role("textbox", name="To confirm")
    confirm = page.get_by_role("button", name=f"Cancel {words} at the end of the period")
    box.fill("yes")
    confirm.click()
    expect(page.get_by_text(f"To confirm, type exactly: {words}. Nothing was done.")).to_be_visible()
    box.fill(words)
    confirm.dblclick()
    expect(page.get_by_text("Finished: ", exact=False)).to_be_visible()

    with db.reading() as data:
        (run,) = bulk.latest(data.state)
        for item in bulk.items(data.state, run.id):
            now = subscriptions.by_number(data.subscriptions, item.subject_number)
            assert now is not None
            assert now.cancel_at_period_end
            assert (item.outcome, item.state) == ("settled", "settled")
    assert (run.state, f"{run.rows} subscriptions") == ("finished", words)
    assert page.url == f"{server.url}/bulk?bulk={run.id}"
    assert problems == []
