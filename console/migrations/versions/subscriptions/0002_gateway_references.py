"""What the gateway calls a customer and a subscription; an end on a date; charges that were tried again"""

import sqlalchemy as sa
from alembic import op

revision = "subscriptions_0002"
down_revision = "subscriptions_0001"
branch_labels = None
depends_on = None


def _ordered() -> sa.Text:
    return sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("customers", sa.Column("gateway_reference", _ordered(), nullable=True))
    op.add_column("subscriptions", sa.Column("gateway_reference", _ordered(), nullable=True))
    op.add_column("subscriptions", sa.Column("cancel_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("charges", sa.Column("operation_id", sa.String(length=36), nullable=True))
    op.create_index("uq_customers_gateway_reference", "customers", ["gateway_reference"], unique=True)
    op.create_index("uq_subscriptions_gateway_reference", "subscriptions", ["gateway_reference"], unique=True)
    op.create_index("uq_charges_operation_id", "charges", ["operation_id"], unique=True)


def downgrade() -> None:
    op.drop_index("uq_customers_gateway_reference", table_name="customers")
    op.drop_index("uq_subscriptions_gateway_reference", table_name="subscriptions")
    op.drop_index("uq_charges_operation_id", table_name="charges")
    op.drop_column("customers", "gateway_reference")
    op.drop_column("subscriptions", "gateway_reference")
    op.drop_column("subscriptions", "cancel_at")
    op.drop_column("charges", "operation_id")
