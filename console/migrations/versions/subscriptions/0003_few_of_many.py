"""Subscriptions that are set to end, and charges that were not paid, are found without reading all of them"""

import sqlalchemy as sa
from alembic import op

revision = "subscriptions_0003"
down_revision = "subscriptions_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_subscriptions_set_to_end",
        "subscriptions",
        ["id"],
        sqlite_where=sa.text("ended_at IS NULL AND (cancel_at_period_end = 1 OR cancel_at IS NOT NULL)"),
        postgresql_where=sa.text("ended_at IS NULL AND (cancel_at_period_end OR cancel_at IS NOT NULL)"),
    )
    op.create_index(
        "ix_charges_not_paid",
        "charges",
        ["created_at", "id"],
        sqlite_where=sa.text("status <> 'succeeded'"),
        postgresql_where=sa.text("status <> 'succeeded'"),
    )


def downgrade() -> None:
    op.drop_index("ix_charges_not_paid", table_name="charges")
    op.drop_index("ix_subscriptions_set_to_end", table_name="subscriptions")
