"""Renewals: what falls due, what is expected of it, and what is at risk."""

from console import ui
from console.db import reading
from console.page import open_page

actor = open_page(__file__)
params = ui.report_filters("renewals", ahead=(30, 60, 90))

with reading(replica=True) as data:
    report = ui.ask(data, "renewals", params)
    ui.report_figures(report)
    if report.by in {"day", "month"}:
        ui.report_chart(
            report,
            {"upcoming": "blue", "in_dunning": "red", "set_to_end": "gray"},
            unit="Subscriptions due",
            alt="Renewals due, by what is expected of them",
        )
    ui.report_table(report)

    ui.section("The renewals behind the figures")
    only = ui.only_switch(
        {
            "at_risk": "At risk",
            "upcoming": "Upcoming",
            "in_dunning": "In dunning",
            "set_to_end": "Set to end",
        },
    )
    ui.report_rows(ui.ask_rows(data, "renewals", params, only))

ui.report_foot(report, actor, rows=params)
