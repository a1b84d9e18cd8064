"""Open tickets of a problem type: found without reading all that are open"""

import sqlalchemy as sa
from alembic import op

revision = "tickets_0003"
down_revision = "tickets_0002"
branch_labels = None
depends_on = None

OPEN = "status IN ('new', 'open', 'pending', 'on_hold')"


def upgrade() -> None:
    op.create_index(
        "ix_tickets_open_problem_type",
        "tickets",
        [sa.text("lower(problem_type)"), "customer_number"],
        sqlite_where=sa.text(OPEN),
        postgresql_where=sa.text(OPEN),
    )


def downgrade() -> None:
    op.drop_index("ix_tickets_open_problem_type", table_name="tickets")
