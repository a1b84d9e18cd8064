"""Which renewals are due, what became of them or is expected, and what is at risk."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Subquery, and_, case, func, literal, or_, select

from queries.periods import Window
from queries.reports._due import KEPT, LOST, OPEN, due, looks_back
from queries.reports.definitions import RENEWALS
from queries.reports.report import Column, Connections, Figure, Params, Report, by_title, per_currency, share
from queries.reports.sql import breakdown, count_if, described, listing, month_number, sum_if
from queries.tables_subscriptions import customers, payment_methods, plans, products, subscriptions
from queries.tables_tickets import OPEN_STATUSES, tickets

DAYS = 30
CANCELLATION = "Cancellation"  # the problem type of a ticket that asks for the end
MOST_TICKETS = 10_000
RISKS = {
    "card_expires": "card expires before the due date",
    "failed": "payment failed",
    "set_to_end": "set to end",
    "ticket": "open ticket about cancelling",
}
OUTCOME_TITLES = {
    "renewed": "Renewed",
    "changed_plan": "Changed plan",
    "lost_by_choice": "Lost by choice",
    "lost_by_failed_payment": "Lost by failed payment",
    "lost_unstated": "Lost, no reason stated",
    "upcoming": "Upcoming",
    "in_dunning": "In dunning",
    "set_to_end": "Set to end",
}
EXPECTED = (
    Column("expected_amount", "Expected", "money"),
    Column("at_risk", "At risk", "count"),
    Column("at_risk_amount", "Amount at risk", "money"),
)
RATES = (Column("rate", "Renewal rate", "percent"), Column("rate_money", "Rate by money", "percent"))


def asking_to_cancel(connection: Connection) -> list[str]:
    """Numbers of customers with an open ticket about cancelling now (tickets database), at most 10,000."""
    statement = (
        select(tickets.c.customer_number)
        .where(tickets.c.status.in_(OPEN_STATUSES))
        .where(
            func.lower(tickets.c.problem_type) == CANCELLATION.lower(), tickets.c.customer_number.isnot(None)
        )
        .distinct()
        .limit(MOST_TICKETS)
    )
    return list(connection.scalars(statement))


def renewals(connections: Connections, params: Params) -> Report:
    """Renewals due in the window, by `by` and currency (or one row each with `rows`). Default: the next 30
    days. Amounts in minor units without tax. Metric: definitions.RENEWALS."""
    days = params.days or DAYS
    window = params.period or Window(params.today, params.today + timedelta(days=days), params.zone)
    asking = asking_to_cancel(connections.tickets) if params.live else []
    source = _with_risks(due(params, window), window, asking)
    connection = connections.subscriptions
    by = "currency" if params.rows else params.by
    table = [_derived(row) for row in breakdown(connection, source, by, window, _measures)]
    past = looks_back(params, window)
    ahead = window.end_instant > params.as_of
    columns, after = _columns(by, past=past, ahead=ahead), None
    page = _table(table, by, columns)
    if params.rows:
        page, after = _listing(connection, _only(source, params.only), params)
        columns = LIST
    return Report(
        name="renewals",
        title="Renewals",
        definition=RENEWALS,
        as_of=params.as_of,
        zone=params.zone,
        period=window,
        by="rows" if params.rows else by,
        columns=columns,
        rows=page,
        figures=_figures(table, past=past, ahead=ahead),
        notes=_notes(params, past),
        next=after,
    )


def _with_risks(source: Subquery, window: Window, asking: list[str]) -> Subquery:
    """The due renewals with their four risks (0 or 1 each) and whether one of them holds (at_risk)."""
    d, card = source.c, payment_methods.c
    is_open = d.outcome.in_(OPEN)
    expires = and_(
        is_open,
        card.exp_year * 12 + card.exp_month < month_number(d.at, window.start_instant, window.end_instant),
    )
    who = select(customers.c.id).where(customers.c.number.in_(asking))
    ticket = and_(is_open, d.customer_id.in_(who)) if asking else literal(1) == 0
    risks: dict[str, ColumnElement[bool]] = {
        "card_expires": expires,
        "failed": d.outcome == "in_dunning",
        "set_to_end": d.outcome == "set_to_end",
        "ticket": ticket,
    }
    flags = [case((risk, 1), else_=0).label(name) for name, risk in risks.items()]
    at_risk = case((or_(*risks.values()), 1), else_=0).label("at_risk")
    origin = source.outerjoin(payment_methods, card.id == d.payment_method_id)
    return select(*d, *flags, at_risk).select_from(origin).subquery("renewals_due")


def _only(source: Subquery, only: str | None) -> Subquery:
    """The renewals behind one figure: those at risk, or with one outcome."""
    if only is None:
        return source
    behind = source.c.at_risk == 1 if only == "at_risk" else source.c.outcome == only
    return select(source).where(behind).subquery("behind")


def _measures(d: Any) -> dict[str, ColumnElement[Any]]:
    counts = {name: count_if(d.outcome == name) for name in OUTCOME_TITLES}
    return {
        "due": func.count(),
        "due_amount": func.sum(d.amount),
        **counts,
        "kept_amount": sum_if(d.amount, d.outcome.in_(KEPT)),
        "decided_amount": sum_if(d.amount, d.outcome.in_((*KEPT, *LOST))),
        "expected_amount": sum_if(d.amount, d.outcome.in_(("upcoming", "in_dunning"))),
        "set_to_end_amount": sum_if(d.amount, d.outcome == "set_to_end"),
        "at_risk": count_if(d.at_risk == 1),
        "at_risk_amount": sum_if(d.amount, d.at_risk == 1),
    }


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
    return (
        *(() if by == "currency" else (by_title(by),)),
        Column("currency", "Currency", "text"),
        Column("due", "Due", "count"),
        Column("due_amount", "Due amount", "money"),
        *outcomes,
        *(RATES if past else ()),
        *(EXPECTED if ahead else ()),
    )


def _table(table: list[dict[str, Any]], by: str, columns: tuple[Column, ...]) -> list[tuple[Any, ...]]:
    return [
        tuple(row["key"] if c.name == by != "currency" else row[c.name] for c in columns) for row in table
    ]


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


LIST = (
    Column("number", "Subscription", "text"),
    Column("customer_number", "Customer no.", "text"),
    Column("customer", "Customer", "text"),
    Column("product", "Product", "text"),
    Column("plan", "Plan", "text"),
    Column("due_at", "Due", "instant"),
    Column("amount", "Amount", "money"),
    Column("currency", "Currency", "text"),
    Column("card", "Payment method", "text"),
    Column("outcome", "Outcome", "status"),
    Column("risks", "At risk because", "text"),
)


def _listing(
    connection: Connection, source: Subquery, params: Params
) -> tuple[list[tuple[Any, ...]], str | None]:
    d, card = source.c, payment_methods.c
    columns: dict[str, ColumnElement[Any]] = {
        "number": subscriptions.c.number,
        "customer_number": customers.c.number,
        "customer": customers.c.name,
        "product": products.c.name,
        "plan": plans.c.name,
        "due_at": d.at,
        "amount": d.amount,
        "currency": d.currency,
        "outcome": d.outcome,
        "brand": card.brand,
        "last4": card.last4,
        "exp_month": card.exp_month,
        "exp_year": card.exp_year,
        **{name: d[name] for name in RISKS},
    }
    origin = described(source).outerjoin(payment_methods, card.id == subscriptions.c.payment_method_id)
    found, after = listing(connection, source, columns, params, origin=origin)
    return [_shown(dict(zip(columns, row, strict=True))) for row in found], after


def _shown(row: dict[str, Any]) -> tuple[Any, ...]:
    card = None
    if row["last4"]:
        card = f"{row['brand']} ••{row['last4']}, {row['exp_month']:02}/{row['exp_year']}"
    risks = "; ".join(words for name, words in RISKS.items() if row[name])
    row = row | {"card": card, "outcome": OUTCOME_TITLES[row["outcome"]], "risks": risks}
    return tuple(row[column.name] for column in LIST)
