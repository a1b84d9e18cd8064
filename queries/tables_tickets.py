"""The ticket database: tickets, their messages, every change, the people who answer, and the clocks' rules.

A ticket names its customer by the customer's number, because the two databases belong to two systems.
"""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, func, text, true

from queries.columns import Id, Instant, Json, Ordered, id_column, new_metadata, number_column

metadata = new_metadata(database="tickets")

TICKET_STATUSES = ("new", "open", "pending", "on_hold", "solved", "closed", "merged", "deleted", "spam")
OPEN_STATUSES = ("new", "open", "pending", "on_hold")
CHANNELS = ("email", "my_account", "helpdesk")
PRIORITIES = ("low", "normal", "high", "urgent")
MESSAGE_KINDS = ("customer", "agent", "note")
DEFAULT_PROBLEM_TYPE = "General questions"

agents = Table(
    "agents",
    metadata,
    id_column(),
    Column("email", Ordered, unique=True),
    Column("name", Text, nullable=False),
    Column("team", Text),
    Column("active", Boolean, nullable=False, server_default=true()),
)

tickets = Table(
    "tickets",
    metadata,
    id_column(),
    number_column(),
    Column("customer_number", Ordered),  # customers.number of the subscription database
    Column("requester_email", Ordered),
    Column("requester_name", Text),
    Column("subject", Text, nullable=False),
    Column("channel", String(16)),  # CHANNELS, or none where the source has another
    Column("problem_type", Text, nullable=False, server_default=DEFAULT_PROBLEM_TYPE),
    Column("language", String(16)),
    Column("priority", String(8), nullable=False, server_default="normal"),
    Column("team", Text),
    Column("assignee_id", ForeignKey("agents.id"), index=True),
    Column("status", String(16), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("closed_at", Instant),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("attributes", Json),
    Index("ix_tickets_customer_number_created_at", "customer_number", "created_at"),
    Index("ix_tickets_created_at_id", "created_at", "id"),
)
_OPEN = "status IN ('new', 'open', 'pending', 'on_hold')"
Index(
    "ix_tickets_open",
    tickets.c.created_at,
    tickets.c.id,
    sqlite_where=text(_OPEN),
    postgresql_where=text(_OPEN),
)
Index(
    "ix_tickets_unassigned",
    tickets.c.created_at,
    tickets.c.id,
    sqlite_where=text(f"{_OPEN} AND assignee_id IS NULL"),
    postgresql_where=text(f"{_OPEN} AND assignee_id IS NULL"),
)
Index(
    "ix_tickets_open_problem_type",  # who asks for the end: queries.reports._renewal_rows
    func.lower(tickets.c.problem_type),
    tickets.c.customer_number,
    sqlite_where=text(_OPEN),
    postgresql_where=text(_OPEN),
)

ticket_messages = Table(
    "ticket_messages",
    metadata,
    id_column(),
    Column("ticket_id", ForeignKey("tickets.id"), nullable=False),
    Column("kind", String(8), nullable=False),  # MESSAGE_KINDS; a note is for staff only
    Column("agent_id", ForeignKey("agents.id")),
    Column("author_name", Text),
    Column("body", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("operation_id", String(36)),  # of the console: the same outcome is noted once
    Index("ix_ticket_messages_ticket_id_created_at", "ticket_id", "created_at", "id"),
    Index("uq_ticket_messages_operation_id", "operation_id", unique=True),
)

ticket_events = Table(
    "ticket_events",
    metadata,
    id_column(),  # counts up in the order of the source: it decides between equal instants
    Column("ticket_id", ForeignKey("tickets.id"), nullable=False),
    Column("field", String(24), nullable=False),  # status, priority, team, assignee, problem_type, …
    Column("value_from", Text),
    Column("value_to", Text),
    Column("actor", Text),
    Column("occurred_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("operation_id", String(36)),
    Index("ix_ticket_events_ticket_id_occurred_at", "ticket_id", "occurred_at", "id"),
    Index("ix_ticket_events_field_occurred_at", "field", "occurred_at"),
    Index("uq_ticket_events_operation_id_field", "operation_id", "ticket_id", "field", unique=True),
)

calendars = Table(
    # An edit makes a new version: deadlines of the past keep theirs.
    "calendars",
    metadata,
    id_column(),
    Column("name", Text, nullable=False),
    Column("valid_from", Instant, nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("hours", Json, nullable=False),  # {"mon": [["08:00", "18:00"]], …}; "24:00" allowed as an end
    Column("holidays", Json, nullable=False),  # ["2016-11-01", …]
    Column("country", String(8)),  # public holidays of this country are added
)

sla_policies = Table(
    "sla_policies",
    metadata,
    id_column(),
    Column("name", Text, nullable=False),
    Column("valid_from", Instant, nullable=False),
    Column("position", Integer, nullable=False),  # the first match wins
    Column("priority", String(8)),  # none matches any; so below
    Column("problem_type", Text),
    Column("language", String(16)),
    Column("calendar_id", ForeignKey("calendars.id"), nullable=False),
    Column("first_response_minutes", Integer),
    Column("next_response_minutes", Integer),
    Column("resolution_minutes", Integer),
)

source_keys = Table(
    "ticket_source_keys",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("entity", String(32), primary_key=True),
    Column("key", Ordered, primary_key=True),
    Column("row_id", Id, nullable=False),
    Column("fingerprint", String(64), nullable=False),
)
