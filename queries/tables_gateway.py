"""What the payment gateway told us by itself, and where its books differ from ours. In the state database."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, false, text

from queries.columns import Instant, Json, Ordered, id_column
from queries.tables_state import metadata

gateway_notices = Table(
    # Each message once, however often it comes. `facts` is its object in our words, without what it says of
    # people; none: a kind that does not concern the console.
    "gateway_notices",
    metadata,
    Column("id", String(64), primary_key=True),  # the gateway's id of the event
    Column("type", String(64), primary_key=True),  # with it, because recorded messages share an id
    Column("object_kind", String(16)),  # charge | dispute | refund | subscription
    Column("object_reference", Ordered),
    Column("charge_reference", Ordered, index=True),  # of a refund or a dispute
    Column("facts", Json),
    Column("created_at", Instant, nullable=False),  # at the gateway
    Column("received_at", Instant, nullable=False),
    Column("applied_at", Instant),
    Column("outcome", Text),
    Index("ix_gateway_notices_object_reference", "object_reference"),
)
Index(
    "ix_gateway_notices_left",
    gateway_notices.c.received_at,
    sqlite_where=text("applied_at IS NULL"),
    postgresql_where=text("applied_at IS NULL"),
)
Index(
    "ix_gateway_notices_disputes",
    gateway_notices.c.object_reference,
    sqlite_where=text("object_kind = 'dispute'"),
    postgresql_where=text("object_kind = 'dispute'"),
)

drift_runs = Table(
    # One comparison of our books with the gateway's.
    "drift_runs",
    metadata,
    id_column(),
    Column("gateway", String(16), nullable=False),
    Column("since", Instant, nullable=False),  # of charges and refunds; subscriptions are compared all
    Column("started_at", Instant, nullable=False),
    Column("progress_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("complete", Boolean, nullable=False, server_default=false()),
    Column("compared", Integer, nullable=False, server_default="0"),  # objects, there and here
    Column("error", Text),
    Index("ix_drift_runs_started_at", "started_at"),
)

drift_findings = Table(
    # A difference, from the run that first saw it until the one that did not any more.
    "drift_findings",
    metadata,
    id_column(),
    Column("kind", String(32), nullable=False),  # console.actions.drift_kinds.KINDS
    Column("reference", Ordered, nullable=False),  # the gateway's, else the operation's id
    Column("subject_kind", String(24), nullable=False),
    Column("subject_number", Ordered, nullable=False),
    Column("customer_number", Ordered),
    Column("here", Json, nullable=False),  # facts by name, in words
    Column("there", Json, nullable=False),
    Column("details", Json, nullable=False),  # what its fix needs
    Column("happened_at", Instant),  # none: compared in every run
    Column("first_seen_at", Instant, nullable=False),
    Column("last_run_id", ForeignKey("drift_runs.id"), nullable=False),
    Column("gone_at", Instant),
    Index("ix_drift_findings_gone_at_kind", "gone_at", "kind", "id"),
)
Index(
    "uq_drift_findings_open",
    drift_findings.c.kind,
    drift_findings.c.reference,
    unique=True,
    sqlite_where=text("gone_at IS NULL"),
    postgresql_where=text("gone_at IS NULL"),
)
