"""What the two trial reports count of their trials, and the columns they show it in."""

from typing import Any

from sqlalchemy import ColumnElement, and_, case, func

from queries.reports._trial_rows import CANCELLED, OUTCOME_TITLES, RUNNING_SET_TO_END
from queries.reports.report import Column, Params, by_title, share
from queries.reports.sql import sum_if

MOVING = ("running", "still_open")


def measures(t: Any) -> dict[str, ColumnElement[Any]]:
    """How many trials, by outcome, of the running ones set to end, and of those not converted cancelled."""
    return {
        "trials": func.sum(t.number),
        **{name: sum_if(t.number, t.outcome == name) for name in OUTCOME_TITLES},
        "set_to_end": sum_if(t.number, and_(t.outcome == "running", t.set_to_end == 1)),
        "cancelled": sum_if(t.number, t.cancelled == 1),
    }


def shape(c: Any) -> dict[str, ColumnElement[Any]]:
    """Of the rollup of days: the columns that `measures` ask for."""
    outcome = case(
        (c.what == RUNNING_SET_TO_END, "running"), (c.what == CANCELLED, "not_converted"), else_=c.what
    )
    return {
        "outcome": outcome,
        "set_to_end": case((c.what == RUNNING_SET_TO_END, 1), else_=0),
        "cancelled": case((c.what == CANCELLED, 1), else_=0),
    }


def merged(table: list[dict[str, Any]], whole: str) -> list[dict[str, Any]]:
    """Trials are counted, not priced: the currencies of a key come together, unless they are the key. `whole`
    names all trials of a row."""
    together: dict[Any, dict[str, Any]] = {}
    for row in table:
        kept = together.setdefault(row["key"], {name: 0 for name in row if name not in {"key", "currency"}})
        for name in kept:
            kept[name] += row[name]
    return [
        {
            "key": key,
            whole: row["trials"],
            "conversion": share(row["converted"], row["trials"] - row["running"]),
        }
        | row
        for key, row in together.items()
    ]


def table_columns(by: str, whole: Column) -> tuple[Column, ...]:
    """The columns of a breakdown of trials; `whole` is all trials of a row."""
    return (
        Column("currency", "Currency", "text") if by == "currency" else by_title(by),
        whole,
        *(Column(name, title, "count") for name, title in OUTCOME_TITLES.items()),
        Column("set_to_end", "Running, set to end", "count"),
        Column("cancelled", "Cancelled in the trial", "count"),
        Column("conversion", "Conversion", "percent"),
    )


def notes(params: Params, table: list[dict[str, Any]]) -> list[str]:
    """What can still move, and what is not known of the past."""
    moving = sum(row[name] for row in table for name in MOVING)
    said = [f"{moving} of these are not decided yet: conversion can still move."] if moving else []
    if not params.live:
        said.append("The last days and prices of the trials are those on file now.")
    return said
