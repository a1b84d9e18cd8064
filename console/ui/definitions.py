"""Definitions: every metric with its text, the published examples run here, what other rules would give."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import streamlit as st

from console import money, times, words
from console.examples import Outcome, State
from console.screens import PAGES, screen_of
from console.ui import filters
from console.ui.layout import facts, section, term
from console.ui.tables import Column, table
from queries.reports.metrics import METRICS, Metric
from queries.reports.other_rules import RULES, Comparison, OtherRule

PARTS = {"metrics": "Metrics", "examples": "Published examples", "rules": "Other common rules"}
SCREEN_OF = {  # where a report is drawn, and by which of the screen's views
    "renewals": ("renewals.py", ""),
    "forecast": ("renewals.py", "Forecast"),
    "dunning": ("renewals.py", "Dunning"),
    "trials": ("trials.py", ""),
    "trial_cohorts": ("trials.py", "By start"),
    "cancellations": ("cancellations.py", ""),
    "cancellation_tickets": ("cancellations.py", "Tickets before"),
    "mrr": ("revenue.py", "MRR"),
    "retention": ("revenue.py", "Retention"),
    "receivables": ("revenue.py", "Receivables"),
    "refunds": ("revenue.py", "Refunds"),
    "disputes": ("revenue.py", "Disputes"),
}
Colour = Literal["green", "red"]
BADGES: Mapping[State, tuple[str, Colour, str]] = {
    "holds": ("Holds", "green", ":material/check_circle:"),
    "differs": ("Differs", "red", ":material/error:"),
}


def definitions_part() -> str:
    """Which of the screen's three parts is shown: ?part=… in the address."""
    return filters.switch("Part", PARTS, key="part")


def metrics_list(outcomes: Sequence[Outcome]) -> None:
    """Every metric, with what proves it and where it stands."""
    for subject, each in METRICS.items():
        section(subject)
        if not any(metric.shown for metric in each):
            st.caption("No report shows these yet.")
        for metric in each:
            proofs = [one for one in outcomes if one.example.metric == metric.name]
            with st.container(border=True, gap="xxsmall"):
                _metric(metric, proofs)


def _metric(metric: Metric, proofs: Sequence[Outcome]) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        term(metric.name)
        for number, state in dict.fromkeys((one.example.number, one.state) for one in proofs):
            word, colour, icon = BADGES[state]
            st.badge(f"{number} {word.lower()}", color=colour, icon=icon)
    st.text(metric.definition)
    if metric.elsewhere:
        st.caption(f"Elsewhere: {metric.elsewhere}")
    _where(metric)


def _where(metric: Metric) -> None:
    for name, titles in metric.shown.items():
        file, view = SCREEN_OF[name]
        screen = screen_of(file)
        st.page_link(
            PAGES / file,
            label=f"{screen.title}{view and f' · {view}'}: {', '.join(titles)}",
            icon=f":material/{screen.icon}:",
            query_params={"view": view} if view else None,
        )


def examples_list(outcomes: Sequence[Outcome]) -> None:
    """How many hold, then each: what is given, what was published, what the code here answers."""
    _verdict(outcomes)
    for one in outcomes:
        with st.container(border=True, gap="xxsmall"):
            word, colour, icon = BADGES[one.state]
            with st.container(horizontal=True, vertical_alignment="center"):
                st.text(f"{one.example.number} · {one.example.metric}", width="stretch")
                st.badge(word, color=colour, icon=icon)
            st.text(one.example.given)
            facts({"Published": one.expected_in_words, "Here": one.got_in_words}, columns=2)
            st.caption(f"Source: {one.example.source}")
    st.caption("The sources name no misprint of these examples.")


def _verdict(outcomes: Sequence[Outcome]) -> None:
    holding = sum(one.state == "holds" for one in outcomes)
    said = f"{holding} of {len(outcomes)} published examples hold with the code of this installation."
    if holding < len(outcomes):
        st.error(said, icon=":material/error:")
    else:
        st.success(said, icon=":material/check_circle:")


def rule_switch() -> str:
    """Which other rule is looked at, by its key: ?rule=… in the address."""
    return filters.switch("Other rule", RULES, key="rule")


def rule_compared(rule: OtherRule) -> None:
    """Both sides in words, in figures, and the rows that make the difference."""
    st.text(f"Here: {rule.ours}")
    st.text(f"The other rule: {rule.other}")
    table(
        [_compared(rule, one) for one in rule.comparisons],
        [
            Column("figure", "Figure"),
            Column("period", "Of"),
            Column("currency", "Currency", width=90),
            Column("ours", "Here", "right"),
            Column("other", "By the other rule", "right"),
            Column("difference", "Difference", "right"),
        ],
        key="other-rule",
        alt="The figure here, and by the other rule",
        empty="There is nothing to compare yet.",
        height="content",
    )
    section("Who makes the difference")
    _makers(rule)


def _compared(rule: OtherRule, one: Comparison) -> dict[str, Any]:
    apart = None if one.ours is None or one.other is None else one.other - one.ours
    return {
        "figure": one.figure,
        "period": times.month(rule.period.first) if rule.period else "Now",
        "currency": one.currency,
        "ours": _in_words(one, one.ours),
        "other": _in_words(one, one.other),
        "difference": _apart(one, apart),
    }


def _apart(one: Comparison, value: float | None) -> str:
    if value is None:
        return "–"
    sign = "+" if value > 0 else ""
    return sign + (_points(value) if one.kind == "percent" else _in_words(one, value))


def _points(value: float) -> str:
    return f"{value * 100:.1f} points".replace("-", "−")


def _in_words(one: Comparison, value: float | None) -> str:
    if value is None:
        return "–"
    if one.kind == "money":
        return money.in_words(int(value), one.currency)
    return (f"{value:.1%}" if one.kind == "percent" else f"{value:,}").replace("-", "−")


def _makers(rule: OtherRule) -> None:
    table(
        rule.makers,
        [
            Column("number", "Subscription", opens="subscription.py", width=110),
            Column("customer_number", "Customer no.", opens="customer.py", width=110),
            Column("customer", "Customer"),
            Column("why", "Why"),
            Column("amount", "Amount", "money"),
            Column("currency", "Currency", width=90),
        ],
        key="makers",
        alt="Who makes the difference",
        empty="Nobody: both rules give the same now.",
    )
    if rule.made_by > len(rule.makers):
        st.caption(
            f"The largest of each currency are shown: {len(rule.makers)} of {words.count(rule.made_by)}."
        )
