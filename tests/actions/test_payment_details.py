"""The link for payment details: sent where it can be used, named while it holds, and nowhere to be read."""

import json
from datetime import timedelta
from typing import Any

import pytest

from console import db
from console.actions import payment_details, payment_links, telling
from console.errors import Refused
from console.settings import get_settings
from queries import outbox
from queries import payment_links as stored
from tests.actions.company import END, NOW, alter, entries, events, now_is
from tests.actions.gateway_company import Collected, collected
from tests.actions.money import operation
from tests.actions.verbs import ID, LATER, OWING, TRIAL, Outgoing, open_page, send_link, shown
from tests.conftest import Databases

pytestmark = pytest.mark.usefixtures("at_once")


def before(there: Collected, now: Any = NOW) -> list[str]:
    """What the preview says of links that were sent already."""
    shows = shown(payment_details.preview_payment_link, there.aino, there.number, now=now)
    return [text for label, text in shows.lines if label == "Before"]


@pytest.mark.parametrize("made", [{}, TRIAL, OWING])
def test_sent_and_used(databases: Databases, outgoing: Outgoing, made: dict[str, Any]) -> None:
    there = collected(**made)
    assert before(there) == []
    done = send_link(there, operation_id=ID)
    assert "works once" in done.sentence
    assert events(there.number) == [("payment_link_sent", 0)]
    assert telling.deliver(now=LATER).sent == 1
    (mail,) = outgoing.sent
    address = next(word for word in mail.body.split() if "token=" in word)
    assert address.startswith(get_settings().my_account_url)
    (said,) = before(there)
    assert "sent by Aino" in said
    assert "still holds until" in said
    payment_links.redeem(address.partition("token=")[2], LATER, "Visa ••4242")
    assert "used on" in before(there)[0]


def test_an_expired_one_is_said_to_be(databases: Databases) -> None:
    there = collected()
    send_link(there)
    days = timedelta(hours=get_settings().payment_link_hours + 1)
    assert "not used, expired" in before(there, NOW + days)[0]


def test_the_mail_says_what_the_link_keeps(databases: Databases) -> None:
    there = collected()
    send_link(there, operation_id=ID)
    with db.reading() as data:
        (link,) = stored.of_customer(data.state, there.customer)
        (row,) = outbox.of_operation(data.state, ID)
    assert row.payload["values"]["expires"].startswith(link.expires_at.isoformat()[:19])
    assert row.payload["values"]["link"] == {"payment_link": ID}


def test_the_gateways_page_is_for_the_customer_alone(databases: Databases, outgoing: Outgoing) -> None:
    there = collected()
    open_page(there, operation_id=ID)
    telling.deliver(now=NOW)
    address = next(word for word in outgoing.sent[0].body.split() if word.startswith("https://"))
    with db.reading() as data:
        assert stored.of_customer(data.state, there.customer) == []
    kept = operation(ID)
    assert kept.gateway_reference is None
    assert address not in json.dumps([kept.request, kept.preview, kept.outcome]) + str(entries())


@pytest.mark.parametrize("made", [{"status": "paused"}, {"status": "canceled", "ended_at": END}])
def test_nothing_to_pay_for(databases: Databases, made: dict[str, Any]) -> None:
    there = collected()
    alter(there.number, **made)
    with pytest.raises(Refused, match="no renewal to pay for"):
        send_link(there)


def test_nobody_to_send_it_to_and_nobody_known_there(databases: Databases) -> None:
    there = collected()
    with db.writing("subscriptions") as connection:
        connection.exec_driver_sql("UPDATE customers SET gateway_reference = NULL")
    with pytest.raises(Refused, match="use My Account"):
        open_page(there)
    with db.writing("subscriptions") as connection:
        connection.exec_driver_sql("UPDATE customers SET email = NULL")
    with pytest.raises(Refused, match="No e-mail address"):
        send_link(there)
    with pytest.raises(Refused, match="is no place for payment details"):
        send_link(there, by="fax")


def test_without_the_secret_it_is_not_offered(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    there = collected()
    shows = shown(payment_details.preview_payment_link, there.aino, there.number)
    monkeypatch.setenv("CONSOLE_MY_ACCOUNT_SECRET", "short")
    get_settings.cache_clear()
    for expected in ({}, {"expected": shows.expected}):
        with pytest.raises(Refused, match="CONSOLE_MY_ACCOUNT_SECRET"):
            send_link(there, **expected)
    assert entries() == []
    assert now_is(there.number).version == 1
