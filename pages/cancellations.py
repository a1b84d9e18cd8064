"""Cancellations: requested and ended apart, by reason and by whose will, and what was written before."""

import streamlit as st

from console import ui
from console.db import reading
from console.page import open_page

actor = open_page(__file__)
ui.saved_views(actor, __file__)
view = ui.view_switch({"happened": "Requested and ended", "tickets": "Tickets before"})
name = "cancellation_tickets" if view == "tickets" else "cancellations"
params = ui.report_filters(name, period="Last 90 days")

with reading(replica=True) as data:
    report = ui.ask(data, name, params)
    if ui.nothing_to_report(data, report):
        ui.report_foot(report, actor)
        st.stop()
    ui.report_figures(report)
    if view == "tickets":
        ui.report_chart(
            report,
            {"unanswered": "red", "answered": "blue", "without": "gray"},
            unit="Requests to cancel",
            alt="Requests to cancel, by what the customer had written before",
        )
    elif report.by == "month_and_reason":
        ui.split_chart(
            report, "ended", unit="Subscriptions ended", alt="Subscriptions that ended, by month and reason"
        )
    else:
        ui.report_chart(
            report,
            {"voluntary": "blue", "involuntary": "red", "unstated": "gray"},
            unit="Subscriptions ended",
            alt="Subscriptions that ended, by whose will",
        )
    ui.report_table(report)

    ui.section("The cancellations behind the figures")
    only = ui.only_switch(
        {"unanswered": "Ticket not answered", "answered": "Ticket answered", "without": "No ticket"}
        if view == "tickets"
        else {
            "requested": "Requested",
            "taken_back": "Taken back",
            "ended": "Ended",
            "voluntary": "Voluntary",
            "involuntary": "Involuntary",
            "refunded": "Refunded after",
            "trials_ended": "Trials ended",
        }
    )
    rows = ui.listed(params, only)
    ui.report_rows(data, name, rows)

ui.report_foot(report, actor, rows=rows)
