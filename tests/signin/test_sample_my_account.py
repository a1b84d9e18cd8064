"""The stand-in for My Account: the whole journey of a payment link, without signing in to the console."""

import html
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from console import clocks, db
from console.actions import operations
from console.actions.payment_links import Minted, mint
from console.commands import serve
from console.settings import get_settings
from console.signin.html import POLICY
from queries import customers, payment_links, subscription_events, subscriptions
from tests import build
from tests.signin.conftest import DEMO_URL, OpenConsole, Row, from_page

PAGE = "/sample-my-account/payment-details"
CARD = {"brand": "Mastercard", "last4": "4444", "expiry": "08/2049"}


@pytest.fixture(autouse=True)
def demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSOLE_DEMO", "1")
    monkeypatch.setenv("CONSOLE_COMPANY", "Sample company")
    monkeypatch.setenv("CONSOLE_MY_ACCOUNT_URL", f"{DEMO_URL}/sample-my-account")


@pytest.fixture
def maija(aino: Row) -> Row:
    """Two that run, on one card, and one that ended."""
    with db.writing("subscriptions") as connection:
        customer = build.customer(connection, number="C-7", name="Maija")
        card = build.payment_method(connection, customer["id"])
        for number, values in (
            ("S-7", {}),
            ("S-8", {}),
            ("S-9", {"status": "canceled", "ended_at": build.START}),
        ):
            build.subscription(
                connection, customer["id"], number=number, payment_method_id=card["id"], **values
            )
    return customer


def sent(aino: Row, subscription: str | None = "S-7") -> Minted:
    get_settings.cache_clear()
    with db.writing("state") as connection:
        return mint(
            connection,
            operation_id=operations.new_operation_id(),
            customer_number="C-7",
            subscription_number=subscription,
            created_by=aino["id"],
            at=clocks.now(),
        )


def address_of(minted: Minted) -> str:
    whole = urlsplit(minted.url)
    return f"{whole.path}?{whole.query}"


def form_of(page: str) -> str:
    return html.unescape(page.split('name="token" value="')[1].partition('"')[0])


def save(client: TestClient, token: str, **values: str) -> Any:
    return client.post(PAGE, data={"token": token} | CARD | values, headers=from_page(client))


def cards() -> dict[str, tuple[str | None, int]]:
    """Subscription → last four of its card, version."""
    with db.reading() as data:
        customer = customers.by_number(data.subscriptions, "C-7")
        assert customer is not None
        theirs = subscriptions.of_customer(data.subscriptions, customer.id)
        return {one.number: (one.last4, one.version) for one in theirs}


def test_the_whole_journey(opened: OpenConsole, aino: Row, maija: Row) -> None:
    client, minted = opened(), sent(aino)
    page = client.get(address_of(minted))
    assert (page.status_code, page.headers["content-security-policy"]) == (200, POLICY)
    assert "This page stands in for the My Account" in page.text
    assert "Sample company My Account" in page.text
    assert "Your new card for S-7" in page.text
    assert "<script" not in page.text
    done = save(client, form_of(page.text))
    assert done.status_code == 200
    assert "Thank you" in done.text
    assert "From now on S-7 is charged to Mastercard ••4444." in done.text
    assert cards() == {"S-7": ("4444", 2), "S-8": ("4242", 1), "S-9": ("4242", 1)}
    with db.reading() as data:
        (link,) = payment_links.of_customer(data.state, "C-7")
        row = subscriptions.by_number(data.subscriptions, "S-7")
        assert row is not None
        (event,) = subscription_events.of_subscription(data.subscriptions, row.id).rows
    assert link.used_with == "Mastercard ••4444"
    assert (row.brand, row.exp_month, row.exp_year) == ("Mastercard", 8, 2049)
    assert (event.kind, event.actor, event.mrr_delta_units) == ("reported", "customer", 0)
    assert event.note == "The customer changed the card to Mastercard ••4444"


def test_once_used_it_says_so(opened: OpenConsole, aino: Row, maija: Row) -> None:
    client, minted = opened(), sent(aino)
    token = form_of(client.get(address_of(minted)).text)
    save(client, token)
    for answer in (client.get(address_of(minted)), save(client, token, last4="1111")):
        assert answer.status_code == 410
        assert "This link was already used on" in answer.text
    assert cards()["S-7"] == ("4444", 2)


def test_a_link_for_everything_changes_what_runs(opened: OpenConsole, aino: Row, maija: Row) -> None:
    client, minted = opened(), sent(aino, None)
    page = client.get(address_of(minted)).text
    assert "all your subscriptions" in page
    assert "everything you have" in save(client, form_of(page)).text
    assert cards() == {"S-7": ("4444", 2), "S-8": ("4444", 2), "S-9": ("4242", 1)}


WRONG = [
    {"brand": "<b>"},
    {"brand": ""},
    {"last4": "444"},
    {"last4": "44444"},
    {"last4": "٤٤٤٤"},
    {"expiry": "13/2049"},
    {"expiry": "0/2049"},
    {"expiry": "08/49"},
    {"expiry": "08-2049"},
    {"expiry": ""},
    {"expiry": "01/2020"},
    {"expiry": "²/2049"},
]


@pytest.mark.parametrize("values", WRONG, ids=str)
def test_a_wrong_card_leaves_the_link_good(
    opened: OpenConsole, aino: Row, maija: Row, values: dict[str, str]
) -> None:
    client, minted = opened(), sent(aino)
    token = form_of(client.get(address_of(minted)).text)
    answer = save(client, token, **values)
    assert (answer.status_code, "That did not work" in answer.text) == (400, True)
    assert save(client, token).status_code == 200
    assert cards()["S-7"] == ("4444", 2)


@pytest.mark.parametrize("token", ["", "x", '"><script>alert(1)</script>', "a.b"])
def test_no_link_no_form(opened: OpenConsole, aino: Row, maija: Row, token: str) -> None:
    sent(aino)
    answer = opened().get(PAGE, params={"token": token})
    assert (answer.status_code, "<form" in answer.text, "<script" in answer.text) == (400, False, False)


def test_only_its_own_form_saves(opened: OpenConsole, aino: Row, maija: Row) -> None:
    client, minted = opened(), sent(aino)
    token = form_of(client.get(address_of(minted)).text)
    for origin in ("http://evil.example", "null"):
        answer = client.post(PAGE, data={"token": token} | CARD, headers={"origin": origin})
        assert answer.status_code == 403
    assert cards()["S-7"] == ("4242", 1)


def test_it_answers_on_this_machine_only(opened: OpenConsole, aino: Row, maija: Row) -> None:
    client = opened("demo", client=("192.0.2.7", 50000))
    assert client.get(address_of(sent(aino))).status_code == 403


def test_names_of_subscriptions_are_text(opened: OpenConsole, aino: Row, maija: Row) -> None:
    page = opened().get(address_of(sent(aino, "<img src=x>"))).text
    assert "<img" not in page
    assert "&lt;img src=x&gt;" in page


def test_the_demo_leads_links_to_where_it_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONSOLE_MY_ACCOUNT_URL")
    serve._announce_demo("http://127.0.0.1:9000")
    assert get_settings().my_account_url == "http://127.0.0.1:9000/sample-my-account"
    serve._announce_demo("http://127.0.0.1:9001")  # what somebody has set stays
    assert get_settings().my_account_url == "http://127.0.0.1:9000/sample-my-account"
    get_settings.cache_clear()
