"""Giving money back in a real browser: previewed, recalled, approved by a second person; pressed twice, left
in the middle, and from a ticket: one operation each time, with one outcome."""

import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from console import db
from console.server import ENTRY
from console.settings import get_settings
from queries import operations, outbox, subscriptions
from queries.operations import Operation
from queries.tables_state import operations as operation_table
from queries.tables_subscriptions import refunds
from tests.browser.harness import Server, opened_page, said_done, serving, settled
from tests.browser.test_journey import choose_reason, sign_in
from tests.conftest import Databases

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("migrated", ["sqlite"], indirect=True),
]
CUSTOMER, SUBSCRIPTION, YEARLY = "C-1001", "S-1001", "S-1002"
PATIENCE = 60.0
_earlier: set[str] = set()  # operations of the tests before


@pytest.fixture(scope="module")
def shared_server(shared_company: Databases) -> Iterator[Server]:
    with serving("demo", environment=shared_company.environment | {"CONSOLE_RECALL_SECONDS": "0"}) as running:
        yield running


@pytest.fixture
def at_once(
    shared_server: Server, shared_company: Databases, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    """For one test after the other, each with subscriptions of its own: money leaves without a time to recall
    it."""
    shared_company.use(monkeypatch)
    _earlier.clear()
    _earlier.update(one.id for one in made())
    yield shared_server
    db.dispose()
    get_settings.cache_clear()


@pytest.fixture
def recallable(company_copy: Databases) -> Iterator[Server]:
    _earlier.clear()
    with serving("demo", environment=company_copy.environment) as running:
        yield running


def made() -> list[Operation]:
    """Every operation of this test, oldest first."""
    with db.reading() as data:
        ids = data.state.scalars(select(operation_table.c.id).order_by(operation_table.c.requested_at))
        found = [operations.by_id(data.state, id) for id in ids]
    return [one for one in found if one is not None and one.id not in _earlier]


def given_back() -> list[tuple[int, str]]:
    """Refunds that the operations of this test made: amount and status."""
    with db.reading() as data:
        rows = data.subscriptions.execute(
            select(refunds.c.amount_minor, refunds.c.status)
            .where(refunds.c.operation_id.in_([one.id for one in made()]))
            .order_by(refunds.c.id)
        )
        return [(row.amount_minor, row.status) for row in rows]


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, [(one.kind, one.state) for one in made()]
        time.sleep(0.1)


def test_a_refund_from_the_customer_page(at_once: Server, page: Page, problems: list[str]) -> None:
    sign_in(page, at_once, "Emma Laine", f"/customer?customer={CUSTOMER}")
    page.locator(f".st-key-refund-of-{SUBSCRIPTION}").get_by_role("button").click()
    expect(page.get_by_text("the whole charge")).to_be_visible()
    page.get_by_text("An amount", exact=True).click()
    page.get_by_label("Amount in EUR, with tax").fill("2,40")
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="Refund 2.40")
    expect(button).to_be_visible()
    choose_reason(page, "Goodwill")
    button.click()
    expect(page.get_by_text("went back to Visa ••4242", exact=False)).to_be_visible()
    assert given_back() == [(240, "succeeded")]
    (one,) = made()
    until(lambda: _mail_sent(one.id))
    assert problems == []


def _mail_sent(operation_id: str) -> bool:
    with db.reading() as data:
        return any(row.sent_at for row in outbox.of_operation(data.state, operation_id))


def test_recalled_before_it_leaves(recallable: Server, page: Page) -> None:
    sign_in(page, recallable, "Emma Laine", f"/subscription?subscription={SUBSCRIPTION}&act=refund")
    choose_reason(page, "Goodwill")
    page.get_by_role("button", name="Refund 12.54").click()
    expect(page.get_by_text("Leaves us in", exact=False)).to_be_visible()
    page.get_by_role("button", name="Recall").click()
    expect(page.get_by_text("Taken back by Emma Laine", exact=False)).to_be_visible()
    assert [one.state for one in made()] == ["refused"]
    assert given_back() == []


def test_a_second_person_approves_what_the_first_saw(at_once: Server, page: Page, browser: Browser) -> None:
    sign_in(page, at_once, "Emma Laine", f"/subscription?subscription={YEARLY}&act=refund")
    expect(page.get_by_text("above what an agent may refund alone", exact=False)).to_be_visible()
    choose_reason(page, "Goodwill")
    page.get_by_role("button", name="Refund 62.62").click()
    expect(page.get_by_text("Waits for a second person").first).to_be_visible()  # and a toast
    assert given_back() == []
    with opened_page(browser) as second:
        sign_in(second, at_once, "Sofia Nieminen", "/approvals")
        expect(second.get_by_text("62.62", exact=False).first).to_be_visible()
        second.get_by_role("button", name="Approve: Refund 62.62").click()
        expect(said_done(second)).to_be_visible()
    assert given_back() == [(6262, "succeeded")]


