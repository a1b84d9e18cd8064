"""Revenue: monthly recurring revenue, who stays, what is owed, what was given back and what is disputed."""

import streamlit as st

from console import ui
from console.db import reading
from console.page import open_page

actor = open_page(__file__)
ui.saved_views(actor, __file__)
view = ui.view_switch(
    {
        "mrr": "MRR",
        "retention": "Retention",
        "receivables": "Receivables",
        "refunds": "Refunds",
        "disputes": "Disputes",
    }
)
# What is owed is asked as of now: of the months before, it would be as of their end.
params = ui.report_filters(view, period="This month" if view == "receivables" else "Last 12 months")

with reading(replica=True) as data:
    report = ui.ask(data, view, params)
    if ui.nothing_to_report(data, report):
        ui.report_foot(report, actor)
        ui.finance_pack(actor)
        st.stop()
    cohorts = report.by in {"cohort", "cohort_mrr"}
    ui.report_figures(report, leave_out=("kept", "net", "mrr_end"))  # the table has them
    if view == "mrr" and report.by == "month":
        ui.money_chart(report, "end", unit="MRR", alt="Monthly recurring revenue at the end of each month")
    if view == "retention" and report.by == "month":
        ui.share_chart(report, "nrr", unit="NRR", alt="Net revenue retention of each month")
    if view == "receivables":
        ui.ageing_chart(
            report,
            {
                "current": "blue",
                "days_1_30": "orange",
                "days_31_60": "orange",
                "days_61_90": "red",
                "days_91": "red",
            },
            unit="Open",
            alt="What is open, by days past due",
        )
    if view == "disputes" and report.by == "month":
        ui.report_chart(report, {"opened": "orange"}, unit="Disputes opened", alt="Disputes opened by month")
    if cohorts:
        ui.cohort_table(report)
    elif view != "receivables" or report.by != "currency":  # that one stands at the top already
        ui.report_table(report)

    ui.section("The rows behind the figures")
    only = ui.only_switch(
        {
            "retention": {"lost": "Lost"},
            "receivables": {
                "current": "Current",
                "days_1_30": "1–30 days",
                "days_31_60": "31–60 days",
                "days_61_90": "61–90 days",
                "days_91": "91+ days",
                "ended": "Ended",
            },
            "disputes": {"opened": "Opened", "won": "Won", "lost": "Lost", "open": "Open at the end"},
        }.get(view, {})
    )
    rows = ui.listed(params, only)
    ui.report_rows(data, view, rows)

ui.report_foot(report, actor, rows=rows)
ui.finance_pack(actor)
