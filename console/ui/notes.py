"""Notes for colleagues about a customer, and the links they were sent for their payment details."""

from collections.abc import Sequence

import streamlit as st

from console import clocks, times, words
from console.access import Actor, Permission
from console.actions.notes import add_note
from console.actions.operations import new_operation_id
from console.errors import ConsoleError, Unavailable
from console.ui.outcome import outcome
from console.ui.tables import Column, table
from queries.notes import Note
from queries.payment_links import PaymentLink


def notes_section(actor: Actor, customer_number: str, found: Sequence[Note]) -> None:
    """What colleagues wrote, newest first, and a box for one more."""
    key = f"note-of-{customer_number}"
    for note in found:
        about = f" · {note.subject_number}" if note.subject_kind == "subscription" else ""
        st.text(f"{times.moment(note.created_at)}  {note.author_name}{about}\n{words.visible(note.body)}")
    if not found:
        st.caption("No notes yet.")
    if actor.may(Permission.WRITE_NOTES):
        outcome(key, actor)
        st.session_state.setdefault(f"operation-{key}", new_operation_id())
        with st.container(horizontal=True, vertical_alignment="bottom"):
            st.text_area("Note for colleagues", key=key, max_chars=2000, height=68, width=560)
            st.button("Keep the note", icon=":material/note_add:", key=f"do-{key}", on_click=_add,
                      args=(actor, customer_number, key))  # fmt: skip


def _add(actor: Actor, customer_number: str, key: str) -> None:
    state = st.session_state
    answer: object
    try:
        answer = add_note(
            actor, customer_number, state.get(key) or "", operation_id=state[f"operation-{key}"]
        )
        state[key] = ""
    except ConsoleError as error:
        answer = error
    state[f"outcome-{key}"] = answer
    if not isinstance(answer, Unavailable):
        state.pop(f"operation-{key}", None)


def payment_links_table(found: Sequence[PaymentLink]) -> None:
    """When each was sent, and whether it was used. Nothing at all is drawn for none."""
    now = clocks.now()
    table(
        [
            {
                "at": one.created_at,
                "by": one.sent_by_name,
                "subscription": one.subscription_number,
                "state": _state(one, expired=one.expires_at <= now),
                "used": one.used_at,
                "with": one.used_with,
            }
            for one in found
        ],
        [
            Column("at", "Link sent", "instant"),
            Column("by", "By"),
            Column("subscription", "For", opens="subscription.py", width=110),
            Column("state", "State"),
            Column("used", "Used", "instant"),
            Column("with", "New payment method"),
        ],
        key="links",
        alt="Links for payment details, newest first",
        empty="",
    )


def _state(link: PaymentLink, *, expired: bool) -> str:
    if link.used_at:
        return "Used"
    return "Expired unused" if expired else f"Holds until {times.moment(link.expires_at)}"
