"""What came of the last press of a form, until the next one: done, or how far it is and what can be done."""

from typing import Any

import streamlit as st

from console import clocks
from console.access import Actor
from console.actions import approvals, operations
from console.actions.done import Done
from console.errors import ConsoleError
from console.screens import PAGES
from console.ui import problems

_LOOKS = {
    "settled": ("Done", ":material/check_circle:", st.success),
    "approved": ("Leaves us soon", ":material/timer:", st.info),
    "waiting_for_approval": ("Waits for a second person", ":material/group:", st.info),
    "sending": ("Under way", ":material/sync:", st.info),
    "pending": ("Not decided yet", ":material/hourglass_top:", st.info),
    "unknown": ("Not known", ":material/help:", st.warning),
    "refused": ("Taken back", ":material/undo:", st.info),
}


def outcome(key: str, actor: Actor) -> None:
    """Draw what is kept under the key, if anything is."""
    result = st.session_state.get(f"outcome-{key}")
    if isinstance(result, ConsoleError):
        problems.problem(result)
    elif isinstance(result, Done) and result.state in {"approved", "sending"}:
        _countdown(key, result, actor)
    elif isinstance(result, Done):
        _drawn(result)


def announce(result: Done | ConsoleError) -> None:
    """The same in a word, in the corner: the form may have been far down the page."""
    if isinstance(result, ConsoleError):
        st.toast("Not done", icon=":material/block:")
    else:
        title, icon, _ = _looks(result)
        st.toast(title, icon=icon)


def _looks(result: Done) -> tuple[str, str, Any]:
    if result.already:
        return "Already done", ":material/info:", st.info
    return _LOOKS.get(result.state, _LOOKS["sending"])


def _drawn(result: Done) -> None:
    title, icon, draw = _looks(result)
    draw(f"**{title}**", icon=icon)
    st.text(result.sentence)
    if not result.settled and result.state != "refused":
        st.page_link(
            PAGES / "operations.py",
            label="Operations",
            icon=":material/pending_actions:",
            query_params={"operation": result.operation_id},
        )


@st.fragment(run_every=1.0)
def _countdown(key: str, result: Done, actor: Actor) -> None:
    """How long it can still be recalled, that it is under way, and at last what came of it."""
    left = (result.due - clocks.now()).total_seconds() if result.due else 0.0
    now_is = operations.find(result.operation_id)
    if now_is is not None and now_is.state not in {"approved", "sending"}:
        st.session_state[f"outcome-{key}"] = approvals.come_of(now_is)
        st.rerun()
    said = f"Leaves us in {int(left) + 1} s" if left > 0 else "Under way"
    st.info(f"**{said}**", icon=":material/timer:")
    st.text(result.sentence)
    if left > 0 and st.button(
        "Recall", icon=":material/undo:", key=f"recall-{key}", on_click=recall, args=(key, result, actor)
    ):
        st.rerun()


def recall(key: str, result: Done, actor: Actor) -> None:
    """Take it back; what came of that is what the form shows from now on."""
    answer: Done | ConsoleError
    try:
        answer = approvals.recall(actor, result.operation_id)
    except ConsoleError as error:
        answer = error
    st.session_state[f"outcome-{key}"] = answer
