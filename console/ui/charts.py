"""Charts: Plotly graph objects in the theme's colours. The figure is built from what the table shows."""

from collections.abc import Mapping, Sequence
from datetime import date

import plotly.graph_objects as go
import streamlit as st

HEIGHT = 280
CONFIG = {"displayModeBar": False, "locale": "en"}


def _layout(figure: go.Figure, *, unit: str, stacked: bool = False) -> go.Figure:
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        barmode="stack" if stacked else "group",
        bargap=0.25,
        hovermode="x unified",
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0},
        yaxis={"title": {"text": unit}, "rangemode": "tozero", "separatethousands": True},
    )
    return figure


@st.cache_data(max_entries=200, show_spinner=False)
def _bars(
    x: tuple[date | str, ...], series: tuple[tuple[str, tuple[float, ...]], ...], unit: str
) -> go.Figure:
    figure = go.Figure([go.Bar(name=name, x=x, y=values) for name, values in series])
    return _layout(figure, unit=unit, stacked=True)


@st.cache_data(max_entries=200, show_spinner=False)
def _lines(
    x: tuple[date | str, ...], series: tuple[tuple[str, tuple[float, ...]], ...], unit: str
) -> go.Figure:
    figure = go.Figure([go.Scatter(name=name, x=x, y=values, mode="lines") for name, values in series])
    return _layout(figure, unit=unit)


def _frozen(series: Mapping[str, Sequence[float]]) -> tuple[tuple[str, tuple[float, ...]], ...]:
    return tuple((name, tuple(values)) for name, values in series.items())


def bars(
    x: Sequence[date | str], series: Mapping[str, Sequence[float]], *, unit: str, alt: str, key: str
) -> None:
    """Stacked bars: one value of every series for each x. `unit` is written on the axis."""
    st.plotly_chart(_bars(tuple(x), _frozen(series), unit), key=key, alt=alt, config=CONFIG)


def lines(
    x: Sequence[date | str], series: Mapping[str, Sequence[float]], *, unit: str, alt: str, key: str
) -> None:
    """Lines from zero: one value of every series for each x."""
    st.plotly_chart(_lines(tuple(x), _frozen(series), unit), key=key, alt=alt, config=CONFIG)
