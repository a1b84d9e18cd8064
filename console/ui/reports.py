"""A report on the screen: filters, chart, table, the rows behind, checks, export, definition. The headline
figures are in headlines.py.

All of it draws one `Report`, so tile, chart, table and file cannot differ.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Literal

import streamlit as st

from console import clocks, exchange, money, times, words
from console.access import Actor, Permission
from console.db import Reading
from console.reporting import TICK, answered
from console.ui import charts, filters
from console.ui.downloads import downloads
from console.ui.layout import explain
from console.ui.marks import all_lines, at_mark, mark_line, marks, offered_figures
from console.ui.tables import Column, Kind, table
from queries import reports
from queries.periods import Window
from queries.reports import Params, Report

BY = {
    "day": "Day", "month": "Month", "product": "Product", "plan": "Plan", "country": "Country",
    "currency": "Currency", "reason": "Reason", "interval": "Billing interval",
    "price": "Price", "tenure": "Tenure", "week": "Week", "attempts": "Failed attempts",
    "customer": "Customer", "cohort": "Cohort: customers", "cohort_mrr": "Cohort: MRR",
    "days_to_convert": "Days to convert", "month_and_reason": "Month and reason",
    "problem_type": "Problem type",
}  # fmt: skip
NOTHING = "Nothing in this period."
ROWS_SHOWN = 200
OF_WHAT = {"product", "plan", "currency"}
# The form that does what a row's next step says, by the name it has in the address.
FORM_OF = {"Undo the cancellation": "undo", "Send a payment link": "link", "Collect again": "retry"}


def report_filters(name: str, *, ahead: Sequence[int] = (), period: str = "Last 90 days") -> Params:
    """What the report is asked, from the address: days ahead or a period, the breakdown, the as-of day."""
    spec = reports.REPORTS[name]
    with st.container(horizontal=True):
        days = (
            int(filters.switch("Coming days", {str(n): str(n) for n in ahead}, key="days")) if ahead else None
        )
        window = None if ahead else filters.period(default=period)
        as_of = st.date_input(
            "As of the end of (empty: now)", None, key="as-of", bind="query-params", format="YYYY-MM-DD",
            min_value=filters.EARLIEST, max_value=clocks.today(), width=190,
        )  # fmt: skip
        by = filters.switch("By", {code: BY[code] for code in spec.by}, key="by")
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
    """The rows behind the figures, as many as a screen takes; the file has all of them. What was sold stands
    at their end, so that when, how much and what next are in sight."""
    mark_line(rows)
    asked = replace(rows, limit=ROWS_SHOWN, figures=False, checked=False)  # these are of the report itself
    report = ask(data, name, asked)
    _grid(report, sorted(report.columns, key=lambda column: column.name in OF_WHAT), f"{report.name}-rows")
    if report.next:
        st.caption(f"The first {ROWS_SHOWN} are shown. The export has all of them.")


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
    drawn = [name for name in colours if any(bar[name] for bar in sums.values())]
    if drawn:  # an axis without bars says nothing, nor does a name without a bar
        series = {titles[name]: (colours[name], [bar[name] for bar in sums.values()]) for name in drawn}
        figures = [name if name in reports.REPORTS[report.name].only else None for name in drawn]
        meant = marks(report.by, list(sums), figures)
        places = list(labels.values())
        charts.bars(places, series, unit=unit, alt=alt, key=f"{report.name}-chart", marks=meant)


def money_chart(report: Report, column: str, *, unit: str, alt: str, sums: bool = False) -> None:
    """A line over time for one currency of the report, chosen in the address; bars where each amount is the
    sum of its own days and not a level that lasts."""
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
    said = {"unit": f"{unit}, {currency}", "alt": alt, "key": f"{report.name}-line"}
    if sums:
        charts.bars(places, {currency: ("blue", values)}, **said, marks=meant, legend=False)
    else:
        charts.line(places, currency, values, **said, marks=meant)


def _column(column: reports.Column) -> Column:
    if column.name == "number":
        return Column("number", column.title, opens="subscription.py", width=110)
    if column.name == "customer_number":
        return Column("customer_number", column.title, opens="customer.py", width=110)
    if column.name == "next_step":
        return Column("next_step", column.title, opens="subscription.py", by="number", act="form", width=150)
    if column.name == "ticket_number":
        return Column("ticket_number", column.title, opens="ticket.py", width=90)
    words_already = column.kind == "status" or column.name == "month"
    kind: Kind = "text" if words_already else column.kind
    return Column(column.name, column.title, kind)


def report_table(report: Report) -> None:
    """The report's table: what the export has, column by column; a sentence where all of it is zeros."""
    if counts_something(report):
        _grid(report, report.columns, f"{report.name}-table")
    else:
        st.caption(NOTHING)


def counts_something(report: Report) -> bool:
    """Whether a count or an amount of the table is not zero."""
    counted = [place for place, one in enumerate(report.columns) if one.kind in {"count", "money"}]
    return any(row[place] for row in report.rows for place in counted)


def _grid(report: Report, columns: Sequence[reports.Column], key: str) -> None:
    table(
        [_readable(record) for record in report.to_records()],
        [_column(column) for column in columns],
        key=key,
        alt=f"{report.title}: the table",
        empty=NOTHING,
    )


def _readable(record: dict[str, Any]) -> dict[str, Any]:
    """The record with months, reasons and failures as people write them; a file has them as they are."""
    if isinstance(record.get("month"), date):
        record["month"] = times.month(record["month"])
    for code in ("reason", "failure_code"):
        if record.get(code):
            record[code] = words.sentence_case(record[code])
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
        names = ". ".join(check.name for check in report.checks)
        st.markdown(f":green[:material/check_circle: **Checked:** {names}.]")


def report_foot(report: Report, actor: Actor, *, rows: Params | None = None) -> None:
    """What was checked, what may still move, the files, and what the figures mean."""
    report_checks(report)
    for note in exchange.notes_beside_totals(report):
        st.caption(note)
    if actor.may(Permission.EXPORT_REPORTS):
        downloads(report, actor, rows)
    explain(report.definition)


def window_back(params: Params, *, days: int) -> Params:
    """The same question about the days up to the as-of day, which is the last one in."""
    end = params.today + timedelta(days=1)
    return replace(params, days=None, period=Window(end - timedelta(days=days), end, params.zone), by="month")
