"""A licence key is sent again or replaced, and stands in no log, no outbox and no preview."""

import json
import re

import pytest

from console import db
from console.actions import licences, telling
from console.actions.licences import new_key
from console.errors import Refused
from queries import outbox
from tests.actions.company import NOW, alter, entries, events, now_is
from tests.actions.gateway_company import Collected, collected
from tests.actions.money import operation
from tests.actions.verbs import ID, LATER, Outgoing, replace_key, resend, shown
from tests.conftest import Databases

pytestmark = pytest.mark.usefixtures("at_once")
KEY = "DEPOT-7Q2MX-K9F3K"


@pytest.fixture
def there(databases: Databases) -> Collected:
    return collected(licence_key=KEY)


def kept() -> str:
    """Everything the log, the outbox and the previews keep, as text."""
    with db.reading() as data:
        promised = [row.payload for row in outbox.of_operation(data.state, ID)]
    return json.dumps([promised, operation(ID).preview]) + str(entries())


def test_sent_again_as_it_is(there: Collected, outgoing: Outgoing) -> None:
    version = now_is(there.number).version
    shows = shown(licences.preview_resend_licence, there.aino, there.number)
    assert dict(shows.lines)["Licence key"] == "•••••-•••••-•9F3K, as it is"
    resend(there, operation_id=ID, expected=shows.expected)
    assert (now_is(there.number).licence_key, now_is(there.number).version) == (KEY, version)
    assert events(there.number) == [("licence_sent", 0)]
    telling.deliver(now=LATER)
    assert KEY in outgoing.sent[0].body
    assert KEY not in kept()


def test_replaced_by_one_of_its_kind(there: Collected, outgoing: Outgoing) -> None:
    replace_key(there, operation_id=ID)
    key = now_is(there.number).licence_key
    assert key is not None
    assert re.fullmatch(r"DEPOT-[A-HJ-NP-Z2-9]{5}-[A-HJ-NP-Z2-9]{5}", key)
    assert key != KEY
    assert events(there.number) == [("licence_replaced", 0)]
    assert (key in kept(), KEY in kept()) == (False, False)
    telling.deliver(now=LATER)
    assert key in outgoing.sent[0].body


@pytest.mark.parametrize(
    ("old", "like"),
    [
        ("DEPOT-7Q2MX-K9F3K", r"DEPOT-[A-HJ-NP-Z2-9]{5}-[A-HJ-NP-Z2-9]{5}"),
        ("0123-4567-8901", r"0123-\d{4}-\d{4}"),
        ("1234567890", r"\d{10}"),
        ("AB12-CD34", r"[0-9A-F]{4}-[0-9A-F]{4}"),
        ("deadbeef01", r"[0-9a-f]{10}"),
        ("LIC-00010", r"[0-9A-Z]{3}-[0-9A-Z]{5}"),
        ("aB3dE6gH9", r"[0-9A-Za-z]{9}"),
    ],
)
def test_the_same_groups_of_the_same_characters(old: str, like: str) -> None:
    made = {new_key(old) for _ in range(20)}
    assert all(re.fullmatch(like, key) for key in made)
    assert len(made) == 20


def test_what_has_no_key_or_has_ended(there: Collected) -> None:
    alter(there.number, licence_key="ABC")
    with pytest.raises(Refused, match="too short"):
        replace_key(there)
    assert resend(there).settled
    alter(there.number, licence_key=None)
    with pytest.raises(Refused, match="has no licence key"):
        resend(there)
    alter(there.number, licence_key=KEY, status="canceled", ended_at=NOW)
    with pytest.raises(Refused, match="opens nothing any more"):
        replace_key(there)


def test_nobody_to_send_it_to(there: Collected) -> None:
    with db.writing("subscriptions") as connection:
        connection.exec_driver_sql("UPDATE customers SET email = NULL")
    with pytest.raises(Refused, match="No e-mail address"):
        resend(there)
    shows = shown(licences.preview_replace_licence, there.aino, there.number)
    assert dict(shows.lines)["Goes to"] == "nobody: no e-mail address is known"
    assert replace_key(there).settled
