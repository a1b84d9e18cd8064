"""Trials: running, ending soon, and how many became paid."""

from console import ui
from console.db import reading
from console.page import open_page

actor = open_page(__file__)
ui.saved_views(actor, __file__)
params = ui.report_filters("trials", ahead=(7, 14, 30))
past = ui.window_back(params, days=90)

with reading(replica=True) as data:
    ending = ui.ask(data, "trials", params)
    ui.report_figures(ending, only=("running_now", "ending", "set_to_end"))
    if ending.by in {"day", "month"}:
        ui.report_chart(ending, {"running": "violet"}, unit="Trials ending", alt="Trials ending, by day")
    ui.section("Trials behind the figures")
    only = ui.only_switch({"running": "Running", "still_open": "Still open", "converted": "Converted"})
    ui.report_rows(ui.ask_rows(data, "trials", params, only))

    ui.section("Trials that ended in the last 90 days")
    ended = ui.ask(data, "trials", past)
    ui.report_figures(ended, leave_out=("running_now", "set_to_end", "ending"))
    ui.report_table(ended, key="trials-ended")

ui.report_foot(ended, actor, rows=past)
