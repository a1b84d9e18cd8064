"""Tickets before cancelling: whether those who asked for the end had written before, and were answered."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Subquery, null, select

from queries.parts import rounded_parts
from queries.periods import Window
from queries.reports import _tickets_before
from queries.reports._cancellation_rows import in_minor
from queries.reports._checks import count, minor, rows_behind, same, sums
from queries.reports._happened import requests
from queries.reports._tickets_before import Written
from queries.reports._until import window_back
from queries.reports.report import Answer, Check, Column, Connections, Figure, Params, by_title, per_currency
from queries.reports.sql import described, key_of, laid_out, listing, mark
from queries.tables_subscriptions import customers, plans, products, subscriptions

PROBLEM_TYPE = "problem_type"  # a breakdown that only the tickets know
ANSWERS = {
    "unanswered": "Ticket not answered",
    "answered": "Ticket answered",
    "without": "No ticket",
}
LIST = (
    Column("at", "Requested", "instant"),
    Column("number", "Subscription", "text"),
    Column("customer_number", "Customer no.", "text"),
    Column("customer", "Customer", "text"),
    Column("product", "Product", "text"),
    Column("plan", "Plan", "text"),
    Column("reason", "Reason", "text"),
    Column("answer", "Before the request", "status"),
    Column("ticket_number", "Ticket", "text"),
    Column("problem_type", "Problem type", "text"),
    Column("ticket_at", "Written", "instant"),
    Column("answered_at", "First answer", "instant"),
    Column("mrr", "MRR", "money"),
    Column("currency", "Currency", "text"),
)


def cancellation_tickets(connections: Connections, params: Params) -> Answer:
    """Requests to cancel in the window by `by` and currency, by what the customer had written to support in
    the 30 days before (or one row each with `rows`). Default: the last three full months and this one.
    Metric: definitions.CANCELLATION_TICKETS."""
    window = window_back(params, 3)
    source = requests(params, window).subquery("requests")
    by = "currency" if params.rows else params.by
    raw = _counted(connections, source, window, by) if params.figures or not params.rows else []
    checks = _checks(connections.subscriptions, source, raw) if params.checked else ()
    table = _in_minor(raw)
    columns, after = _columns(by), None
    rows = [tuple(row[column.name] for column in columns) for row in table]
    if params.rows:
        rows, after = _listed(connections, source, params)
        columns = LIST
    return Answer(
        period=window,
        columns=columns,
        rows=rows,
        figures=_figures(table),
        next=after,
        checks=checks,
    )


def _read(connections: Connections, source: Subquery, params: Params) -> Iterator[dict[str, Any]]:
    """The requests after `params.after`, in the order asked for, each with what its customer had written."""
    r = source.c
    columns = {
        "ref": r.ref,
        "at": r.at,
        "number": subscriptions.c.number,
        "customer_number": customers.c.number,
        "customer": customers.c.name,
        "product": products.c.name,
        "plan": plans.c.name,
        "reason": r.reason,
        "mrr": r.amount,
        "currency": r.currency,
    }
    page = replace(params, limit=_tickets_before.PAGE)
    while True:
        found, after = listing(connections.subscriptions, source, columns, page)
        requested = [dict(zip(columns, row, strict=True)) for row in found]
        asked = [(row["customer_number"], row["at"]) for row in requested]
        for row, ticket in zip(
            requested, _tickets_before.last_before(connections.tickets, asked), strict=True
        ):
            yield row | _about(ticket, row["at"])
        if after is None:
            return
        page = replace(page, after=after)


def _about(ticket: Written | None, at: datetime) -> dict[str, Any]:
    answer = _answer(ticket, at)
    if ticket is None:
        nothing = ("ticket_number", "problem_type", "ticket_at", "answered_at")
        return {"answer": answer, **dict.fromkeys(nothing)}
    return {
        "answer": answer,
        "ticket_number": ticket.number,
        "problem_type": ticket.problem_type,
        "ticket_at": ticket.created_at,
        "answered_at": ticket.answered_at if answer == "answered" else None,
    }


def _answer(ticket: Written | None, at: datetime) -> str:
    if ticket is None:
        return "without"
    return "answered" if ticket.was_answered(at) else "unanswered"


def _counted(connections: Connections, source: Subquery, window: Window, by: str) -> list[dict[str, Any]]:
    """The table with its MRR in units. Every month of the window has a row for each currency."""
    zero = dict.fromkeys(("requested", *ANSWERS, "requested_mrr", *(f"{name}_mrr" for name in ANSWERS)), 0)
    found: dict[tuple[Any, Any], dict[str, int]] = {}
    for key, currency, units, answer in _answers(connections, source, window, by):
        counted = found.setdefault((key, currency), dict(zero))
        counted["requested"] += 1
        counted["requested_mrr"] += units
        counted[answer] += 1
        counted[f"{answer}_mrr"] += units
    return [row | {by: row["key"]} for row in laid_out(found, zero, by, window)]


def _answers(
    connections: Connections, source: Subquery, window: Window, by: str
) -> Iterator[tuple[Any, str, int, str]]:
    """Of each request: its key, its currency, its MRR in units, and what its customer had written."""
    r = source.c
    key: ColumnElement[Any] = null() if by == PROBLEM_TYPE else key_of(source, by, window)
    statement = (
        select(key.label("key"), r.currency, r.amount, customers.c.number, r.at)
        .select_from(described(source))
        .order_by(r.at)  # tickets are looked for in a few days at a time
        .execution_options(yield_per=_tickets_before.BATCH)
    )
    for some in connections.subscriptions.execute(statement).partitions():
        written = _tickets_before.last_before(connections.tickets, [(row.number, row.at) for row in some])
        for row, ticket in zip(some, written, strict=True):
            about = ticket.problem_type if ticket and by == PROBLEM_TYPE else row.key
            yield about, row.currency, int(row.amount), _answer(ticket, row.at)


def _in_minor(table: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Units to minor units, in place. What a kind comes to is rounded once per currency: it is the same by
    whatever the table is broken down. Its rows add up to it, and the kinds to what was requested."""
    kinds = [f"{name}_mrr" for name in ANSWERS]
    for currency in {row["currency"] for row in table}:
        mine = [row for row in table if row["currency"] == currency]
        whole = rounded_parts([sum(row[kind] for row in mine) for kind in kinds])
        for kind, total in zip(kinds, whole, strict=True):
            for row, part in zip(mine, rounded_parts([row[kind] for row in mine], total), strict=True):
                row[kind] = part
    for row in table:
        row["requested_mrr"] = sum(row[kind] for kind in kinds)
    return table


