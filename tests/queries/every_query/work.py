"""What only work leaves behind in the sample company: operations, a log, a session, a load, messages."""

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from console import clocks, db, rollups
from console.actions import drift as comparing
from console.actions import notices as heard
from console.actions import subscriptions as verbs
from console.gateways.webhooks import understood
from console.signin.who import actor_with_email
from queries import (
    tables_desk,
    tables_state,
)

EMMA = "emma.laine@example.com"
DONE, OPEN = "6f1c2a52-6d8e-4c53-9f0e-3b1d7c5b8a01", "6f1c2a52-6d8e-4c53-9f0e-3b1d7c5b8a02"
MANY = "6f1c2a52-6d8e-4c53-9f0e-3b1d7c5b8a03"
SESSION = "5" * 64
INVOICE = "INV-1001-020"
DAY = timedelta(days=1)


def work() -> None:
    emma, now = actor_with_email(EMMA), clocks.now()
    rollups.rebuild(now)
    rollups.keep_rates(now)
    for id, number in ((DONE, "S-1001"), (OPEN, "S-1002")):
        with db.reading() as data:
            shown = verbs.shown_now(data, emma, number, "period_end")
        verbs.cancel_subscription(
            emma, number, operation_id=id, at="period_end", reason="other", expected=shown
        )
    t = tables_state
    with db.writing("state") as connection:  # as a process that stopped half-way leaves it
        half_way = t.operations.update().where(t.operations.c.id == OPEN)
        connection.execute(half_way.values(state="sending", settled_at=None, requested_at=now - DAY))
        connection.execute(
            t.staff_sessions.insert().values(
                id_hash=SESSION,
                staff_id=emma.staff_id,
                method="demo",
                created_at=now,
                last_seen_at=now,
                authenticated_at=now,
            )
        )
        _promise(connection, emma.staff_id, now)
        _write_about(connection, emma.staff_id, now)
        _begin_many(connection, emma.staff_id, now)
        _keep_a_view_and_a_schedule(connection, emma.staff_id, now)
        gave_back = {"amount_minor": 100, "currency": "EUR", "gateway_reference": "re_of_done"}
        connection.execute(t.operations.update().where(t.operations.c.id == DONE).values(gave_back))
        run = {"id": 1, "preset": "p", "started_at": now, "finished_at": now, "files": []}
        counts = {"added": 1, "changed": 0, "same": 0, "refused": 1}
        connection.execute(tables_desk.load_runs.insert().values(run | counts))
        connection.execute(
            tables_desk.load_refusals.insert().values(run_id=1, file="a.csv", line=2, reason="It is wrong.")
        )


def gateway_speaks(now: datetime) -> None:
    """A message that was applied, one that is left, and a comparison of the books."""
    about = {"id": "dp_1", "object": "dispute", "charge": "ch_1", "created": 1, "status": "won"}
    body = {"id": "evt_1", "type": "charge.dispute.closed", "created": 1, "data": {"object": about}}
    heard.receive(body, now=now)
    heard.keep(understood(json.dumps(body | {"id": "evt_2"}).encode()), now)
    comparing.compare(since=now - 30 * DAY, now=now)


def _write_about(connection: Connection, staff_id: int, now: datetime) -> None:
    """A note, and a charge of which nothing may go back."""
    t = tables_state
    note = {"customer_number": "C-1001", "subject_kind": "customer", "subject_number": "C-1001"}
    by = {"body": "Calls back", "staff_id": staff_id, "created_at": now}
    connection.execute(t.notes.insert().values(note | by))
    block = {"charge_number": INVOICE, "reason": "other", "blocked_by": staff_id, "blocked_at": now}
    connection.execute(t.refund_blocks.insert().values(block))
    held = t.operations.update().where(t.operations.c.id == OPEN)
    connection.execute(held.values(lock_key="charge:1", amount_minor=100, currency="EUR"))


def _begin_many(connection: Connection, staff_id: int, now: datetime) -> None:
    """A bulk run that was left after its first row."""
    t = tables_state
    run = {"id": MANY, "kind": "subscription:cancel", "request": {}, "state": "running"}
    connection.execute(t.bulk_runs.insert().values(run | {"requested_by": staff_id, "requested_at": now}))
    for position, (id, outcome) in enumerate(((DONE, "settled"), (OPEN, None)), start=1):
        row = {"bulk_id": MANY, "position": position, "subject_number": f"S-100{position}"}
        item: dict[str, Any] = {"operation_id": id, "expected": {}, "outcome": outcome, "said": outcome}
        connection.execute(t.bulk_items.insert().values(row | item))


def _keep_a_view_and_a_schedule(connection: Connection, staff_id: int, now: datetime) -> None:
    t, mine = tables_desk, {"id": 1, "staff_id": staff_id, "created_at": now}
    view = {"screen": "tickets.py", "name": "Mine", "address": "state=open"}
    connection.execute(t.saved_views.insert().values(mine | view))
    asked = {"report": "mrr", "parameters": {"period": "last_month"}, "format": "csv"}
    when = {"every": "day", "hour": 8, "send_to": ["folder"], "done_until": now}
    connection.execute(t.schedules.insert().values(mine | asked | when))
    run = {"id": 1, "schedule_id": 1, "due_at": now, "left_to": ["folder"]}
    connection.execute(t.schedule_runs.insert().values(run))


def _promise(connection: Connection, staff_id: int, now: datetime) -> None:
    """A link to a customer, a mail that waits and one that fails."""
    t = tables_state
    link = {"operation_id": DONE, "customer_number": "C-1001", "created_by": staff_id, "created_at": now}
    connection.execute(t.payment_links.insert().values(link | {"token_hash": SESSION, "expires_at": now}))
    for kind, error in (("mail:a", None), ("mail:b", "The mail server is away.")):
        row = {"operation_id": DONE, "kind": kind, "payload": {}, "created_at": now, "last_error": error}
        connection.execute(t.outbox.insert().values(row))
