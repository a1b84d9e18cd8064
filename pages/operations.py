"""Operations: what was asked for and is not decided, and the one safe next step of each."""

import streamlit as st

from console import clocks, ui, words
from console.db import reading
from console.page import open_page
from queries import audit, operations, outbox

actor = open_page(__file__)
number = ui.chosen("operation")
now = clocks.now()
which = ui.operation_filter()

with reading() as data:
    count = operations.count_open(data.state)
    found = operations.listed(data.state, which, actor.staff_id)
    one = operations.by_id(data.state, number) if number else None
    entries = audit.by_operation(data.state, one.id) if one else []
    told = outbox.of_operation(data.state, one.id) if one else []

st.caption(f"{words.count(count)} {'operation is' if count == 1 else 'operations are'} not decided")
ui.operations_table(found, now, key="operations", empty="Nothing waits.")
if one:
    ui.section("Operation", "pending_actions")
    ui.operation_steps(one, actor, now)
    ui.operation_details(one, entries, told)
elif number:
    st.caption("There is no operation with the id in the address. It may be cut off.")
ui.as_of_line(now)
