"""An agent's whole journey in a real browser: find, see, preview, cancel, read it back, undo, prove it."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from console import clocks, db
from console.reporting import DAY, Question, run
from console.settings import get_settings
from queries import audit, subscriptions
from queries.periods import first_of_month
from tests.browser.harness import Server, said_done, serving, settled
from tests.conftest import Databases

pytestmark = pytest.mark.browser
EMAIL, CUSTOMER, SUBSCRIPTION = "aino.korhonen@example.com", "C-1001", "S-1001"


@pytest.fixture
def server(company_copy: Databases) -> Iterator[Server]:
    with serving("demo", environment=company_copy.environment) as running:
        yield running


@pytest.fixture(scope="module")
def shared_server(shared_company: Databases) -> Iterator[Server]:
    with serving("demo", environment=shared_company.environment) as running:
        yield running


@pytest.fixture
def standing(
    shared_server: Server, shared_company: Databases, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    """For the tests that change nothing: who is here and what was exported is all that they add."""
    shared_company.use(monkeypatch)
    yield shared_server
    get_settings.cache_clear()


def sign_in(page: Page, server: Server, name: str, path: str = "/") -> None:
    page.goto(server.url + path)
    page.get_by_role("button", name=name).click()
    settled(page)


def choose_reason(page: Page, reason: str) -> None:
    """A list that the page closed again, because something above it arrived late, is opened once more."""
    settled(page)
    box, option = page.get_by_role("combobox", name="Reason"), page.get_by_role("option", name=reason)
    box.click()
    if not option.is_visible():
        page.wait_for_timeout(500)
    if not option.is_visible():
        box.click()
    option.click()
    settled(page)


def test_find_cancel_undo_and_audit(server: Server, page: Page, problems: list[str]) -> None:
    sign_in(page, server, "Emma Laine")
    expect(page.get_by_role("heading", name="Home")).to_be_visible()

    # One box, the keyboard alone: the only customer who fits opens.
    page.get_by_role("searchbox", name="Find a customer").fill(EMAIL)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"Customer {CUSTOMER}")).to_be_visible()
    assert page.url == f"{server.url}/customer?customer={CUSTOMER}"
    expect(page.get_by_text("Renews on", exact=False).first).to_be_visible()

    # The subscription that renews tomorrow, and what cancelling it would do.
    page.locator(f".st-key-cancel-of-{SUBSCRIPTION}").get_by_role("button").click()
    expect(page.get_by_text(f"Act on {SUBSCRIPTION}")).to_be_visible()
    assert page.url == f"{server.url}/customer?customer={CUSTOMER}&act=cancel&on={SUBSCRIPTION}"
    expect(page.get_by_text("will not be made")).to_be_visible()
    expect(page.get_by_text("T-1001", exact=False).first).to_be_visible()
    choose_reason(page, "No longer used")
    page.get_by_label("Note for colleagues (optional)").fill("asked on the phone")
    page.get_by_role("button", name="Cancel the subscription on").click()
    expect(said_done(page)).to_be_visible()

    # In words on the customer's page, also after a reload.
    page.goto(f"{server.url}/customer?customer={CUSTOMER}")
    settled(page)
    expect(page.get_by_text("Set to end on")).to_be_visible()

    # Undo.
    page.get_by_role("button", name="Undo cancel…").click()
    expect(page.get_by_role("button", name="Undo the cancellation")).to_be_visible()
    choose_reason(page, "The customer changed their mind")
    page.get_by_role("button", name="Undo the cancellation").click()
    expect(said_done(page)).to_be_visible()
    with db.reading() as data:
        now = subscriptions.by_number(data.subscriptions, SUBSCRIPTION)
    assert now is not None
    assert not now.cancel_at_period_end

    # Both are in the log: who, why, from what to what.
    page.context.clear_cookies()
    page.set_viewport_size({"width": 1440, "height": 900})
    sign_in(page, server, "Sofia Nieminen", f"/audit?whom={CUSTOMER}")
    assert page.url == f"{server.url}/audit?whom={CUSTOMER}"
    grid = page.get_by_test_id("stDataFrame")
    for said in (
        f"Emma Laine cancelled {SUBSCRIPTION}",
        f"Emma Laine took back the cancellation of {SUBSCRIPTION}",
        "No longer used",
        "cancel at period end: no → yes",
        "cancel at period end: yes → no",
    ):
        expect(grid.get_by_text(said, exact=False).first).to_be_attached()
    assert problems == []


@pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
def test_pressing_twice_at_once_is_one_operation(server: Server, page: Page) -> None:
    sign_in(page, server, "Emma Laine", f"/subscription?subscription={SUBSCRIPTION}")
    choose_reason(page, "Too expensive")
    page.get_by_role("button", name="Cancel the subscription on").dblclick()
    expect(page.get_by_text("Set to end on").first).to_be_visible()
    with db.reading() as data:
        now = subscriptions.by_number(data.subscriptions, SUBSCRIPTION)
        assert now is not None
        events = subscriptions.events_of(data.subscriptions, now.id).rows
    assert [event.kind for event in events].count("cancel_requested") == 1


@pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
def test_an_anonymous_deep_link_shows_nothing_of_the_page(standing: Server, page: Page) -> None:
    from console.screens import SCREENS

    for screen in SCREENS:
        page.goto(f"{standing.url}/{screen.address}?customer={CUSTOMER}&subscription={SUBSCRIPTION}")
        expect(page).to_have_title(re.compile("^Sign in as"))
        assert "Aino Korhonen" not in page.content()
        assert page.locator("[data-testid=stApp]").count() == 0


@pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
def test_a_row_opens_by_a_click(standing: Server, page: Page) -> None:
    sign_in(page, standing, "Emma Laine", "/customers?q=korhonen")
    grid = page.locator(".dvn-scroller").first
    grid.wait_for()
    settled(page)
    box = grid.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 30, box["y"] + 35 + 17)
    expect(page.get_by_role("heading", name="Customer C-")).to_be_visible()


@pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
def test_signing_out_by_the_button(standing: Server, page: Page) -> None:
    sign_in(page, standing, "Emma Laine", "/customers")
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_title(re.compile("^Sign in as"))
    page.goto(f"{standing.url}/customers")
    expect(page).to_have_title(re.compile("^Sign in as"))


@pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
def test_finance_takes_a_report_along_and_it_is_written_down(standing: Server, page: Page) -> None:
    sign_in(page, standing, "Oskar Lindqvist", "/renewals?days=60")
    with page.expect_download() as download:
        page.get_by_role("button", name="Table as CSV").click()
    taken = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert taken[0].startswith("Day,Currency,Due,")
    assert len(taken) > 60  # a row for every day, also those on which nothing is due
    with page.expect_download() as download:  # at once: taking a file does not run the page again
        page.get_by_role("button", name="Rows as CSV").click()
    rows = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    due = sum(int(line.split(",")[2]) for line in taken[1:])
    assert len(rows) - 1 == due  # the rows behind the figure are the figure
    with db.reading() as data:
        entries = audit.page(data.state, audit.AuditFilters(kind="report.exported")).rows
    assert {(entry.actor_name, entry.subject_number) for entry in entries} == {
        ("Oskar Lindqvist", "renewals")
    }
    assert len(entries) == 2


@pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
def test_a_click_on_a_mark_lists_its_rows(standing: Server, page: Page, problems: list[str]) -> None:
    sign_in(page, standing, "Oskar Lindqvist", "/cancellations?by=Product&period=Last+12+months")
    bar = page.locator(".js-plotly-plot .points path").first  # "Ended: voluntary" of the first product
    expect(bar).to_be_visible()
    bar.click(force=True)  # a layer of the chart lies over it and takes the click
    expect(page.get_by_role("button", name="All of them")).to_be_visible()
    settled(page)
    address = parse_qs(urlsplit(page.url).query)
    (product,) = address["line"]
    assert address["only"] == ["Voluntary"]
    expect(page.get_by_text(f"Only {product}")).to_be_visible()
    listed = ended_by_choice(product)
    assert listed > 0
    rows = page.locator("[role=grid]").last  # as it tells a screen reader: with its header
    expect(rows).to_have_attribute("aria-rowcount", str(listed + 1))
    page.get_by_role("button", name="All of them").click()
    expect(page.get_by_text(f"Only {product}")).to_have_count(0)
    settled(page)
    assert "line" not in parse_qs(urlsplit(page.url).query)
    assert problems == []


def ended_by_choice(product: str) -> int:
    question = Question(
        name="cancellations", by="product", rows=True, only="voluntary", key=product,
        first=str(first_of_month(clocks.today(), -12)), last=str(first_of_month(clocks.today()) - DAY),
    )  # fmt: skip
    with db.reading() as data:
        return len(run(data, question).rows)
