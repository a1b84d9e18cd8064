"""Audit: who did what to whom, when, why, from what to what."""

import streamlit as st

from console import clocks, ui, words
from console.db import reading
from console.page import open_page
from queries import audit, staff

open_page(__file__)

with reading() as data:
    filters = ui.audit_filters(staff.everyone(data.state))
    count = audit.count(data.state, filters)
    entries = audit.page(data.state, filters, before=ui.cursor())

st.caption(f"{words.count(count)} {'entry' if count == 1 else 'entries'}")
ui.audit_table(entries.rows)
ui.pager(entries.next)
ui.as_of_line(clocks.now(), "nothing here is ever changed or deleted; `console audit verify` proves it")
