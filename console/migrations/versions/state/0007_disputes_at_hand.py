"""What the gateway said of disputes is found without reading all it ever said"""

import sqlalchemy as sa
from alembic import op

revision = "state_0007"
down_revision = "state_0006"
branch_labels = None
depends_on = None

DISPUTES = "object_kind = 'dispute'"


def upgrade() -> None:
    op.create_index(
        "ix_gateway_notices_disputes",
        "gateway_notices",
        ["object_reference"],
        sqlite_where=sa.text(DISPUTES),
        postgresql_where=sa.text(DISPUTES),
    )


def downgrade() -> None:
    op.drop_index("ix_gateway_notices_disputes", table_name="gateway_notices")
