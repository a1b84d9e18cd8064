"""Tickets: a plain list, by state, team and problem."""

import streamlit as st

from console import clocks, ui, words
from console.db import reading
from console.page import open_page
from queries import tickets

actor = open_page(__file__)
ui.saved_views(actor, __file__)

with reading() as data:
    filters, order = ui.ticket_filters(tickets.facets(data.tickets))
    count = tickets.count(data.tickets, filters)
    found = tickets.page(data.tickets, filters, before=ui.cursor(), oldest_first=order == "oldest")

st.caption(f"{words.count(count)} {'ticket' if count == 1 else 'tickets'}")
ui.tickets_table(
    found.rows, key="tickets", empty="No tickets like that. Widen the filters.", height="content"
)
ui.pager(found.next)
ui.as_of_line(clocks.now())
