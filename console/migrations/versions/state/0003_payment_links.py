"""Payment links, and rows of the outbox that wait"""

import sqlalchemy as sa
from alembic import op

revision = "state_0003"
down_revision = "state_0002"
branch_labels = None
depends_on = None

UNSENT = "sent_at IS NULL"


def _ordered() -> sa.Text:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "payment_links",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("operation_id", sa.String(length=36), nullable=False),
        sa.Column("customer_number", _ordered(), nullable=False),
        sa.Column("subscription_number", _ordered(), nullable=True),
        sa.Column("created_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("used_with", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["staff.id"], name=op.f("fk_payment_links_created_by")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_payment_links")),
        sa.UniqueConstraint("operation_id", name=op.f("uq_payment_links_operation_id")),
    )
    op.create_index(
        "ix_payment_links_customer_number_created_at",
        "payment_links",
        ["customer_number", "created_at"],
        unique=False,
    )
    op.add_column("outbox", sa.Column("not_before", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_outbox_unsent",
        "outbox",
        ["not_before", "id"],
        unique=False,
        sqlite_where=sa.text(UNSENT),
        postgresql_where=sa.text(UNSENT),
    )


def downgrade() -> None:
    op.drop_index("ix_outbox_unsent", table_name="outbox")
    op.drop_column("outbox", "not_before")
    op.drop_index("ix_payment_links_customer_number_created_at", table_name="payment_links")
    op.drop_table("payment_links")
