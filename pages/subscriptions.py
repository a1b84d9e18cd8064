"""Subscriptions: all of them, narrowed by filters, and a selection to cancel or refund as one."""

import streamlit as st

from console import clocks, ui, words
from console.db import reading
from console.page import open_page
from queries import subscription_list

actor = open_page(__file__)
now = clocks.now()

with reading() as data:
    filters = ui.subscription_filters(subscription_list.products_sold(data.subscriptions), now)
    count = subscription_list.count(data.subscriptions, filters)
    found = subscription_list.page(data.subscriptions, filters, before=ui.cursor())

st.caption(f"{words.count(count)} {'subscription' if count == 1 else 'subscriptions'}")
ui.subscription_selection(found.rows, actor)
ui.pager(found.next)
ui.as_of_line(now)
