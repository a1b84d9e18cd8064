"""Messages of the gateway keep what they say; where its books differ from ours"""

import sqlalchemy as sa
from alembic import op

revision = "state_0005"
down_revision = "state_0004"
branch_labels = None
depends_on = None


def _ordered() -> sa.Text:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[sa.DateTime]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.drop_table("gateway_notices")  # nothing has written to it yet
    op.create_table(
        "gateway_notices",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("object_kind", sa.String(length=16), nullable=True),
        sa.Column("object_reference", _ordered(), nullable=True),
        sa.Column("charge_reference", _ordered(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=True),
        _instant("created_at"),
        _instant("received_at"),
        _instant("applied_at", nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", "type", name=op.f("pk_gateway_notices")),
    )
    op.create_index("ix_gateway_notices_object_reference", "gateway_notices", ["object_reference"])
    op.create_index(op.f("ix_gateway_notices_charge_reference"), "gateway_notices", ["charge_reference"])
    op.create_index(
        "ix_gateway_notices_left",
        "gateway_notices",
        ["received_at"],
        sqlite_where=sa.text("applied_at IS NULL"),
        postgresql_where=sa.text("applied_at IS NULL"),
    )
    op.create_table(
        "drift_runs",
        _number("id"),
        sa.Column("gateway", sa.String(length=16), nullable=False),
        _instant("since"),
        _instant("started_at"),
        _instant("progress_at"),
        _instant("finished_at", nullable=True),
        sa.Column("complete", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("compared", sa.Integer(), server_default="0", nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drift_runs")),
    )
    op.create_index("ix_drift_runs_started_at", "drift_runs", ["started_at"])
    op.create_table(
        "drift_findings",
        _number("id"),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("reference", _ordered(), nullable=False),
        sa.Column("subject_kind", sa.String(length=24), nullable=False),
        sa.Column("subject_number", _ordered(), nullable=False),
        sa.Column("customer_number", _ordered(), nullable=True),
        sa.Column("here", sa.JSON(), nullable=False),
        sa.Column("there", sa.JSON(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        _instant("happened_at", nullable=True),
        _instant("first_seen_at"),
        _number("last_run_id"),
        _instant("gone_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["last_run_id"], ["drift_runs.id"], name=op.f("fk_drift_findings_last_run_id_drift_runs")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drift_findings")),
    )
    op.create_index("ix_drift_findings_gone_at_kind", "drift_findings", ["gone_at", "kind", "id"])
    op.create_index(
        "uq_drift_findings_open",
        "drift_findings",
        ["kind", "reference"],
        unique=True,
        sqlite_where=sa.text("gone_at IS NULL"),
        postgresql_where=sa.text("gone_at IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("drift_findings")
    op.drop_table("drift_runs")
    op.drop_table("gateway_notices")
    op.create_table(
        "gateway_notices",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("object_reference", _ordered(), nullable=True),
        _instant("created_at"),
        _instant("received_at"),
        _instant("applied_at", nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_notices")),
    )
    op.create_index(op.f("ix_gateway_notices_received_at"), "gateway_notices", ["received_at"])
