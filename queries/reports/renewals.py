"""Which renewals are due, what became of them or is expected, and what is at risk."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Subquery, case, func, select

from queries.periods import Window
from queries.reports._bands import BANDS, band_columns, banded, named
from queries.reports._checks import count, same, sums
from queries.reports._due import KEPT, LOST, OPEN, OUTCOME_TITLES, due, looks_back, topics
from queries.reports._renewal_rows import LIST, asking_to_cancel, listed, perhaps_at_risk, with_risks
from queries.reports._rows_or_days import Days, Rows, counted, with_rows
from queries.reports.report import (
    Answer,
    Check,
    Column,
    Connections,
    Figure,
    Params,
    by_title,
    per_currency,
    share,
)
from queries.reports.sql import Among, all_of, breakdown, sum_if

DAYS = 30
EXPECTED = (
    Column("expected_amount", "Expected", "money"),
    Column("at_risk", "At risk", "count"),
    Column("at_risk_amount", "Amount at risk", "money"),
)
RATES = (Column("rate", "Renewal rate", "percent"), Column("rate_money", "Rate by money", "percent"))


def renewals(connections: Connections, params: Params) -> Answer:
    """Renewals due in the window, by `by` and currency (or one row each with `rows`). Default: the next 30
    days. Amounts in minor units without tax. Metric: definitions.RENEWALS."""
    days = params.days or DAYS
    window = params.period or Window(params.today, params.today + timedelta(days=days), params.zone)
    asking = asking_to_cancel(connections.tickets) if params.live else []
    source = with_risks(due(params, window, _among(params, window, asking)), window, asking)
    connection = connections.subscriptions
    by = "currency" if params.rows else params.by
    rows_due = Rows(connection, source, window, lambda rows, by: banded(rows, by, window))
    found = counted(connections, params, rows_due, topics(params, window), _shape)
    table = found.breakdown(by, _measures)
    if isinstance(found, Days):
        doubtful = _doubtful(params, window, asking, by)
        table = with_rows(table, breakdown(connection, doubtful, by, window, _at_risk), by, window)
    table = _named(table, by)
    past = looks_back(params, window)
    ahead = window.end_instant > params.as_of
    columns, after = _columns(by, past=past, ahead=ahead), None
    rows = [tuple(row[column.name] for column in columns) for row in table]
    if params.rows:
        rows, after = listed(connection, source, params)
        columns = LIST
    return Answer(
        period=window,
        columns=columns,
        rows=rows,
        figures=_figures(table, past=past, ahead=ahead),
        notes=_notes(params, past),
        next=after,
        checks=_checks(found, by, table) if params.checked else (),
    )


def _named(found: list[dict[str, Any]], by: str) -> list[dict[str, Any]]:
    """The breakdown with the rates, and its key under the name of its column."""
    table = [_derived(row) for row in found]
    return named(table, by) if by in BANDS else [{by: row["key"]} | row for row in table]


def _doubtful(params: Params, window: Window, asking: list[str], by: str) -> Subquery:
    """Upcoming renewals that a card or a ticket puts at risk. The rollup does not know them, because both
    change without an event of the subscription."""
    among = perhaps_at_risk(window, asking, by_outcome=False)
    every = with_risks(due(params, window, among), window, asking)
    doubtful = select(every).where(every.c.outcome == "upcoming", every.c.at_risk == 1)
    return banded(doubtful.subquery("doubtful"), by, window)


def _among(params: Params, window: Window, asking: list[str]) -> Among:
    """Whose rows are read: of a list of what is at risk, only theirs who may be."""
    if params.live and params.only == "at_risk":
        return perhaps_at_risk(window, asking, by_outcome=True)
    return all_of


def _checks(found: Rows | Days, by: str, table: list[dict[str, Any]]) -> tuple[Check, ...]:
    outcomes = ("decided_amount", "expected_amount", "set_to_end_amount")
    apart = found.apart(by)
    return (
        same("The outcomes add up to the renewals due", count(table, *OUTCOME_TITLES), count(table, "due")),
        same("Their amounts add up to the amount due", sums(table, *outcomes), sums(table, "due_amount")),
        same(f"{apart.words} the renewals due", apart.number, count(table, "due")),
        same("Their amounts are the amount due", apart.amounts, sums(table, "due_amount")),
    )


def _measures(d: Any) -> dict[str, ColumnElement[Any]]:
    counts = {name: sum_if(d.number, d.outcome == name) for name in OUTCOME_TITLES}
    return {
        "due": func.sum(d.number),
        "due_amount": func.sum(d.amount),
        **counts,
        "kept_amount": sum_if(d.amount, d.outcome.in_(KEPT)),
        "decided_amount": sum_if(d.amount, d.outcome.in_((*KEPT, *LOST))),
        "expected_amount": sum_if(d.amount, d.outcome.in_(("upcoming", "in_dunning"))),
        "set_to_end_amount": sum_if(d.amount, d.outcome == "set_to_end"),
        **_at_risk(d),
    }


def _at_risk(d: Any) -> dict[str, ColumnElement[Any]]:
    return {
        "at_risk": sum_if(d.number, d.at_risk == 1),
        "at_risk_amount": sum_if(d.amount, d.at_risk == 1),
    }


def _shape(c: Any) -> dict[str, ColumnElement[Any]]:
    """Of the rollup: what is at risk by its outcome."""
    return {"outcome": c.what, "at_risk": case((c.what.in_(("in_dunning", "set_to_end")), 1), else_=0)}


def _derived(row: dict[str, Any]) -> dict[str, Any]:
    decided = sum(row[name] for name in (*KEPT, *LOST))
    rate = share(sum(row[name] for name in KEPT), decided)
    return row | {
        "decided": decided,
        "rate": rate,
        "rate_money": share(row["kept_amount"], row["decided_amount"]),
    }


def _columns(by: str, *, past: bool, ahead: bool) -> tuple[Column, ...]:
    outcomes = [Column(n, t, "count") for n, t in OUTCOME_TITLES.items() if past or n in OPEN]
    key = band_columns(by) if by in BANDS else () if by == "currency" else (by_title(by),)
    return (
        *key,
        Column("currency", "Currency", "text"),
        Column("due", "Due", "count"),
        Column("due_amount", "Due amount", "money"),
        *outcomes,
        *(RATES if past else ()),
        *(EXPECTED if ahead else ()),
    )


def _figures(table: list[dict[str, Any]], *, past: bool, ahead: bool) -> list[Figure]:
    due = [
        _count(table, "due", "Renewals due", "Paid periods that end in the window."),
        *per_currency(table, "Due amount", "due_amount", "money", "Prices without tax."),
    ]
    still_open = [_count(table, name, OUTCOME_TITLES[name], "") for name in OPEN]
    return due + (_expected(table) if ahead else []) + still_open + (_past_figures(table) if past else [])


def _count(table: list[dict[str, Any]], name: str, label: str, help: str) -> Figure:
    return Figure(name, label, sum(row[name] for row in table), "count", None, help)


def _expected(table: list[dict[str, Any]]) -> list[Figure]:
    return [
        *per_currency(table, "Expected", "expected_amount", "money", "Open, without what is set to end."),
        _count(table, "at_risk", "At risk", "Open renewals with at least one reason to doubt them."),
        *per_currency(table, "Amount at risk", "at_risk_amount", "money"),
        *per_currency(table, "Amount set to end", "set_to_end_amount", "money"),
    ]


def _past_figures(table: list[dict[str, Any]]) -> list[Figure]:
    counts = [
        Figure(name, OUTCOME_TITLES[name], sum(row[name] for row in table), "count")
        for name in (*KEPT, *LOST)
    ]
    kept = sum(row[name] for row in table for name in KEPT)
    decided = sum(row["decided"] for row in table)
    words = "Renewed and changed plan, of those decided."
    by_money = [
        Figure(
            "rate_money",
            "Renewal rate by money",
            share(
                sum(row["kept_amount"] for row in table if row["currency"] == currency),
                sum(row["decided_amount"] for row in table if row["currency"] == currency),
            ),
            "percent",
            currency,
            words,
        )
        for currency in sorted({row["currency"] for row in table if row["currency"]})
    ]
    return [*counts, Figure("rate", "Renewal rate", share(kept, decided), "percent", None, words), *by_money]


def _notes(params: Params, past: bool) -> list[str]:
    notes = []
    if past:
        notes.append("Renewals that are still open can change this period's figures.")
    else:
        notes.append("Today's row counts what is still due today.")
    if not params.live:
        notes.append(
            "Cards and prices are those on file now; tickets about cancelling are counted only as of now."
        )
    return notes
