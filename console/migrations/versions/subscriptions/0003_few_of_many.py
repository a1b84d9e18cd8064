"""Subscriptions set to end, charges not paid, and charges of a period: found without reading all of them"""

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
    for column in ("period_start", "period_end"):
        op.create_index(f"ix_charges_{column}", "charges", [column])


def downgrade() -> None:
    for column in ("period_end", "period_start"):
        op.drop_index(f"ix_charges_{column}", table_name="charges")
    op.drop_index("ix_charges_not_paid", table_name="charges")
    op.drop_index("ix_subscriptions_set_to_end", table_name="subscriptions")
