"""What is chosen lives in the address, so that every screen is a link a colleague can open."""

from datetime import datetime
from pathlib import Path

import streamlit as st

from console.errors import NotFound
from console.screens import PAGES

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


def pager(page: str, *, older: tuple[datetime, int] | None) -> None:
    """Newest · Older, as links: the filters in the address stay as they are."""
    here = {k: v for k, v in st.query_params.to_dict().items() if k != "before"}
    with st.container(horizontal=True):
        if chosen("before"):
            st.page_link(_path(page), label="Newest", icon=":material/first_page:", query_params=here)
        if older:
            at = f"{older[0].isoformat()}_{older[1]}"
            st.page_link(_path(page), label="Older", icon=":material/chevron_right:",
                         query_params=here | {"before": at})  # fmt: skip


def _path(page: str) -> Path:
    return PAGES / page
