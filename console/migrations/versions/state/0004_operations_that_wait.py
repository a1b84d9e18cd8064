"""Operations wait for a second person, can be recalled, and lock what they are about"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "state_0004"
down_revision = "state_0003"
branch_labels = None
depends_on = None

OPEN = "state IN ('proposed', 'waiting_for_approval', 'approved', 'sending', 'pending', 'unknown')"


def _id() -> sa.Column[int]:
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    return sa.Column("id", number, autoincrement=True, nullable=False)


def _ordered() -> sa.Text:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


@contextmanager
def _operations() -> Iterator[BatchOperations]:
    """The table, which SQLite copies. It reads `staff` too, whose index on lower(email) it cannot read but
    does not touch."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Skipped unsupported reflection of expression-based index")
        with op.batch_alter_table("operations") as table:
            yield table


def upgrade() -> None:
    with _operations() as table:
        table.add_column(sa.Column("lock_key", _ordered(), nullable=True))
        table.add_column(sa.Column("amount_minor", sa.BigInteger(), nullable=True))
        table.add_column(sa.Column("currency", sa.String(length=3), nullable=True))
        table.add_column(sa.Column("send_after", sa.DateTime(timezone=True), nullable=True))
        table.add_column(sa.Column("attempts", sa.Integer(), server_default="0", nullable=False))
        table.add_column(sa.Column("gateway_reference", _ordered(), nullable=True))
        table.add_column(sa.Column("owner_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite")))
        table.create_foreign_key(op.f("fk_operations_owner_id_staff"), "staff", ["owner_id"], ["id"])
    op.create_index(
        "uq_operations_lock_key_open",
        "operations",
        ["lock_key"],
        unique=True,
        sqlite_where=sa.text(OPEN),
        postgresql_where=sa.text(OPEN),
    )
    op.create_index(
        op.f("ix_operations_requested_by_requested_at"), "operations", ["requested_by", "requested_at"]
    )
    op.create_index(op.f("ix_operations_gateway_reference"), "operations", ["gateway_reference"])
    op.create_table(
        "refund_blocks",
        _id(),
        sa.Column("charge_number", _ordered(), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("blocked_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operation_id", sa.String(length=36), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["blocked_by"], ["staff.id"], name=op.f("fk_refund_blocks_blocked_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refund_blocks")),
        sa.UniqueConstraint("operation_id", name=op.f("uq_refund_blocks_operation_id")),
    )
    op.create_index(
        "uq_refund_blocks_charge_number_open",
        "refund_blocks",
        ["charge_number"],
        unique=True,
        sqlite_where=sa.text("lifted_at IS NULL"),
        postgresql_where=sa.text("lifted_at IS NULL"),
    )
    op.create_table(
        "notes",
        _id(),
        sa.Column("customer_number", _ordered(), nullable=False),
        sa.Column("subject_kind", sa.String(length=24), nullable=False),
        sa.Column("subject_number", _ordered(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("staff_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operation_id", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_notes_staff_id_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
        sa.UniqueConstraint("operation_id", name=op.f("uq_notes_operation_id")),
    )
    op.create_index(
        op.f("ix_notes_customer_number_created_at"), "notes", ["customer_number", "created_at", "id"]
    )
    op.create_table(
        "gateway_notices",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=64), nullable=False),
        sa.Column("object_reference", _ordered(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_notices")),
    )
    op.create_index(op.f("ix_gateway_notices_received_at"), "gateway_notices", ["received_at"])
    op.create_table(
        "bulk_runs",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=48), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("requested_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["requested_by"], ["staff.id"], name=op.f("fk_bulk_runs_requested_by_staff")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_runs")),
    )
    op.create_index(op.f("ix_bulk_runs_state_requested_at"), "bulk_runs", ["state", "requested_at"])
    op.create_table(
        "bulk_items",
        sa.Column("bulk_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("subject_number", _ordered(), nullable=False),
        sa.Column("operation_id", sa.String(length=36), nullable=False),
        sa.Column("expected", sa.JSON(), nullable=False),
        sa.Column("outcome", sa.String(length=24), nullable=True),
        sa.Column("said", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["bulk_id"], ["bulk_runs.id"], name=op.f("fk_bulk_items_bulk_id_bulk_runs")),
        sa.PrimaryKeyConstraint("bulk_id", "position", name=op.f("pk_bulk_items")),
        sa.UniqueConstraint("operation_id", name=op.f("uq_bulk_items_operation_id")),
    )


def downgrade() -> None:
    for name in ("bulk_items", "bulk_runs", "gateway_notices", "notes", "refund_blocks"):
        op.drop_table(name)
    for index in (
        "uq_operations_lock_key_open",
        op.f("ix_operations_requested_by_requested_at"),
        op.f("ix_operations_gateway_reference"),
    ):
        op.drop_index(index, table_name="operations")
    with _operations() as table:
        for column in (
            "lock_key", "amount_minor", "currency", "send_after", "attempts", "gateway_reference", "owner_id"
        ):  # fmt: skip
            table.drop_column(column)
