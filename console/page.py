"""`open_page(__file__)`: every page's first line. The lock, then the title."""

import streamlit as st

from console.access import Actor, require
from console.screens import is_plain, screen_of
from console.signin.who import actor_of


def signed_in() -> Actor:
    """The person behind this browser, as the staff table has them now.

    Raises NotPermitted when there is none: nothing is ever shown to nobody.
    """
    staff_id = st.user.get("staff_id")
    return actor_of(staff_id if isinstance(staff_id, str) else None)


def open_page(file: str) -> Actor:
    """Lock and title of a page. A page of one row names it ("Customer C-1001") in the title and the tab.

    Raises NotPermitted before anything of the page is drawn.
    """
    screen = screen_of(file)
    actor = signed_in()
    require(actor, screen.permission)
    number = "" if screen.in_menu else st.query_params.get(screen.address, "")
    named = is_plain(number)
    st.set_page_config(page_title=f"{number} · {screen.title}" if named else screen.title)
    st.title(f"{screen.title} `{number}`" if named else screen.title, anchor=False)
    return actor
