"""What only the revenue screen draws: rates over time, cohorts, ageing, and totals in one currency."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from console import exchange, money, times
from console.errors import Refused
from console.exchange import Part, Total
from console.ui import charts, filters
from console.ui.layout import figure, section
from console.ui.marks import Marks, marks
from console.ui.tables import Column, table
from queries.reports import Report

SO_FAR = "…"  # behind a share of a month that is not over


def share_chart(report: Report, column: str, *, unit: str, alt: str) -> None:
    """A line of a rate by month, for one currency of the report, chosen in the address. A month with nothing
    to divide by has no point."""
    currency = _chosen_currency(report)
    if currency is None:
        return
    found = [
        (record["month"], record[column] * 100)
        for record in report.to_records()
        if record["currency"] == currency and record[column] is not None
    ]
    if found:
        months, values = zip(*found, strict=True)
        meant = marks(report.by, months, [None])
        charts.line(
            [times.month(month) for month in months],
            currency,
            values,
            unit=f"{unit}, %",
            alt=alt,
            key=f"{report.name}-line",
            marks=meant,
        )


def ageing_chart(report: Report, buckets: Mapping[str, str], *, unit: str, alt: str) -> None:
    """A bar for each bucket (figure and its colour) in one currency, chosen in the address."""
    currency = _chosen_currency(report)
    if currency is None:
        return
    scale = 10 ** money.decimals(currency)
    labels = {one.name: one.label for one in report.figures}
    places = [labels[name] for name in buckets]
    amounts = {name: report.figure(name, currency) / scale for name in buckets}
    series = {
        labels[name]: (colour, [amounts[name] if other == name else 0 for other in buckets])
        for name, colour in buckets.items()
    }
    meant = Marks(tuple(None for _ in buckets), tuple(buckets))
    charts.bars(places, series, unit=f"{unit}, {currency}", alt=alt, key=f"{report.name}-chart", marks=meant)


def _chosen_currency(report: Report) -> str | None:
    codes = sorted({one.currency for one in report.figures if one.currency})
    return filters.switch("Currency", {code: code for code in codes}, key="currency") if codes else None


def cohort_table(report: Report) -> None:
    """A row for each cohort, a column for each month since: shares, those of a month not over marked."""
    months = [column.name for column in report.columns if column.name.startswith("month_")]
    size = report.columns[2]
    table(
        [_cohort(record, months) for record in report.to_records()],
        [
            Column("month", "Started in", width=85),
            Column("currency", "Currency", width=75),
            Column(size.name, size.title, size.kind, width=90),
            *(Column(name, name.removeprefix("month_"), "right", width=60) for name in months),
        ],
        key=f"{report.name}-cohorts",
        alt="Cohorts: what is left of those who started in a month, by months since",
        empty="Nobody had MRR in this period.",
    )
    st.caption(f"The columns are months since the start. {SO_FAR} this month is not over.")


def _cohort(record: dict[str, Any], months: list[str]) -> dict[str, Any]:
    cells = {name: _share(record[name], so_far=name == f"month_{record['running']}") for name in months}
    return record | cells | {"month": times.month(record["month"])}


def _share(value: float | None, *, so_far: bool) -> str:
    if value is None:
        return ""
    return f"{value:.0%}" + (SO_FAR if so_far else "")


def report_totals(report: Report) -> None:
    """The figures that exist in several currencies, together in the reporting currency, with the rates and
    their days. Nothing without rates in the settings; why not, where these cannot be used."""
    try:
        found = exchange.totals(report)
    except Refused as error:
        st.warning(
            f"There is no total in the reporting currency. {error}", icon=":material/currency_exchange:"
        )
        return
    if not found:
        return
    section(f"Together in {found[0].currency}")
    with st.grid(4, min_column_width=150):
        for one in found:
            figure(one.label, money.in_words(one.minor, one.currency), note=_lacks(one))
    _parts_table(found[0], report.name)


def _lacks(one: Total) -> str | None:
    return f"Without {', '.join(currency for _, currency in one.lacking)}: no rate" if one.lacking else None


def _parts_table(one: Total, key: str) -> None:
    """Amount, rate, day of the rate and part of the total; an amount without a rate has none of these."""
    rows = [_part(part, one.currency) for part in one.parts]
    nothing = {"rate": "No rate", "day": "", "part": ""}
    rows += [
        {"currency": currency, "amount": money.in_words(minor, currency)} | nothing
        for minor, currency in one.lacking
    ]
    table(
        rows,
        [
            Column("currency", "Currency", width=90),
            Column("amount", one.label, "right"),
            Column("rate", f"Rate to {one.currency}", "right"),
            Column("day", "Rate of", width=120),
            Column("part", f"In {one.currency}", "right"),
        ],
        key=f"{key}-rates",
        alt=f"{one.label}: the rate of each currency and its part of the total",
        empty="",
        height="content",
    )
    if one.source:
        st.caption("Of the file of rates:")
        st.text(one.source)


def _part(part: Part, to: str) -> dict[str, str]:
    rate = part.rate
    return {
        "currency": part.currency,
        "amount": money.in_words(part.minor, part.currency),
        "rate": f"{rate.rate.normalize():f}" if rate else "1",
        "day": times.day(rate.day) if rate else "",
        "part": money.in_words(part.to_minor, to),
    }
