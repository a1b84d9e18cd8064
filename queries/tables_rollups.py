"""Rollups, in the console's own database: small sums kept from the events, for reports to read instead.

What has been counted is said by the watermark of each rollup: all events up to `position` but for the `holes`
(queries.rollups.news).
"""

from sqlalchemy import Boolean, Column, Date, Float, Integer, String, Table, Text

from queries.columns import Id, Instant, Json, Minor
from queries.tables_state import metadata

rollup_watermarks = Table(
    "rollup_watermarks",
    metadata,
    Column("rollup", String(48), primary_key=True),
    Column("position", Id, nullable=False),
    Column("holes", Json, nullable=False),  # [[first id, last id, transaction, seen at], …]
    Column("time_zone", String(64), nullable=False),  # whose months these are
    Column("built_to", Id),  # the last customer of a rebuild that is not through; none: all are in
    Column("version", Integer, nullable=False),  # +1 on every change: two who count the same do it once
    Column("refreshed_at", Instant, nullable=False),
)

# Changes of MRR in a local month. Units as in queries.recurring; customers and subscriptions as numbers.
rollup_mrr_months = Table(
    "rollup_mrr_months",
    metadata,
    Column("month", Date, primary_key=True),
    Column("currency", String(3), primary_key=True),  # or `ANY`, for what is counted across them
    # By kind of movement: they sum to the month's change.
    Column("new", Minor, nullable=False),
    Column("reactivation", Minor, nullable=False),
    Column("expansion", Minor, nullable=False),
    Column("contraction", Minor, nullable=False),
    Column("churn", Minor, nullable=False),
    # Customers whose worth came above nothing in the month, or is there no more.
    Column("joined", Minor, nullable=False),
    Column("lost", Minor, nullable=False),
    # How many more subscriptions have a worth than a month before, and customers with such a subscription.
    Column("subscriptions", Minor, nullable=False),
    Column("customers", Minor, nullable=False),
    # How much more is set to end: worth of what was asked to end and is not taken back.
    Column("set_to_end", Minor, nullable=False),
)
ANY = "any"

# What was kept in a month of what was there at its start, as queries.keeping has it.
rollup_retention_months = Table(
    "rollup_retention_months",
    metadata,
    Column("month", Date, primary_key=True),
    Column("currency", String(3), primary_key=True),
    Column("changes", Minor, nullable=False),  # never nothing: a currency is known by its rows
    # How much more the subscriptions with a worth are worth, and what those there at the start lost.
    Column("subscriptions", Minor, nullable=False),
    Column("gone", Minor, nullable=False),
    # How much more the customers with a worth are worth, and what those there at the start gained.
    Column("customers", Minor, nullable=False),
    Column("gained", Minor, nullable=False),
    Column("worth", Minor, nullable=False),
    Column("joined", Minor, nullable=False),
    Column("lost", Minor, nullable=False),
)

# What is added to a window that begins after one month and ends after the other (queries.rollups.retention).
rollup_retention_pairs = Table(
    "rollup_retention_pairs",
    metadata,
    Column("from_month", Date, primary_key=True),
    Column("to_month", Date, primary_key=True),
    Column("currency", String(3), primary_key=True),
    Column("kept", Minor, nullable=False),  # the lesser of start and end of each subscription
    Column("net", Minor, nullable=False),  # what the customers there at the start are worth at the end
    Column("stayed", Minor, nullable=False),  # how many of them are there at the end
)

# Customers who first had MRR in the month `started`, and what changed of them in each month since.
rollup_cohorts = Table(
    "rollup_cohorts",
    metadata,
    Column("started", Date, primary_key=True),
    Column("month", Date, primary_key=True),
    Column("currency", String(3), primary_key=True),
    Column("customers", Minor, nullable=False),
    Column("new", Minor, nullable=False),  # their first MRR
    Column("there", Minor, nullable=False),
    Column("worth", Minor, nullable=False),
)

# What one pass over the changes fills: these tables share a watermark.
COUNTED = (rollup_mrr_months, rollup_retention_months, rollup_retention_pairs, rollup_cohorts)

# Renewals decided in twelve months, by group: how many, minor units kept and decided, the sum of the squares.
rollup_renewal_rates = Table(
    "rollup_renewal_rates",
    metadata,
    Column("currency", String(3), primary_key=True),
    Column("product", Text, primary_key=True),
    Column("has_product", Boolean, primary_key=True),  # no: its subscriptions are of no known product
    Column("interval", String(32), primary_key=True),
    Column("number", Minor, nullable=False),
    Column("kept", Minor, nullable=False),
    Column("decided", Minor, nullable=False),
    Column("squares", Float, nullable=False),
)

# How many things of a topic a local day has, by what became of them (queries.rollups.days).
rollup_days = Table(
    "rollup_days",
    metadata,
    Column("topic", String(24), primary_key=True),
    Column("by", String(16), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("key", Text, primary_key=True),  # "" where it is not known
    Column("currency", String(3), primary_key=True),
    Column("what", String(24), primary_key=True),
    Column("number", Minor, nullable=False),
    Column("amount", Minor, nullable=False),
    sqlite_with_rowid=False,
)

# What each customer's rows were counted as, to be taken back when they change.
rollup_customers = Table(
    "rollup_customers",
    metadata,
    Column("customer_id", Id, primary_key=True, autoincrement=False),
    Column("counted", Text, nullable=False),  # queries.rollups.days.packed
    Column("changes_at", Instant, index=True),  # when time alone makes something else of them
)