def _columns(by: str) -> tuple[Column, ...]:
    return (
        *(() if by == "currency" else (by_title(by),)),
        Column("currency", "Currency", "text"),
        Column("requested", "Requested", "count"),
        *(Column(name, title, "count") for name, title in ANSWERS.items()),
        Column("requested_mrr", "MRR requested", "money"),
        *(Column(f"{name}_mrr", f"MRR: {title.lower()}", "money") for name, title in ANSWERS.items()),
    )


def _figures(table: list[dict[str, Any]]) -> list[Figure]:
    titles = {"requested": "Requested"} | ANSWERS
    counts = [Figure(n, title, sum(row[n] for row in table), "count") for n, title in titles.items()]
    amounts = [per_currency(table, f"MRR: {t.lower()}", f"{n}_mrr", "money") for n, t in titles.items()]
    return [*counts, *(figure for figures in amounts for figure in figures)]


def _checks(connection: Connection, source: Subquery, table: list[dict[str, Any]]) -> tuple[Check, ...]:
    """`table` with its MRR still in units."""
    number, units = rows_behind(connection, source)
    return (
        same(
            "With and without ticket add up to requested", count(table, *ANSWERS), count(table, "requested")
        ),
        same("The rows listed are the requests", number, count(table, "requested")),
        same("Their MRR is the MRR requested", minor(units), minor(sums(table, "requested_mrr"))),
    )


def _listed(
    connections: Connections, source: Subquery, params: Params
) -> tuple[list[tuple[Any, ...]], str | None]:
    """The requests (those behind `params.only`), and where the next page begins."""
    wanted: list[dict[str, Any]] = []
    after = None
    for row in _read(connections, source, params):
        if params.only not in (None, row["answer"]):
            continue
        if len(wanted) == params.limit:
            after = _place(wanted[-1], params)
            break
        wanted.append(row | {"answer": ANSWERS[row["answer"]]})
    return [tuple(row[column.name] for column in LIST) for row in in_minor(wanted, "mrr")], after


def _place(row: dict[str, Any], params: Params) -> str:
    """Where the next page begins; the row's MRR is still in units."""
    at = row["at"], row["ref"]
    return mark(at if params.sort == "date" else (row["currency"], -int(row["mrr"]), *at))
