"""What is chosen lives in the address, so that every screen is a link a colleague can open."""

from datetime import datetime

import streamlit as st

from console.errors import NotFound

LONGEST = 200


def chosen(name: str) -> str | None:
    """The value of ?name=… in the address, or none. Anything may stand there: it is cut, never trusted."""
    value = st.query_params.get(name)
    return value.replace("\x00", "")[:LONGEST] or None if value else None


def required(name: str, thing: str) -> str:
    """The number the address must carry. Raises NotFound with the way back."""
    value = chosen(name)
    if value is None:
        raise NotFound(f"No {thing} is chosen. Find one first.")
    return value


def cursor() -> tuple[datetime, int] | None:
    """Where a list goes on: ?before=<moment>_<id>. What cannot be read means the first page."""
    moment, _, row = (chosen("before") or "").rpartition("_")
    try:
        at = datetime.fromisoformat(moment)
        return (at, int(row)) if at.tzinfo else None
    except ValueError:
        return None


def first_page() -> None:
    """Begin the list again: what a changed filter does."""
    st.query_params.pop("before", None)


def pager(*, older: tuple[datetime, int] | None) -> None:
    """Newest · Older. The place in the list is in the address; the filters there stay as they are."""

    def go_on() -> None:
        if older:
            st.query_params["before"] = f"{older[0].isoformat()}_{older[1]}"

    with st.container(horizontal=True):
        if chosen("before"):
            st.button("Newest", icon=":material/first_page:", on_click=first_page)
        if older:
            st.button("Older", icon=":material/chevron_right:", icon_position="right", on_click=go_on)
