"""The console's own database, beside operations: what people keep for themselves, and what was loaded."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    true,
)

from queries.columns import Instant, Json, Ordered, id_column
from queries.tables_state import metadata

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
