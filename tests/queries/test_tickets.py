"""Tickets: the same filters for list and count, who waits for whom, one ticket's messages and changes."""

from datetime import timedelta
from typing import Any

import pytest

from console import db
from console.db import Connection
from queries import tickets
from queries.paging import Cursor
from queries.ticket_filters import ALL_OPEN, TicketFilters
from tests import build
from tests.conftest import Databases

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def desk(module_databases: Databases) -> Databases:
    with db.writing("tickets") as connection:
        aino = build.agent(connection, name="Aino", team="Billing")
        rows: tuple[dict[str, Any], ...] = (
            {"status": "new", "team": "Billing", "channel": "helpdesk", "language": "fi", "priority": "high"},
            {"status": "open", "assignee_id": aino["id"], "subject": "100% _of_ MY money"},
            {"status": "pending", "customer_number": "C-1", "problem_type": "Refund"},
            {"status": "solved", "customer_number": "C-1", "assignee_id": aino["id"]},
            {"status": "closed", "customer_number": "C-2", "channel": None, "language": None},
        )
        for n, row in enumerate(rows):
            at = build.START + n * HOUR
            made = build.ticket(connection, number=f"T-00{n}", created_at=at, **row)
            for kind in ("customer", "agent", "note")[: n + 1]:
                build.ticket_message(
                    connection, made["id"], kind=kind, agent_id=None if kind == "customer" else aino["id"]
                )
            build.ticket_event(connection, made["id"], "status", row["status"], occurred_at=at)
    return module_databases


def _numbers(connection: Connection, **filters: Any) -> list[str]:
    wanted = TicketFilters(**filters)
    page = tickets.page(connection, wanted)
    assert tickets.count(connection, wanted) == len(page.rows)
    assert page.next is None
    return [ticket.number[-1] for ticket in page.rows]


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ({}, "43210"),
        ({"statuses": ALL_OPEN.statuses}, "210"),
        ({"statuses": ("new", "solved")}, "30"),
        ({"statuses": ("new", "open")}, "10"),
        ({"statuses": ("no such", "\0")}, ""),
        ({"team": "Billing"}, "0"),
        ({"unassigned": True}, "420"),
        ({"unassigned": True, "statuses": ALL_OPEN.statuses}, "20"),
        ({"channel": "helpdesk"}, "0"),
        ({"problem_type": "Refund"}, "2"),
        ({"language": "fi"}, "0"),
        ({"priority": "high"}, "0"),
        ({"text": "my money"}, "1"),
        ({"text": "100%"}, "1"),
        ({"text": "_of_"}, "1"),
        ({"text": "T-003"}, "3"),
        ({"text": "%"}, "1"),
        ({"text": "\0'\"\\🦄"}, ""),
        ({"text": "x" * 10_000}, ""),
        ({"assignee_id": 10**40}, ""),
        ({"assignee_id": -1}, ""),
        ({"team": "\0\ud800"}, ""),
    ],
)
def test_filters(desk: Databases, filters: dict[str, Any], numbers: str) -> None:
    with db.reading() as data:
        assert _numbers(data.tickets, **filters) == list(numbers)


def test_by_assignee_and_oldest_first(desk: Databases) -> None:
    with db.reading() as data:
        (aino,) = tickets.facets(data.tickets).agents
        assert _numbers(data.tickets, assignee_id=aino.id) == ["3", "1"]
        first = tickets.page(data.tickets, ALL_OPEN, limit=2, oldest_first=True)
        rest = tickets.page(data.tickets, ALL_OPEN, limit=2, oldest_first=True, before=first.next)
    assert [ticket.number[-1] for ticket in first.rows + rest.rows] == ["0", "1", "2"]
    assert first.next == Cursor(first.rows[1].created_at, first.rows[1].id)


def test_who_waits_for_whom(databases: Databases) -> None:
    with db.writing("tickets") as connection:
        written = {
            "asked": ("open", ["customer"]),
            "answered": ("open", ["customer", "agent"]),
            "asked again": ("pending", ["customer", "agent", "customer"]),
            "noted": ("open", ["customer", "note"]),
            "done": ("solved", ["customer"]),
            "silent": ("new", []),
            "silent but open": ("open", []),
        }
        for subject, (status, kinds) in written.items():
            ticket = build.ticket(connection, subject=subject, status=status)
            for n, kind in enumerate(kinds):
                build.ticket_message(connection, ticket["id"], kind=kind, created_at=build.START + n * HOUR)
        waiting = {ticket.subject for ticket in tickets.page(connection).rows if ticket.unanswered}
    assert waiting == {"asked", "asked again", "noted", "silent"}


def test_one_ticket(desk: Databases) -> None:
    with db.reading() as data:
        ticket = tickets.by_number(data.tickets, "T-003")
        assert ticket is not None
        assert (ticket.assignee_name, ticket.status, ticket.is_open) == ("Aino", "solved", False)
        assert ticket.last_agent_message_at == build.START
        messages = tickets.messages_of(data.tickets, ticket.id).rows
        assert [(m.kind, m.agent_name) for m in messages] == [
            ("note", "Aino"),
            ("agent", "Aino"),
            ("customer", None),
        ]
        (event,) = tickets.events_of(data.tickets, ticket.id).rows
        assert (event.field, event.value_to) == ("status", "solved")
        for wrong in ("", "t-003", "\0", "T-003'--", "x" * 10_000):
            assert tickets.by_number(data.tickets, wrong) is None


def test_of_a_customer(desk: Databases) -> None:
    with db.reading() as data:
        assert [t.status for t in tickets.of_customer(data.tickets, "C-1").rows] == ["solved", "pending"]
        assert [t.status for t in tickets.open_of_customer(data.tickets, "C-1")] == ["pending"]
        assert tickets.of_customer(data.tickets, "\0").rows == ()


def test_open_tickets_by_status(desk: Databases) -> None:
    with db.reading() as data:
        assert tickets.counts_by_status(data.tickets) == {"new": 1, "open": 1, "pending": 1, "on_hold": 0}


def test_what_the_filters_offer(desk: Databases) -> None:
    with db.reading() as data:
        offered = tickets.facets(data.tickets)
    assert offered.teams == ("Billing",)
    assert offered.channels == ("email", "helpdesk")
    assert offered.problem_types == ("General questions", "Refund")
    assert offered.languages == ("en", "fi")
    assert [agent.name for agent in offered.agents] == ["Aino"]
