"""Revenue: monthly recurring revenue, who stays, what is owed, what was given back and what is disputed."""

from console import ui
from console.db import reading
from console.page import open_page

actor = open_page(__file__)
ui.saved_views(actor, __file__)
name = ui.view_switch(
    {
        "mrr": "MRR",
        "retention": "Retention",
        "receivables": "Receivables",
        "refunds": "Refunds",
        "disputes": "Disputes",
    }
)
params = ui.report_filters(name, period="This month" if name == "receivables" else "Last 12 months")

with reading(replica=True) as data:
    report = ui.ask(data, name, params)
    ui.report_figures(report)
    if name == "mrr" and report.by == "month":
        ui.money_chart(report, "end", unit="MRR", alt="Monthly recurring revenue at the end of each month")
    ui.report_table(report)
    if name != "refunds":
        ui.section("The rows behind the figures")
        ui.report_rows(ui.ask_rows(data, name, params, ""))

ui.report_foot(report, actor, rows=params)
