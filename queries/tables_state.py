"""The console's own database: who works here, what they did, what was asked for, and what is prepared."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    func,
    true,
)

from queries.columns import Instant, Json, Ordered, id_column, new_metadata

metadata = new_metadata(database="state")

OPERATION_STATES = (
    "proposed",
    "waiting_for_approval",
    "approved",
    "sending",
    "settled",
    "refused",
    "failed",
    "pending",
    "unknown",
)
OPEN_OPERATION_STATES = ("proposed", "waiting_for_approval", "approved", "sending", "pending", "unknown")

staff = Table(
    "staff",
    metadata,
    id_column(),
    Column("email", Ordered, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),  # console.access.ROLES
    Column("limits", Json),  # {"refund": {"EUR": 5000}, "refund_per_day": {…}}; none: the role's
    Column("locale", String(16)),
    Column("time_zone", String(64)),
    Column("active", Boolean, nullable=False, server_default=true()),
    Column("created_at", Instant, nullable=False),
)
Index("uq_staff_email_lower", func.lower(staff.c.email), unique=True)

staff_sessions = Table(
    # A signed-in browser. The cookie holds a secret; only its hash is kept here.
    "staff_sessions",
    metadata,
    Column("id_hash", String(64), primary_key=True),
    Column("staff_id", ForeignKey("staff.id"), nullable=False, index=True),
    Column("method", String(16), nullable=False),  # oidc | demo
    Column("created_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("authenticated_at", Instant, nullable=False),
    Column("ended_at", Instant),
)

operations = Table(
    # One thing somebody asked for. The id is minted when the form is shown, so the same click twice is one.
    "operations",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(48), nullable=False),  # console.actions: "subscription:cancel"
    Column("subject_kind", String(24), nullable=False),
    Column("subject_number", Ordered, nullable=False),
    Column("customer_number", Ordered),
    Column("request", Json, nullable=False),  # what was asked for, with the versions it was computed from
    Column("preview", Json, nullable=False),  # what the person was shown
    Column("state", String(24), nullable=False),  # OPERATION_STATES
    Column("outcome", Json),
    Column("requested_by", ForeignKey("staff.id"), nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("approved_by", ForeignKey("staff.id")),
    Column("approved_at", Instant),
    Column("approval_expires_at", Instant),
    Column("settled_at", Instant),
    Column("ticket_number", Ordered),
    Index("ix_operations_subject_number_requested_at", "subject_number", "requested_at"),
    Index("ix_operations_state_requested_at", "state", "requested_at"),
)

audit_entries = Table(
    # Append-only; each entry carries the hash of the one before.
    "audit_entries",
    metadata,
    id_column(),
    Column("at", Instant, nullable=False),
    Column("kind", String(48), nullable=False),  # console.audit.SENTENCES
    Column("actor_id", ForeignKey("staff.id")),
    Column("actor_name", Text, nullable=False),
    Column("actor_email", Ordered, nullable=False),
    Column("subject_kind", String(24)),
    Column("subject_number", Ordered),
    Column("customer_number", Ordered),
    Column("customer_name", Text),
    Column("reason", String(64)),
    Column("note", Text),
    Column("before", Json),
    Column("after", Json),
    Column("operation_id", String(36), index=True),
    Column("channel", String(16), nullable=False),  # screen | command | system
    Column("previous_hash", String(64), nullable=False, unique=True),  # unique: the chain cannot fork
    Column("hash", String(64), nullable=False, unique=True),
    Index("ix_audit_entries_at_id", "at", "id"),
    Index("ix_audit_entries_customer_number_at", "customer_number", "at"),
    Index("ix_audit_entries_actor_id_at", "actor_id", "at"),
    Index("ix_audit_entries_subject_number_at", "subject_number", "at"),
)

outbox = Table(
    # What leaves the house later: mail to the customer, a ticket's outcome.
    "outbox",
    metadata,
    id_column(),
    Column("operation_id", String(36), index=True),
    Column("kind", String(48), nullable=False),
    Column("payload", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("sent_at", Instant),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("last_error", Text),
    UniqueConstraint("operation_id", "kind"),
)

saved_views = Table(
    "saved_views",
    metadata,
    id_column(),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("screen", String(48), nullable=False),
    Column("name", Text, nullable=False),
    Column("address", Text, nullable=False),  # the query part of the address
    Column("shared", Boolean, nullable=False, server_default=false()),
    Column("created_at", Instant, nullable=False),
    UniqueConstraint("staff_id", "screen", "name"),
)

drafts = Table(
    "drafts",
    metadata,
    Column("staff_id", ForeignKey("staff.id"), primary_key=True),
    Column("ticket_number", Ordered, primary_key=True),
    Column("body", Text, nullable=False),
    Column("saved_at", Instant, nullable=False),
)

presence = Table(
    "presence",
    metadata,
    Column("staff_id", ForeignKey("staff.id"), primary_key=True),
    Column("subject_number", Ordered, primary_key=True),
    Column("seen_at", Instant, nullable=False),
)

macros = Table(
    "macros",
    metadata,
    id_column(),
    Column("name", Text, nullable=False),
    Column("language", String(16), nullable=False),
    Column("body", Text, nullable=False),
    Column("active", Boolean, nullable=False, server_default=true()),
    UniqueConstraint("name", "language"),
)

exports = Table(
    "exports",
    metadata,
    id_column(),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("report", String(48), nullable=False),
    Column("parameters", Json, nullable=False),
    Column("format", String(8), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
)

schedules = Table(
    "schedules",
    metadata,
    id_column(),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("report", String(48), nullable=False),
    Column("parameters", Json, nullable=False),
    Column("format", String(8), nullable=False),
    Column("cron", String(64), nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("target", Text, nullable=False),  # an e-mail address or a folder
    Column("active", Boolean, nullable=False, server_default=true()),
)

load_runs = Table(
    # One application of `console load`: its four counts add up to the rows of the files.
    "load_runs",
    metadata,
    id_column(),
    Column("preset", String(64), nullable=False),
    Column("started_at", Instant, nullable=False),
    Column("finished_at", Instant, nullable=False),
    Column("files", Json, nullable=False),
    Column("added", Integer, nullable=False),
    Column("changed", Integer, nullable=False),
    Column("same", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
)

load_refusals = Table(
    "load_refusals",
    metadata,
    id_column(),
    Column("run_id", ForeignKey("load_runs.id"), nullable=False, index=True),
    Column("file", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("reason", Text, nullable=False),
)

facts = Table(
    # Single facts about this installation: "demo" marks the sample company.
    "facts",
    metadata,
    Column("name", String(48), primary_key=True),
    Column("value", Json, nullable=False),
)
