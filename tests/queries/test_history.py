"""Everything that happened to a customer, in one order, each thing once."""

from datetime import timedelta
from typing import Any

from console import db
from queries import customers, history
from queries.history import SOURCES, HistoryItem
from queries.paging import Cursor, Page
from queries.tables_state import audit_entries
from tests import build
from tests.conftest import Databases
from tests.queries.conftest import Asked

DAY = timedelta(days=1)


def _fill() -> None:
    """A customer "H-1" with everything, and another with some of it."""
    with db.writing("subscriptions") as connection:
        for number in ("H-1", "H-2"):
            customer = build.customer(connection, number=number)
            row = build.subscription(connection, customer["id"], number=f"S-{number}")
            build.subscription_event(connection, row, "started", note="<b>x</b>" * 100)
            build.subscription_event(connection, row, "renewed", occurred_at=build.START + 31 * DAY)
            charge = build.charge(connection, customer["id"], subscription_id=row["id"])
            build.charge(connection, customer["id"], status="failed", failure_code="expired_card")
            build.refund(connection, charge["id"], reason="duplicate", created_at=build.START + 2 * DAY)
    with db.writing("tickets") as connection:
        agent = build.agent(connection, name="Aino")
        for number in ("H-1", "H-2"):
            ticket = build.ticket(connection, number=f"T-{number}", customer_number=number)
            build.ticket_message(connection, ticket["id"], body="y" * 10_000)
            build.ticket_message(connection, ticket["id"], kind="note", agent_id=agent["id"])
            build.ticket_event(connection, ticket["id"], "status", "solved", value_from="open")
            build.ticket_event(connection, ticket["id"], "status", "open", value_from="solved")
            build.ticket_event(connection, ticket["id"], "priority", "high")
    with db.writing("state") as connection:
        entry: dict[str, Any] = {
            "at": build.START + DAY,
            "kind": "subscription:cancel",
            "actor_name": "Maija",
            "actor_email": "m@company.example",
            "subject_kind": "subscription",
            "subject_number": "S-H-1",
            "customer_number": "H-1",
            "reason": "too_expensive",
            "channel": "screen",
            "previous_hash": "0",
            "hash": "1",
        }
        connection.execute(audit_entries.insert().values(entry))


def _history(number: str = "H-1", **options: Any) -> Page[HistoryItem]:
    with db.reading() as data:
        customer = customers.by_number(data.subscriptions, number)
        assert customer is not None
        return history.of_customer(data.subscriptions, data.tickets, data.state, customer, **options)


def test_everything_in_one_order(databases: Databases, asked: list[Asked]) -> None:
    _fill()
    asked.clear()
    page = _history()
    assert len(asked) == 1 + len(SOURCES)
    assert page.next is None
    assert [(item.source, item.kind) for item in page.rows[:3]] == [
        ("subscription", "renewed"),
        ("refund", "refund"),
        ("audit", "subscription:cancel"),
    ]
    assert {item.source for item in page.rows} == set(SOURCES)
    assert sorted(item.kind for item in page.rows if item.source == "ticket_status") == ["open", "solved"]
    assert len(page.rows) == 11
    assert [item.at for item in page.rows] == sorted((item.at for item in page.rows), reverse=True)


def test_facts_not_sentences(databases: Databases) -> None:
    _fill()
    found = {(item.source, item.kind, item.status): item for item in _history().rows}
    refund = found["refund", "refund", "succeeded"]
    assert (refund.amount_minor, refund.currency, refund.reason) == (1240, "EUR", "duplicate")
    assert (refund.subject_kind, refund.subject_number) == ("subscription", "S-H-1")
    failed = found["charge", "renewal", "failed"]
    assert (failed.reason, failed.subject_number) == ("expired_card", None)
    opened = found["ticket", "opened", "open"]
    assert (opened.subject_kind, opened.subject_number, opened.text) == ("ticket", "T-H-1", "A question")
    assert found["message", "note", None].actor == "Aino"
    assert found["message", "customer", None].text == "y" * history.LONGEST_TEXT
    audit = found["audit", "subscription:cancel", None]
    assert (audit.actor, audit.reason) == ("Maija", "too_expensive")


def test_pages_show_each_thing_once(databases: Databases) -> None:
    _fill()
    whole = _history().rows
    seen: list[HistoryItem] = []
    before: Cursor | None = None
    while True:
        page = _history(limit=2, before=before)
        seen += page.rows
        before = page.next
        if before is None:
            break
        assert Cursor.parse(str(before)) == before
    assert tuple(seen) == whole


def test_only_what_is_asked_for(databases: Databases) -> None:
    _fill()
    assert {item.source for item in _history(sources=("charge", "audit")).rows} == {"charge", "audit"}
    assert _history("H-2", sources=("audit",)).rows == ()
    assert _history(sources=()).rows == ()
