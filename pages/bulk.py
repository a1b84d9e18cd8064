"""Bulk: cancel or refund a selection one by one, and what came of each row."""

from console import clocks, ui
from console.db import reading
from console.page import open_page
from queries import bulk

actor = open_page(__file__)
run = ui.chosen("bulk")

if run:
    ui.bulk_run(actor, run)
else:
    ui.bulk_form(actor)
    with reading() as data:
        latest = bulk.latest(data.state)
    ui.section("Latest runs", "history")
    ui.bulk_runs_table(latest)
ui.as_of_line(clocks.now())
