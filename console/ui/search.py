"""The one box that finds anybody, by keyboard alone."""

from collections.abc import Sequence
from typing import NoReturn

import streamlit as st

from console import words
from console.screens import PAGES, screen_of
from console.ui.address import first_page
from console.ui.layout import link
from queries.lookup import Found

ANYTHING = "E-mail, name, licence key, invoice, ticket or customer number, last four digits of the card"


def search_box() -> tuple[str, bool]:
    """What was typed (it is in the address as ?q=…), and whether it was typed just now: a link that is opened
    or a step back must not open a row by itself."""

    def typed() -> None:
        st.session_state["search-typed"] = True
        first_page()

    text = st.text_input(
        "Find a customer", key="q", bind="query-params", type="search", icon=":material/search:",
        placeholder=ANYTHING, on_change=typed, help="Press Enter. If only one customer fits, the page opens.",
    )  # fmt: skip
    return (text or "").strip(), bool(st.session_state.pop("search-typed", False))


def how_many_found(found: Found) -> str:
    """ "3 customers", or what was tried in vain and what to try next."""
    if found.hits:
        return words.plural(len(found.hits), "customer") + (
            " and more: type more of it" if found.more else ""
        )
    tried = ", ".join(found.tried) or "nothing, because nothing readable was typed"
    return (
        f"Nobody found. Tried as: {tried}. "
        "Check the spelling, type more of it, or ask for another thing to find them by."
    )


def open_row(page: str, number: str) -> NoReturn:
    """Go to the screen of one row."""
    st.switch_page(PAGES / page, query_params={screen_of(page).address: number})


def unowned(found: Sequence[tuple[str, str]]) -> None:
    """What was found but belongs to no known customer."""
    for kind, number in found:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"A {kind} without a known customer:")
            if kind == "ticket":
                link("ticket.py", number)
            else:
                st.text(number)
