"""Charts: Plotly graph objects in the theme's colours. The figure is built from what the table shows."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from functools import partial

import plotly.graph_objects as go
import streamlit as st

from console.ui.marks import Marks, chart_key, choose

HEIGHT = 280
A_YEAR = timedelta(days=365)
FEW = 6
# Readable on light and dark. Blue is ours, green good, orange waits, red is wrong, gray is over.
COLOURS = {
    "blue": "#3B7DD8",
    "green": "#2E9E6B",
    "orange": "#D9822B",
    "red": "#D64535",
    "violet": "#8067D6",
    "gray": "#8592A0",
}
CONFIG = {"displayModeBar": False, "locale": "en"}


def _day_pattern(x: Sequence[date | str]) -> str:
    """How an axis of days names them: with the year, where a day without one could be of two."""
    first, last = x[0], x[-1]
    spans_years = isinstance(first, date) and isinstance(last, date) and last - first >= A_YEAR
    return "%b %Y" if spans_years else "%-d %b"


def _layout(
    figure: go.Figure, x: Sequence[date | str], *, unit: str, stacked: bool = False, legend: bool = False
) -> go.Figure:
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        barmode="stack" if stacked else "group",
        bargap=0.25,
        hovermode="x unified",
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0, "traceorder": "normal"},
        showlegend=legend,
        xaxis={"tickformat": _day_pattern(x), "hoverformat": "%a %-d %b %Y"},  # where it is of days
        yaxis={"title": {"text": unit}, "rangemode": "tozero", "separatethousands": True},
    )
    return figure


Series = tuple[str, str, tuple[float, ...]]  # name, colour, values


@st.cache_data(max_entries=200, show_spinner=False)
def _bars(x: tuple[date | str, ...], series: tuple[Series, ...], unit: str, legend: bool) -> go.Figure:
    bars_ = [go.Bar(name=name, x=x, y=values, marker_color=colour) for name, colour, values in series]
    figure = _layout(go.Figure(bars_), x, unit=unit, stacked=True, legend=legend)
    highest = max((sum(bar) for bar in zip(*(values for _, _, values in series), strict=True)), default=0)
    return figure.update_yaxes(dtick=1) if highest <= FEW else figure  # there is no half a subscription


@st.cache_data(max_entries=200, show_spinner=False)
def _line(x: tuple[date | str, ...], name: str, values: tuple[float, ...], unit: str) -> go.Figure:
    line = {"color": COLOURS["blue"], "width": 2.5}
    return _layout(
        go.Figure(go.Scatter(name=name, x=x, y=values, mode="lines+markers", line=line)), x, unit=unit
    )


def bars(
    x: Sequence[date | str],
    series: Mapping[str, tuple[str, Sequence[float]]],
    *,
    unit: str,
    alt: str,
    key: str,
    marks: Marks | None = None,
    legend: bool = True,
) -> None:
    """Stacked bars: for each series its colour and one value for each x. `unit` is written on the axis;
    `legend` only where the axis does not name them already."""
    frozen = tuple((name, COLOURS[colour], tuple(values)) for name, (colour, values) in series.items())
    _draw(_bars(tuple(x), frozen, unit, legend), alt, key, marks)


def line(
    x: Sequence[date | str],
    name: str,
    values: Sequence[float],
    *,
    unit: str,
    alt: str,
    key: str,
    marks: Marks | None = None,
) -> None:
    """A line from zero: one value for each x."""
    _draw(_line(tuple(x), name, tuple(values), unit), alt, key, marks)


def _draw(figure: go.Figure, alt: str, key: str, marks: Marks | None) -> None:
    """With `marks` a click lists the rows behind it."""
    if marks is None:
        st.plotly_chart(figure, key=key, alt=alt, config=CONFIG)
        return
    key = chart_key(key)
    st.plotly_chart(
        figure,
        key=key,
        alt=f"{alt}. Choose a mark to list its rows.",
        config=CONFIG,
        on_select=partial(choose, marks, key),
        selection_mode="points",
    )
