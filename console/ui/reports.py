"""A report on the screen: filters, headline figures, chart, table, the rows behind, definition, export.

All of it draws one `Report`, so tile, chart, table and file cannot differ.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Literal

import streamlit as st

from console import clocks, money, times, words
from console.access import Actor, Permission
from console.db import Reading
from console.reporting import TICK, answered, in_words
from console.ui import charts, filters
from console.ui import compared as comparing
from console.ui.downloads import downloads
from console.ui.layout import as_of_line, explain, figure
from console.ui.marks import all_lines, at_mark, mark_line, marks, offered_figures
from console.ui.tables import Column, Kind, table
from queries import reports
from queries.periods import Window
from queries.reports import Figure, Params, Report

BY = {
    "day": "Day", "month": "Month", "product": "Product", "plan": "Plan", "country": "Country",
    "currency": "Currency", "reason": "Reason", "interval": "Billing interval",
    "price": "Price", "tenure": "Tenure", "week": "Week", "attempts": "Failed attempts",
    "customer": "Customer", "cohort": "Cohort: customers", "cohort_mrr": "Cohort: MRR",
    "days_to_convert": "Days to convert", "month_and_reason": "Month and reason",
    "problem_type": "Problem type",
}  # fmt: skip
ROWS_SHOWN = 200
# The form that does what a row's next step says, by the name it has in the address.
FORM_OF = {"Undo the cancellation": "undo", "Send a payment link": "link", "Collect again": "retry"}


def report_filters(name: str, *, ahead: Sequence[int] = (), period: str = "Last 90 days") -> Params:
    """What the report is asked, from the address: days ahead or a period, the breakdown, the as-of day."""
    spec = reports.REPORTS[name]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        days = (
            int(filters.switch("Coming days", {str(n): str(n) for n in ahead}, key="days")) if ahead else None
        )
        window = None if ahead else filters.period(default=period)
        by = filters.switch("By", {code: BY[code] for code in spec.by}, key="by")
        as_of = st.date_input(
            "As of the end of (empty: now)", None, key="as-of", bind="query-params", format="YYYY-MM-DD",
            max_value=clocks.today(), width=190,
        )  # fmt: skip
    now = clocks.now()
    moment = min(clocks.parse_instant(as_of.isoformat()) - TICK, now) if as_of else now
    return Params(as_of=moment, zone=clocks.zone(), live=moment == now, period=window, by=by, days=days)


def ask(data: Reading, name: str, params: Params) -> Report:
    """The report, its figures compared with earlier periods (not those of a list of rows). Raises Refused
    with a sentence for what it cannot answer."""
    return answered(data, name, params, compare=not params.rows)


def listed(params: Params, only: str) -> Params:
    """The question about the rows behind the figures: all of them, or those of one figure and of the mark
    that was clicked. What is at risk stands largest first."""
    sort: Literal["date", "money"] = "money" if only == "at_risk" else "date"
    return at_mark(replace(params, rows=True, only=only or None, sort=sort))


def report_rows(data: Reading, name: str, rows: Params) -> None:
    """The rows behind the figures, as many as a screen takes; the file has all of them."""
    mark_line(rows)
    report = ask(data, name, replace(rows, limit=ROWS_SHOWN, checked=False))  # it is under the report itself
    report_table(report, key=f"{report.name}-rows")
    if report.next:
        st.caption(f"The first {ROWS_SHOWN} are shown. The export has all of them.")


def report_figures(report: Report, *, only: Sequence[str] = (), leave_out: Sequence[str] = ()) -> None:
    """Headline figures: counts and rates as tiles; what has a currency as one line for each currency."""
    shown = [one for one in report.figures if one.name not in leave_out and (not only or one.name in only)]
    plain = [one for one in shown if one.currency is None]
    columns = max(4, len(plain)) if len(plain) < 6 else (len(plain) + 1) // 2  # else their labels are cut
    with st.grid(columns, min_column_width=150):
        for one in plain:
            note, than = comparing.change(one) or (None, None)
            figure(one.label, in_words(one), help=comparing.help_of(one), note=note, than=than)
    per_currency = [one for one in shown if one.currency is not None]
    if per_currency:
        _currency_table(per_currency, report.name)
    if line := comparing.periods_line(report):
        st.caption(line)


def _currency_table(found: list[Figure], key: str) -> None:
    names = list(dict.fromkeys(one.name for one in found))
    labels = {one.name: (one.label, one.help or None) for one in found}
    rows = comparing.per_currency(found)
    _amounts([row for row in rows if row["when"] == comparing.NOW], names, labels, key)
    if any(row["when"] != comparing.NOW for row in rows):
        with st.expander("Beside earlier periods", icon=":material/compare_arrows:"):
            _amounts(rows, names, labels, f"{key}-earlier")


def _amounts(
    rows: Sequence[Mapping[str, Any]],
    names: Sequence[str],
    labels: Mapping[str, tuple[str, str | None]],
    key: str,
) -> None:
    """A row for each currency, or several where periods are compared."""
    compared = len({row["when"] for row in rows}) > 1
    table(
        [dict.fromkeys(names) | dict(row) for row in rows],
        [
            Column("currency", "Currency", width=90),
            *([Column("when", "Period", width=130)] if compared else []),
            *(Column(name, labels[name][0], "right", help=labels[name][1]) for name in names),
        ],
        key=f"{key}-currencies",
        alt="Headline amounts per currency",
        empty="",
        height="content",
    )


def report_chart(report: Report, colours: Mapping[str, str], *, unit: str, alt: str) -> None:
    """Stacked bars of counts over the report's first column; unlike money, counts add up over currencies.
    `colours` names the columns, in order, each with its colour."""
    titles = {column.name: column.title for column in report.columns}
    first = report.columns[0].name
    sums: dict[Any, dict[str, int]] = {}
    labels: dict[Any, Any] = {}
    for record in report.to_records():
        place = record[first]
        bar = sums.setdefault(place, dict.fromkeys(colours, 0))
        labels[place] = "not known" if place is None else _readable(record)[first]
        for name in colours:
            bar[name] += record[name] or 0
    if any(any(bar.values()) for bar in sums.values()):  # an axis without bars says nothing
        series = {titles[n]: (colour, [bar[n] for bar in sums.values()]) for n, colour in colours.items()}
        figures = [name if name in reports.REPORTS[report.name].only else None for name in colours]
        meant = marks(report.by, list(sums), figures)
        places = list(labels.values())
        charts.bars(places, series, unit=unit, alt=alt, key=f"{report.name}-chart", marks=meant)


def money_chart(report: Report, column: str, *, unit: str, alt: str) -> None:
    """A line over time for one currency of the report, chosen in the address."""
    first = report.columns[0].name
    records = [record for record in report.to_records() if record["currency"]]
    codes = list(dict.fromkeys(record["currency"] for record in records))
    if not codes:
        return
    currency = filters.switch("Currency", {code: code for code in codes}, key="currency")
    scale = 10 ** money.decimals(currency)
    mine = [record for record in records if record["currency"] == currency]
    values = [(record[column] or 0) / scale for record in mine]
    meant = marks(report.by, [record[first] for record in mine], [None])
    places = [_readable(record)[first] for record in mine]
    charts.line(
        places, currency, values, unit=f"{unit}, {currency}", alt=alt, key=f"{report.name}-line", marks=meant
    )


def _column(column: reports.Column) -> Column:
    if column.name == "number":
        return Column("number", column.title, opens="subscription.py", width=110)
    if column.name == "customer_number":
        return Column("customer_number", column.title, opens="customer.py", width=110)
    if column.name == "next_step":
        return Column("next_step", column.title, opens="subscription.py", by="number", act="form")
    if column.name == "ticket_number":
        return Column("ticket_number", column.title, opens="ticket.py", width=90)
    words_already = column.kind == "status" or column.name == "month"
    kind: Kind = "text" if words_already else column.kind
    return Column(column.name, column.title, kind)


def report_table(report: Report, *, key: str = "") -> None:
    """The report's table: what the export has, column by column."""
    table(
        [_readable(record) for record in report.to_records()],
        [_column(column) for column in report.columns],
        key=key or f"{report.name}-table",
        alt=f"{report.title}: the table",
        empty="Nothing in this period.",
    )


