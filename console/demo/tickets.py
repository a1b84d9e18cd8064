"""A ticket and its verbs, written as rows: every change has its event, every event its instant."""

from datetime import datetime

from console.demo.office import AGENTS
from console.demo.rows import FIRST_NUMBER, Row, Tray
from queries.tables_tickets import DEFAULT_PROBLEM_TYPE

# topic -> problem type, team
TOPICS = {
    "general": (DEFAULT_PROBLEM_TYPE, "First line"),
    "billing": ("Billing", "Billing"),
    "cancellation": ("Cancellation", "First line"),
    "refund": ("Refund", "Billing"),
    "licence": ("Licence key", "First line"),
    "technical": ("Technical problem", "Technical"),
    "account": ("My Account", "First line"),
}


class Ticket:
    """One ticket; every verb writes the change and its event. Verbs are called in the order of time."""

    def __init__(
        self,
        tray: Tray,
        number: int,
        at: datetime,
        *,
        customer: str | None,
        email: str | None,
        name: str,
        language: str,
        channel: str,
        topic: str,
        subject: str,
        body: str,
        priority: str = "normal",
    ) -> None:
        self.tray = tray
        # Whoever uses the in-app form mostly leaves its problem type as it is.
        problem_type = DEFAULT_PROBLEM_TYPE if channel == "helpdesk" else TOPICS[topic][0]
        self.row: Row = {
            "id": number,
            "number": f"T-{FIRST_NUMBER + number}",
            "customer_number": customer,
            "requester_email": email,
            "requester_name": name,
            "subject": subject,
            "channel": channel,
            "problem_type": problem_type,
            "language": language,
            "priority": "normal",
            "team": None,
            "assignee_id": None,
            "status": None,
            "created_at": at,
            "updated_at": at,
            "closed_at": None,
            "version": 0,
        }
        tray.tickets.append(self.row)
        self.change("status", "new", at, "customer")
        if priority != "normal":
            self.change("priority", priority, at, "system")
        self.write("customer", body, at)

    def change(self, what: str, value: str, at: datetime, actor: str) -> None:
        before = self.row[what]
        self.row[what] = value
        self._event(what, before, value, at, actor)

    def _event(self, what: str, before: str | None, after: str, at: datetime, actor: str) -> None:
        self.row["version"] += 1
        self.row["updated_at"] = at
        self.tray.ticket_events.append(
            {
                "id": self.tray.next_id("ticket_events"),
                "ticket_id": self.row["id"],
                "field": what,
                "value_from": before,
                "value_to": after,
                "actor": actor,
                "occurred_at": at,
                "recorded_at": at,
            }
        )

    def assign(self, agent: int, at: datetime) -> None:
        """To an agent and their team; the agent takes it: it is open."""
        name, team, _ = AGENTS[agent - 1]
        if self.row["team"] != team:
            self.change("team", team, at, "system")
        before = self.row["assignee_id"]
        self.row["assignee_id"] = agent
        self._event("assignee", before and AGENTS[before - 1][0], name, at, name)
        self.change("status", "open", at, name)

    def answer(self, body: str, at: datetime, status: str = "pending") -> None:
        """A public answer by whom it is assigned to."""
        self.write("agent", body, at)
        self.move(status, at)

    def move(self, status: str, at: datetime, actor: str | None = None) -> None:
        self.change("status", status, at, actor or AGENTS[self.row["assignee_id"] - 1][0])
        self.row["closed_at"] = at if status in {"closed", "merged", "spam"} else None

    def reply(self, body: str, at: datetime) -> None:
        """The customer writes again: it is open again."""
        self.write("customer", body, at)
        if self.row["status"] not in {"new", "open"}:
            self.change("status", "open", at, "customer")

    def write(self, kind: str, body: str, at: datetime) -> None:
        agent = self.row["assignee_id"] if kind != "customer" else None
        self.row["updated_at"] = at
        self.tray.ticket_messages.append(
            {
                "id": self.tray.next_id("ticket_messages"),
                "ticket_id": self.row["id"],
                "kind": kind,
                "agent_id": agent,
                "author_name": AGENTS[agent - 1][0] if agent else self.row["requester_name"],
                "body": body,
                "created_at": at,
            }
        )
