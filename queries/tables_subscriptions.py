"""The subscription database: customers, what they subscribe to, what was charged and what happened.

Money is an integer in minor units beside its ISO 4217 currency; every price is without tax, every charge
and refund with tax, and says how much of it is tax. A `number` is what people call a row; `id` is ours.
"""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, false, func, text

from queries.columns import (
    Id,
    Instant,
    Json,
    Minor,
    Ordered,
    currency_column,
    id_column,
    new_metadata,
    number_column,
)

metadata = new_metadata(database="subscriptions")

SUBSCRIPTION_STATUSES = ("trialing", "active", "past_due", "paused", "canceled", "expired")
PAYING_STATUSES = ("active", "past_due")  # in MRR (METRICS: MRR at T)
LIVE_STATUSES = ("trialing", "active", "past_due", "paused")
INTERVALS = ("day", "week", "month", "year")
CHARGE_KINDS = ("purchase", "renewal", "upgrade")
CHARGE_STATUSES = ("pending", "succeeded", "failed")
REFUND_STATUSES = ("pending", "succeeded", "failed")
EVENT_KINDS = (
    "trial_started",
    "trial_extended",
    "started",  # the first paid period begins (from a trial or at once)
    "renewed",
    "plan_changed",
    "price_changed",
    "payment_failed",
    "payment_recovered",
    "paused",
    "resumed",
    "cancel_requested",
    "cancel_undone",
    "ended",
    "renewal_date_changed",
    "licence_sent",
    "licence_replaced",
    "payment_link_sent",
    "reported",  # a source said something that fits no other kind; its words are in `note`
)

customers = Table(
    "customers",
    metadata,
    id_column(),
    number_column(),
    Column("email", Ordered),
    Column("name", Text, nullable=False),
    # The name as `queries.lookup.folded` writes it, so that search finds it in any case and without marks.
    Column("name_folded", Ordered, nullable=False),
    Column("country", String(2)),
    Column("locale", String(16)),  # BCP 47: the language we write to them in
    Column("time_zone", String(64)),  # IANA
    Column("created_at", Instant, nullable=False),
    Column("gateway_reference", Ordered),  # what the payment gateway calls them
    Column("stated_status", String(16)),  # what the source system says of them, kept even where rows disagree
    Column("attributes", Json),  # what the source had and we have no column for
    # Lists run newest first, a page at a time after (created_at, id).
    Index("ix_customers_created_at_id", "created_at", "id"),
    Index("ix_customers_name_folded", "name_folded"),
)
Index("ix_customers_email_lower", func.lower(customers.c.email))
Index("uq_customers_gateway_reference", customers.c.gateway_reference, unique=True)

products = Table(
    "products",
    metadata,
    id_column(),
    Column("code", String(64), nullable=False, unique=True),
    Column("name", Text, nullable=False),
)

