"""Refusals on the screen: what is wrong, what to do, and the way back. Never a traceback."""

import streamlit as st

from console.errors import Conflict, ConsoleError, NotFound, NotPermitted, Unavailable
from console.screens import PAGES

_LOOKS = (
    (NotPermitted, "Not permitted", ":material/lock:", st.warning),
    (NotFound, "Not found", ":material/search_off:", st.warning),
    (Unavailable, "Not available", ":material/cloud_off:", st.error),
    (Conflict, "Changed meanwhile", ":material/sync_problem:", st.warning),
)


def problem(error: ConsoleError) -> None:
    """Draw a refusal. Its sentence may quote what somebody typed, so it stands in plain text."""
    look = (kind for kind in _LOOKS if isinstance(error, kind[0]))
    _, title, icon, draw = next(look, (ConsoleError, "Not done", ":material/block:", st.warning))
    draw(f"**{title}**", icon=icon)
    st.text(str(error))
    if isinstance(error, Conflict):
        changes(error)
    if isinstance(error, NotFound):
        st.page_link(PAGES / "customers.py", label="Find a customer", icon=":material/person_search:")
    if isinstance(error, Unavailable):
        st.button("Try again", icon=":material/refresh:")


def changes(error: Conflict) -> None:
    """What changed since it was shown, side by side."""
    st.dataframe(
        {
            "What": list(error.changes),
            "As shown to you": [shown for shown, _ in error.changes.values()],
            "Now": [is_now for _, is_now in error.changes.values()],
        },
        hide_index=True,
        alt="What changed since it was shown",
    )
