"""Customer: who they are, what they have, what was charged, what they wrote, and all of it in order."""

from console import clocks, money, times, ui, words
from console.db import reading
from console.page import open_page
from console.ui import Column
from queries import customers, history, payment_links, tickets
from queries import notes as customer_notes
from queries.recurring import minor_from_units

actor = open_page(__file__)
number = ui.required("customer")

with reading() as data:
    customer = ui.found(customers.by_number(data.subscriptions, number), "customer")
    worth = customers.value(data.subscriptions, customer.id)
    subscriptions = customers.subscriptions_of(data.subscriptions, customer.id)
    charges = customers.charges_of(data.subscriptions, customer.id, limit=20)
    refunds = customers.refunds_of(data.subscriptions, customer.id, limit=20)
    written = tickets.of_customer(data.tickets, customer.number, limit=20)
    events = history.of_customer(data.subscriptions, data.tickets, data.state, customer, before=ui.cursor())
    notes = customer_notes.of_customer(data.state, customer.number, limit=20)
    links = payment_links.of_customer(data.state, customer.number, limit=10)
    now = clocks.now()
    ui.facts(
        {
            "Name": customer.name,
            "E-mail": customer.email,
            "Country and language": f"{words.country(customer.country)}, {words.language(customer.locale)}",
            "Their time now": ui.their_time(customer.time_zone),
            "Customer since": f"{times.day_of(customer.created_at)} ({times.ago(customer.created_at)})",
            "Monthly value": [
                money.in_words(minor_from_units(v.mrr_units), v.currency) for v in worth if v.mrr_units
            ],
            "Paid in all": [money.in_words(v.paid_minor, v.currency) for v in worth if v.paid_minor],
            "Refunded": [money.in_words(v.refunded_minor, v.currency) for v in worth if v.refunded_minor],
        }
    )

    live = [one for one in subscriptions if one.live]
    ended = [one for one in subscriptions if not one.live]
    ui.section(f"Subscriptions: {len(live)} running, {len(ended)} ended", "autorenew")
    ui.act_panel(data, actor, ui.FORMS, subscriptions)
    ui.subscription_cards(live, actor, ui.FORMS)
ui.table(
    ui.masked(ended),
    [
        Column("number", "Subscription", opens="subscription.py", width=110),
        Column("product_name", "Product"),
        Column("plan_name", "Plan"),
        Column("status", "Status", "status", of="subscription"),
        Column("started_at", "Started", "instant"),
        Column("ended_at", "Ended", "instant"),
        Column("price_minor", "Price without tax", "money"),
        Column("licence_key", "Licence key"),
    ],
    key="ended",
    alt="Ended subscriptions",
    empty="" if live else "No subscriptions.",
)

ui.section(f"Tickets: {sum(one.is_open for one in written.rows)} open", "inbox")
ui.tickets_table(written.rows, key="tickets", empty="Has never written to us.")

ui.section("Charges and refunds", "receipt_long")
ui.charges_table(charges.rows, key="charges", empty="Nothing was ever charged.")
ui.more("charges", charges.next)
ui.refunds_table(refunds.rows, key="refunds")

ui.payment_links_table(links)

ui.section("Notes", "sticky_note_2")
ui.notes_section(actor, customer.number, notes)

ui.section("History", "history")
ui.history_table(events.rows, key="history")
ui.pager(events.next)
ui.as_of_line(now, "everything of this customer, newest first")
