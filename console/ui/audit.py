"""The audit log: its filters, its sentences, and what changed."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from console import audit, words
from console.actions.subscriptions import REASONS, UNDO_REASONS
from console.ui import filters
from console.ui.address import first_page
from console.ui.tables import Column, table
from queries.audit import AuditEntry, AuditFilters
from queries.staff import StaffMember

CHANNELS = {"screen": "Console", "command": "Command line", "system": "System"}


def audit_filters(people: Sequence[StaffMember]) -> AuditFilters:
    """Who, what and whom, from the address."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        who = filters.choice("Who", {str(one.id): f"{one.email} ({one.id})" for one in people}, key="who")
        kind = filters.choice("What", {kind: _kind(kind) for kind in audit.SENTENCES}, key="what")
        customer = st.text_input(
            "Customer number", key="whom", bind="query-params", on_change=first_page, placeholder="C-1001"
        )
    number = (customer or "").strip() or None
    return AuditFilters(actor_id=int(who) if who else None, kind=kind, customer_number=number)


def _kind(kind: str) -> str:
    return words.sentence_case(kind.replace(".", " "))


def _reason(code: str | None) -> str | None:
    return (REASONS | UNDO_REASONS).get(code, words.sentence_case(code)) if code else None


def audit_table(entries: Sequence[AuditEntry]) -> None:
    """One sentence an entry, newest first."""
    table(
        [
            {
                "at": entry.at,
                "sentence": audit.sentence(entry),
                "customer": entry.customer_number,
                "reason": _reason(entry.reason),
                "note": entry.note,
                "changed": _changed(entry.before, entry.after),
                "by": CHANNELS.get(entry.channel, entry.channel),
            }
            for entry in entries
        ],
        [
            Column("at", "When", "instant", width=130),
            Column("sentence", "What happened", width=355),
            Column("customer", "Customer", opens="customer.py", width=85),
            Column("reason", "Reason", width=210),
            Column("changed", "From → to", width=300),
            Column("note", "Note", width=250),
            Column("by", "Through", width=100),
        ],
        key="audit",
        alt="Audit entries, newest first",
        empty="Nothing was done that fits. Widen the filters.",
        height="content",
    )


def _changed(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> str | None:
    """ "status: active → canceled; …": only what differs."""
    was, is_now = before or {}, after or {}
    parts = [
        f"{name.replace('_', ' ')}: {_value(was.get(name))} → {_value(is_now.get(name))}"
        for name in {**was, **is_now}
        if was.get(name) != is_now.get(name)
    ]
    return "; ".join(parts) or None


def _value(value: Any) -> str:
    if value is None:
        return "none"
    return {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
