"""Events that were recorded after they happened: found without reading all of them"""

import sqlalchemy as sa
from alembic import op

revision = "subscriptions_0006"
down_revision = "subscriptions_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_subscription_events_recorded_later",
        "subscription_events",
        ["recorded_at", "occurred_at"],
        sqlite_where=sa.text("recorded_at > occurred_at"),
        postgresql_where=sa.text("recorded_at > occurred_at"),
    )


def downgrade() -> None:
    op.drop_index("ix_subscription_events_recorded_later", table_name="subscription_events")