def _readable(record: dict[str, Any]) -> dict[str, Any]:
    """The record with months and reasons as people write them; a file has them as they are."""
    if isinstance(record.get("month"), date):
        record["month"] = times.month(record["month"])
    if record.get("reason"):
        record["reason"] = words.sentence_case(record["reason"])
    if "next_step" in record:
        record["form"] = FORM_OF.get(record["next_step"] or "", "")
    return record


def view_switch(labels: dict[str, str]) -> str:
    """Which of a page's reports is shown; in the address as ?view=…"""
    return filters.switch("Show", labels, key="view")


def only_switch(labels: dict[str, str], *, every: str = "All") -> str:
    """Which rows to list: `every` one (""), or those behind one figure; in the address as ?only=…"""
    offered_figures(labels)
    if not labels:
        return ""
    picked = filters.switch("Rows", {"": every} | labels, key="only", begins_again=False)
    if not picked and every != "All":  # a list that is not of the lines above it
        all_lines()
    return picked


def report_checks(report: Report) -> None:
    """The identities the figures were held against: one green line, or in red each that fails, in full."""
    failed = [check for check in report.checks if not check.holds]
    for check in failed:
        st.error(f"{check.name} does not hold. {check.sentence}", icon=":material/error:")
    if report.checks and not failed:
        names = "; ".join(check.name for check in report.checks)
        st.markdown(f":green[:material/check_circle: **Checked:** {names}.]")


def report_foot(report: Report, actor: Actor, *, rows: Params | None = None) -> None:
    """As of when, what may still move, what the figures mean, and the files."""
    as_of_line(report.as_of)
    report_checks(report)
    for note in report.notes:
        st.caption(note)
    if actor.may(Permission.EXPORT_REPORTS):
        downloads(report, actor, rows)
    explain(report.definition)


def window_back(params: Params, *, days: int) -> Params:
    """The same question about the days up to the as-of day, which is the last one in."""
    end = params.today + timedelta(days=1)
    return replace(params, days=None, period=Window(end - timedelta(days=days), end, params.zone), by="month")
