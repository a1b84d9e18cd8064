"""Subscriptions: the list of all, and what is selected from it to act on at once."""

import streamlit as st

from console import clocks, ui, words
from console.db import reading
from console.page import open_page
from queries import subscription_list

actor = open_page(__file__)
ui.saved_views(actor, __file__)
now = clocks.now()

with reading() as data:
    filters = ui.subscription_filters(subscription_list.offered(data.subscriptions), now)
    count = subscription_list.count(data.subscriptions, filters)
    found = subscription_list.page(data.subscriptions, filters, before=ui.cursor())

order = ", the earliest renewal first" if filters.by_due_date else ", the newest first"
noun = "subscription" if count == 1 else "subscriptions"
st.caption(f"{words.count(count)} {noun}{order if count > 1 else ''}")
ui.subscription_selection(found.rows, actor)
ui.pager(found.next)
ui.as_of_line(now)
