"""The console's own database, beside operations: what people keep for themselves, and what was loaded."""

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
    text,
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
    # A report that is sent by the clock. Its times: console.scheduling.Timetable, in the reporting zone.
    "schedules",
    metadata,
    id_column(),
    Column("staff_id", ForeignKey("staff.id"), nullable=False),
    Column("report", String(48), nullable=False),
    Column("parameters", Json, nullable=False),  # {"period", "by", "rows"}
    Column("format", String(8), nullable=False),
    Column("every", String(8), nullable=False),  # day | week | month
    Column("on_day", Integer),
    Column("hour", Integer, nullable=False),
    Column("send_to", Json, nullable=False),  # e-mail addresses, or ["folder"]
    Column("state", String(8), nullable=False, server_default="active"),  # active | paused | deleted
    Column("created_at", Instant, nullable=False),
    Column("done_until", Instant, nullable=False),  # what was due up to then is made or skipped
)

schedule_runs = Table(
    # One due time of a schedule, or one "send now".
    "schedule_runs",
    metadata,
    id_column(),
    Column("schedule_id", ForeignKey("schedules.id"), nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("asked_by", ForeignKey("staff.id")),  # none: the clock
    Column("skipped", Integer, nullable=False, server_default="0"),  # due times before it that were missed
    Column("left_to", Json, nullable=False),  # of `send_to`, what it has not reached
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("not_before", Instant),  # somebody is at it, or it failed: nobody takes it up until then
    Column("rows", Integer),  # none: the report has not been made yet
    Column("finished_at", Instant),
    Column("error", Text),  # of the last attempt
    UniqueConstraint("schedule_id", "due_at"),
)
Index(
    "ix_schedule_runs_unfinished",
    schedule_runs.c.not_before,
    schedule_runs.c.id,
    sqlite_where=text("finished_at IS NULL"),
    postgresql_where=text("finished_at IS NULL"),
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
