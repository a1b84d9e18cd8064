"""Subscription: what it is, its life, its charges, and cancelling it."""

import streamlit as st

from console import clocks, money, times, ui, words
from console.db import reading
from console.page import open_page
from queries import subscriptions

actor = open_page(__file__)
number = ui.required("subscription")

with reading() as data:
    subscription = ui.found(subscriptions.by_number(data.subscriptions, number), "subscription")
    life = subscriptions.events_of(data.subscriptions, subscription.id)
    charges = subscriptions.charges_of(data.subscriptions, subscription.id, limit=20)
    refunds = subscriptions.refunds_of(data.subscriptions, subscription.id, limit=20)

    with st.container(horizontal=True, vertical_alignment="center"):
        ui.status_badge("subscription", subscription.status)
        st.text(words.next_for(subscription))
        ui.link("customer.py", subscription.customer_number, icon=":material/person:")

    ui.facts(
        {
            "Customer": subscription.customer_name,
            "Product": words.product(subscription),
            "Licence key": words.masked(subscription.licence_key),
            "Licences": subscription.quantity,
            "Renewal price": f"{money.in_words(subscription.price_minor, subscription.currency)} + tax, "
            f"{words.interval(subscription.interval, subscription.interval_count)}",
            "Last paid": ui.last_paid(subscription),
            "Payment method": words.payment_method(subscription),
            "Started": times.moment(subscription.started_at),
            "Trial": f"until {times.moment(subscription.trial_end)}" if subscription.trial_end else "None",
            "Period": ui.period(subscription),
            "Cancellation": ui.cancellation(subscription),
            "Their time now": ui.their_time(subscription.customer_time_zone),
        }
    )

    ui.reveal_licence(actor, subscription)
    act, story = st.columns(2, gap="medium")
    with act:
        first = "undo" if subscription.set_to_end or not subscription.live else "cancel"
        ui.act_panel(data, actor, ui.FORMS, [subscription], ticket=ui.chosen("ticket"), default=first)
    with story:
        ui.section("Life", "timeline")
        ui.life(life.rows)

ui.section("Charges and refunds", "receipt_long")
ui.charges_table(charges.rows, key="charges", empty="Nothing was charged for it.")
ui.more("charges", charges.next)
ui.refunds_table(refunds.rows, key="refunds")
ui.as_of_line(clocks.now())
