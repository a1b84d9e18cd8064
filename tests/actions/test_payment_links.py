"""A payment link is ours, works once, expires, and leaves a trace; whoever else makes one up gets nowhere."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from console import audit, db
from console.actions import operations, payment_links
from console.actions.payment_links import Gone, Minted, check, mint, redeem
from console.errors import Refused
from console.settings import get_settings
from queries import audit as audit_read
from queries import payment_links as stored
from queries.tables_state import facts
from queries.tables_state import payment_links as table
from tests import build
from tests.actions.company import log_is_intact
from tests.conftest import Databases

NOW = datetime(2026, 1, 15, 10, 0, 0, 123456, tzinfo=UTC)
HOUR = timedelta(hours=1)
SECRET = "a secret that My Account knows too"


@pytest.fixture(autouse=True)
def emma(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("CONSOLE_MY_ACCOUNT_SECRET", SECRET)
    monkeypatch.setenv("CONSOLE_MY_ACCOUNT_URL", "https://account.example.com/en/")
    get_settings.cache_clear()
    with db.writing("state") as connection:
        return build.staff(connection, name="Emma Laine")


@pytest.fixture
def minted(emma: dict[str, Any]) -> Minted:
    return made(emma)


def made(emma: dict[str, Any], operation_id: str | None = None, subscription: str | None = "S-1") -> Minted:
    with db.writing("state") as connection:
        return mint(
            connection,
            operation_id=operation_id or operations.new_operation_id(),
            customer_number="C-1",
            subscription_number=subscription,
            created_by=emma["id"],
            at=NOW,
        )


def token_of(minted: Minted) -> str:
    return parse_qs(urlsplit(minted.url).query)["token"][0]


def links() -> list[stored.PaymentLink]:
    with db.reading() as data:
        return stored.of_customer(data.state, "C-1")


def test_my_account_can_tell_a_link_of_ours_without_asking(minted: Minted) -> None:
    assert minted.url.startswith("https://account.example.com/en/payment-details?token=")
    said, seal = token_of(minted).split(".")
    expected = hmac.new(SECRET.encode(), f"payment-link.{said}".encode(), hashlib.sha256).digest()
    assert base64.urlsafe_b64decode(seal + "=" * (-len(seal) % 4)) == expected
    content = json.loads(base64.urlsafe_b64decode(said + "=" * (-len(said) % 4)))
    assert (content["customer"], content["subscription"]) == ("C-1", "S-1")
    assert datetime.fromtimestamp(content["expires"], UTC) == minted.expires_at
    assert minted.expires_at == NOW.replace(microsecond=0) + 72 * HOUR


def test_only_a_hash_is_kept(minted: Minted) -> None:
    with db.reading() as data:
        kept = str(data.state.execute(select(table)).all())
    assert token_of(minted) not in kept
    assert hashlib.sha256(token_of(minted).encode()).hexdigest() in kept


def test_the_same_operation_has_one_link(emma: dict[str, Any]) -> None:
    id = operations.new_operation_id()
    first = made(emma, id)
    assert made(emma, id) == first
    assert payment_links.url_of(id, NOW) == first.url
    assert made(emma).url != first.url
    assert len(links()) == 2


def test_it_works_once_and_says_by_whom_it_was_sent(minted: Minted) -> None:
    assert check(token_of(minted), NOW + HOUR).used_at is None
    link = redeem(token_of(minted), NOW + HOUR, " Visa  ••4242 ")
    assert (link.customer_number, link.subscription_number) == ("C-1", "S-1")
    assert (link.used_at, link.used_with) == (NOW + HOUR, "Visa ••4242")
    for again in (redeem, check):
        with pytest.raises(Gone, match=r"already used on 15 Jan 2026, 13:00 Europe/Helsinki"):
            again(token_of(minted), NOW + 2 * HOUR)
    assert links() == [link]
    assert link.sent_by_name == "Emma Laine"


def test_its_use_is_in_the_log(minted: Minted) -> None:
    redeem(token_of(minted), NOW, "Visa ••4242")
    with db.reading() as data:
        (entry,) = audit_read.page(data.state).rows
    assert audit.sentence(entry) == (
        "The customer of S-1 updated the payment details by a link of Emma Laine"
    )
    assert (entry.actor_id, entry.customer_number, entry.at) == (None, "C-1", NOW)
    assert entry.after == {"sent_by": "Emma Laine", "used_with": "Visa ••4242"}
    assert entry.operation_id == links()[0].operation_id
    assert log_is_intact()


def test_a_link_for_all_that_a_customer_has(emma: dict[str, Any]) -> None:
    redeem(token_of(made(emma, subscription=None)), NOW)
    with db.reading() as data:
        (entry,) = audit_read.page(data.state).rows
    assert (entry.subject_kind, entry.subject_number) == ("customer", "C-1")


def test_it_expires(minted: Minted) -> None:
    redeemable = minted.expires_at - timedelta(microseconds=1)
    for asked in (redeem, check):
        with pytest.raises(Gone, match="expired on 18 Jan 2026, 12:00 Europe/Helsinki"):
            asked(token_of(minted), minted.expires_at)
    assert links()[0].used_at is None
    redeem(token_of(minted), redeemable)


def test_two_at_once_one_wins(minted: Minted) -> None:
    start = threading.Barrier(6)
    outcomes: list[str] = []

    def use(number: int) -> None:
        start.wait()
        try:
            outcomes.append(str(redeem(token_of(minted), NOW, f"Visa ••{number:04}").used_with))
        except Gone as gone:
            outcomes.append(str(gone)[:26])

    threads = [threading.Thread(target=use, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winners = [said for said in outcomes if said.startswith("Visa")]
    assert winners == [links()[0].used_with]
    assert outcomes.count("This link was already used") == 5
    with db.reading() as data:
        assert len(audit_read.page(data.state).rows) == 1


def sealed(content: dict[str, Any], secret: bytes = SECRET.encode()) -> str:
    said = base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=")
    seal = hmac.new(secret, b"payment-link." + said, hashlib.sha256).digest()
    return f"{said.decode()}.{base64.urlsafe_b64encode(seal).rstrip(b'=').decode()}"


NOT_OURS: list[Callable[[str], str]] = [
    lambda token: "",
    lambda token: ".",
    lambda token: token[:-1],
    lambda token: token + "A",
    lambda token: token.partition(".")[0],
    lambda token: token.partition(".")[0] + ".",
    lambda token: "A" + token,
    lambda token: token.upper(),
    lambda token: token + ".x",
    lambda token: "ä\ud800" + token,
    lambda token: sealed({"id": "x", "customer": "C-1"}, b"guessed"),
]


@pytest.mark.parametrize("change", NOT_OURS, ids=range(len(NOT_OURS)))
def test_what_was_changed_is_refused(minted: Minted, change: Callable[[str], str]) -> None:
    for asked in (redeem, check):
        with pytest.raises(Refused, match="not as it was sent"):
            asked(change(token_of(minted)), NOW)
    assert links()[0].used_at is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 10_000), letter=st.sampled_from("Aa0-_.~ "))
def test_no_changed_letter_gets_through(minted: Minted, at: int, letter: str) -> None:
    token = token_of(minted)
    place = at % len(token)
    changed = token[:place] + letter + token[place + 1 :]
    if changed != token:
        with pytest.raises(Refused, match="not as it was sent"):
            check(changed, NOW)


def test_what_is_signed_but_was_never_sent_is_unknown(minted: Minted) -> None:
    for asked in (redeem, check):
        with pytest.raises(Refused, match="not known here") as refused:
            asked(sealed({"id": "x", "customer": "C-1", "subscription": None, "expires": 9**10}), NOW)
        assert not isinstance(refused.value, Gone)


@pytest.mark.parametrize("said", ["4242424242424242", "Visa 4242 12", "x" * 65, "Visa 4242 4242 4242 4242"])
def test_more_of_a_card_than_brand_and_last_four_is_refused(minted: Minted, said: str) -> None:
    with pytest.raises(Refused, match="brand and last four digits"):
        redeem(token_of(minted), NOW, said)
    assert links()[0].used_at is None


def test_another_secret_than_then(minted: Minted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSOLE_MY_ACCOUNT_SECRET", "another secret, of the same length")
    get_settings.cache_clear()
    with pytest.raises(Refused, match="not as it was sent"):
        redeem(token_of(minted), NOW)
    with pytest.raises(Refused, match="secret shared with My Account was changed"):
        payment_links.url_of(links()[0].operation_id, NOW)


@pytest.mark.parametrize("secret", [None, "", "short"])
def test_without_a_secret_there_are_no_links(
    emma: dict[str, Any], secret: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CONSOLE_MY_ACCOUNT_SECRET")
    if secret is not None:
        monkeypatch.setenv("CONSOLE_MY_ACCOUNT_SECRET", secret)
    get_settings.cache_clear()
    for act in (lambda: made(emma), lambda: check("a.b", NOW), lambda: redeem("a.b", NOW)):
        with pytest.raises(Refused, match="CONSOLE_MY_ACCOUNT_SECRET has to be 32 or more"):
            act()
    assert links() == []


def test_the_demo_makes_a_secret_of_its_own(emma: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONSOLE_MY_ACCOUNT_SECRET")
    monkeypatch.setenv("CONSOLE_DEMO", "1")
    get_settings.cache_clear()
    with pytest.raises(Refused):
        check("a.b", NOW)
    first, second = made(emma), made(emma)
    redeem(token_of(first), NOW)
    redeem(token_of(second), NOW)
    with db.reading() as data:
        assert data.state.scalar(select(func.count()).select_from(facts)) == 1
