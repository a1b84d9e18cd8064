"""The demo's sign-in as a person meets it: choose, work in several tabs, sign out, be shut out."""

import re
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from console import db
from console.actions import staff
from tests.browser.harness import Server, opened_page, serving, settled
from tests.conftest import Databases

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("migrated", ["sqlite"], indirect=True),  # a browser sees no difference
]
TINY = Path(__file__).with_name("tiny_app.py")


@pytest.fixture
def server(databases: Databases) -> Iterator[Server]:
    staff.add_staff("aino@company.example", "Aino Aalto", "admin")
    staff.add_staff("bert@company.example", "Bert Berg", "agent")
    with serving("demo", script=TINY, environment=databases.environment) as running:
        yield running


def choose(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()
    settled(page)


def test_a_day_at_the_console(server: Server, page: Page, browser: Browser, problems: list[str]) -> None:
    # A link from somewhere leads through the sign-in page, back to where it points.
    page.goto(f"{server.url}/second?customer=C-1001")
    expect(page).to_have_title(re.compile("^Sign in as · "))
    choose(page, "Aino Aalto")
    assert page.url == f"{server.url}/second?customer=C-1001"
    expect(page.get_by_text("asked for C-1001")).to_be_visible()
    page.wait_for_selector(".js-plotly-plot")

    # Downloads and uploads pass the gate, and the strict policy refuses nothing of Streamlit's own.
    file = FilePayload(name="a.txt", mimeType="text/plain", buffer=b"abc")
    page.set_input_files("input[type=file]", files=file)
    expect(page.get_by_text("brought 3 bytes")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Take along").click()
    assert download.value.path().read_text() == "a;b\n1;2\n"
    assert problems == []

    # Somebody else is somebody else.
    with opened_page(browser) as other:
        other.goto(server.url)
        choose(other, "Bert Berg")
        expect(other.get_by_text("Here is Bert Berg as agent")).to_be_visible()

        # Signing out in one tab ends the other too, and leads it to the sign-in page and back from there.
        tab = page.context.new_page()
        tab.goto(f"{server.url}/?customer=C-7")
        settled(tab)
        expect(tab.get_by_text("Here is Aino Aalto as admin")).to_be_visible()
        tab.get_by_role("button", name="Count").click()
        expect(tab.get_by_text("clicked 1")).to_be_visible()
        page.goto(f"{server.url}/signout")
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url(f"{server.url}/signin")
        tab.wait_for_url(re.compile("/signin.next="), timeout=4000)
        choose(tab, "Bert Berg")
        assert tab.url == f"{server.url}/?customer=C-7"
        expect(tab.get_by_text("Here is Bert Berg as agent")).to_be_visible()
        expect(tab.get_by_text("clicked 0")).to_be_visible()  # nothing of the former person is left

        # … and does nothing to other people's browsers.
        other.get_by_role("button", name="Count").click()
        expect(other.get_by_text("clicked 1")).to_be_visible()

        # Shut out by an administrator: from every browser, within a second or two.
        began = time.monotonic()
        staff.disable("bert@company.example")
        for shut_out in (tab, other):
            shut_out.wait_for_url(re.compile("/signin"), timeout=4000)
            expect(shut_out.get_by_role("button", name="Bert Berg")).to_have_count(0)
        assert time.monotonic() - began < 4


def test_a_defect_is_a_number_on_the_page_and_the_rest_in_the_log(server: Server, page: Page) -> None:
    page.goto(server.url)
    choose(page, "Aino Aalto")
    page.get_by_role("button", name="Break").click()
    alert = page.get_by_text("Something went wrong")
    expect(alert).to_be_visible()
    number = re.search(r"incident (\d{4}-[A-Z2-9]{6})", alert.inner_text())
    assert number is not None
    assert "a secret of the inside" not in page.content()
    assert f"incident {number[1]}" in server.said()
    assert "a secret of the inside" in server.said()


def test_the_sign_in_page_is_kind_to_everybody(server: Server, page: Page) -> None:
    page.goto(f"{server.url}/signin")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText").startswith("Aino Aalto")
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.locator("h1").count() == 1
    colours = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        colours.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert colours[0] != colours[1]
    page.set_viewport_size({"width": 320, "height": 600})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.keyboard.press("Enter")
    settled(page)


STREAMLITS = [
    "/", "/first", "/second?customer=C-1", "/_stcore/health", "/_stcore/host-config", "/_stcore/metrics",
    "/_stcore/script-health-check", "/_stcore/agent/openapi.json", "/_stcore/agent/mcp", "/auth/login",
    "/oauth2callback", "/media/x.csv", "/static/js/x.js", "/favicon.png", "/component/a/b", "//first",
    "/first/", "/_stcore/stream", "/%5fstcore/metrics", "/first/../_stcore/metrics", "/_stcore/./metrics",
]  # fmt: skip


def test_nothing_of_streamlit_answers_anonymous_clients(server: Server) -> None:
    with httpx.Client(base_url=server.url) as client:
        for path in STREAMLITS:
            for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
                answer = client.request(method, path, headers={"origin": server.url})
                assert answer.status_code in {401, 404}, (method, path)
                assert "streamlit" not in (answer.text + str(answer.headers)).lower(), (method, path)
            page = client.get(path, headers={"accept": "text/html"})
            assert page.status_code in {303, 401, 404}, path
    assert _socket(server, {}) == 403
    assert _socket(server, {"cookie": "console_session=" + "a" * 43}) == 403
    assert _socket(server, {"x-console-staff": "1"}) == 403


def _socket(server: Server, headers: dict[str, str], origin: str | None = None) -> int:
    """The status a websocket handshake is answered with."""
    address = server.url.replace("http", "ws") + "/_stcore/stream"
    try:
        with connect(address, additional_headers=headers, origin=Origin(origin or server.url)):
            return 101
    except InvalidStatus as refused:
        return refused.response.status_code


def test_a_signed_in_socket_needs_its_own_origin(server: Server) -> None:
    with httpx.Client(base_url=server.url, headers={"origin": server.url}) as client:
        client.post("/signin", data={"staff": "1"})
        cookie = {"cookie": f"console_session={client.cookies['console_session']}"}
        assert _socket(server, cookie) == 101
        for origin in ("http://evil.example", "http://localhost:1", "null"):
            assert _socket(server, cookie, origin) == 403
        assert client.get("/_stcore/metrics").status_code == 404  # nor for people who are signed in
        assert client.get("/_stcore/health").status_code == 200


def test_the_servers_word_is_final(server: Server) -> None:
    """A header that names its peer or its person is only a header."""
    with httpx.Client(base_url=server.url) as client:
        assert client.get("/signin", headers={"x-forwarded-for": "127.0.0.1"}).status_code == 403
        assert client.get("/", headers={"x-console-staff": "1"}).status_code == 401


def test_stopping_with_people_at_work_is_quick(databases: Databases, page: Page) -> None:
    staff.add_staff("aino@company.example", "Aino Aalto", "admin")
    with serving("demo", script=TINY, environment=databases.environment) as running:
        page.goto(running.url)
        choose(page, "Aino Aalto")
        began = time.monotonic()
        running.process.terminate()
        assert running.process.wait(timeout=10) == 0
        assert time.monotonic() - began < 6
        assert "Traceback" not in running.said()
    with db.reading() as data:
        assert data.state.exec_driver_sql("SELECT count(*) FROM staff_sessions").scalar() == 1
