"""Every metric as a row: what it means here, how else it is counted, and where it stands.

`definitions.py` explains a whole report to its reader; here each metric has its own sentence, so that a
report can say of a single figure what it means.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Metric:
    """`elsewhere`: how the same name is counted in other places, and not here; empty if nowhere.
    `shown`: the titles of its figures and columns, by the report they stand in; none: no report shows it."""

    name: str
    definition: str
    elsewhere: str = ""
    shown: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


SUBSCRIPTIONS: tuple[Metric, ...] = (
    Metric(
        name="Monthly price of a subscription",
        definition=(
            "Its renewal price, tax excluded, after a discount that lasts for ever: month p/n for n "
            "months, year p/(12n), week p·52/(12n), day p·365/(12n)."
        ),
        elsewhere="4.33 weeks a month; coupons of limited length.",
        shown={"mrr": ("MRR",)},
    ),
    Metric(
        name="MRR at T",
        definition=(
            "The sum over subscriptions active or past due at T; trials, paused, free and ended ones are "
            "out; a scheduled cancel stays in until it ends."
        ),
        elsewhere="Committed MRR, shown beside it, drops those set to end.",
        shown={"mrr": ("MRR", "Committed MRR")},
    ),
    Metric(
        name="ARR",
        definition="Twelve times MRR.",
        shown={"mrr": ("ARR",)},
    ),
    Metric(
        name="MRR movements in a period",
        definition=(
            "Per customer: new, expansion, contraction, churn, reactivation. MRR at the end is MRR at the "
            "start plus their sum, always."
        ),
        shown={"mrr": ("New", "Expansion", "Contraction", "Churn", "Reactivation")},
    ),
    Metric(
        name="Churned (customer, subscription)",
        definition=(
            "Counted on the day the subscription ends (access stops), not on the day it was asked for. The "
            "customer churns with the last one; losing one of several is contraction."
        ),
        elsewhere="At request: shown as cancellations requested.",
        shown={"cancellations": ("Ended", "Requested"), "mrr": ("Customers lost",)},
    ),
    Metric(
        name="Customer churn rate",
        definition=(
            "Customers who churned in the period and were there at its start, divided by the customers at "
            "the start."
        ),
        elsewhere="Joiners who left in the period counted in.",
        shown={"mrr": ("Customer churn rate",), "retention": ("Customer churn rate",)},
    ),
    Metric(
        name="Gross MRR churn",
        definition=(
            "Churn and contraction, divided by MRR at the start; net also subtracts expansion and "
            "reactivation."
        ),
        shown={"mrr": ("Gross MRR churn", "Net MRR churn")},
    ),
    Metric(
        name="GRR / NRR",
        definition=(
            "Gross: the sum of the lesser of start and end, divided by the start, over the subscriptions "
            "there at the start. Net: the sum of the end divided by the start, over the customers there at "
            "the start."
        ),
        elsewhere="The lesser of the totals.",
        shown={"retention": ("GRR", "NRR")},
    ),
    Metric(
        name="Voluntary / involuntary",
        definition=(
            "Voluntary: someone asked for it (the customer, or staff on their behalf), whatever the "
            "payment state. Involuntary: it ended because payment failed and nobody had asked."
        ),
        shown={"cancellations": ("Ended: voluntary", "Ended: involuntary")},
    ),
    Metric(
        name="Renewal due",
        definition=(
            "A period that ends in the window on a paid subscription. Each due renewal has one outcome: "
            "renewed, changed plan, lost by choice, lost by failed payment, in dunning, upcoming. The "
            "outcomes add up to due."
        ),
        shown={"renewals": ("Renewals due",)},
    ),
    Metric(
        name="Renewal rate",
        definition=(
            "Renewed and changed plan, divided by due without in dunning and upcoming, by count and by "
            "money; the open ones are shown beside it."
        ),
        shown={"renewals": ("Renewal rate", "Renewal rate by money")},
    ),
    Metric(
        name="At risk",
        definition=(
            "An upcoming renewal whose card expires before the due date, that has a failed attempt, a "
            "pending cancel ticket, or a scheduled cancel."
        ),
        shown={"renewals": ("At risk", "Amount at risk")},
    ),
    Metric(
        name="Trial conversion",
        definition=(
            "Of the trials that ended in the window: those whose first paid charge succeeded; also by "
            "start cohort, marked as still open while trials run."
        ),
        shown={"trials": ("Conversion",), "trial_cohorts": ("Conversion",)},
    ),
    Metric(
        name="Days to convert",
        definition="First successful charge minus the start of the trial.",
        shown={
            "trials": ("Days to convert (median)",),
            "trial_cohorts": ("Days to convert (median)",),
        },
    ),
    Metric(
        name="Refund rate",
        definition=(
            "Refunds settled in the period, divided by charges settled in the period, by count and by "
            "money; a refund never changes MRR."
        ),
        shown={"refunds": ("Refund rate", "Refund rate by money")},
    ),
    Metric(
        name="Receivables ageing",
        definition=(
            "The open amount (charge less paid less refunded) by days past due: current, 1–30, 31–60, "
            "61–90, 91+."
        ),
        shown={"receivables": ("Current", "1–30 days", "31–60 days", "61–90 days", "91+ days")},
    ),
)
TICKETS: tuple[Metric, ...] = (
    Metric(
        name="Open at T",
        definition=(
            "Tickets whose latest state event at or before T is new, open, pending or on hold (pending and "
            "on hold shown apart). Never from today's status, never from one closed-at column."
        ),
    ),
    Metric(
        name="Flow",
        definition=(
            "Open at the end is open at the start plus created plus reopened less left (solved, closed, "
            "merged, deleted, spam: each its own column)."
        ),
    ),
    Metric(
        name="Age at T",
        definition=(
            "T less the creation, and as a second column T less the last opening; buckets: under 1 day, "
            "1–3, 3–7, 7–14, 14–30, 30+ days, half-open."
        ),
    ),
    Metric(
        name="Attribute at T",
        definition="Team, priority, assignee and problem type as they were at T.",
    ),
    Metric(
        name="First response time",
        definition=(
            "Creation to the first public staff message; wall clock and business time; p50, p75, p90, p95, "
            "not means."
        ),
    ),
    Metric(
        name="Resolution time",
        definition=(
            "Creation to the last solve in the window; solve events, tickets solved and first-time solves "
            "are three separate figures."
        ),
    ),
    Metric(
        name="Reopen rate",
        definition="Tickets reopened at least once, divided by tickets solved, of the same set.",
    ),
    Metric(
        name="SLA met",
        definition=(
            "Answers given at or before the target as promised at the time, divided by answers due in the "
            "window; numerator and denominator are of the same set."
        ),
    ),
    Metric(
        name="Last point of the backlog chart",
        definition="Equals the live queue count at that moment.",
    ),
)
METRICS: Mapping[str, tuple[Metric, ...]] = {
    "Subscriptions and revenue": SUBSCRIPTIONS,
    "Tickets": TICKETS,
}