def test_nobody_approves_their_own(at_once: Server, page: Page) -> None:
    sign_in(page, at_once, "Sofia Nieminen", "/subscription?subscription=S-1011&act=refund")
    choose_reason(page, "Goodwill")
    page.get_by_role("button", name="Refund 62.62").click()  # within a manager's limit
    expect(said_done(page)).to_be_visible()
    page.goto(f"{at_once.url}/approvals")
    settled(page)
    expect(page.get_by_text("Nothing waits for a second person.")).to_be_visible()


def test_double_click_is_one_refund(at_once: Server, page: Page) -> None:
    sign_in(page, at_once, "Emma Laine", "/subscription?subscription=S-1008&act=refund")
    choose_reason(page, "Charged twice")
    page.get_by_role("button", name="Refund 11.89").dblclick()
    expect(page.get_by_text("went back", exact=False).or_(page.get_by_text("Already done"))).to_be_visible()
    assert [one.state for one in made()] == ["settled"]
    assert given_back() == [(1189, "succeeded")]


def test_a_closed_tab_and_a_widget_in_between_leave_one_outcome(
    at_once: Server, page: Page, browser: Browser
) -> None:
    with opened_page(browser) as tab:
        sign_in(tab, at_once, "Emma Laine", "/subscription?subscription=S-1007&act=refund")
        choose_reason(tab, "Goodwill")
        tab.get_by_role("button", name="Refund 9.51").click(no_wait_after=True)
        until(lambda: len(made()) == 1)  # the click has arrived; what comes of it is not waited for
    until(lambda: [one.state for one in made()] == ["settled"])
    sign_in(page, at_once, "Emma Laine", f"/subscription?subscription={YEARLY}&act=cancel")
    choose_reason(page, "Too expensive")
    page.get_by_role("button", name="Cancel the subscription on").click(no_wait_after=True)
    page.get_by_label("Note for colleagues (optional)").fill("changed while it runs")
    page.keyboard.press("Tab")
    until(lambda: [one.state for one in made()] == ["settled", "settled"])
    assert given_back() == [(951, "succeeded")]


def test_what_arrives_right_behind_a_press_takes_nothing_from_it(
    company_copy: Databases, page: Page, problems: list[str]
) -> None:
    """Runs start late on a busy machine, and Streamlit alone drops a press that is followed meanwhile."""
    _earlier.clear()
    slow = ("--dawdle", "0.5")
    with serving("demo", environment=company_copy.environment, script=ENTRY, arguments=slow) as busy:
        sign_in(page, busy, "Emma Laine", f"/subscription?subscription={YEARLY}&act=cancel")
        choose_reason(page, "Too expensive")
        page.get_by_role("button", name="Cancel the subscription on").click(no_wait_after=True)
        page.get_by_label("Note for colleagues (optional)").fill("changed while it runs")
        page.keyboard.press("Tab")
        expect(page.get_by_text("will end on", exact=False).first).to_be_visible()
        assert [one.state for one in made()] == ["settled"]
    assert problems == []


def test_cancel_and_refund_from_a_ticket(at_once: Server, page: Page) -> None:
    ticket, subscription = "T-1002", "S-1012"
    sign_in(page, at_once, "Emma Laine", f"/ticket?ticket={ticket}")
    page.locator(f".st-key-more-of-{subscription}").get_by_role("button").click()
    page.get_by_text("Cancel and refund…").click()
    page.get_by_text("At once", exact=True).click()
    choose_reason(page, "No longer used")
    page.get_by_role("button", name="Cancel now and refund 12.54").click()
    expect(page.get_by_text("has ended and will not renew", exact=False).first).to_be_visible()
    (one,) = made()
    assert (one.state, one.ticket_number) == ("settled", ticket)
    with db.reading() as data:
        now = subscriptions.by_number(data.subscriptions, subscription)
    assert now is not None
    assert now.status == "canceled"
    until(lambda: _mail_sent(one.id))
    page.reload()
    expect(page.get_by_text("went back to Visa ••5556", exact=False).first).to_be_visible()  # on the ticket
