"""Books and gateway: when they were compared last, what differs, and mending one difference."""

from collections.abc import Mapping, Sequence

import streamlit as st

from console import clocks, times, words
from console.access import Actor
from console.actions import drift
from console.actions.drift_fixing import fix, why_not_fix
from console.actions.drift_kinds import KINDS
from console.errors import ConsoleError
from console.screens import PAGES
from console.ui.address import chosen
from console.ui.filters import choice
from console.ui.layout import facts, link, section
from console.ui.problems import problem
from console.ui.tables import Column, table
from queries.drift_findings import DriftFinding, DriftRun

_SAID = "difference-said"  # what came of the last press


def comparison(last: DriftRun | None, complete: DriftRun | None) -> None:
    """When the books were compared, what kept the last run from its end, and the button for now."""
    section("Books and gateway", "balance")
    if complete is None:
        st.caption("Not compared yet. It is done every night, and when you ask for it.")
    else:
        since = times.day_of(complete.since)
        st.caption(
            f"{times.as_of(complete.started_at)} · {complete.compared:,} objects of the {complete.gateway} "
            f"gateway and ours: charges and refunds since {since}, every subscription, what is under way"
        )
    if last is not None and last.error:
        st.warning("**The last comparison was not finished**", icon=":material/sync_problem:")
        st.text(f"{times.moment(last.started_at)}: {last.error}")
    if st.button("Compare now", icon=":material/sync:"):
        _compare()


def _compare() -> None:
    with st.status("Comparing the books with the gateway") as status:
        try:
            drift.compare_lately(
                clocks.now(), lambda compared: status.update(label=f"{compared:,} objects compared")
            )
        except ConsoleError as error:
            problem(error)
            status.update(label="Not finished", state="error", expanded=True)
            return
    st.rerun()


def difference_switch(counts: Mapping[str, int]) -> str | None:
    """Which kind of difference, in the address as ?differs=…; None for all, and where there is none."""
    if not counts:
        return None
    return choice(
        "Difference",
        {key: f"{kind.title} ({words.count(counts[key])})" for key, kind in KINDS.items() if key in counts},
        key="differs",
    )


def differences(rows: Sequence[DriftFinding], actor: Actor, *, compared: bool) -> None:
    """What differs; a row opens below with both sides and what mends it."""
    _said()
    table(
        [
            {
                "id": row.id,
                "kind": KINDS[row.kind].title,
                "subject": row.subject_number,
                "customer": row.customer_number,
                "here": _side(row.here),
                "there": _side(row.there),
                "seen": times.ago(row.first_seen_at),
            }
            for row in rows
        ],
        [
            Column("kind", "Difference", chooses="difference", by="id", width=205),
            Column("subject", "About", width=115),
            Column("customer", "Customer", opens="customer.py", width=85),
            Column("here", "Here", width=225),
            Column("there", "At the gateway", width=255),
            Column("seen", "First seen", width=110),
        ],
        key="differences",
        alt="Where our books and the gateway's differ",
        empty="Our books and the gateway's are the same." if compared else "",
        height="content",
    )
    number = chosen("difference")
    one = next((row for row in rows if str(row.id) == number), None)
    if one is not None:
        _difference(one, actor)


def _side(pairs: Mapping[str, str]) -> str:
    """The state speaks for itself, other facts have their name before them."""
    return ", ".join(value if name == "state" else f"{name} {value}" for name, value in pairs.items())


def _difference(one: DriftFinding, actor: Actor) -> None:
    kind = KINDS[one.kind]
    section(kind.title, "difference")
    st.caption(kind.meaning)
    for side, pairs in (("Here", one.here), ("At the gateway", one.there)):
        facts({f"{side}: {name}": value for name, value in pairs.items()})
    st.text(kind.todo)
    with st.container(horizontal=True, vertical_alignment="center"):
        no = why_not_fix(actor, one)
        if kind.fix is not None:
            st.button(
                kind.button,
                icon=":material/build:",
                type="primary",
                key=f"mend-{one.id}",
                disabled=no is not None,
                help=no,
                on_click=_mend,
                args=(actor, one.id),
            )
        _links(one)


def _links(one: DriftFinding) -> None:
    if one.subject_kind == "subscription":
        link("subscription.py", one.subject_number, icon=":material/autorenew:")
    if one.customer_number:
        link("customer.py", one.customer_number, icon=":material/person:")
    if one.details.get("operation"):
        st.page_link(
            PAGES / "operations.py",
            label="The operation",
            icon=":material/pending_actions:",
            query_params={"operation": one.details["operation"]},
        )


def _mend(actor: Actor, finding_id: int) -> None:
    answer: str | ConsoleError
    try:
        answer = fix(actor, finding_id)
    except ConsoleError as error:
        answer = error
    st.session_state[_SAID] = answer


def _said() -> None:
    answer = st.session_state.pop(_SAID, None)
    if isinstance(answer, ConsoleError):
        problem(answer)
    elif answer is not None:
        st.success("**Done**", icon=":material/check_circle:")
        st.text(answer)
