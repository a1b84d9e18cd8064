"""What was promised is told once: whoever delivers, however often, whatever fails in between."""

import threading
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from console import db
from console.actions import operations, payment_links, telling
from console.actions.telling import Delivered, deliver, promise
from console.errors import Unavailable
from console.gateways.mail import FolderMail, Message
from console.gateways.payments import NoAnswer, NotSent
from console.settings import get_settings
from queries import outbox as stored
from queries.outbox import OutboxRow
from queries.tables_state import outbox
from queries.tables_tickets import ticket_messages, tickets
from tests import build
from tests.conftest import Databases

NOW = datetime(2026, 1, 15, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
VALUES = {"name": "Maija Virtanen", "product": "Depot Backup", "number": "S-1"}


class Outgoing:
    """A mail server that fails as told, and what it took."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.fails: dict[str, Exception] = {}  # by recipient

    def send(self, message: Message) -> None:
        if message.to in self.fails:
            raise self.fails[message.to]
        self.sent.append(message)


@pytest.fixture
def outgoing(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Outgoing:
    mail = Outgoing()
    monkeypatch.setattr(telling, "mailer", lambda: mail)
    return mail


def mail(to: str = "maija@example.com", **values: Any) -> dict[str, Any]:
    return {"message": "paused", "to": to, "language": "fi", "values": VALUES} | values


def promised(
    kind: str = "mail", payload: dict[str, Any] | None = None, operation_id: str | None = None
) -> str:
    id = operation_id or operations.new_operation_id()
    with db.writing("state") as connection:
        promise(connection, id, kind, payload or mail(), NOW)
    return id


def rows(operation_id: str) -> list[OutboxRow]:
    with db.reading() as data:
        return stored.of_operation(data.state, operation_id)


def test_a_mail_leaves_once_in_the_customers_language(outgoing: Outgoing) -> None:
    id = promised()
    assert deliver(now=NOW) == Delivered(sent=1, failed=0, left=0)
    assert deliver(now=NOW + 400 * MINUTE) == Delivered(sent=0, failed=0, left=0)
    (message,) = outgoing.sent
    assert message.message_id == f"{id}.mail"
    assert (message.to, message.language) == ("maija@example.com", "fi")
    assert message.subject == "Tilauksesi Depot Backup on tauolla"
    assert "Hei Maija Virtanen," in message.body
    (row,) = rows(id)
    assert (row.sent_at, row.attempts, row.last_error, row.not_before) == (NOW, 1, None, None)


def test_a_promise_made_again_changes_nothing(outgoing: Outgoing) -> None:
    id = promised()
    promised(payload=mail(to="other@example.com"), operation_id=id)
    promised("mail:refund_failed", mail(language="sv"), id)
    deliver(now=NOW)
    assert sorted((sent.message_id, sent.to) for sent in outgoing.sent) == [
        (f"{id}.mail", "maija@example.com"),
        (f"{id}.mail.refund_failed", "maija@example.com"),
    ]


def test_a_promise_again_leaves_its_transaction_usable(databases: Databases) -> None:
    id = promised()
    with db.writing("state") as connection:
        promise(connection, id, "mail", mail(), NOW)
        promise(connection, id, "mail:later", mail(), NOW)
    assert [row.kind for row in rows(id)] == ["mail", "mail:later"]


def test_a_promise_of_a_transaction_that_fails_was_none(outgoing: Outgoing) -> None:
    id = operations.new_operation_id()
    with pytest.raises(RuntimeError), db.writing("state") as connection:
        promise(connection, id, "mail", mail(), NOW)
        raise RuntimeError
    assert rows(id) == []
    assert deliver(now=NOW) == Delivered(0, 0, 0)


WRONG = [
    ("pigeon", mail(), "nothing delivers"),
    ("mail", {"message": "paused"}, "a mail has"),
    ("mail", mail() | {"more": 1}, "a mail has"),
    ("mail", mail(message="hello"), "no message of kind"),
    ("mail", mail(values={"name": "x"}), "lacks product"),
    ("ticket", {"ticket": "T-1", "note": "x"}, "a ticket has"),
]


@pytest.mark.parametrize(("kind", "payload", "why"), WRONG)
def test_what_could_not_be_delivered_is_not_promised(
    databases: Databases, kind: str, payload: dict[str, Any], why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        promised(kind, payload)


def test_one_that_fails_holds_up_no_other_and_waits_longer_each_time(outgoing: Outgoing) -> None:
    outgoing.fails["away@example.com"] = NotSent("The mail server did not take it: 451.")
    failing = promised(payload=mail(to="away@example.com"))
    promised()
    assert deliver(now=NOW) == Delivered(sent=1, failed=1, left=0)
    now = NOW
    for attempt, wait in enumerate([1, 5, 30, 120, 360, 360], start=1):
        (row,) = rows(failing)
        assert (row.attempts, row.last_error) == (attempt, "The mail server did not take it: 451.")
        assert row.not_before == now + wait * MINUTE
        assert deliver(now=row.not_before - MINUTE / 2) == Delivered(0, 0, 0)
        now = row.not_before
        assert deliver(now=now) == Delivered(sent=0, failed=1, left=0)
    del outgoing.fails["away@example.com"]
    assert deliver(now=now + 360 * MINUTE) == Delivered(sent=1, failed=0, left=0)
    (row,) = rows(failing)
    assert (row.last_error, row.not_before) == (None, None)


def test_what_fails_is_listed_and_counted(outgoing: Outgoing) -> None:
    outgoing.fails["away@example.com"] = NoAnswer("The mail server did not answer in time.")
    failing = promised(payload=mail(to="away@example.com"))
    promised()
    promised("ticket", note())
    deliver(now=NOW)
    with db.reading() as data:
        listed = stored.failing(data.state)
        assert stored.count_failing(data.state) == 2
    assert [row.kind for row in listed] == ["mail", "ticket"]
    assert listed[0].operation_id == failing
    assert listed[0].last_error == "The mail server did not answer in time."


def test_more_than_the_limit_is_left(outgoing: Outgoing) -> None:
    for _ in range(5):
        promised()
    assert deliver(limit=2, now=NOW) == Delivered(sent=2, failed=0, left=3)
    assert deliver(limit=3, now=NOW) == Delivered(sent=3, failed=0, left=0)
    assert len({message.message_id for message in outgoing.sent}) == 5


def test_a_process_that_stopped_while_sending_is_followed_under_the_same_id(outgoing: Outgoing) -> None:
    id = promised()
    outgoing.fails["maija@example.com"] = KeyboardInterrupt()  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        deliver(now=NOW)
    outgoing.fails.clear()
    assert deliver(now=NOW + MINUTE) == Delivered(0, 0, 0)  # it may still be at it
    assert deliver(now=NOW + telling.LEASE).sent == 1
    assert [message.message_id for message in outgoing.sent] == [f"{id}.mail"]


def test_a_defect_holds_up_no_other_the_next_time(outgoing: Outgoing) -> None:
    id = promised()
    promised()
    with db.writing("state") as connection:
        connection.execute(outbox.update().where(outbox.c.operation_id == id).values(payload={}))
    with pytest.raises(KeyError):
        deliver(now=NOW)
    assert deliver(now=NOW).sent == 1


def test_many_at_once_send_each_once(outgoing: Outgoing) -> None:
    ids = {promised() for _ in range(12)}
    start = threading.Barrier(4)
    answers: list[Delivered] = []

    def run() -> None:
        start.wait()
        answers.append(deliver(now=NOW))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(answer.sent for answer in answers) == 12
    assert sorted(message.message_id for message in outgoing.sent) == sorted(f"{id}.mail" for id in ids)


@pytest.fixture
def ticket(databases: Databases) -> dict[str, Any]:
    with db.writing("tickets") as connection:
        build.agent(connection, name="Emma Laine", email="Emma@company.example")
        return build.ticket(connection, number="T-77", version=3)


def note(**values: Any) -> dict[str, Any]:
    return {"ticket": "T-77", "note": "S-1 has ended.", "agent_email": "emma@company.example"} | values


def notes() -> list[Any]:
    with db.reading() as data:
        joined = select(ticket_messages, tickets.c.version, tickets.c.updated_at, tickets.c.number)
        found = data.tickets.execute(joined.join(tickets).order_by(ticket_messages.c.id))
        return list(found)


def test_the_ticket_gets_the_outcome_once(ticket: dict[str, Any]) -> None:
    id = promised("ticket", note())
    assert deliver(now=NOW).sent == 1
    with db.writing("state") as connection:  # as if the process had stopped before it could say so
        connection.execute(outbox.update().values(sent_at=None))
    assert deliver(now=NOW + MINUTE).sent == 1
    (found,) = notes()
    assert (found.kind, found.body, found.operation_id) == ("note", "S-1 has ended.", id)
    assert (found.agent_id, found.author_name, found.created_at) == (1, None, NOW)
    assert (found.version, found.updated_at) == (4, NOW)


def test_two_at_once_note_it_once(ticket: dict[str, Any]) -> None:
    promised("ticket", note())
    with db.reading() as data:
        (row,) = stored.due(data.state, NOW)
    start = threading.Barrier(4)

    def run() -> None:
        start.wait()
        telling._ticket(row, NOW)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found.version for found in notes()] == [4]


def test_what_an_operation_says_later_is_another_note(ticket: dict[str, Any]) -> None:
    id = promised("ticket", note())
    promised("ticket:refund_failed", note(note="The refund failed after all."), id)
    deliver(now=NOW)
    assert [found.body for found in notes()] == ["S-1 has ended.", "The refund failed after all."]


def test_who_is_no_agent_signs_with_the_address(ticket: dict[str, Any]) -> None:
    promised("ticket", note(agent_email="oskar@company.example"))
    deliver(now=NOW)
    (found,) = notes()
    assert (found.agent_id, found.author_name) == (None, "oskar@company.example")


def test_no_such_ticket_is_said(ticket: dict[str, Any]) -> None:
    id = promised("ticket", note(ticket="T-404"))
    assert deliver(now=NOW) == Delivered(sent=0, failed=1, left=0)
    assert rows(id)[0].last_error == "There is no ticket “T-404” to note the outcome on."


def test_a_ticket_system_that_is_away_is_tried_again(
    ticket: dict[str, Any], outgoing: Outgoing, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = promised("ticket", note())
    promised()
    really = db.writing

    def away(database: db.Database) -> Any:
        if database == "tickets":
            raise Unavailable("The tickets database cannot be used now.", "tickets")
        return really(database)

    monkeypatch.setattr(telling, "writing", away)
    assert deliver(now=NOW) == Delivered(sent=1, failed=1, left=0)
    assert rows(id)[0].last_error == "The tickets database cannot be used now."
    monkeypatch.setattr(telling, "writing", really)
    assert deliver(now=NOW + MINUTE).sent == 1
    assert len(notes()) == 1


@pytest.fixture
def link(outgoing: Outgoing, monkeypatch: pytest.MonkeyPatch) -> tuple[str, payment_links.Minted]:
    """A payment link and the mail that brings it, both promised."""
    monkeypatch.setenv("CONSOLE_MY_ACCOUNT_SECRET", "s" * 32)
    get_settings.cache_clear()
    id = operations.new_operation_id()
    with db.writing("state") as connection:
        emma = build.staff(connection)
        minted = payment_links.mint(
            connection,
            operation_id=id,
            customer_number="C-1",
            subscription_number=None,
            created_by=emma["id"],
            at=NOW,
        )
        values = VALUES | {"link": {"payment_link": id}, "expires": minted.expires_at.isoformat()}
        promise(connection, id, "mail", mail(message="payment_link", values=values), NOW)
    return id, minted


def test_a_payment_link_is_written_only_as_the_mail_leaves(
    link: tuple[str, payment_links.Minted], outgoing: Outgoing
) -> None:
    id, minted = link
    assert "token" not in str(rows(id)[0].payload)
    assert deliver(now=NOW).sent == 1
    assert f"\n{minted.url}\n" in outgoing.sent[0].body
    assert "token" not in str(rows(id)[0].payload)


def test_a_payment_link_that_expired_meanwhile_is_not_sent(
    link: tuple[str, payment_links.Minted], outgoing: Outgoing
) -> None:
    id, minted = link
    assert deliver(now=minted.expires_at) == Delivered(sent=0, failed=1, left=0)
    assert "expired" in str(rows(id)[0].last_error)
    assert outgoing.sent == []


def test_without_a_server_the_mail_is_a_file(
    databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "mailer", lambda: FolderMail(tmp_path / "mail"))
    id = promised()
    assert deliver(now=NOW).sent == 1
    email = message_from_bytes((tmp_path / "mail" / f"{id}.mail.eml").read_bytes(), policy=policy.default)
    assert email["Subject"] == "Tilauksesi Depot Backup on tauolla"
