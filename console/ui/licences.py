"""Licence keys: masked, and shown to whoever asks. That somebody looked is written down."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from console import words
from console.access import Actor
from console.actions.reading import reveal_licence_key
from console.errors import ConsoleError
from console.ui.problems import problem
from queries.subscriptions import Subscription


def masked(rows: Sequence[Subscription]) -> list[Subscription]:
    """The rows with their keys masked, for a table."""
    return [replace(row, licence_key=words.masked(row.licence_key) or None) for row in rows]


def reveal_licence(actor: Actor, subscription: Subscription) -> None:
    """The button that shows the key, and the key until the page is left."""
    if subscription.licence_key is None:
        return
    kept = f"licence-{subscription.number}-{subscription.version}"
    shown = st.session_state.get(kept)
    if isinstance(shown, ConsoleError):
        problem(shown)
    elif shown is not None:
        st.code(str(shown), language=None, wrap_lines=True)
        return
    st.button(
        "Show the licence key",
        icon=":material/visibility:",
        type="tertiary",
        key=f"reveal-{subscription.number}",
        help="That you looked is written into the audit log.",
        on_click=_reveal,
        args=(actor, subscription.number, kept),
    )


def _reveal(actor: Actor, number: str, kept: str) -> None:
    answer: str | ConsoleError
    try:
        answer = reveal_licence_key(actor, number)
    except ConsoleError as error:
        answer = error
    st.session_state[kept] = answer
