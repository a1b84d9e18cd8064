"""A ticket's note names the operation whose outcome it is"""

import sqlalchemy as sa
from alembic import op

revision = "tickets_0002"
down_revision = "tickets_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ticket_messages", sa.Column("operation_id", sa.String(length=36), nullable=True))
    op.create_index("uq_ticket_messages_operation_id", "ticket_messages", ["operation_id"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_ticket_messages_operation_id", table_name="ticket_messages")
    op.drop_column("ticket_messages", "operation_id")
