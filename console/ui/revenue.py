"""What only the revenue screen draws: rates over time, cohorts and ageing."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from console import money, times
from console.ui import charts, filters
from console.ui.marks import Marks, marks
from console.ui.tables import Column, table
from queries.reports import Report

SO_FAR = "*"  # behind a share of a month that is not over


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
    charts.bars(
        places,
        series,
        unit=f"{unit}, {currency}",
        alt=alt,
        key=f"{report.name}-chart",
        marks=meant,
        legend=False,  # the bars have their names below them
    )


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
    st.caption(f"The columns are months since the start. With \\{SO_FAR}: of a month that is not over.")


def _cohort(record: dict[str, Any], months: list[str]) -> dict[str, Any]:
    cells = {name: _share(record[name], so_far=name == f"month_{record['running']}") for name in months}
    return record | cells | {"month": times.month(record["month"])}


def _share(value: float | None, *, so_far: bool) -> str:
    if value is None:
        return ""
    return f"{value:.0%}" + (SO_FAR if so_far else "")
