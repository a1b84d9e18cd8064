"""Tickets: their filters, their messages in plain text, their changes."""

from collections.abc import Sequence

import streamlit as st

from console import times, words
from console.ui import filters
from console.ui.tables import Column, table
from queries.tables_tickets import OPEN_STATUSES
from queries.ticket_filters import Facets, TicketFilters
from queries.tickets import Ticket, TicketEvent, TicketMessage

STATES = {"open": "All open", "unassigned": "Unassigned", "done": "Done", "all": "All"}
DONE_STATUSES = ("solved", "closed", "merged")
AUTHORS = {"customer": "Customer", "agent": "Staff", "note": "Note, for staff only"}


def ticket_filters(offered: Facets) -> tuple[TicketFilters, str]:
    """What the list is narrowed to, from the address, and whether "oldest" or "newest" come first."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        state = filters.switch("State", STATES, key="state")
        order = filters.switch("Order", {"newest": "Newest", "oldest": "Oldest"}, key="order")
        team = filters.choice("Team", offered.teams, key="team")
        problem = filters.choice("Problem", offered.problem_types, key="problem")
        channel = filters.choice(
            "Channel", {code: words.CHANNEL.get(code, code) for code in offered.channels}, key="channel"
        )
        assignee = filters.choice(
            "Assignee",
            {str(agent.id): f"{agent.name} ({agent.id})" for agent in offered.agents},
            key="assignee",
        )
    statuses = {"open": OPEN_STATUSES, "unassigned": OPEN_STATUSES, "done": DONE_STATUSES, "all": ()}[state]
    chosen = TicketFilters(
        statuses=statuses,
        unassigned=state == "unassigned",
        team=team,
        problem_type=problem,
        channel=channel,
        assignee_id=int(assignee) if assignee else None,
    )
    return chosen, order


def messages(rows: Sequence[TicketMessage], ticket: Ticket) -> None:
    """Newest first, each as plain text: a customer's words never become a link, an image or a badge."""
    if not rows:
        st.caption("The source keeps no messages of this ticket.")
    for row in rows:
        with st.container(border=True, gap="xsmall"):
            with st.container(horizontal=True, vertical_alignment="center"):
                st.badge(AUTHORS.get(row.kind, row.kind), color=_colour(row.kind))
                st.text(words.visible(row.agent_name or row.author_name or ticket.requester_name or ""))
                st.caption(f"{times.moment(row.created_at)} · {times.ago(row.created_at)}")
            st.text(words.visible(row.body))


def _colour(kind: str) -> words.Colour:
    colours: dict[str, words.Colour] = {"customer": "blue", "agent": "gray", "note": "orange"}
    return colours.get(kind, "gray")


def ticket_changes(rows: Sequence[TicketEvent]) -> None:
    """What was changed, newest first."""
    table(
        rows,
        [
            Column("occurred_at", "When", "instant"),
            Column("field", "What"),
            Column("value_from", "From"),
            Column("value_to", "To"),
            Column("actor", "By"),
        ],
        key="ticket-changes",
        alt="Changes of this ticket, newest first",
        empty="The source keeps no changes of this ticket.",
    )
