"""Renewals: what falls due, what became of it, what it will bring, and the payments that failed."""

import streamlit as st

from console import ui
from console.db import reading
from console.page import open_page

actor = open_page(__file__)
ui.saved_views(actor, __file__)
view = ui.view_switch({"coming": "Coming", "past": "Past", "forecast": "Forecast", "dunning": "Dunning"})
name = view if view in {"forecast", "dunning"} else "renewals"
ahead = (30, 60, 90) if view in {"coming", "forecast"} else ()
params = ui.report_filters(name, ahead=ahead, period="Last 12 months" if view == "dunning" else "Last month")

with reading(replica=True) as data:
    report = ui.ask(data, name, params)
    if ui.nothing_to_report(data, report):
        ui.report_foot(report, actor)
        st.stop()
    kept = ("rate", "due", "renewed", "changed_plan")
    lost = ("lost_by_choice", "lost_by_failed_payment", "lost_unstated")
    ui.report_figures(report, first=(*kept, *lost) if view == "past" else ())
    if view == "coming" and report.by in {"day", "month"}:
        ui.report_chart(
            report,
            {"upcoming": "blue", "in_dunning": "red", "set_to_end": "gray"},
            unit="Subscriptions due",
            alt="Renewals due, by what is expected of them",
        )
    if view == "past" and report.by in {"day", "month"}:
        ui.report_chart(
            report,
            {
                "renewed": "green",
                "changed_plan": "blue",
                "lost_by_choice": "orange",
                "lost_by_failed_payment": "red",
                "lost_unstated": "gray",
            },
            unit="Subscriptions due",
            alt="Renewals that were due, by what became of them",
        )
    if view == "forecast" and report.by in {"day", "month"}:
        ui.money_chart(
            report, "forecast", unit="Forecast", alt="What the coming renewals will bring", sums=True
        )
    if view == "dunning" and report.by == "month":
        ui.report_chart(
            report,
            {"recovered": "green", "lost": "red", "open": "orange"},
            unit="Payments that failed",
            alt="Payments that failed, by what became of them",
        )
    ui.report_table(report)

    ui.section("Past due now, and the next step" if view == "dunning" else "The renewals behind the figures")
    only = ui.only_switch(
        {
            "coming": {
                "at_risk": "At risk",
                "upcoming": "Upcoming",
                "in_dunning": "In dunning",
                "set_to_end": "Set to end",
            },
            "past": {
                "renewed": "Renewed",
                "changed_plan": "Changed plan",
                "lost_by_choice": "Lost by choice",
                "lost_by_failed_payment": "Lost by failed payment",
                "in_dunning": "In dunning",
            },
            "dunning": {"failed": "Failed", "recovered": "Recovered", "lost": "Lost", "open": "Still open"},
        }.get(view, {}),
        every="Past due now" if view == "dunning" else "All",
    )
    rows = ui.listed(params, only)
    ui.report_rows(data, name, rows)

ui.report_foot(report, actor, rows=rows)
