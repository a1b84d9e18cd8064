"""Cancellations: requested and ended apart, by reason and by whose will."""

from console import ui
from console.db import reading
from console.page import open_page

actor = open_page(__file__)
ui.saved_views(actor, __file__)
params = ui.report_filters("cancellations", period="Last 90 days")

with reading(replica=True) as data:
    report = ui.ask(data, "cancellations", params)
    ui.report_figures(report)
    ui.report_chart(
        report,
        {"voluntary": "blue", "involuntary": "red", "unstated": "gray"},
        unit="Subscriptions ended",
        alt="Subscriptions that ended, by whose will",
    )
    ui.report_table(report)

    ui.section("The cancellations behind the figures")
    only = ui.only_switch(
        {
            "requested": "Requested",
            "ended": "Ended",
            "voluntary": "Voluntary",
            "involuntary": "Involuntary",
            "trials_ended": "Trials ended",
        },
    )
    ui.report_rows(ui.ask_rows(data, "cancellations", params, only))

ui.report_foot(report, actor, rows=params)
