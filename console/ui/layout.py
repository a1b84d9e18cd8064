"""The parts every screen is made of: facts, figures, badges, links, the side panel."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import streamlit as st

from console import clocks, times, words
from console.access import Actor
from console.screens import PAGES, is_plain, screen_of
from console.settings import get_settings
from console.times import as_of

ICON = Path(__file__).with_name("icon.png")


def sidebar(actor: Actor) -> None:
    """Below the menu: where this is, who is here, and the way out."""
    with st.sidebar:
        if get_settings().demo:
            st.warning("Sample company. Nothing here is real.", icon=":material/science:")
        with st.container(gap="xxsmall"):
            st.caption(get_settings().company)
            st.text(actor.name)
            st.caption(actor.role.capitalize())
        st.button("Sign out", icon=":material/logout:", type="tertiary", on_click=st.logout)


def facts(pairs: Mapping[str, object], *, columns: int = 4) -> None:
    """Label and value, side by side. Values are plain text: customers write some of them."""
    with st.grid(columns, gap=("small", "medium"), min_column_width=150) as grid:
        for label, value in pairs.items():
            with grid.cell().container(gap="xxsmall"):
                st.caption(label)
                st.text(_fact(value))


def _fact(value: object) -> str:
    """One value, or several (amounts of different currencies are never added up), or a dash."""
    if isinstance(value, list):
        return "\n".join(str(one) for one in value) or "–"
    return words.visible(str(value)) if value not in (None, "") else "–"


def figure(label: str, value: str | int, *, help: str | None = None, note: str | None = None) -> None:
    """One headline figure. Its label and note are ours, never a customer's words."""
    shown = f"{value:,}" if isinstance(value, int) else value
    st.metric(
        label,
        shown,
        help=help,
        border=True,
        delta=note,
        delta_color="off",
        delta_arrow="off",
        height="stretch",
    )


def status_badge(kind: str, code: str) -> None:
    """The status in its word and colour. A code of real data that nobody knows is not repeated."""
    word, colour = words.STATUSES[kind].get(code, ("Unknown status", "gray"))
    st.badge(word, color=colour)


def link(page: str, number: str, *, label: str | None = None, icon: str | None = "") -> None:
    """A link to the screen of one row. A number may come from elsewhere: only a plain one is shown."""
    st.page_link(
        PAGES / page,
        label=label or (number if is_plain(number) else "Open"),
        icon=icon,
        query_params={screen_of(page).address: number},
    )


def as_of_line(moment: datetime, extra: str = "") -> None:
    st.caption(as_of(moment) + (f" · {extra}" if extra else ""))


def section(title: str, icon: str | None = None) -> None:
    st.subheader(title, icon=f":material/{icon}:" if icon else None, anchor=False)


def term(title: str) -> None:
    """A word of ours, above what it means."""
    st.markdown(f"**{title}**", width="stretch")


def explain(definition: str) -> None:
    """What a figure means and how it is counted, on demand."""
    with st.expander("What these figures mean", icon=":material/help:"):
        st.markdown(definition)


def their_time(time_zone: str | None) -> str:
    """The time of day where the customer is: may one call now?"""
    if not time_zone:
        return "Not known"
    zone = clocks.zone(time_zone)
    return f"{times.time_of_day(clocks.now(), zone)} ({zone.key})"