plans = Table(
    "plans",
    metadata,
    id_column(),
    Column("code", String(64), nullable=False, unique=True),
    Column("product_id", ForeignKey("products.id"), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("interval", String(8), nullable=False),  # INTERVALS
    Column("interval_count", Integer, nullable=False),
    Column("amount_minor", Minor, nullable=False),  # per interval, without tax
    currency_column(),
    Column("trial_days", Integer, nullable=False, server_default="0"),
)

payment_methods = Table(
    "payment_methods",
    metadata,
    id_column(),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    # Brand, last four and expiry: nothing more, ever.
    Column("brand", String(32), nullable=False),
    Column("last4", String(4), nullable=False, index=True),
    Column("exp_month", Integer, nullable=False),
    Column("exp_year", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
    Index("ix_payment_methods_expiry", "exp_year", "exp_month", "customer_id"),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    id_column(),
    number_column(),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    Column("plan_id", ForeignKey("plans.id"), nullable=False, index=True),
    Column("payment_method_id", ForeignKey("payment_methods.id"), index=True),
    Column("licence_key", Ordered, unique=True),
    Column("status", String(16), nullable=False),  # SUBSCRIPTION_STATUSES
    # The renewal price for the whole quantity: without tax, after a discount that lasts for ever.
    Column("price_minor", Minor, nullable=False),
    currency_column(),
    Column("interval", String(8), nullable=False),
    Column("interval_count", Integer, nullable=False),
    Column("quantity", Integer, nullable=False, server_default="1"),
    Column("started_at", Instant, nullable=False),  # of the trial, if it began with one
    Column("trial_end", Instant),  # kept after the trial: it was one until then
    Column("current_period_start", Instant),
    Column("current_period_end", Instant),  # the next charge falls due here
    Column("cancel_at_period_end", Boolean, nullable=False, server_default=false()),
    Column("cancel_at", Instant),  # it ends on this day, which need not be the end of a period
    Column("cancel_requested_at", Instant),
    Column("cancel_requested_by", String(16)),  # customer | staff
    Column("cancel_reason", String(64)),
    Column("ended_at", Instant),
    Column("version", Integer, nullable=False, server_default="1"),  # +1 on every change
    # What the payment gateway calls it; none: the gateway charges nothing for it by itself.
    Column("gateway_reference", Ordered),
    Column("attributes", Json),
    Index("ix_subscriptions_started_at_id", "started_at", "id"),
)
Index("uq_subscriptions_gateway_reference", subscriptions.c.gateway_reference, unique=True)
Index(
    "ix_subscriptions_due",
    subscriptions.c.current_period_end,
    subscriptions.c.id,
    sqlite_where=text("ended_at IS NULL"),
    postgresql_where=text("ended_at IS NULL"),
)
Index(
    "ix_subscriptions_past_due",
    subscriptions.c.current_period_end,
    subscriptions.c.id,
    sqlite_where=text("status = 'past_due'"),
    postgresql_where=text("status = 'past_due'"),
)
Index(
    "ix_subscriptions_trialing",
    subscriptions.c.trial_end,
    sqlite_where=text("trial_end IS NOT NULL"),
    postgresql_where=text("trial_end IS NOT NULL"),
)
Index(
    "ix_subscriptions_ended_at",
    subscriptions.c.ended_at,
    sqlite_where=text("ended_at IS NOT NULL"),
    postgresql_where=text("ended_at IS NOT NULL"),
)
Index(
    "ix_subscriptions_cancel_requested_at",
    subscriptions.c.cancel_requested_at,
    sqlite_where=text("cancel_requested_at IS NOT NULL"),
    postgresql_where=text("cancel_requested_at IS NOT NULL"),
)

Index(
    "ix_subscriptions_set_to_end",
    subscriptions.c.current_period_end,
    subscriptions.c.id,
    sqlite_where=text("ended_at IS NULL AND (cancel_at_period_end = 1 OR cancel_at IS NOT NULL)"),
    postgresql_where=text("ended_at IS NULL AND (cancel_at_period_end OR cancel_at IS NOT NULL)"),
)

charges = Table(
    "charges",
    metadata,
    id_column(),
    Column("customer_id", ForeignKey("customers.id"), index=True),  # real data has charges of nobody
    Column("subscription_id", ForeignKey("subscriptions.id"), index=True),
    Column("payment_method_id", ForeignKey("payment_methods.id")),
    Column("kind", String(16), nullable=False),  # CHARGE_KINDS
    Column("period_start", Instant),
    Column("period_end", Instant),
    Column("amount_minor", Minor, nullable=False),  # with tax
    Column("tax_minor", Minor, nullable=False, server_default="0"),
    currency_column(),
    Column("status", String(16), nullable=False),  # CHARGE_STATUSES
    Column("failure_code", String(64)),
    Column("attempt", Integer, nullable=False, server_default="1"),
    Column("gateway_reference", Ordered, unique=True),
    Column("invoice_number", Ordered, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("due_at", Instant),
    Column("settled_at", Instant),
    Column("operation_id", String(36)),  # of ours: a failed charge that staff had tried again
    Index("ix_charges_created_at_id", "created_at", "id"),
    # Renewals: the period that ends, and the one that begins there.
    Index("ix_charges_period_start", "period_start"),
    Index("ix_charges_period_end", "period_end"),
)
Index(
    "ix_charges_not_paid",  # in a statement: queries.reports.sql.not_paid
    charges.c.created_at,
    charges.c.id,
    sqlite_where=text("status <> 'succeeded'"),
    postgresql_where=text("status <> 'succeeded'"),
)
Index("uq_charges_operation_id", charges.c.operation_id, unique=True)

refunds = Table(
    "refunds",
    metadata,
    id_column(),
    Column("charge_id", ForeignKey("charges.id"), index=True),  # real data has refunds of no known charge
    Column("customer_id", ForeignKey("customers.id"), index=True),
    Column("amount_minor", Minor, nullable=False),  # with tax
    Column("tax_minor", Minor, nullable=False, server_default="0"),
    currency_column(),
    Column("status", String(16), nullable=False),  # REFUND_STATUSES
    Column("reason", String(64)),
    Column("created_at", Instant, nullable=False, index=True),
    Column("settled_at", Instant),
    Column("gateway_reference", Ordered, unique=True),
    Column("operation_id", String(36), unique=True),
)

subscription_events = Table(
    "subscription_events",
    metadata,
    id_column(),
    Column("subscription_id", ForeignKey("subscriptions.id"), index=True),
    Column("customer_id", ForeignKey("customers.id"), nullable=False, index=True),
    Column("kind", String(24), nullable=False),  # EVENT_KINDS
    Column("occurred_at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),  # later than `occurred_at` for what arrives late
    Column("actor", String(16), nullable=False),  # customer | staff | system
    # Change of monthly recurring revenue in units of 1/27,720 minor unit: see queries.recurring.
    Column("mrr_delta_units", Minor, nullable=False, server_default="0"),
    currency_column(),
    Column("reason", String(64)),
    Column("note", Text),
    Column("operation_id", String(36), unique=True),  # a repeated step of an operation changes nothing
    Index("ix_subscription_events_occurred_at_id", "occurred_at", "id"),
    Index("ix_subscription_events_kind_occurred_at", "kind", "occurred_at"),
)
Index(
    "ix_subscription_events_recorded_later",
    subscription_events.c.recorded_at,
    subscription_events.c.occurred_at,
    sqlite_where=text("recorded_at > occurred_at"),
    postgresql_where=text("recorded_at > occurred_at"),
)

source_keys = Table(
    # Where a loaded row came from: the same file again finds its row by this and changes nothing.
    "source_keys",
    metadata,
    Column("source", String(64), primary_key=True),
    Column("entity", String(32), primary_key=True),
    Column("key", Ordered, primary_key=True),
    Column("row_id", Id, nullable=False),
    Column("fingerprint", String(64), nullable=False),
)
