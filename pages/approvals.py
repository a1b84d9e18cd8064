"""Approvals: what needs a second person, with what its requester saw."""

import streamlit as st

from console import clocks, ui
from console.db import reading
from console.page import open_page
from queries import audit, operations, outbox

actor = open_page(__file__)
number = ui.chosen("operation")
now = clocks.now()

with reading() as data:
    waiting = operations.in_state(data.state, "waiting_for_approval")
    one = operations.by_id(data.state, number) if number else (waiting[0] if len(waiting) == 1 else None)
    entries = audit.by_operation(data.state, one.id) if one else []
    told = outbox.of_operation(data.state, one.id) if one else []

ui.operations_table(waiting, now, key="waiting", empty="Nothing waits for a second person.")
if one:
    ui.section("Decide", "approval")
    ui.approval_form(one, actor, now)
    ui.operation_details(one, entries, told)
elif number:
    st.caption("There is no operation with the id in the address. It may be cut off.")
ui.as_of_line(now, "nobody approves what they asked for themselves")
