"""The database refuses to change or remove entries of the audit log"""

from alembic import op

from console.migrations import append_only

revision = "state_0002"
down_revision = "state_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    append_only.add(op.get_bind())


def downgrade() -> None:
    append_only.remove(op.get_bind())
