"""PostgreSQL is told that a customer and a subscription have few charges and events each

From a sample of millions it takes a few long histories for all, ten times too many rows for each of them, and
reads whole tables where an index finds a handful.
"""

from alembic import op

revision = "subscriptions_0005"
down_revision = "subscriptions_0004"
branch_labels = None
depends_on = None

TABLES = ("charges", "subscription_events")
COLUMNS = ("subscription_id", "customer_id")


def upgrade() -> None:
    _change("SET (n_distinct = -0.1)")  # one value in ten rows, however many rows there will be


def downgrade() -> None:
    _change("RESET (n_distinct)")


def _change(option: str) -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in TABLES:
        for column in COLUMNS:
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} {option}")
        op.execute(f"ANALYZE {table} ({', '.join(COLUMNS)})")
