"""Trials: running and ending soon, how many became paid, and the way there from the start."""

import streamlit as st

from console import ui
from console.db import reading
from console.page import open_page

actor = open_page(__file__)
ui.saved_views(actor, __file__)
view = ui.view_switch({"ending": "Ending soon", "ended": "Ended", "start": "By start"})
name = "trial_cohorts" if view == "start" else "trials"
ahead = (7, 14, 30) if view == "ending" else ()
params = ui.report_filters(name, ahead=ahead, period="Last 12 months" if view == "start" else "Last 90 days")

with reading(replica=True) as data:
    report = ui.ask(data, name, params)
    if ui.nothing_to_report(data, report):
        ui.report_foot(report, actor)
        st.stop()
    if view == "ending":
        ui.report_figures(report, only=("running_now", "ending", "set_to_end"))
    else:
        ui.report_figures(report, leave_out=("running_now", "ending", "set_to_end"), first=("conversion",))
    if report.by in {"day", "week", "month"}:
        ui.report_chart(
            report,
            {"running": "violet"}
            if view == "ending"
            else {"converted": "green", "not_converted": "red", "still_open": "orange", "running": "violet"},
            unit="Trials",
            alt="Trials, by what became of them",
        )
    ui.report_table(report)

    ui.section("The trials behind the figures")
    only = ui.only_switch(
        {"running": "Running"}
        if view == "ending"
        else {
            "converted": "Converted",
            "not_converted": "Not converted",
            "cancelled": "Cancelled in the trial",
            "still_open": "Still open",
            "running": "Running",
        }
    )
    rows = ui.listed(params, only)
    ui.report_rows(data, name, rows)

ui.report_foot(report, actor, rows=rows)
