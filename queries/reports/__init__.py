"""The reports: each a named question with one answer for the screen, the chart, the list and the file.

`run(name, connections, params)` is the one way to ask; REPORTS says what each takes.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from queries.periods import Window
from queries.reports import definitions
from queries.reports._recorded import as_it_was_then
from queries.reports.cancellation_tickets import cancellation_tickets
from queries.reports.cancellations import cancellations
from queries.reports.disputes import COUNTED as DISPUTED
from queries.reports.disputes import disputes
from queries.reports.dunning import dunning
from queries.reports.forecast import DAYS as FORECAST_DAYS
from queries.reports.forecast import forecast
from queries.reports.mrr import mrr
from queries.reports.narrowing import narrowed
from queries.reports.receivables import ONLY as RECEIVABLE
from queries.reports.receivables import receivables
from queries.reports.refunds import refunds
from queries.reports.renewals import DAYS as RENEWAL_DAYS
from queries.reports.renewals import renewals
from queries.reports.report import Answer, BadParameter, Check, Column, Connections, Figure, Params, Report
from queries.reports.retention import retention
from queries.reports.trial_cohorts import trial_cohorts
from queries.reports.trials import DAYS as TRIAL_DAYS
from queries.reports.trials import trials

__all__ = [
    "REPORTS",
    "BadParameter",
    "Column",
    "Connections",
    "Figure",
    "Params",
    "Report",
    "ReportSpec",
    "run",
]


@dataclass(frozen=True)
class ReportSpec:
    """What a report is and takes: `by` (the first is the default), `only` (figures whose rows can be listed),
    `days` (a window ahead may be given by its length: this one where none is; 0: it does not look ahead),
    `default_period` in words, `of_events` unless no event of a subscription counts in it."""

    name: str
    title: str
    function: Callable[[Connections, Params], Answer]
    definition: str
    by: tuple[str, ...]
    only: tuple[str, ...]
    default_period: str
    days: int = 0
    of_events: bool = True


FIRST_YEAR, LAST_YEAR = 1910, 2990  # what a default period reaches back or ahead stays inside a Window
MOST_DAYS = 1_100  # of which a breakdown has one line each: three years
_DIMENSIONS = ("product", "plan", "country", "currency")
_SPECS = (
    ReportSpec(
        "renewals",
        "Renewals",
        renewals,
        definitions.RENEWALS,
        ("day", "month", *_DIMENSIONS, "interval", "price", "tenure"),
        (
            "at_risk",
            "upcoming",
            "in_dunning",
            "set_to_end",
            "renewed",
            "changed_plan",
            "lost_by_choice",
            "lost_by_failed_payment",
            "lost_unstated",
        ),
        "the next 30 days",
        days=RENEWAL_DAYS,
    ),
    ReportSpec(
        "forecast",
        "Renewal forecast",
        forecast,
        definitions.FORECAST,
        ("day", "month", "product", "interval", "currency"),
        (),
        "the next 30 days",
        days=FORECAST_DAYS,
    ),
    ReportSpec(
        "dunning",
        "Dunning",
        dunning,
        definitions.DUNNING,
        ("month", "attempts", *_DIMENSIONS, "interval"),
        ("failed", "recovered", "lost", "open"),
        "the last twelve months and this one",
    ),
    ReportSpec(
        "trials",
        "Trials",
        trials,
        definitions.TRIALS,
        ("day", "month", *_DIMENSIONS, "reason", "days_to_convert"),
        ("running", "converted", "not_converted", "cancelled", "still_open"),
        "the next 14 days",
        days=TRIAL_DAYS,
    ),
    ReportSpec(
        "trial_cohorts",
        "Trials by start",
        trial_cohorts,
        definitions.TRIAL_COHORTS,
        ("month", "week", *_DIMENSIONS),
        ("running", "converted", "not_converted", "cancelled", "still_open"),
        "the last 12 full months and this one",
    ),
    ReportSpec(
        "cancellations",
        "Cancellations",
        cancellations,
        definitions.CANCELLATIONS,
        ("month", "day", "reason", "month_and_reason", "tenure", *_DIMENSIONS),
        (
            "requested",
            "taken_back",
            "ended",
            "voluntary",
            "involuntary",
            "unstated",
            "refunded",
            "trials_ended",
        ),
        "the last three full months and this one",
    ),
    ReportSpec(
        "cancellation_tickets",
        "Tickets before cancelling",
        cancellation_tickets,
        definitions.CANCELLATION_TICKETS,
        ("month", "reason", "problem_type", "product", "currency"),
        ("answered", "unanswered", "without"),
        "the last three full months and this one",
    ),
    ReportSpec(
        "mrr",
        "Monthly recurring revenue",
        mrr,
        definitions.MRR,
        ("month", "currency", "product", "plan", "country", "interval"),
        (),
        "the last 24 months",
    ),
    ReportSpec(
        "retention",
        "Retention",
        retention,
        definitions.RETENTION,
        ("month", "cohort", "cohort_mrr"),
        ("lost",),
        "the last 12 full months and this one",
    ),
    ReportSpec(
        "receivables",
        "Receivables",
        receivables,
        definitions.RECEIVABLES,
        ("currency", "customer", "product", "plan", "country"),
        RECEIVABLE,
        "as of now; of a period that is over, its end",
    ),
    ReportSpec(
        "refunds",
        "Refunds",
        refunds,
        definitions.REFUNDS,
        ("month", "day", "reason", *_DIMENSIONS),
        (),
        "the last three full months and this one",
    ),
    ReportSpec(
        "disputes",
        "Disputes",
        disputes,
        definitions.DISPUTES,
        ("month", "currency", "product", "country"),
        tuple(DISPUTED),
        "the last twelve full months and this one",
        of_events=False,
    ),
)
REPORTS: Mapping[str, ReportSpec] = {spec.name: spec for spec in _SPECS}


def _one_of(what: str, given: str, allowed: tuple[str, ...]) -> None:
    if given not in allowed:
        choice = ", ".join(allowed) or "nothing"
        raise BadParameter(f"“{given[:40]}” is not a {what} of this report. Choose one of: {choice}.")


def run(name: str, connections: Connections, params: Params) -> Report:
    """The named report. Raises BadParameter, a sentence, for what it cannot answer."""
    if name not in REPORTS:
        raise BadParameter(f"There is no report “{name[:40]}”. Choose one of: {', '.join(REPORTS)}.")
    spec = REPORTS[name]
    if params.by:
        _one_of("breakdown", params.by, spec.by)
    if params.only is not None:
        _one_of("figure with a list", params.only, spec.only)
    if params.days is not None and not (spec.days and 1 <= params.days <= 366):
        raise BadParameter(
            "The number of days must be from 1 to 366."
            if spec.days
            else f"The report “{name}” does not look ahead by a number of days. Give it a first and last day."
        )
    if not FIRST_YEAR <= params.today.year <= LAST_YEAR:
        raise BadParameter(
            f"The as-of moment is outside the years {FIRST_YEAR} to {LAST_YEAR}. Choose another."
        )
    params = replace(params, by=params.by or spec.by[0])
    if params.by == "day" and not params.rows and _length(params.period) > MOST_DAYS:
        raise BadParameter(
            f"By day a report takes at most {MOST_DAYS:,} days. Choose a shorter period, or by month."
        )
    if spec.days and params.days is None and params.period is None:
        params = replace(params, days=spec.days)
    answer = spec.function(connections, narrowed(params))
    return _report(spec, params, _then(connections, params, answer) if spec.of_events else answer)


def _length(period: Window | None) -> int:
    """In days; nothing where the report has a period of its own."""
    return (period.end - period.first).days if period else 0


def _then(connections: Connections, params: Params, answer: Answer) -> Answer:
    """With a word on whether a report of the past is what it was then; a part of a list has none."""
    if not params.checked or params.limit is not None or params.after is not None:
        return answer
    said = as_it_was_then(connections.subscriptions, params, answer.as_of or params.as_of)
    if isinstance(said, Check):
        return replace(answer, checks=(*answer.checks, said))
    return answer if said is None else replace(answer, notes=[*answer.notes, said])


def _report(spec: ReportSpec, params: Params, answer: Answer) -> Report:
    return Report(
        name=spec.name,
        title=spec.title,
        definition=spec.definition,
        as_of=answer.as_of or params.as_of,
        zone=params.zone,
        period=answer.period,
        by="rows" if params.rows else params.by,
        columns=answer.columns,
        rows=answer.rows,
        figures=answer.figures if params.figures else [],
        notes=answer.notes,
        next=answer.next,
        checks=answer.checks,
    )
