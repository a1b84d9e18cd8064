"""MRR by month and renewal rates as rollups with their watermark; the drafts of rollups, which nothing ever filled, are gone"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "state_0008"
down_revision = "state_0007"
branch_labels = None
depends_on = None

MEASURES = (
    "new", "reactivation", "expansion", "contraction", "churn", "joined", "lost", "subscriptions", "customers",
    "set_to_end",
)  # fmt: skip
# The drafts: their keys (with lengths where they are text) and their sums.
DRAFTS: dict[str, tuple[dict[str, int], tuple[str, ...]]] = {
    "rollup_cancellations": (
        {"product_id": 0, "stage": 16, "reason": 64, "involuntary": 8, "currency": 3},
        ("count", "mrr_units"),
    ),
    "rollup_charges": (
        {"product_id": 0, "kind": 16, "status": 16, "currency": 3},
        ("count", "amount_minor", "tax_minor"),
    ),
    "rollup_first_responses": ({"team": -1, "bucket": 0}, ("count",)),
    "rollup_mrr_movements": (
        {"product_id": 0, "movement": 16, "currency": 3},
        ("count", "mrr_delta_units"),
    ),
    "rollup_renewals_due": ({"product_id": 0, "outcome": 24, "currency": 3}, ("count", "amount_minor")),
    "rollup_tickets": ({"team": -1, "movement": 16}, ("count",)),
    "rollup_trials": ({"product_id": 0, "stage": 16}, ("count",)),
}


def _number() -> Any:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    for name in (*DRAFTS, "rollup_watermarks"):
        op.drop_table(name)
    op.create_table(
        "rollup_watermarks",
        sa.Column("rollup", sa.String(length=48), nullable=False),
        sa.Column("position", _number(), nullable=False),
        sa.Column("holes", sa.JSON(), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("built_to", _number(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("rollup", name=op.f("pk_rollup_watermarks")),
    )
    op.create_table(
        "rollup_mrr_months",
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in MEASURES),
        sa.PrimaryKeyConstraint("month", "currency", name=op.f("pk_rollup_mrr_months")),
    )
    op.create_table(
        "rollup_renewal_rates",
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("has_product", sa.Boolean(), nullable=False),
        sa.Column("interval", sa.String(length=32), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("kept", sa.BigInteger(), nullable=False),
        sa.Column("decided", sa.BigInteger(), nullable=False),
        sa.Column("squares", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint(
            "currency", "product", "has_product", "interval", name=op.f("pk_rollup_renewal_rates")
        ),
    )


def downgrade() -> None:
    op.drop_table("rollup_renewal_rates")
    op.drop_table("rollup_mrr_months")
    op.drop_table("rollup_watermarks")
    op.create_table(
        "rollup_watermarks",
        sa.Column("rollup", sa.String(length=48), nullable=False),
        sa.Column("position", _number(), nullable=False),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("rollup", name=op.f("pk_rollup_watermarks")),
    )
    for name, (keys, sums) in DRAFTS.items():
        op.create_table(
            name,
            sa.Column("day", sa.Date(), nullable=False),
            *(sa.Column(key, _text(length), nullable=False) for key, length in keys.items()),
            *(sa.Column(sum, sa.BigInteger(), server_default="0", nullable=False) for sum in sums),
            sa.PrimaryKeyConstraint("day", *keys, name=op.f(f"pk_{name}")),
        )


def _text(length: int) -> Any:
    if length == 0:
        return _number()
    return sa.Text() if length < 0 else sa.String(length=length)
