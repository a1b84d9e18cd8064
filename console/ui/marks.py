"""A mark of a chart that was clicked: its rows are listed below. The line of the table that it stands for is
in the address as ?line=…, the figure as ?only=…
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import streamlit as st

from console import times
from console.ui.address import chosen
from queries.reports import BadParameter, Params
from queries.reports.narrowing import NAMED, SPANS, narrowed

NOT_KNOWN = "-"
_LINE, _FIGURES, _CLEARED = "line", "only-labels", "marks-cleared"


@dataclass(frozen=True)
class Marks:
    """What a click means: the line of each place, and the figure of each series; None: it says nothing."""

    lines: tuple[str | None, ...]
    figures: tuple[str | None, ...]


def marks(by: str, places: Sequence[Any], figures: Sequence[str | None]) -> Marks | None:
    """Of a chart over the lines of a table; None where the rows of a line cannot be listed."""
    if by not in NAMED and by not in SPANS:
        return None
    return Marks(tuple(_line(place) for place in places), tuple(figures))


def _line(place: Any) -> str:
    if isinstance(place, date):
        return place.isoformat()
    return NOT_KNOWN if place is None else str(place)


def chart_key(key: str) -> str:
    """The chart's name in the session: another one after a mark was taken back, so that it is not drawn."""
    return f"{key}-{st.session_state.get(_CLEARED, 0)}"


def choose(meant: Marks, key: str) -> None:
    """The chart's callback."""
    points = st.session_state[key]["selection"]["points"]
    if not points:
        all_lines()
        return
    line, figure = meant.lines[points[0]["point_index"]], meant.figures[points[0]["curve_number"]]
    if line is not None:
        st.query_params[_LINE] = line
    labels = st.session_state.get(_FIGURES, {})
    if figure in labels:
        st.session_state["only"] = labels[figure]
    st.toast("Its rows are listed below.", icon=":material/filter_alt:")


def offered_figures(labels: dict[str, str]) -> None:
    """What can be listed, for the next click."""
    st.session_state[_FIGURES] = labels


def at_mark(params: Params) -> Params:
    """The question about the line in the address; about all, where it names none of this table's."""
    line = chosen(_LINE)
    if line is None:
        return params
    key = "" if line == NOT_KNOWN else line
    try:
        narrowed(replace(params, rows=True, key=key))
    except BadParameter:
        return params
    return replace(params, key=key)


def mark_line(params: Params) -> None:
    """Which line's rows are listed, and the way back to all."""
    if params.key is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(f"Only {_in_words(params)}")
        st.button(
            "All of them", icon=":material/close:", type="tertiary", key="all-lines", on_click=_take_back
        )


def _in_words(params: Params) -> str:
    key = params.key or ""
    if params.by in SPANS:
        first = date.fromisoformat(key)
        return times.month(first) if SPANS[params.by] == "month" else times.day(first)
    return key or "what is not known"


def all_lines() -> None:
    st.query_params.pop(_LINE, None)


def _take_back() -> None:
    all_lines()
    st.session_state[_CLEARED] = st.session_state.get(_CLEARED, 0) + 1
