"""Ticket: what was written, beside what the customer has."""

import streamlit as st

from console import clocks, times, ui, words
from console.db import reading
from console.page import open_page
from queries import customers, tickets

actor = open_page(__file__)
number = ui.required("ticket")

with reading() as data:
    ticket = ui.found(tickets.by_number(data.tickets, number), "ticket")
    messages = tickets.messages_of(data.tickets, ticket.id)
    changes = tickets.events_of(data.tickets, ticket.id)
    customer = customers.by_number(data.subscriptions, ticket.customer_number or "")
    subscriptions = customers.subscriptions_of(data.subscriptions, customer.id) if customer else []

    with st.container(horizontal=True, vertical_alignment="center"):
        ui.status_badge("ticket", ticket.status)
        st.text(words.visible(ticket.subject))
    ui.facts(
        {
            "From": ticket.requester_name or ticket.requester_email or (customer.name if customer else None),
            "Problem": ticket.problem_type,
            "Priority": words.sentence_case(ticket.priority),
            "Channel": words.CHANNEL.get(ticket.channel or "", ticket.channel),
            "Language": words.language(ticket.language),
            "Team": ticket.team,
            "Assignee": ticket.assignee_name or "Nobody",
            "Created": f"{times.moment(ticket.created_at)} ({times.ago(ticket.created_at)})",
        }
    )

    written, beside = st.columns([7, 6], gap="large")
    with written:
        ui.section("Messages", "forum")
        ui.messages(messages.rows, ticket)
        ui.more("messages", messages.next)
        with st.expander("Changes", icon=":material/history:"):
            ui.ticket_changes(changes.rows)
    with beside:
        ui.section("Customer", "person")
        if customer:
            ui.link("customer.py", customer.number, icon=":material/person:")
            ui.facts({"Name": customer.name, "E-mail": customer.email}, columns=2)
            live = [one for one in subscriptions if one.live]
            ui.act_panel(data, actor, ui.FORMS, subscriptions, ticket=ticket.number)
            ui.subscription_cards(live, actor, ui.FORMS, ticket=ticket.number)
            if ended := sum(not one.live for one in subscriptions):
                st.caption(words.plural(ended, "ended subscription"))
        else:
            st.caption("The ticket names no customer this console knows.")
ui.as_of_line(clocks.now())
