"""Disputes: what customers took back through their bank, and how it was decided."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from queries.periods import Window
from queries.reports._checks import count, same, sums
from queries.reports._dispute_rows import Dispute, disputes_until
from queries.reports._until import window_back
from queries.reports.report import (
    Answer,
    BadParameter,
    Check,
    Column,
    Connections,
    Figure,
    Params,
    by_title,
    per_currency,
    share,
)

COUNTED = {"opened": "Opened", "won": "Won", "lost": "Lost", "open": "Open at the end"}
Test = Callable[[Dispute], bool]


def disputes(connections: Connections, params: Params) -> Answer:
    """Disputes opened and decided in the window and open at its end, by `by` and currency; with `rows` one
    row for each of them. Default: the last twelve full months and this one. Minor units with tax. Metric:
    definitions.DISPUTES."""
    window = window_back(params, 12)
    found = disputes_until(connections, params)
    whole = _measured(found, window.start_instant, min(window.end_instant, params.before))
    table = _by_month(found, window, params) if params.by == "month" else _parts(found, window, params)
    columns, after = _columns(params.by), None
    rows = [tuple(row[column.name] for column in columns) for row in table]
    if params.rows:
        listed = _listed(found, window, params)
        rows, after = _page(listed, params)
        columns = LIST
    return Answer(
        period=window,
        columns=columns,
        rows=rows,
        figures=_figures(whole),
        notes=_notes(found),
        next=after,
        checks=_checks(found, window, whole, table),
    )


def _tests(start: datetime, end: datetime) -> dict[str, Test]:
    """What makes a dispute one of each kind in a span."""

    def decided(state: str) -> Test:
        return lambda one: one.state == state and one.decided_at is not None and start <= one.decided_at < end

    return {
        "opened": lambda one: start <= one.opened_at < end,
        "won": decided("won"),
        "lost": decided("lost"),
        "open": lambda one: one.is_open(end),
    }


def _measured(found: Sequence[Dispute], start: datetime, end: datetime) -> list[dict[str, Any]]:
    """The measures of a span, one row for each currency (None: of charges we do not know, or of nothing)."""
    tests = _tests(start, end)
    rows = []
    for currency in sorted({one.currency for one in found}, key=lambda code: (code is None, code)) or [None]:
        row: dict[str, Any] = {"currency": currency}
        for name, test in tests.items():
            mine = [one for one in found if one.currency == currency and test(one)]
            row |= {name: len(mine), f"{name}_amount": sum(one.amount for one in mine)}
        rows.append(row)
    return rows


def _by_month(found: list[Dispute], window: Window, params: Params) -> list[dict[str, Any]]:
    return [
        {"month": span.first} | row
        for span in window.months
        for row in _measured(found, span.start, min(span.end, params.before))
    ]


def _parts(found: list[Dispute], window: Window, params: Params) -> list[dict[str, Any]]:
    end = min(window.end_instant, params.before)
    if params.by == "currency":
        return _measured(found, window.start_instant, end)
    names = {getattr(one.charge, params.by, None) for one in found}
    return [
        {params.by: name} | row
        for name in sorted(names, key=lambda name: (name is None, name))
        for row in _measured(
            [one for one in found if getattr(one.charge, params.by, None) == name], window.start_instant, end
        )
    ]


def _columns(by: str) -> tuple[Column, ...]:
    counts = [
        column
        for name, title in COUNTED.items()
        for column in (
            Column(name, title, "count"),
            Column(f"{name}_amount", f"{title}, amount", "money"),
        )
    ]
    first = () if by == "currency" else (by_title(by),)
    return (*first, Column("currency", "Currency", "text"), *counts)


def _figures(whole: list[dict[str, Any]]) -> list[Figure]:
    number = {name: sum(row[name] for row in whole) for name in COUNTED}
    amounts = [
        figure
        for name, title in COUNTED.items()
        for figure in per_currency(
            whole, f"{title}, amount", f"{name}_amount", "money", "Of the disputed charges, with tax."
        )
    ]
    decided = number["won"] + number["lost"]
    return [
        *(Figure(name, title, number[name], "count") for name, title in COUNTED.items()),
        Figure("win_rate", "Won of decided", share(number["won"], decided), "percent", None, "By number."),
        *amounts,
    ]


def _notes(found: list[Dispute]) -> list[str]:
    unknown = sum(one.charge is None for one in found)
    if not unknown:
        return []
    return [f"The charges of {unknown:,} disputes are not in our books: they are counted without an amount."]


def _checks(
    found: list[Dispute], window: Window, whole: list[dict[str, Any]], table: list[dict[str, Any]]
) -> tuple[Check, ...]:
    at_start = sum(one.is_open(window.start_instant) for one in found)
    return (
        same(
            "Open at the start plus opened is won, lost and open at the end",
            {None: at_start + sum(row["opened"] for row in whole)},
            count(whole, "won", "lost", "open"),
        ),
        *(
            same(f"The parts add up to {name}", count(table, name), count(whole, name))
            for name in ("opened", "won", "lost")
        ),
        *(
            same(
                f"Their amounts add up to {name}",
                sums(table, f"{name}_amount"),
                sums(whole, f"{name}_amount"),
            )
            for name in ("opened", "won", "lost")
        ),
    )


LIST = (
    Column("opened_at", "Opened", "instant"),
    Column("state", "Outcome", "text"),
    Column("decided_at", "Decided", "instant"),
    Column("reference", "Dispute", "text"),
    Column("invoice_number", "Invoice", "text"),
    Column("customer_number", "Customer no.", "text"),
    Column("customer", "Customer", "text"),
    Column("number", "Subscription", "text"),
    Column("product", "Product", "text"),
    Column("amount", "Amount", "money"),
    Column("currency", "Currency", "text"),
)


def _listed(found: list[Dispute], window: Window, params: Params) -> list[Dispute]:
    """Those that are counted in any way, or in one (`only`): oldest first, or by currency and the largest."""
    tests = _tests(window.start_instant, min(window.end_instant, params.before))
    wanted = [tests[params.only]] if params.only else list(tests.values())
    listed = [one for one in found if any(test(one) for test in wanted)]
    if params.sort == "money":
        listed.sort(key=lambda one: (one.currency is None, one.currency, -one.amount))
    return listed


def _page(listed: list[Dispute], params: Params) -> tuple[list[tuple[Any, ...]], str | None]:
    """The rows after the dispute named by `after`, and the name of the last if more follow."""
    references = [one.reference for one in listed]
    if params.after is not None and params.after not in references:
        raise BadParameter("This page of the list cannot be found. Begin at its first page.")
    start = references.index(params.after) + 1 if params.after is not None else 0
    end = len(listed) if params.limit is None else start + params.limit
    rows = [_row(one) for one in listed[start:end]]
    return rows, references[end - 1] if end < len(listed) else None


def _row(one: Dispute) -> tuple[Any, ...]:
    return tuple(
        getattr(one if hasattr(one, column.name) else one.charge, column.name, None) for column in LIST
    )
