"""Customers: one box that finds anybody."""

import streamlit as st

from console import times, ui
from console.db import reading
from console.page import open_page
from console.ui import Column
from queries import customers, lookup

open_page(__file__)

text, submitted = ui.search_box()

with reading() as data:
    found = lookup.find(data.subscriptions, data.tickets, text)
    newest = customers.page(data.subscriptions, before=ui.cursor()) if not text else None

if submitted and len(found.hits) == 1 and not found.more:
    ui.open_row("customer.py", found.hits[0].customer_number)

if newest is None:
    st.caption(ui.how_many_found(found))
    ui.unowned(found.unowned)
    ui.table(
        found.hits,
        [
            Column("customer_number", "Customer", opens="customer.py", width=110),
            Column("name", "Name", width="medium"),
            Column("email", "E-mail", width="medium"),
            Column("matched_on", "Found by", width=150),
            Column("matched", "Match", width="medium"),
            Column("live_subscriptions", "Running", "count", width="small", help="Running subscriptions"),
            Column("country", "Country", width="small"),
        ],
        key="hits",
        alt="Customers found",
        empty="",
        height="content",
    )
else:
    ui.section("Newest customers")
    ui.table(
        newest.rows,
        [
            Column("number", "Customer", opens="customer.py", width=110),
            Column("name", "Name", width="medium"),
            Column("email", "E-mail", width="medium"),
            Column("live_subscriptions", "Running", "count", width="small", help="Running subscriptions"),
            Column("country", "Country", width="small"),
            Column("created_at", "Customer since", "instant"),
        ],
        key="newest",
        alt="The newest customers",
        height="content",
        empty="There are no customers yet. Fill the database with `console seed` or `console load`.",
    )
    ui.pager(newest.next)
    st.caption(times.as_of_now())
