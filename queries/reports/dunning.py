"""Dunning: subscriptions past due, and what became of the payments that failed."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Subquery, func, select

from queries.reports._checks import count, same, sums
from queries.reports._failures import MOST, failures, last_code, past_due, unplaced
from queries.reports._rows_or_days import Days, Rows, counted
from queries.reports._until import window_back
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
from queries.reports.sql import listing, sum_if
from queries.rollups.days import FAILURES, PAST_DUE
from queries.tables_subscriptions import customers, plans, products, subscriptions

OUTCOME_TITLES = {"recovered": "Recovered", "lost": "Lost", "open": "Still open"}
# Only the customer can mend these; trying again cannot. Nor does it after PATIENCE attempts.
FINAL_CODES = (
    "expired_card", "lost_card", "stolen_card", "card_expired", "pickup_card", "authentication_required",
)  # fmt: skip
PATIENCE = 3


def dunning(connections: Connections, params: Params) -> Answer:
    """Periods whose collection failed for the first time in the window, by `by` and currency, and their
    recovery. With `rows` the board: one row for each subscription past due now, whatever the window; `only`
    lists the failures instead. Default: the last twelve months. Metric: definitions.DUNNING."""
    window = window_back(params, 12)
    connection = connections.subscriptions
    source, board = failures(params, window), past_due(params)
    by = "currency" if params.rows else params.by
    failed = counted(connections, params, Rows(connection, source, window), (FAILURES,), _shape)
    owing = counted(connections, params, Rows(connection, board, None), (PAST_DUE,), _shape)
    table = _table(failed, by)
    now = owing.breakdown("currency", _board_measures)
    columns, after = _columns(by), None
    rows = [tuple(row[column.name] for column in columns) for row in table]
    if params.rows:
        rows, after = _listing(connection, _only(source, board, params.only), params)
        columns = LIST
    return Answer(
        period=window,
        columns=columns,
        rows=rows,
        figures=[*_board_figures(now), *_figures(table)],
        notes=_notes(unplaced(connection, params, window)),
        next=after,
        checks=(*_checks(failed, by, table), *_board_checks(owing, now)) if params.checked else (),
    )


def _table(failed: Rows | Days, by: str) -> list[dict[str, Any]]:
    found = failed.breakdown("attempts_band" if by == "attempts" else by, _measures)
    return [{by: _key(row["key"], by)} | _derived(row) for row in found]


def _key(key: Any, by: str) -> Any:
    return f"{key} or more" if by == "attempts" and key == MOST else key


def _measures(f: Any) -> dict[str, ColumnElement[Any]]:
    return {
        "failed": func.sum(f.number),
        **{name: sum_if(f.number, f.outcome == name) for name in OUTCOME_TITLES},
        "failed_amount": func.sum(f.amount),
        **{f"{name}_amount": sum_if(f.amount, f.outcome == name) for name in OUTCOME_TITLES},
    }


def _derived(row: dict[str, Any]) -> dict[str, Any]:
    return row | {
        "rate": share(row["recovered"], row["failed"]),
        "rate_money": share(row["recovered_amount"], row["failed_amount"]),
    }


def _columns(by: str) -> tuple[Column, ...]:
    return (
        *(() if by == "currency" else (by_title(by),)),
        Column("currency", "Currency", "text"),
        Column("failed", "Failed", "count"),
        *(Column(name, title, "count") for name, title in OUTCOME_TITLES.items()),
        Column("rate", "Recovery rate", "percent"),
        Column("failed_amount", "Amount failed", "money"),
        *(Column(f"{name}_amount", f"Amount: {t.lower()}", "money") for name, t in OUTCOME_TITLES.items()),
        Column("rate_money", "Recovery rate by money", "percent"),
    )


def _shape(c: Any) -> dict[str, ColumnElement[Any]]:
    return {"outcome": c.what}


def _board_measures(b: Any) -> dict[str, ColumnElement[Any]]:
    """How many are past due, and their amount."""
    return {"number": func.sum(b.number), "amount": func.sum(b.amount)}


def _board_figures(now: list[dict[str, Any]]) -> list[Figure]:
    number = sum(row["number"] for row in now)
    return [
        Figure("past_due", "Past due now", number, "count", None, "Subscriptions, whatever the window."),
        *per_currency(now, "Amount past due", "amount", "money", "Without tax."),
    ]


def _figures(table: list[dict[str, Any]]) -> list[Figure]:
    total = {name: sum(row[name] for row in table) for name in ("failed", *OUTCOME_TITLES)}
    failed, recovered = sums(table, "failed_amount"), sums(table, "recovered_amount")
    words = "Recovered, of the payments that failed."
    return [
        Figure("failed", "Failed", total["failed"], "count", None, "Periods, not attempts."),
        *(Figure(name, title, total[name], "count") for name, title in OUTCOME_TITLES.items()),
        Figure("rate", "Recovery rate", share(total["recovered"], total["failed"]), "percent", None, words),
        *per_currency(table, "Amount failed", "failed_amount", "money", "Without tax."),
        *(
            Figure(
                "rate_money",
                "Recovery rate by money",
                share(recovered[code], failed[code]),
                "percent",
                code,
                words,
            )
            for code in sorted(filter(None, failed))
        ),
    ]


def _notes(without: int) -> list[str]:
    notes = ["What is still open can still be recovered."]
    if without:
        notes.append(f"{without:,} failed charges belong to no subscription or period and are not counted.")
    return notes


def _checks(failed: Rows | Days, by: str, table: list[dict[str, Any]]) -> tuple[Check, ...]:
    apart = failed.apart(by)
    parts = [f"{name}_amount" for name in OUTCOME_TITLES]
    return (
        same(
            "Recovered, lost and open add up to failed", count(table, *OUTCOME_TITLES), count(table, "failed")
        ),
        same("Their amounts add up to the amount failed", sums(table, *parts), sums(table, "failed_amount")),
        same(f"{apart.words} the failures", apart.number, count(table, "failed")),
        same("Their amounts are the amount failed", apart.amounts, sums(table, "failed_amount")),
    )


def _board_checks(owing: Rows | Days, now: list[dict[str, Any]]) -> tuple[Check, ...]:
    apart = owing.apart("currency")
    return (
        same("The board has what is past due", apart.number, count(now, "number")),
        same("Its amounts are the amount past due", apart.amounts, sums(now, "amount")),
    )


LIST = (
    Column("number", "Subscription", "text"),
    Column("customer_number", "Customer no.", "text"),
    Column("customer", "Customer", "text"),
    Column("product", "Product", "text"),
    Column("plan", "Plan", "text"),
    Column("attempts", "Failed attempts", "count"),
    Column("last_failure", "Last failure", "instant"),
    Column("failure_code", "Last failure was", "text"),
    Column("amount", "Amount", "money"),
    Column("currency", "Currency", "text"),
    Column("outcome", "Outcome", "status"),
    Column("next_step", "Next step", "text"),
    Column("first_failure", "First failure", "instant"),
)


def _only(source: Subquery, board: Subquery, only: str | None) -> Subquery:
    if only is None:
        return board
    if only == "failed":
        return source
    return select(source).where(source.c.outcome == only).subquery("behind")


def _listing(
    connection: Connection, behind: Subquery, params: Params
) -> tuple[list[tuple[Any, ...]], str | None]:
    b = behind.c
    columns: dict[str, ColumnElement[Any]] = {
        "number": subscriptions.c.number,
        "customer_number": customers.c.number,
        "customer": customers.c.name,
        "product": products.c.name,
        "plan": plans.c.name,
        "attempts": b.attempts,
        "first_failure": b.at,
        "last_failure": b.last_at,
        "failure_code": last_code(b),
        "amount": b.amount,
        "currency": b.currency,
        "outcome": b.outcome,
    }
    found, after = listing(connection, behind, columns, params)
    return [_shown(dict(zip(columns, row, strict=True))) for row in found], after


def _shown(row: dict[str, Any]) -> tuple[Any, ...]:
    row = row | {
        "first_failure": row["first_failure"] if row["attempts"] else None,
        "outcome": OUTCOME_TITLES[row["outcome"]],
        "next_step": _next_step(row) if row["outcome"] == "open" else None,
    }
    return tuple(row[column.name] for column in LIST)


def _next_step(row: dict[str, Any]) -> str:
    if not row["attempts"]:
        return "Look at the subscription"
    hopeless = row["failure_code"] in FINAL_CODES or row["attempts"] >= PATIENCE
    return "Send a payment link" if hopeless else "Collect again"
