"""What the other common rules would give on the same data, and who makes the difference (METRICS: Not here).

Our side of a comparison is the report's own figure. The other side is ours and what the named rows change, so
that the two differ by exactly those rows; of money, the difference is rounded once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from sqlalchemy import Subquery, case, func, literal, select

from queries.periods import Window, first_of_month
from queries.recurring import UNITS_PER_MINOR, minor_from_units
from queries.reports import run
from queries.reports._due import KEPT, LOST, OPEN, OUTCOME_TITLES, due
from queries.reports._makers import Maker, Total, largest, totals
from queries.reports._other_sources import (
    ASKED_BEFORE,
    ASKED_ONLY,
    joined_and_left,
    requested_or_ended,
    set_to_end,
    weekly,
)
from queries.reports.report import Connections, Kind, Params, Report, share
from queries.reports.sql import breakdown, count_if, sum_if

# 4.33 weeks a month instead of 52/12: what a weekly price is worth more (below zero: less).
WEEKS = Fraction(433, 100) / Fraction(52, 12) - 1


@dataclass(frozen=True)
class Comparison:
    """One figure in one currency by both rules: money in minor units, a percentage as a share or None."""

    figure: str
    kind: Kind
    currency: str
    ours: int | float | None
    other: int | float | None


@dataclass(frozen=True)
class OtherRule:
    """`ours` and `other` say in words what is counted; `period` is the days it is about (None: now).
    `makers` are the largest rows that make the difference, `made_by` is how many there are."""

    ours: str
    other: str
    period: Window | None
    comparisons: tuple[Comparison, ...]
    makers: tuple[Maker, ...]
    made_by: int


def other_rule(connections: Connections, params: Params, key: str) -> OtherRule:
    """One of RULES, about the last full month before the as-of instant, or that instant itself. Raises
    KeyError for another key."""
    month = Window(first_of_month(params.today, -1), first_of_month(params.today), params.zone)
    _, answer = _RULES[key]
    return answer(connections, replace(params, checked=False), month)


def _churn_at_request(connections: Connections, params: Params, month: Window) -> OtherRule:
    """Churn on the day it was asked for; what nobody asked for stays on the day it ended."""
    source = requested_or_ended(month)
    counted = totals(connections.subscriptions, source)
    report = run("cancellations", connections, replace(params, by="currency", period=month))
    comparisons: list[Comparison] = []
    for row in report.to_records():
        more, less = (_of(counted, row["currency"], why) for why in (ASKED_ONLY, ASKED_BEFORE))
        number = row["ended"] + more.count - less.count
        mrr = row["ended_mrr"] + minor_from_units(more.amount - less.amount)
        comparisons += [
            Comparison("Subscriptions churned", "count", row["currency"], row["ended"], number),
            Comparison("MRR churned", "money", row["currency"], row["ended_mrr"], mrr),
        ]
    return OtherRule(
        ours="A subscription churns on the day it ends.",
        other="It churns on the day its end was asked for, also if that was taken back later; without a "
        "request, on the day it ended.",
        period=month,
        comparisons=tuple(comparisons),
        makers=largest(connections.subscriptions, source, in_units=True),
        made_by=sum(one.count for one in counted),
    )


def _weeks_of_a_month(connections: Connections, params: Params, _: Window) -> OtherRule:
    """MRR with 4.33 weeks a month."""
    source = weekly(params)
    counted = totals(connections.subscriptions, source)
    by_week = {one.currency: one.amount for one in counted}
    return OtherRule(
        ours="A weekly price is multiplied by 52/12.",
        other="It is multiplied by 4.33.",
        period=None,
        comparisons=tuple(
            Comparison("MRR", "money", currency, mrr, mrr + _rounded(by_week.get(currency, 0) * WEEKS))
            for currency, mrr in _amounts(_mrr(connections, params), "mrr").items()
        ),
        makers=largest(connections.subscriptions, source, in_units=True),
        made_by=sum(one.count for one in counted),
    )


def _committed(connections: Connections, params: Params, _: Window) -> OtherRule:
    """MRR without what is set to end."""
    source = set_to_end(params)
    report = _mrr(connections, params)
    without = _amounts(report, "committed")
    return OtherRule(
        ours="A scheduled cancel stays in MRR until it ends.",
        other="What is set to end is left out at once.",
        period=None,
        comparisons=tuple(
            Comparison("MRR", "money", currency, mrr, without[currency])
            for currency, mrr in _amounts(report, "mrr").items()
        ),
        makers=largest(connections.subscriptions, source, in_units=True),
        made_by=sum(one.count for one in totals(connections.subscriptions, source)),
    )


def _joiners_counted_in(connections: Connections, params: Params, month: Window) -> OtherRule:
    """Customer churn rate with those who joined and left within the month among the lost."""
    source = joined_and_left(month)
    counted = totals(connections.subscriptions, source)
    left = {one.currency: one.count for one in counted}
    report = run("mrr", connections, replace(params, by="month", period=month))
    return OtherRule(
        ours="Of the customers at the start of the month, those who have none at its end.",
        other="All who left in the month, also who joined within it, divided by the customers at the start.",
        period=month,
        comparisons=tuple(
            Comparison(
                "Customer churn rate",
                "percent",
                row["currency"],
                row["churn_rate"],
                share(row["customers_lost"] + left.get(row["currency"], 0), row["customers_start"]),
            )
            for row in report.to_records()
        ),
        makers=largest(connections.subscriptions, source, in_units=True),
        made_by=sum(left.values()),
    )


def _open_counted_as_lost(connections: Connections, params: Params, month: Window) -> OtherRule:
    """Renewal rate with the renewals that are not decided yet among the lost."""
    connection, renewals = connections.subscriptions, due(params, month)
    rows = breakdown(connection, renewals, "currency", None, _outcomes)
    made_by = sum(row["due"] - row["decided"] for row in rows)
    comparisons = []
    for row in rows:
        by_number = (share(row["kept"], row["decided"]), share(row["kept"], row["due"]))
        by_money = (
            share(row["kept_amount"], row["decided_amount"]),
            share(row["kept_amount"], row["due_amount"]),
        )
        comparisons += [
            Comparison("Renewal rate", "percent", row["currency"], *by_number),
            Comparison("Renewal rate by money", "percent", row["currency"], *by_money),
        ]
    return OtherRule(
        ours="Kept renewals, divided by those that are decided.",
        other="Kept renewals, divided by all that were due.",
        period=month,
        comparisons=tuple(comparisons),
        makers=largest(connection, _undecided(renewals), in_units=False) if made_by else (),
        made_by=made_by,
    )


def _undecided(renewals: Subquery) -> Subquery:
    d = renewals.c
    words = case(*((d.outcome == name, literal(OUTCOME_TITLES[name].lower())) for name in OPEN))
    return (
        select(d.subscription_id, d.customer_id, d.currency, d.amount, words.label("why"))
        .where(d.outcome.in_(OPEN))
        .subquery("undecided")
    )


def _outcomes(d: Any) -> dict[str, Any]:
    kept, decided = d.outcome.in_(KEPT), d.outcome.in_((*KEPT, *LOST))
    return {
        "due": func.count(),
        "kept": count_if(kept),
        "decided": count_if(decided),
        "due_amount": func.sum(d.amount),
        "kept_amount": sum_if(d.amount, kept),
        "decided_amount": sum_if(d.amount, decided),
    }


def _mrr(connections: Connections, params: Params) -> Report:
    return run("mrr", connections, replace(params, by="currency"))


def _amounts(report: Report, name: str) -> dict[str, int]:
    """A figure of the report for each of its currencies."""
    return {one.currency: one.value for one in report.figures if one.name == name and one.currency}


def _of(counted: list[Total], currency: str, why: str) -> Total:
    zero = Total(currency, why, 0, 0)
    return next((one for one in counted if (one.currency, one.why) == (currency, why)), zero)


def _rounded(units: Fraction) -> int:
    """Minor units, half-even, of MRR units that are not whole."""
    return round(units / UNITS_PER_MINOR)


_RULES: Mapping[str, tuple[str, Callable[[Connections, Params, Window], OtherRule]]] = {
    "request": ("Churn on the day it was asked for", _churn_at_request),
    "weeks": ("4.33 weeks a month", _weeks_of_a_month),
    "committed": ("Committed MRR", _committed),
    "joiners": ("Joiners who left counted in", _joiners_counted_in),
    "open": ("Open renewals counted as lost", _open_counted_as_lost),
}
RULES: Mapping[str, str] = {key: title for key, (title, _) in _RULES.items()}  # by key, in words
