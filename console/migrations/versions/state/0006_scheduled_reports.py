"""Reports that are sent by the clock, and what came of each time"""

import sqlalchemy as sa
from alembic import op

revision = "state_0006"
down_revision = "state_0005"
branch_labels = None
depends_on = None

UNFINISHED = "finished_at IS NULL"


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=nullable)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.drop_table("schedules")  # nothing has written to it yet
    op.create_table(
        "schedules",
        _number("id"),
        _number("staff_id"),
        sa.Column("report", sa.String(length=48), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("format", sa.String(length=8), nullable=False),
        sa.Column("every", sa.String(length=8), nullable=False),
        sa.Column("on_day", sa.Integer(), nullable=True),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("send_to", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=8), server_default="active", nullable=False),
        _instant("created_at"),
        _instant("done_until"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_schedules_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedules")),
    )
    op.create_table(
        "schedule_runs",
        _number("id"),
        _number("schedule_id"),
        _instant("due_at"),
        _number("asked_by", nullable=True),
        sa.Column("skipped", sa.Integer(), server_default="0", nullable=False),
        sa.Column("left_to", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        _instant("not_before", nullable=True),
        sa.Column("rows", sa.Integer(), nullable=True),
        _instant("finished_at", nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["schedules.id"], name=op.f("fk_schedule_runs_schedule_id_schedules")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["staff.id"], name=op.f("fk_schedule_runs_asked_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedule_runs")),
        sa.UniqueConstraint("schedule_id", "due_at", name=op.f("uq_schedule_runs_schedule_id_due_at")),
    )
    op.create_index(
        "ix_schedule_runs_unfinished",
        "schedule_runs",
        ["not_before", "id"],
        sqlite_where=sa.text(UNFINISHED),
        postgresql_where=sa.text(UNFINISHED),
    )


def downgrade() -> None:
    op.drop_table("schedule_runs")
    op.drop_table("schedules")
    op.create_table(
        "schedules",
        _number("id"),
        _number("staff_id"),
        sa.Column("report", sa.String(length=48), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("format", sa.String(length=8), nullable=False),
        sa.Column("cron", sa.String(length=64), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_schedules_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedules")),
    )
