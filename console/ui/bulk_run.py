"""A bulk run on the screen: how far it is, what came of each row, and stopping it or letting it go on.

A worker goes on with it whoever looks. In a process without one the screen asks for the next few rows every
second; closing the tab then leaves the rest to whoever opens the run again.
"""

from collections import Counter
from collections.abc import Callable, Sequence

import streamlit as st

from console import times, words
from console.access import Actor
from console.actions import bulk
from console.actions.bulk import PERMISSIONS, REASONS
from console.db import reading
from console.errors import ConsoleError
from console.screens import PAGES
from console.ui.bulk_tables import items_table, total_in_words
from console.ui.layout import facts, section
from console.ui.problems import problem
from queries import bulk as stored
from queries.bulk import BulkItem, BulkRun

AT_A_TIME = 5  # rows between two looks of the screen
_BY_ITSELF = ("approved", "sending", "pending")  # what goes on after the run
_NOT_DONE = ("changed", "refused", "failed")
_TITLES = {"running": "Running", "stopped": "Stopped", "finished": "Finished"}


def bulk_run(actor: Actor, bulk_id: str) -> None:
    """The run in the address. Raises NotFound, and Refused for what is no id."""
    run = bulk.load(bulk_id)
    kind = bulk.kind_of(run)
    with st.container(horizontal=True, vertical_alignment="center"):
        section(run.request["what"].capitalize(), "checklist")
        st.page_link(PAGES / "bulk.py", label="Other runs", icon=":material/history:")
    facts(
        {
            "Asked by": run.requester_name,
            "Asked": f"{times.moment(run.requested_at)} ({times.ago(run.requested_at)})",
            "Reason": REASONS[kind].get(run.request["reason"]),
            "Customers are told": "yes" if run.request["tell_customer"] else "no",
            "Note": run.request["note"],
        }
    )
    with reading() as data:
        waits = any(item.now in _BY_ITSELF for item in stored.items(data.state, run.id))
    every = 1.0 if run.state == "running" else 5.0 if waits else None
    st.fragment(_progress, run_every=every)(actor, run.id, run.state)


def _progress(actor: Actor, bulk_id: str, was: str) -> None:
    run = _pushed(actor, bulk.load(bulk_id))
    if run.state != was:
        st.rerun()  # the whole screen: it asks no more every second, or again
    with reading() as data:
        items = stored.items(data.state, run.id)
    st.progress(run.done / run.rows, text=f"{_TITLES[run.state]}: {run.done:,} of {run.rows:,}")
    st.text(_summary(items))
    _buttons(actor, run)
    items_table(items, key=f"bulk-items-{run.id}")
    _again(run, items)


def _pushed(actor: Actor, run: BulkRun) -> BulkRun:
    """The run, a few rows further if it runs and whoever looks may do it."""
    if run.state != "running" or bulk.has_worker() or not actor.may(PERMISSIONS[bulk.kind_of(run)]):
        return run
    try:
        return bulk.go_on(run.id, limit=AT_A_TIME)
    except ConsoleError as error:
        problem(error)
        return bulk.load(run.id)


def _again(run: BulkRun, items: Sequence[BulkItem]) -> None:
    """The way to a new preview of what was not done."""
    left = [item.subject_number for item in items if item.now in _NOT_DONE]
    if run.state == "finished" and left:
        st.page_link(
            PAGES / "bulk.py",
            label=f"Look again at what was not done ({len(left):,})",
            icon=":material/preview:",
            query_params={str(bulk.kind_of(run)): ",".join(left)},
        )


def _summary(items: Sequence[BulkItem]) -> str:
    """ "Done: 10 · Needs approval: 2 · 120.00 €": every row as it is now."""
    counted = Counter(item.now or "to_come" for item in items)
    said = [f"{words.status('bulk_row', state)}: {many:,}" for state, many in counted.items()]
    return " · ".join([*said, *total_in_words(items)])


def _buttons(actor: Actor, run: BulkRun) -> None:
    """Stop while it runs, Go on when it is stopped, for who may."""
    runs, may = run.state == "running", actor.may(PERMISSIONS[bulk.kind_of(run)])
    if run.state == "finished" or not (bulk.why_not_stop(actor, run) is None if runs else may):
        return
    label, icon, do = ("Stop", "stop", bulk.stop) if runs else ("Go on", "play_arrow", _resume)
    st.button(
        label,
        icon=f":material/{icon}:",
        key=f"{icon}-{run.id}",
        on_click=_press,
        args=(actor, run.id, do),
    )
    error = st.session_state.pop(f"error-{run.id}", None)
    if isinstance(error, ConsoleError):
        problem(error)


def _resume(actor: Actor, bulk_id: str) -> BulkRun:
    run = bulk.resume(actor, bulk_id)
    bulk.hand_over(run.id)
    return run


def _press(actor: Actor, bulk_id: str, do: Callable[[Actor, str], BulkRun]) -> None:
    try:
        do(actor, bulk_id)
    except ConsoleError as error:
        st.session_state[f"error-{bulk_id}"] = error
