"""Data health: contradictions that are kept and listed, where the gateway's books differ, what was loaded."""

import streamlit as st

from console import clocks, ui, words
from console.db import reading
from console.page import open_page
from console.ui import Column
from queries import drift_findings, health, loads

actor = open_page(__file__)

with reading(replica=True) as data:
    findings = health.health_summary(data.subscriptions, data.tickets)
    chosen = ui.finding_switch(findings)
    key = chosen.check.key if chosen else None
    rows = health.health_rows(data.subscriptions, data.tickets, key, limit=500) if key else None
    runs = loads.latest_runs(data.state, limit=10)
    refused = loads.refusals_of(data.state, runs.rows[0].id) if runs.rows else []
    last, complete = drift_findings.latest_run(data.state), drift_findings.latest_complete_run(data.state)
    differ = drift_findings.counts(data.state)

if chosen is None or rows is None:
    st.success("No contradictions found.", icon=":material/check_circle:")
else:
    st.markdown(f"**{chosen.check.title}**: {words.count(chosen.count)}")
    st.caption(f"{chosen.check.meaning} {chosen.check.action}")
    ui.health_table(chosen.check, rows.rows)
    if rows.next:
        st.caption("The first 500 are shown.")

ui.comparison(last, complete)
kind = ui.difference_switch(differ)
with reading() as data:
    apart = drift_findings.left(data.state, kind=kind, limit=500)
ui.differences(apart, actor, compared=complete is not None)

ui.section("Loads", "upload_file")
ui.table(
    runs.rows,
    [
        Column("finished_at", "When", "instant"),
        Column("preset", "Preset"),
        Column("added", "Added", "count"),
        Column("changed", "Changed", "count"),
        Column("same", "Same", "count"),
        Column("refused", "Refused", "count"),
    ],
    key="loads",
    alt="The latest loads",
    empty="Nothing was loaded yet. `console load` brings data in.",
)
if refused:
    st.caption("Refused in the latest load")
    ui.table(
        refused,
        [
            Column("file", "File"),
            Column("line", "Line", "count", width="small"),
            Column("reason", "Reason", width="large"),
        ],
        key="refused",
        alt="Lines refused in the latest load",
        empty="",
    )
ui.as_of_line(clocks.now())
