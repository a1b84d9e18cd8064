"""What Streamlit runs for every signed-in browser: who is here, the menu, the page."""

import streamlit as st

from console import ui
from console.errors import ConsoleError
from console.page import signed_in
from console.screens import SCREENS, Screen

st.set_page_config(page_title="Console", page_icon=str(ui.ICON), layout="wide")


def as_page(screen: Screen, *, listed: bool) -> st.Page:
    return st.Page(
        screen.path,
        title=screen.title,
        icon=f":material/{screen.icon}:",
        url_path=screen.address,
        default=screen.address == "home",
        visibility="visible" if listed else "hidden",
        help=screen.help,
    )


try:
    actor = signed_in()
except ConsoleError as refusal:  # nobody, or the state database cannot say who
    ui.problem(refusal)
    st.stop()

menu: dict[str, list[st.Page]] = {}
for screen in SCREENS:  # all of them: a forbidden address gets a sentence from the page's lock, not a riddle
    listed = screen.in_menu and actor.may(screen.permission)
    menu.setdefault(screen.section, []).append(as_page(screen, listed=listed))
page = st.navigation(menu, expanded=True)  # nobody looks for a screen behind “View more”
ui.sidebar(actor)
try:
    page.run()
except ConsoleError as error:
    ui.problem(error)
