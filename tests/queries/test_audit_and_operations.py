"""The audit log and the operations as people read them."""

from datetime import timedelta
from typing import Any

import pytest

from console import db
from console.db import Connection
from queries import audit, operations
from queries.audit import AuditFilters
from queries.tables_state import OPERATION_STATES, audit_entries
from queries.tables_state import operations as operation_table
from tests import build
from tests.conftest import Databases

DAY = timedelta(days=1)


def _entry(connection: Connection, n: int, **values: Any) -> None:
    defaults = {
        "at": build.START + n * DAY,
        "kind": "subscription:cancel",
        "actor_name": "Maija",
        "actor_email": "maija@company.example",
        "customer_number": f"C-{n % 2}",
        "subject_kind": "subscription",
        "subject_number": f"S-{n}",
        "before": {"status": "active"},
        "channel": "screen",
        "operation_id": f"op-{n // 2}",
        "previous_hash": f"{n}",
        "hash": f"{n + 1}",
    }
    connection.execute(audit_entries.insert().values(defaults | values))


@pytest.fixture(scope="module")
def log(module_databases: Databases) -> Databases:
    with db.writing("state") as connection:
        maija = build.staff(connection, name="Maija")
        for n in range(5):
            _entry(connection, n, actor_id=maija["id"] if n == 4 else None)
        _entry(connection, 5, kind="staff:role", note="<b>🦄</b>", customer_number=None)
        for n, state in enumerate(OPERATION_STATES):
            values = {
                "id": f"op-{n}",
                "kind": "subscription:cancel",
                "subject_kind": "subscription",
                "subject_number": f"S-{n % 2}",
                "request": {"at": "end"},
                "preview": {},
                "state": state,
                "requested_by": maija["id"],
                "requested_at": build.START + n * DAY,
            }
            connection.execute(operation_table.insert().values(values))
    return module_databases


@pytest.mark.parametrize(
    ("filters", "hashes"),
    [
        ({}, "654321"),
        ({"kind": "staff:role"}, "6"),
        ({"customer_number": "C-1"}, "42"),
        ({"subject_number": "S-3"}, "4"),
        ({"since": build.START + DAY, "until": build.START + 3 * DAY}, "32"),
        ({"actor_id": 10**30}, ""),
        ({"kind": "\0", "customer_number": "x" * 10_000}, ""),
    ],
)
def test_filters(log: Databases, filters: dict[str, Any], hashes: str) -> None:
    with db.reading() as data:
        found = audit.page(data.state, AuditFilters(**filters)).rows
        assert audit.count(data.state, AuditFilters(**filters)) == len(found)
    assert [entry.hash for entry in found] == list(hashes)


def test_pages(log: Databases) -> None:
    with db.reading() as data:
        first = audit.page(data.state, limit=4)
        rest = audit.page(data.state, limit=4, before=first.next)
    assert [entry.hash for entry in first.rows + rest.rows] == list("654321")
    assert (first.rows[0].note, first.rows[1].before) == ("<b>🦄</b>", {"status": "active"})


def test_of_an_operation_and_an_actor(log: Databases) -> None:
    with db.reading() as data:
        assert [entry.hash for entry in audit.by_operation(data.state, "op-1")] == ["3", "4"]
        assert audit.by_operation(data.state, "\0") == []
        (actor,) = {entry.actor_id for entry in audit.page(data.state).rows} - {None}
        assert audit.count(data.state, AuditFilters(actor_id=actor)) == 1


def test_operations(log: Databases) -> None:
    with db.reading() as data:
        waiting = operations.open_operations(data.state)
        assert operations.count_open(data.state) == len(waiting) == 6
        assert [one.state for one in waiting][:2] == ["proposed", "waiting_for_approval"]
        latest = operations.latest_for_subject(data.state, "subscription", "S-1", limit=2)
        assert [one.id for one in latest] == ["op-7", "op-5"]
        assert operations.latest_for_subject(data.state, "ticket", "S-1") == []
        assert operations.latest_for_subject(data.state, "subscription", "\0") == []
        first = operations.by_id(data.state, "op-0")
        assert first is not None
        assert (first.requester_name, first.request) == ("Maija", {"at": "end"})
        assert operations.by_id(data.state, "nothing") is None
