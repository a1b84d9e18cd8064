"""Revenue: monthly recurring revenue, how it moved, and what was given back."""

from console import ui
from console.db import reading
from console.page import open_page

actor = open_page(__file__)
ui.saved_views(actor, __file__)
params = ui.report_filters("mrr", period="Last 12 months")

with reading(replica=True) as data:
    report = ui.ask(data, "mrr", params)
    ui.report_figures(report)
    if report.by == "month":
        ui.money_chart(report, "end", unit="MRR", alt="Monthly recurring revenue at the end of each month")
    ui.report_table(report)
    ui.report_foot(report, actor, rows=params)

    ui.section("Refunds in the same period")
    refunds = ui.ask(data, "refunds", ui.by_default(params))
    ui.report_figures(refunds)
    ui.report_table(refunds)

ui.report_foot(refunds, actor, rows=ui.by_default(params))
