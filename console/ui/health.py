"""Data health: which contradiction to look at, and the rows that have it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import streamlit as st

from console import times, words
from console.ui.tables import Column, table
from queries.health import Finding, HealthRow
from queries.health_checks import Check

OPENS = {"customer": "customer.py", "subscription": "subscription.py", "ticket": "ticket.py"}


def finding_switch(findings: Sequence[Finding]) -> Finding | None:
    """The contradictions there are, the chosen one in the address as ?check=…; None where there is none."""
    there = {f"{one.check.title} ({words.count(one.count)})": one for one in findings if one.count}
    st.caption(
        f"{len(findings)} checks, {len(there)} with findings. Rows are kept as they came, never repaired."
    )
    if not there:
        return None
    first = next(iter(there))
    picked = st.selectbox("Finding", list(there), key="check", bind="query-params")
    return there.get(picked or first, there[first])


def health_table(check: Check, rows: Sequence[HealthRow]) -> None:
    """The rows a check lists, each with the facts that contradict each other."""
    names = list(dict.fromkeys(name for row in rows for name in row.facts))
    table(
        [
            {"number": row.number, "customer_number": row.customer_number}
            | {name: _fact(row.facts.get(name)) for name in names}
            for row in rows
        ],
        [
            Column("number", words.sentence_case(check.entity), opens=OPENS.get(check.entity, ""), width=130),
            *(
                [Column("customer_number", "Customer", opens="customer.py", width=110)]
                if _other(check)
                else []
            ),
            *(Column(name, words.sentence_case(name)) for name in names),
        ],
        key=f"health-{check.key}",
        alt=check.title,
        empty="No row has this contradiction now.",
    )


def _other(check: Check) -> bool:
    return check.entity != "customer"


def _fact(value: Any) -> str | None:
    if isinstance(value, datetime):
        return times.moment(value)
    return None if value is None else str(value)
