"""Cards by their expiry: what a renewal may fail for is found without reading all of them"""

from alembic import op

revision = "subscriptions_0004"
down_revision = "subscriptions_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_payment_methods_expiry", "payment_methods", ["exp_year", "exp_month", "customer_id"])


def downgrade() -> None:
    op.drop_index("ix_payment_methods_expiry", table_name="payment_methods")
