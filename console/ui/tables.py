"""Tables: one way to draw rows. Text cells never render Markdown; numbers stand right with their unit."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, Literal

import pandas as pd
import streamlit as st

from console import clocks, money, words
from console.screens import PAGES, screen_of

# The patterns of console.times, in the grid's own notation.
GRID_DAY = "D MMM YYYY"
GRID_MOMENT = "D MMM YYYY, HH:mm"

Kind = Literal["text", "count", "money", "date", "instant", "percent", "status", "flag", "right"]


@dataclass(frozen=True)
class Column:
    name: str
    title: str
    kind: Kind = "text"
    of: str = ""  # status: which words (words.STATUSES); flag: its word; money: the column with its currency
    opens: str = ""  # the page a click opens, with this cell as its number
    param: str = ""  # the name of that number in the address, where it is not the page's own
    act: str = ""  # the field that says which verb's form is open there (?act=…)
    chooses: str = ""  # the name in the address that a click gives this cell as value, on the same page
    by: str = ""  # the field with that number or value, where the cell says something else
    width: Literal["small", "medium", "large"] | int | None = None
    help: str | None = None


Row = Mapping[str, Any] | Any


def _cell(row: Row, name: str) -> Any:
    return row.get(name) if isinstance(row, Mapping) else getattr(row, name)


def _single_currency(rows: Sequence[Row], column: Column) -> str | None:
    """The currency of a money column whose cells can be plain numbers: one currency, nothing below zero."""
    if column.kind != "money":
        return None
    cells = [(_cell(row, column.name), _cell(row, column.of or "currency")) for row in rows]
    currencies = {currency for minor, currency in cells if minor is not None}
    below = any(minor is not None and minor < 0 for minor, _ in cells)
    return currencies.pop() if len(currencies) == 1 and not below else None


def _money_cells(rows: Sequence[Row], column: Column, single: str | None) -> list[Any]:
    cells = [(_cell(row, column.name), _cell(row, column.of or "currency")) for row in rows]
    if single:  # numbers, so that the grid can sort them
        scale = Decimal(10) ** money.decimals(single)
        return [None if minor is None else float(minor / scale) for minor, _ in cells]
    return [  # a zero that no currency is known for is no amount
        None if minor is None or not currency else money.in_words(minor, currency)
        for minor, currency in cells
    ]


def _values(rows: Sequence[Row], column: Column, single: str | None) -> list[Any]:
    if column.kind == "money":
        return _money_cells(rows, column, single)
    cells = [_cell(row, column.name) for row in rows]
    if column.kind == "status":
        return [[words.status(column.of, cell)] if cell else [] for cell in cells]
    if column.kind == "percent":
        return [None if cell is None else float(cell) * 100 for cell in cells]
    if column.kind == "flag":
        return [[column.of] if cell else [] for cell in cells]
    if column.kind == "text" and not (column.opens or column.chooses):
        return [None if cell is None else words.visible(str(cell)[:500]) for cell in cells]
    return cells


def _money_config(column: Column, single: str | None, common: dict[str, Any]) -> Any:
    if single is None:  # several currencies: text, because their numbers cannot be compared
        return st.column_config.TextColumn(column.title, alignment="right", **common)
    grouped = "accounting" if money.decimals(single) == 2 else "localized"
    return st.column_config.NumberColumn(f"{column.title}, {single}", format=grouped, **common)


def _status_config(column: Column, common: dict[str, Any]) -> Any:
    known = words.STATUSES[column.of].values()
    return st.column_config.MultiselectColumn(
        column.title, options=[word for word, _ in known], color=[colour for _, colour in known], **common
    )


_PLAIN_CONFIGS: dict[Kind, Callable[..., Any]] = {
    "text": st.column_config.TextColumn,
    "count": partial(st.column_config.NumberColumn, format="localized"),
    "percent": partial(st.column_config.NumberColumn, format="%.1f%%"),
    "date": partial(st.column_config.DateColumn, format=GRID_DAY),
    "instant": partial(st.column_config.DatetimeColumn, format=GRID_MOMENT),
    "right": partial(st.column_config.TextColumn, alignment="right"),  # amounts already in words
}


def _config(column: Column, single: str | None) -> Any:
    common: dict[str, Any] = {"width": column.width, "help": column.help}
    if column.kind == "money":
        return _money_config(column, single, common)
    if column.kind == "status":
        return _status_config(column, common)
    if column.kind == "flag":
        flag = st.column_config.MultiselectColumn
        return flag(column.title, options=[column.of], color="orange", **common)
    if column.kind == "instant":
        common["timezone"] = clocks.zone().key
    return _PLAIN_CONFIGS[column.kind](column.title, **common)


def _opener(
    key: str, page: str, param: str, numbers: Sequence[str], acts: Sequence[str] = ()
) -> Callable[[], None]:
    def open_row() -> None:
        row = st.session_state[key].row
        if 0 <= row < len(numbers):
            name = param or screen_of(page).address
            act = {"act": acts[row]} if acts and acts[row] else {}
            st.switch_page(PAGES / page, query_params={name: numbers[row]} | act)

    return open_row


def _chooser(key: str, name: str, values: Sequence[str]) -> Callable[[], None]:
    def choose_row() -> None:
        row = st.session_state[key].row
        if 0 <= row < len(values):
            st.query_params[name] = values[row]

    return choose_row


def table(
    rows: Sequence[Row],
    columns: Sequence[Column],
    *,
    key: str,
    alt: str,
    empty: str,
    height: int | Literal["auto", "content"] = "auto",
    selected: Sequence[int] | None = None,
) -> list[int]:
    """Draw rows (mappings or dataclasses) as a grid; `empty` is the sentence for none.

    A column with `opens` is a button that opens that page, one with `chooses` one that marks the row on this
    page. `alt` names the table for screen readers. With `selected` (what is, when it is first drawn) any
    number of rows can be selected: returns their places.
    """
    if not rows:
        if empty:
            st.caption(empty)
        return []
    data: dict[str, Any] = {}
    config: dict[str, Any] = {}
    for column in columns:
        single = _single_currency(rows, column)
        data[column.name] = pd.Series(_values(rows, column, single), dtype=_dtype(column, single))
        if column.opens or column.chooses:
            numbers = [str(_cell(row, column.by or column.name) or "") for row in rows]
            button = f"{key}-{column.name}"
            acts = [_cell(row, column.act) for row in rows] if column.act else []
            opener = (
                _opener(button, column.opens, column.param, numbers, acts)
                if column.opens
                else _chooser(button, column.chooses, numbers)
            )
            config[column.name] = st.column_config.ButtonColumn(
                column.title, type="tertiary", alignment="left", key=button, width=column.width,
                on_click=opener,
            )  # fmt: skip
        else:
            config[column.name] = _config(column, single)
    drawn = st.dataframe(
        pd.DataFrame(data),
        column_config=config,
        hide_index=True,
        key=key,
        alt=alt,
        height=height,
        placeholder="",
        **_selecting(selected),
    )
    return [] if selected is None else list(drawn["selection"]["rows"])


def _selecting(selected: Sequence[int] | None) -> dict[str, Any]:
    if selected is None:
        return {}
    before = {"selection": {"rows": list(selected)}}
    return {"on_select": "rerun", "selection_mode": "multi-row", "selection_default": before}


def _dtype(column: Column, single: str | None) -> Any:
    if column.kind == "money" and single:
        return "float64"
    if column.kind == "instant":
        return "datetime64[us, UTC]"
    return {"count": "Int64", "percent": "float64", "date": "object"}.get(column.kind, "object")
