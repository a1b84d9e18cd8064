"""`open_page(__file__)`: every page's first line. The lock, then the title."""

import streamlit as st

from console.access import Actor, require
from console.screens import screen_of
from console.signin.who import actor_of


def signed_in() -> Actor:
    """The person behind this browser, as the staff table has them now.

    Raises NotPermitted when there is none: nothing is ever shown to nobody.
    """
    return actor_of(st.user.get("staff_id"))


def open_page(file: str, *, of: str | None = None) -> Actor:
    """Lock and title of a page. `of` names the row it shows ("C-1001") in the title and the browser's tab.

    Raises NotPermitted before anything of the page is drawn.
    """
    screen = screen_of(file)
    actor = signed_in()
    require(actor, screen.permission)
    number = (of or "")[:40]
    st.set_page_config(page_title=f"{number} · {screen.title}" if number else screen.title)
    st.title(f"{screen.title} `{number}`" if _plain(number) else screen.title, anchor=False)
    return actor


def _plain(number: str) -> bool:
    """A number from the address may be anything; only what looks like one goes into a heading."""
    return number.isascii() and number.replace("-", "").replace("_", "").isalnum()
