"""Filters: each lives in the address under its key, and begins the list again when it changes."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import streamlit as st

from console import clocks
from console.ui.address import first_page
from queries.periods import Window, first_of_month

ALL = "All"
DAY = timedelta(days=1)
EARLIEST = date(1970, 1, 1)  # else Streamlit takes no day more than ten years back


def choice(label: str, options: Mapping[str, str] | Sequence[str], *, key: str) -> str | None:
    """One of the options (code → word, or the words themselves), or none for all of them."""
    words = dict(options) if isinstance(options, Mapping) else {option: option for option in options}
    codes = {word: code for code, word in words.items()}
    picked = st.selectbox(
        label, [ALL, *codes], key=key, bind="query-params", on_change=first_page, placeholder=ALL
    )
    return codes.get(picked or ALL)


def switch(label: str, options: Mapping[str, str], *, key: str, begins_again: bool = True) -> str:
    """Exactly one of a few; the first is the default."""
    codes = {word: code for code, word in options.items()}
    first = next(iter(codes))
    picked = st.segmented_control(
        label,
        list(codes),
        default=None if key in st.session_state else first,
        key=key,
        bind="query-params",
        required=True,
        on_change=first_page if begins_again else None,
    )
    return codes.get(picked or first, codes[first])


PERIODS = (
    "Last 30 days",
    "Last 90 days",
    "This month",
    "Last month",
    "This year",
    "Last 12 months",
    "Own dates",
)


def period(*, key: str = "period", default: str = "Last 90 days") -> Window:
    """The days a report is about, in the reporting zone; today is the last one in. Never raises for what
    stands in the address: dates that make no period are said so and the default is used."""
    named = st.selectbox(
        "Period", PERIODS, index=PERIODS.index(default), key=key, bind="query-params", width=190,
        on_change=first_page,
    )  # fmt: skip
    today = clocks.today()
    if named != "Own dates":
        return named_period(named or default, today)
    picked = st.date_input(
        "From – to",
        (today.replace(day=1), today),
        key=f"{key}-days",
        format="YYYY-MM-DD",
        bind="query-params",
        min_value=EARLIEST,
        width=230,
    )
    days = list(picked) if isinstance(picked, tuple) else [picked]
    try:
        return Window(days[0], days[-1] + DAY, clocks.zone())
    except (IndexError, OverflowError):
        why = "Choose a first and a last day."
    except ValueError as error:
        why = str(error)
    st.caption(f"{why} Until then: {default.lower()}.")
    return named_period(default, today)


def named_period(name: str, today: date) -> Window:
    """The days behind a period's name, seen from `today`, which is the last one in."""
    first, end = {
        "Last 30 days": (today - 29 * DAY, today + DAY),
        "Last 90 days": (today - 89 * DAY, today + DAY),
        "This month": (first_of_month(today), today + DAY),
        "Last month": (first_of_month(today, -1), first_of_month(today)),
        "This year": (today.replace(month=1, day=1), today + DAY),
        "Last 12 months": (first_of_month(today, -12), first_of_month(today)),
    }[name]
    return Window(first, end, clocks.zone())
