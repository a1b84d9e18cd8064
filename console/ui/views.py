"""Saved views: a screen's menu of them, and opening one.

Streamlit keeps the value of a filter that is bound to the address, also on other screens, and a link changes
only the filters it names. So a view is opened by way of a screen of its own (`pages/saved_view.py`), which
forgets every filter this browser has used before it goes on to the address that was saved.
"""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlencode

import streamlit as st

from console.access import Actor
from console.actions.saved_views import LONGEST_NAME, delete_view, found, save_view
from console.db import reading
from console.errors import Conflict, ConsoleError
from console.screens import PAGES
from console.ui.address import chosen
from console.ui.problems import problem
from console.ui.tables import Column, table
from queries import saved_views as stored
from queries.saved_views import SavedView

_USED = "filters-used"  # names of the address, by which filters are kept
_SAID = "view-said"


def saved_views(actor: Actor, file: str) -> None:
    """The menu of a screen: one's own views and what others share, and saving what is shown now."""
    screen = Path(file).name
    st.session_state[_USED] = st.session_state.get(_USED, frozenset()) | set(st.query_params)
    with reading() as data:
        views = stored.of_screen(data.state, screen, actor.staff_id)
    with st.popover("Saved views", icon=":material/bookmarks:", width="content"):
        _said(actor, screen)
        _menu(views, actor)
        _save_form(actor, screen)
        _delete_form([view for view in views if view.staff_id == actor.staff_id], actor)


def _menu(views: Sequence[SavedView], actor: Actor) -> None:
    table(
        [
            {
                "id": view.id,
                "view": view.name,
                "of": "You" if view.staff_id == actor.staff_id else view.staff_name,
                "shared": view.shared,
            }
            for view in views
        ],
        [
            Column("view", "View", opens="saved_view.py", by="id", width=150),
            Column("of", "Of", width=75),
            Column("shared", "For", "flag", of="Everybody", width=90),
        ],
        key="saved-views",
        alt="Saved views of this screen",
        empty="None is saved yet: choose filters, then keep them under a name.",
        height="content",
    )


def _save_form(actor: Actor, screen: str) -> None:
    st.text_input("Name", key="view-name", max_chars=LONGEST_NAME)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.checkbox("For everybody", key="view-shared")
        st.button(
            "Save this view",
            icon=":material/bookmark_add:",
            key="save-view",
            on_click=_save,
            args=(actor, screen),
        )


def _save(actor: Actor, screen: str, *, replace: bool = False) -> None:
    state, params = st.session_state, st.query_params
    address = urlencode([(key, value) for key in params for value in params.get_all(key)])
    try:
        view = save_view(
            actor, screen, state.get("view-name") or "", address, shared=bool(state.get("view-shared")),
            replace=replace,
        )  # fmt: skip
        state[_SAID] = f"The view “{view.name}” is saved."
        state["view-name"] = ""
    except ConsoleError as error:
        state[_SAID] = error


def _delete_form(mine: Sequence[SavedView], actor: Actor) -> None:
    if not mine:
        return
    names = {view.id: view.name for view in mine}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox("One of yours", list(names), format_func=names.__getitem__, key="view-to-delete")
        st.button("Delete", icon=":material/delete:", key="delete-view", on_click=_delete, args=(actor,))


def _delete(actor: Actor) -> None:
    try:
        delete_view(actor, st.session_state["view-to-delete"])
        st.session_state[_SAID] = "The view is deleted."
    except ConsoleError as error:
        st.session_state[_SAID] = error


def _said(actor: Actor, screen: str) -> None:
    """What came of the last press: a name that is used already can be used once more."""
    answer = st.session_state.pop(_SAID, None)
    if isinstance(answer, Conflict):
        st.text(str(answer))
        st.button(
            "Replace it",
            icon=":material/published_with_changes:",
            key="replace-view",
            on_click=_save,
            args=(actor, screen),
            kwargs={"replace": True},
        )
    elif isinstance(answer, ConsoleError):
        problem(answer)
    elif answer:
        st.text(answer)


def open_view(actor: Actor) -> None:
    """Go on to what ?saved_view=… has saved. Raises NotFound."""
    number = chosen("saved_view") or ""
    with reading() as data:
        view = found(data.state, actor, int(number) if number.isascii() and number.isdigit() else 0)
    for name in st.session_state.pop(_USED, frozenset()):
        st.session_state.pop(name, None)
    st.switch_page(PAGES / view.screen, query_params=parse_qs(view.address, keep_blank_values=True))
