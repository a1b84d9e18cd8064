"""What customers were counted as is written in another way: the rollup of days begins anew"""

from alembic import op

revision = "state_0011"
down_revision = "state_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _begin_anew()


def downgrade() -> None:
    _begin_anew()


def _begin_anew() -> None:
    """Without its watermark a rollup is not read, and the next refresh counts everything."""
    op.execute("DELETE FROM rollup_watermarks WHERE rollup = 'days'")
    op.execute("DELETE FROM rollup_customers")
    op.execute("DELETE FROM rollup_days")
