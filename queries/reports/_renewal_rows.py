"""The rows behind the renewal report: what puts each at risk, and what can be done to keep it."""

from datetime import UTC
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Subquery,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)

from queries.periods import Window
from queries.reports._due import OPEN, OUTCOME_TITLES
from queries.reports.report import Column, Params
from queries.reports.sql import Among, described, listing, month_number
from queries.tables_subscriptions import customers, payment_methods, plans, products, subscriptions
from queries.tables_tickets import tickets
from queries.ticket_filters import open_tickets

CANCELLATION = "Cancellation"  # the problem type of a ticket that asks for the end
MOST_TICKETS = 10_000
PAST_DUE: str = "past_due"  # written out in statements: a partial index is not used for a value that is bound
RISKS = {
    "card_expires": "card expires before the due date",
    "failed": "payment failed",
    "set_to_end": "set to end",
    "ticket": "open ticket about cancelling",
}
# What may keep a renewal, by its first risk that holds.
NEXT_STEPS = {
    "set_to_end": "Undo the cancellation",
    "failed": "Send a payment link",
    "card_expires": "Send a payment link",
    "ticket": "Answer the ticket",
}
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
    Column("next_step", "What may keep it", "text"),
)


def asking_to_cancel(connection: Connection) -> list[str]:
    """Numbers of customers with an open ticket about cancelling now (tickets database), at most 10,000."""
    statement = (
        select(tickets.c.customer_number)
        .where(open_tickets)
        .where(
            func.lower(tickets.c.problem_type) == CANCELLATION.lower(), tickets.c.customer_number.isnot(None)
        )
        .distinct()
        .limit(MOST_TICKETS)
    )
    return list(connection.scalars(statement))


def perhaps_at_risk(window: Window, asking: list[str], *, by_outcome: bool) -> Among:
    """Customers among whom a live report finds all renewals of the window that are at risk: by card or
    ticket, and by their outcome if that is asked for too."""
    p, s = payment_methods.c, subscriptions.c
    last = window.end_instant.astimezone(UTC)
    expiring = select(p.customer_id).where(tuple_(p.exp_year, p.exp_month) < tuple_(last.year, last.month))
    writing = select(customers.c.id).where(customers.c.number.in_(asking))
    past_due = select(s.customer_id).where(s.status == literal(PAST_DUE, literal_execute=True))
    ending = select(s.customer_id).where(
        s.ended_at.is_(None), or_(s.cancel_at_period_end, s.cancel_at.isnot(None))
    )
    parts = [expiring, *([writing] if asking else []), *([past_due, ending] if by_outcome else [])]
    return lambda customer: customer.in_(union_all(*parts))


def with_risks(source: Subquery, window: Window, asking: list[str]) -> Subquery:
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


def listed(
    connection: Connection, source: Subquery, params: Params
) -> tuple[list[tuple[Any, ...]], str | None]:
    """The rows of a source `with_risks` (those behind `params.only`) in the columns of LIST, and where the
    next page begins."""
    behind = _only(source, params.only)
    d, card = behind.c, payment_methods.c
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
    origin = described(behind).outerjoin(payment_methods, card.id == subscriptions.c.payment_method_id)
    found, after = listing(connection, behind, columns, params, origin=origin)
    return [_shown(dict(zip(columns, row, strict=True))) for row in found], after


def _only(source: Subquery, only: str | None) -> Subquery:
    """The renewals behind one figure: those at risk, or with one outcome."""
    if only is None:
        return source
    behind = source.c.at_risk == 1 if only == "at_risk" else source.c.outcome == only
    return select(source).where(behind).subquery("behind")


def _shown(row: dict[str, Any]) -> tuple[Any, ...]:
    shown = row | {
        "card": _card(row),
        "outcome": OUTCOME_TITLES[row["outcome"]],
        "risks": "; ".join(words for name, words in RISKS.items() if row[name]),
        "next_step": next((words for name, words in NEXT_STEPS.items() if row[name]), None),
    }
    return tuple(shown[column.name] for column in LIST)


def _card(row: dict[str, Any]) -> str | None:
    return (
        f"{row['brand']} ••{row['last4']}, {row['exp_month']:02}/{row['exp_year']}" if row["last4"] else None
    )
