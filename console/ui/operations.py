"""Operations and approvals: what waits, for whom, and the one safe next step."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

import streamlit as st

from console import audit, times, words
from console.access import Actor
from console.actions import approvals, next_steps, resuming
from console.actions.done import Done
from console.actions.next_steps import NextStep, next_step
from console.errors import ConsoleError
from console.screens import PAGES
from console.ui import filters
from console.ui.acting import lines
from console.ui.layout import facts, link, section, status_badge
from console.ui.outcome import outcome
from console.ui.tables import Column, table
from queries import operations
from queries.audit import AuditEntry
from queries.operations import Operation
from queries.outbox import OutboxRow

_PAGES = {"subscription": "subscription.py", "customer": "customer.py"}


def operation_filter() -> operations.Which:
    """Which of them, from the address."""
    shown = {"open": "Not decided", "mine": "In my queue", "closed": "Decided lately"}
    return cast(operations.Which, filters.switch("Show", shown, key="show"))


def operations_pile(title: str, rows: Sequence[Operation], now: datetime, *, key: str, opens: str) -> None:
    """Some of them on another screen; nothing at all is drawn for none."""
    if rows:
        section(title, "pending_actions")
        operations_table(rows, now, key=key, empty="", opens=opens)


def operations_table(
    rows: Sequence[Operation], now: datetime, *, key: str, empty: str, opens: str = ""
) -> None:
    """Each with its age, its owner and what it waits for. A row opens below the list or elsewhere."""
    what = Column("what", "What", by="id", width=270, opens=opens, param="operation")
    table(
        [
            {
                "id": row.id,
                "what": next_steps.what(row),
                "state": row.state,
                "age": times.ago(row.requested_at),
                "waits": next_step(row, now).waits,
                "amount": row.amount_minor,
                "currency": row.currency,
                "customer": row.customer_number,
                "who": row.requester_name,
                "owner": row.owner_name or "Anybody",
            }
            for row in rows
        ],
        [
            what if opens else replace(what, chooses="operation"),
            Column("state", "State", "status", of="operation", width=120),
            Column("age", "Asked", width=95),
            Column("waits", "Waits for", width=330),
            Column("customer", "Customer", opens="customer.py", width=85),
            Column("who", "Asked by", width=110),
            Column("owner", "In the queue of", width=110),
            Column("amount", "Amount", "money"),
        ],
        key=key,
        alt="Operations",
        empty=empty,
        height="content",
    )


def operation_details(operation: Operation, entries: Sequence[AuditEntry], told: Sequence[OutboxRow]) -> None:
    """What was asked for and what was shown, who decided what and when, and what was told to others."""
    with st.container(horizontal=True, vertical_alignment="center"):
        status_badge("operation", operation.state)
        st.text(next_steps.what(operation))
        if operation.subject_kind in _PAGES:
            link(_PAGES[operation.subject_kind], operation.subject_number, icon=":material/autorenew:")
        if operation.customer_number:
            link("customer.py", operation.customer_number, icon=":material/person:")
    facts(
        {
            "Asked by": f"{operation.requester_name} ({operation.requester_role})",
            "Asked": f"{times.moment(operation.requested_at)} ({times.ago(operation.requested_at)})",
            "Reason": words.sentence_case(operation.request.get("reason")),
            "Note": operation.request.get("note"),
            "Ticket": operation.ticket_number,
            "Approved by": operation.approver_name,
            "In the queue of": operation.owner_name or "Anybody",
            "At the gateway": operation.gateway_reference or "nothing known",
        }
    )
    shown = operation.preview.get("lines")
    if shown:
        section("What was shown", "preview")
        lines([(label, text) for label, text in shown])
    section("What happened", "history")
    for entry in reversed(entries):
        st.text(f"{times.moment(entry.at)}  {words.visible(audit.sentence(entry))}")
    for row in told:
        st.text(_told(row))


def _told(row: OutboxRow) -> str:
    what = "Mail to the customer" if row.kind.startswith("mail") else "Note on the ticket"
    if row.sent_at:
        return f"{times.moment(row.sent_at)}  {what}: sent"
    return f"{what}: {f'not sent yet: {row.last_error}' if row.last_error else 'will be sent'}"


def operation_steps(operation: Operation, actor: Actor, now: datetime) -> None:
    """The one safe next step, and what only a person who looked it up may do."""
    outcome(operation.id, actor)
    step = next_step(operation, now)
    st.text(step.waits)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _step_button(operation, actor, step)
        if operation.owner_id != actor.staff_id and operation.settled_at is None:
            _button(
                "Take it over", "person_raised_hand", operation, lambda: approvals.take(actor, operation.id)
            )
    if next_steps.may_close(actor, operation):
        _close(operation, actor)


def _step_button(operation: Operation, actor: Actor, step: NextStep) -> None:
    if step.does == "approvals":
        st.page_link(
            PAGES / "approvals.py", label="Approvals", icon=":material/approval:",
            query_params={"operation": operation.id},
        )  # fmt: skip
    if step.does == "recall" or operation.state == "waiting_for_approval":
        _button("Recall", "undo", operation, lambda: approvals.recall(actor, operation.id))
    if step.does == "resume" and step.button:
        _button(step.button, "search", operation, lambda: resuming.resume(operation.id), primary=True)


def _close(operation: Operation, actor: Actor) -> None:
    key = f"why-close-{operation.id}"
    with st.expander("It was not done: close it", icon=":material/block:"):
        st.caption("The gateway is asked once more before it is closed.")
        st.text_input("How do you know?", key=key, placeholder="What you saw at the gateway")
        _button(
            "Close it as not done", "block", operation,
            lambda: approvals.close_as_not_done(actor, operation.id, why=st.session_state.get(key, "")),
        )  # fmt: skip


def approval_form(operation: Operation, actor: Actor, now: datetime) -> None:
    """Yes to exactly this, or no with a sentence."""
    outcome(operation.id, actor)
    no = approvals.why_not_approve(actor, operation)
    if no is not None:
        st.caption("You cannot decide this.")
        st.text(no)
        return
    changed = approvals.what_changed(operation, now)
    if changed is not None:
        st.warning("**Changed since it was asked for**", icon=":material/sync_problem:")
        st.text(changed)
    key = f"why-{operation.id}"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        _button(
            f"Approve: {next_steps.what(operation)}", "check", operation,
            lambda: approvals.approve(actor, operation.id), primary=True,
        )  # fmt: skip
        st.text_input("Why not", key=key, placeholder="For whoever asked", width=320)
        _button(
            "Reject", "close", operation,
            lambda: approvals.reject(actor, operation.id, why=st.session_state.get(key, "")),
        )  # fmt: skip


def _button(
    label: str, icon: str, operation: Operation, do: Callable[[], Done], *, primary: bool = False
) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        type="primary" if primary else "secondary",
        key=f"{icon}-{operation.id}",
        on_click=_press,
        args=(operation.id, do),
    )


def _press(key: str, do: Callable[[], Done]) -> None:
    answer: Any
    try:
        answer = do()
    except ConsoleError as error:
        answer = error
    st.session_state[f"outcome-{key}"] = answer
    st.query_params["operation"] = key  # it stays in view, also when the list has it no more
