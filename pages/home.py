"""Home: what waits for me, by role."""

from dataclasses import replace
from datetime import timedelta

from console import clocks, ui
from console.access import Permission
from console.db import reading
from console.page import open_page
from queries import home, operations
from queries.ticket_filters import ALL_OPEN

actor = open_page(__file__)
now = clocks.now()
today = clocks.start_of(clocks.today())
week = today + timedelta(days=7)

ui.quick_search()

with reading() as data:
    if actor.may(Permission.APPROVE_REFUND):
        to_approve = operations.in_state(data.state, "waiting_for_approval", limit=10)
        ui.operations_pile(
            "Refunds that need a second person", to_approve, now, key="approve", opens="approvals.py"
        )
    undecided = operations.listed(data.state, "mine", actor.staff_id, limit=10)
    ui.operations_pile("My operations not decided", undecided, now, key="undecided", opens="operations.py")
    if actor.may(Permission.READ_AUDIT):
        stuck = operations.left_sending(data.state, now - timedelta(minutes=5))
        ui.operations_pile("Operations not finished", stuck, now, key="stuck", opens="operations.py")
    if actor.may(Permission.CANCEL_SUBSCRIPTION):
        me = home.agent_of(data.tickets, actor.email)
        if me:
            mine = home.queue(data.tickets, replace(ALL_OPEN, assignee_id=me.id))
            ui.ticket_pile("My open tickets", mine, key="mine", empty="Nothing is assigned to you.")
        waiting = home.unanswered(data.tickets)
        ui.ticket_pile(
            "Customers waiting for an answer", waiting, key="waiting", empty="Everybody has an answer."
        )
        free = home.queue(data.tickets, replace(ALL_OPEN, unassigned=True))
        ui.ticket_pile("Unassigned", free, key="free", empty="Every open ticket has somebody.")
        ending = home.cancellations_ending(data.subscriptions, today, week)
        ui.subscription_pile(
            "Ending this week, as asked", ending, key="ending", empty="Nothing is set to end."
        )
    if actor.may(Permission.READ_REPORTS):
        revenue = home.mrr_now(data.subscriptions, data.state, clocks.zone(), now)
        ui.revenue_now(revenue, home.renewals_due(data.subscriptions, today, week))
        dunning = home.in_dunning(data.subscriptions)
        ui.subscription_pile(
            "Failed payments, being tried again", dunning, key="dunning", empty="No payment is open."
        )
        trials = home.trials_ending(data.subscriptions, today, week)
        ui.subscription_pile(
            "Trials ending this week", trials, key="trials", empty="No trial ends this week."
        )
        ui.backlog(home.backlog(data.tickets, now))

ui.as_of_line(now)
