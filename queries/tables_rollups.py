"""Rollups, in the console's own database: small counters by day and dimension, fed from the events.

Reports read them instead of millions of rows (DESIGN, Data).
"""

from typing import Any

from sqlalchemy import Column, Date, Integer, String, Table

from queries.columns import Id, Instant, Minor, Ordered
from queries.tables_state import metadata

rollup_watermarks = Table(
    "rollup_watermarks",
    metadata,
    Column("rollup", String(48), primary_key=True),
    Column("position", Id, nullable=False),
    Column("refreshed_at", Instant, nullable=False),
)


def _rollup(name: str, *dimensions: Column[Any], measures: tuple[str, ...], money: bool) -> Table:
    """A rollup: one row per day, product and the named dimensions; counts, and sums per currency."""
    keys: list[Column[Any]] = [
        Column("day", Date, primary_key=True),
        Column("product_id", Id, primary_key=True, autoincrement=False),
        *dimensions,
    ]
    if money:
        keys.append(Column("currency", String(3), primary_key=True))
    sums: list[Column[Any]] = [Column(name, Minor, nullable=False, server_default="0") for name in measures]
    return Table(name, metadata, *keys, *sums)


rollup_renewals_due = _rollup(
    "rollup_renewals_due",
    Column("outcome", String(24), primary_key=True),
    measures=("count", "amount_minor"),
    money=True,
)
rollup_charges = _rollup(
    "rollup_charges",
    Column("kind", String(16), primary_key=True),
    Column("status", String(16), primary_key=True),
    measures=("count", "amount_minor", "tax_minor"),
    money=True,
)
rollup_mrr_movements = _rollup(
    "rollup_mrr_movements",
    Column("movement", String(16), primary_key=True),
    measures=("count", "mrr_delta_units"),
    money=True,
)
rollup_cancellations = _rollup(
    "rollup_cancellations",
    Column("stage", String(16), primary_key=True),  # requested | ended
    Column("reason", String(64), primary_key=True),
    Column("involuntary", String(8), primary_key=True),
    measures=("count", "mrr_units"),
    money=True,
)
rollup_trials = _rollup(
    "rollup_trials",
    Column("stage", String(16), primary_key=True),  # started | ended | converted
    measures=("count",),
    money=False,
)
rollup_tickets = Table(
    "rollup_tickets",
    metadata,
    Column("day", Date, primary_key=True),
    Column("team", Ordered, primary_key=True),
    Column("movement", String(16), primary_key=True),
    Column("count", Minor, nullable=False, server_default="0"),
)
rollup_first_responses = Table(
    "rollup_first_responses",
    metadata,
    Column("day", Date, primary_key=True),
    Column("team", Ordered, primary_key=True),
    Column("bucket", Integer, primary_key=True),
    Column("count", Minor, nullable=False, server_default="0"),
)
