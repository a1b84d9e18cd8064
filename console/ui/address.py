"""What is chosen lives in the address, so that every screen is a link a colleague can open."""

from typing import TypeVar

import streamlit as st

from console.errors import NotFound
from queries.paging import Cursor

LONGEST = 200
T = TypeVar("T")


def chosen(name: str) -> str | None:
    """The value of ?name=… in the address, or none. Anything may stand there: it is cut, never trusted."""
    value = st.query_params.get(name)
    return value.replace("\x00", "")[:LONGEST] or None if value else None


def required(thing: str) -> str:
    """The number the address must carry (?customer=C-1001). Raises NotFound with the way back."""
    value = chosen(thing)
    if value is None:
        raise NotFound(f"No {thing} is chosen. Find one first.")
    return value


def found(row: T | None, thing: str) -> T:
    """The row a number in the address names. Raises NotFound with the way back."""
    if row is None:
        raise NotFound(f"No such {thing}: {chosen(thing)}. It may be mistyped, or cut off in the link.")
    return row


def cursor() -> Cursor | None:
    """Where a list goes on: ?before=…. What cannot be read means the first page."""
    return Cursor.parse(chosen("before") or "")


def first_page() -> None:
    """Begin the list again: what a changed filter does."""
    for name in ("before", "line"):
        st.query_params.pop(name, None)


def pager(older: Cursor | None) -> None:
    """Newest · Older. The place in the list is in the address; the filters there stay as they are."""

    def go_on() -> None:
        st.query_params["before"] = str(older)

    with st.container(horizontal=True):
        if chosen("before"):
            st.button("Newest", icon=":material/first_page:", on_click=first_page)
        if older:
            st.button("Older", icon=":material/chevron_right:", icon_position="right", on_click=go_on)
