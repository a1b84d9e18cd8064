"""One row of a bulk run: its verb once, as whoever asked for the run, and its outcome in words."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from console.access import Actor, require
from console.actions import approvals, operations, refunds, subscriptions
from console.actions.bulk_preview import PERMISSIONS, Kind
from console.actions.cancellation import Expected
from console.actions.done import Done
from console.db import writing
from console.errors import Conflict, ConsoleError, Unavailable
from console.signin.who import actor_of
from queries.bulk import BulkItem, BulkRun
from queries.tables_state import bulk_items

_KINDS: dict[str, Kind] = {"subscription:cancel": "cancel", "charge:refund": "refund"}
STORED_AS: dict[Kind, str] = {kind: name for name, kind in _KINDS.items()}


def kind_of(run: BulkRun) -> Kind:
    return _KINDS[run.kind]


def requester(run: BulkRun) -> Actor:
    """Who asked, as they are now. Raises NotPermitted if they may not do it any more."""
    actor = replace(actor_of(str(run.requested_by)), channel=run.request["channel"])
    require(actor, PERMISSIONS[kind_of(run)])
    return actor


def do(run: BulkRun, item: BulkItem, actor: Actor, now: datetime) -> None:
    """One row: its verb once, and its outcome. Raises Unavailable."""
    answer: Done | ConsoleError
    try:
        answer = _call(run, item, actor, now)
    except Unavailable:
        raise
    except ConsoleError as refusal:
        answer = refusal
    operation = operations.find(item.operation_id)
    if operation is not None:  # what came of it is the same for everybody who did this row
        answer = approvals.come_of(operation)
    outcome, said = _outcome(answer)
    row = bulk_items.c
    mine = bulk_items.update().where(row.operation_id == item.operation_id, row.outcome.is_(None))
    with writing("state") as connection:
        connection.execute(mine.values(outcome=outcome, said=said))


def _call(run: BulkRun, item: BulkItem, actor: Actor, now: datetime) -> Done:
    request, shown = run.request, item.expected
    expected = Expected(
        shown["version"], shown["fingerprint"], tuple((name, said) for name, said in shown["facts"])
    )
    common: dict[str, Any] = {
        "operation_id": item.operation_id,
        "reason": request["reason"],
        "note": request["note"],
        "tell_customer": request["tell_customer"],
        "expected": expected,
        "now": now,
    }
    if kind_of(run) == "cancel":
        return subscriptions.cancel_subscription(actor, item.subject_number, at=request["at"], **common)
    amount, basis = shown["amount_minor"], shown["basis"]
    return refunds.refund_charge(actor, item.subject_number, amount_minor=amount, basis=basis, **common)


def _outcome(answer: Done | ConsoleError) -> tuple[str, str]:
    """How the row's column names it, and the sentence for it."""
    if isinstance(answer, Conflict):
        changes = "; ".join(f"{name}: {was} → {now}" for name, (was, now) in answer.changes.items())
        return "changed", f"{answer} {changes}"
    if isinstance(answer, ConsoleError):
        return "refused", str(answer)
    return "already" if answer.already else answer.state, answer.sentence
