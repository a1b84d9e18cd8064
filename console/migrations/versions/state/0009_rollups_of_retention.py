"""Retention as rollups: its months, pairs of months, and cohorts; what shares their watermark is counted anew

They are counted in the same pass as the months of MRR. A database whose rollup of MRR was built before has
none of their cells, so the watermark is taken away with what it stands for: the next refresh counts all events,
and until then reports read them.
"""

import sqlalchemy as sa
from alembic import op

revision = "state_0009"
down_revision = "state_0008"
branch_labels = None
depends_on = None

# The new tables: the months of their keys (the currency is always one), and their sums.
TABLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "rollup_retention_months": (
        ("month",),
        ("changes", "subscriptions", "gone", "customers", "gained", "worth", "joined", "lost"),
    ),
    "rollup_retention_pairs": (("from_month", "to_month"), ("kept", "net", "stayed")),
    "rollup_cohorts": (("started", "month"), ("customers", "new", "there", "worth")),
}


def upgrade() -> None:
    for name, (months, sums) in TABLES.items():
        op.create_table(
            name,
            *(sa.Column(month, sa.Date(), nullable=False) for month in months),
            sa.Column("currency", sa.String(length=3), nullable=False),
            *(sa.Column(sum, sa.BigInteger(), nullable=False) for sum in sums),
            sa.PrimaryKeyConstraint(*months, "currency", name=op.f(f"pk_{name}")),
        )
    op.execute("DELETE FROM rollup_watermarks WHERE rollup = 'mrr_months'")
    op.execute("DELETE FROM rollup_mrr_months")


def downgrade() -> None:
    for name in TABLES:
        op.drop_table(name)
