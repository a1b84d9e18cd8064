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
    func,
    text,
    true,
)

from queries.columns import Instant, Json, Minor, Ordered, id_column, new_metadata

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
    Column("lock_key", Ordered),  # "charge:INV-1": while this is open, nothing else may act on it
    Column("amount_minor", Minor),  # money that leaves the house, with tax; counts against the day's limit
    Column("currency", String(3)),
    Column("send_after", Instant),  # until then it can be recalled
    Column(
        "attempts", Integer, nullable=False, server_default="0"
    ),  # calls that may have reached the gateway
    Column("gateway_reference", Ordered, index=True),  # what the gateway made of it
    Column("owner_id", ForeignKey("staff.id")),  # whose queue it is in; none: anybody's
    Index("ix_operations_subject_number_requested_at", "subject_number", "requested_at"),
    Index("ix_operations_state_requested_at", "state", "requested_at"),
    Index("ix_operations_requested_by_requested_at", "requested_by", "requested_at"),
)
_OPEN = f"state IN ({', '.join(repr(state) for state in OPEN_OPERATION_STATES)})"
Index(
    "uq_operations_lock_key_open",
    operations.c.lock_key,
    unique=True,
    sqlite_where=text(_OPEN),
    postgresql_where=text(_OPEN),
)

refund_blocks = Table(
    # Charges of which nothing may be given back for now: a dispute is open, fraud is suspected.
    "refund_blocks",
    metadata,
    id_column(),
    Column("charge_number", Ordered, nullable=False),
    Column("reason", String(64), nullable=False),
    Column("note", Text),
    Column("blocked_by", ForeignKey("staff.id")),  # none: the gateway said that a dispute is open
    Column("blocked_at", Instant, nullable=False),
    Column("operation_id", String(36), unique=True),
    Column("lifted_at", Instant),
)
Index(
    "uq_refund_blocks_charge_number_open",
    refund_blocks.c.charge_number,
    unique=True,
    sqlite_where=text("lifted_at IS NULL"),
    postgresql_where=text("lifted_at IS NULL"),
)

notes = Table(
    # What staff want colleagues to know of a customer.
    "notes",
    metadata,
    id_column(),
    Column("customer_number", Ordered, nullable=False),
    Column("subject_kind", String(24), nullable=False),
    Column("subject_number", Ordered, nullable=False),
    Column("body", Text, nullable=False),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("operation_id", String(36), unique=True),
    Index("ix_notes_customer_number_created_at", "customer_number", "created_at", "id"),
)

bulk_runs = Table(
    # One verb for a selection, done one by one.
    "bulk_runs",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(48), nullable=False),
    Column("request", Json, nullable=False),
    Column("state", String(16), nullable=False),  # running | stopped | finished
    Column("requested_by", ForeignKey("staff.id"), nullable=False),
    Column("requested_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Index("ix_bulk_runs_state_requested_at", "state", "requested_at"),
)

bulk_items = Table(
    "bulk_items",
    metadata,
    Column("bulk_id", ForeignKey("bulk_runs.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("subject_number", Ordered, nullable=False),
    Column("operation_id", String(36), nullable=False, unique=True),
    Column("expected", Json, nullable=False),  # as the preview showed it
    Column("outcome", String(24)),  # none: its turn has not come
    Column("said", Text),
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
    Column("not_before", Instant),  # somebody is sending it, or it failed: nobody takes it up until then
    UniqueConstraint("operation_id", "kind"),
)
Index(
    "ix_outbox_unsent",
    outbox.c.not_before,
    outbox.c.id,
    sqlite_where=text("sent_at IS NULL"),
    postgresql_where=text("sent_at IS NULL"),
)

payment_links = Table(
    # The links with which customers update their payment details. Each works once; only its hash is kept.
    "payment_links",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("operation_id", String(36), nullable=False, unique=True),
    Column("customer_number", Ordered, nullable=False),
    Column("subscription_number", Ordered),  # none: all that the customer has
    Column("created_by", ForeignKey("staff.id"), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
    Column("used_with", String(64)),  # "Visa ••4242": brand and last four, nothing more
    Index("ix_payment_links_customer_number_created_at", "customer_number", "created_at"),
)

facts = Table(
    # Single facts about this installation: "demo" marks the sample company.
    "facts",
    metadata,
    Column("name", String(48), primary_key=True),
    Column("value", Json, nullable=False),
)
