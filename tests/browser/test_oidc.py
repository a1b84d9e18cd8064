"""Signing in with an identity provider in a real browser, against one that runs beside it."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from console.actions import staff
from tests.browser.harness import Server, free_port, serving, settled
from tests.conftest import Databases

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from oidc_provider_mock import User, run_server_in_thread

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("migrated", ["sqlite"], indirect=True),  # a browser sees no difference
    pytest.mark.filterwarnings("ignore:get_jwt_config:DeprecationWarning"),  # the provider's own business
]
TINY = Path(__file__).with_name("tiny_app.py")
PEOPLE = [
    User(sub="aino", claims={"email": "aino@company.example", "email_verified": True}),
    User(sub="bert", claims={"email": "bert@company.example", "email_verified": True}),
    User(sub="gone", claims={"email": "gone@company.example", "email_verified": True}),
    User(sub="stranger", claims={"email": "stranger@company.example", "email_verified": True}),
    User(sub="unverified", claims={"email": "aino@company.example", "email_verified": False}),
    User(sub="unsaid", claims={"email": "aino@company.example"}),
]


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with run_server_in_thread(user_claims=PEOPLE) as running:
        yield f"http://localhost:{running.server_port}"


@pytest.fixture
def server(databases: Databases, provider: str) -> Iterator[Server]:
    staff.add_staff("Aino@Company.example", "Aino Aalto", "admin")
    staff.add_staff("bert@company.example", "Bert Berg", "agent")
    staff.add_staff("gone@company.example", "Gone Long Ago", "admin")
    staff.disable("gone@company.example")
    port = free_port()
    environment = databases.environment | {
        "CONSOLE_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "CONSOLE_OIDC_METADATA_URL": f"{provider}/.well-known/openid-configuration",
        "CONSOLE_OIDC_CLIENT_ID": "console",
        "CONSOLE_OIDC_CLIENT_SECRET": "known to both",
        "CONSOLE_SESSION_SECRET": "0123456789abcdef" * 4,
    }
    with serving("serve", script=TINY, environment=environment, port=port) as running:
        yield running


def sign_in(page: Page, person: str) -> None:
    """From a page of ours that offers it, through the provider's."""
    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("button", name=person, exact=True).first.click()


def session_cookie(page: Page) -> str | None:
    ours = [cookie for cookie in page.context.cookies() if cookie.get("name") == "console_session"]
    assert all(cookie.get("httpOnly") and cookie.get("sameSite") == "Lax" for cookie in ours)
    return ours[0].get("value") if ours else None


def test_people_come_in_and_others_stay_out(server: Server, page: Page, problems: list[str]) -> None:
    page.goto(f"{server.url}/second?customer=C-1001")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(page, "aino")
    settled(page)
    assert page.url == f"{server.url}/second?customer=C-1001"
    expect(page.get_by_text("asked for C-1001")).to_be_visible()
    page.goto(server.url)
    expect(page.get_by_text("Here is Aino Aalto as admin")).to_be_visible()
    first = session_cookie(page)
    page.goto(f"{server.url}/signout")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{server.url}/signin")

    refused = {
        "stranger": "not on the list of staff",
        "unverified": "has not verified the e-mail address aino@company.example",
        "unsaid": "has not verified the e-mail address",
        "gone": "The access of Gone Long Ago has been switched off",
    }
    for person, sentence in refused.items():
        page.goto(f"{server.url}/second")
        sign_in(page, person)
        expect(page.get_by_role("heading", name="You cannot come in")).to_be_visible()
        expect(page.get_by_text(sentence)).to_be_visible()
        page.goto(f"{server.url}/second")
        assert page.url.startswith(f"{server.url}/signin")

    # From the refusal to another account, to where one wanted to go; in a session of its own.
    page.goto(f"{server.url}/second?customer=C-2")
    sign_in(page, "stranger")
    page.get_by_role("link", name="Sign in with another account").click()
    page.get_by_role("button", name="bert", exact=True).first.click()
    settled(page)
    assert page.url == f"{server.url}/second?customer=C-2"
    assert session_cookie(page) != first
    assert problems == []


def test_a_no_and_a_forged_return_are_sentences(server: Server, page: Page) -> None:
    page.goto(server.url)
    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_text("Your identity provider did not sign you in")).to_be_visible()
    answer = page.goto(f"{server.url}/oidc/callback?code=stolen&state=forged")
    assert answer is not None
    assert answer.status == 400
    expect(page.get_by_text("begun in another browser")).to_be_visible()
    page.get_by_role("link", name="Back to sign-in").click()
    sign_in(page, "aino")
    settled(page)
    expect(page.get_by_text("Here is Aino Aalto as admin")).to_be_visible()


def test_a_return_taken_from_another_browser_signs_nobody_in(server: Server, page: Page) -> None:
    """Code and state of one browser do not work in another: nobody lands in somebody else's account."""
    page.goto(server.url)
    with page.expect_request(lambda request: "/oidc/callback" in request.url) as caught:
        page.route("**/oidc/callback*", lambda route: route.abort())
        sign_in(page, "bert")
    page.unroute("**/oidc/callback*")
    page.context.clear_cookies()
    answer = page.goto(caught.value.url)
    assert answer is not None
    assert answer.status == 400
    assert session_cookie(page) is None
