"""The tables of the simulated gateway: only what its rules need. Times are seconds since 1970, as Stripe's.

`number` orders rows that were made in the same second. A payment intent has no table: it is the invoice's
`intent` and `intent_metadata`.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    false,
)

metadata = MetaData()
_Number = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only INTEGER


def _numbered(name: str, *columns: Column[object]) -> Table:
    return Table(
        name,
        metadata,
        Column("number", _Number, primary_key=True),
        Column("id", String, nullable=False, unique=True),
        Column("created", BigInteger, nullable=False),
        *columns,
    )


def _text(name: str, *, null: bool = False, default: str | None = None) -> Column[object]:
    return Column(name, Text, nullable=null, server_default=default)


customers = _numbered("gateway_customers", _text("email", null=True), _text("metadata", default="{}"))

subscriptions = _numbered(
    "gateway_subscriptions",
    _text("customer"),
    _text("status"),
    _text("price"),
    Column("amount", BigInteger, nullable=False),
    _text("currency"),
    _text("interval"),
    Column("interval_count", Integer, nullable=False),
    Column("current_period_start", BigInteger, nullable=False),
    Column("current_period_end", BigInteger, nullable=False),
    Column("trial_end", BigInteger),
    Column("cancel_at_period_end", Boolean, nullable=False, server_default=false()),
    Column("cancel_at", BigInteger),
    Column("canceled_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("paused", Boolean, nullable=False, server_default=false()),
    _text("latest_invoice", null=True),
    _text("metadata", default="{}"),
)

invoices = _numbered(
    "gateway_invoices",
    _text("customer"),
    _text("subscription", null=True),
    Column("amount", BigInteger, nullable=False),
    _text("currency"),
    _text("status"),  # open, paid, void
    _text("charge", null=True),
    Column("intent", Text, nullable=False, unique=True),
    _text("intent_metadata", default="{}"),
    _text("metadata", default="{}"),
)

charges = _numbered(
    "gateway_charges",
    Column("customer", Text, index=True),
    _text("invoice", null=True),
    Column("intent", Text, index=True),
    Column("amount", BigInteger, nullable=False),
    Column("refunded", BigInteger, nullable=False, server_default="0"),  # pending and succeeded refunds
    _text("currency"),
    _text("status"),
    Column("disputed", Boolean, nullable=False, server_default=false()),
    _text("failure_code", null=True),
    _text("metadata", default="{}"),
)

refunds = _numbered(
    "gateway_refunds",
    Column("charge", Text, ForeignKey(charges.c.id), nullable=False, index=True),
    Column("amount", BigInteger, nullable=False),
    _text("currency"),
    _text("status"),
    _text("reason", null=True),
    _text("failure_reason", null=True),
    _text("later", null=True),  # what a pending refund becomes when the gateway catches up
    _text("metadata", default="{}"),
)

for _listed in (customers, subscriptions, invoices, charges, refunds):
    Index(f"ix_{_listed.name}_created", _listed.c.created, _listed.c.number)

events = _numbered(
    "gateway_events",
    _text("type"),
    _text("object"),  # as it was then
    Column("delivered", Boolean, nullable=False, server_default=false()),
)
Index("ix_gateway_events_undelivered", events.c.number, postgresql_where=~events.c.delivered,
      sqlite_where=~events.c.delivered)  # fmt: skip

keys = Table(
    "gateway_keys",  # every idempotency key, with the first answer
    metadata,
    Column("key", String, primary_key=True),
    Column("fingerprint", Text, nullable=False),  # method, path and parameters
    Column("status", Integer),  # null: under way
    Column("answer", Text),
    Column("request", Text),  # of one that is under way
    sqlite_with_rowid=False,
)
Index("ix_gateway_keys_under_way", keys.c.key, postgresql_where=keys.c.status.is_(None),
      sqlite_where=keys.c.status.is_(None))  # fmt: skip

faults = Table(
    "gateway_faults",
    metadata,
    Column("number", _Number, primary_key=True),
    Column("name", String, nullable=False),
    Column("operation_id", String),  # null: whichever operation comes next
)
