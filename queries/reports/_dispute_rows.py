"""Disputes as the gateway's messages tell them, with the charge each is about: read from two databases."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, literal, select

from queries.paging import in_chunks
from queries.reports.report import Connections, Params
from queries.tables_gateway import gateway_notices
from queries.tables_subscriptions import charges, customers, plans, products, subscriptions

BATCH = 500
_DISPUTE = literal("dispute", literal_execute=True)  # as text: an index holds only these


@dataclass(frozen=True)
class DisputedCharge:
    """What our books say of the charge; minor units with tax."""

    amount: int
    currency: str
    invoice_number: str | None
    customer_number: str | None
    customer: str | None
    country: str | None
    number: str | None  # of the subscription
    product: str | None


@dataclass(frozen=True)
class Dispute:
    """`state` as of the instant asked about, and since when (`decided_at`, None while it is open). `charge`
    is None where the charge is not in our books."""

    reference: str
    opened_at: datetime
    state: str
    decided_at: datetime | None
    charge: DisputedCharge | None

    @property
    def currency(self) -> str | None:
        return self.charge.currency if self.charge else None

    @property
    def amount(self) -> int:
        return self.charge.amount if self.charge else 0

    def is_open(self, at: datetime) -> bool:
        """Whether it was open just before an instant."""
        return self.opened_at < at and (self.decided_at is None or self.decided_at >= at)


def disputes_until(connections: Connections, params: Params) -> list[Dispute]:
    """Every dispute opened by the as-of instant, oldest first."""
    told = [list(notices) for _, notices in groupby(_notices(connections.state), key=lambda row: row[0])]
    references = sorted({notices[0][1] for notices in told if notices[0][1]})
    known = dict(_charges(connections.subscriptions, references))
    found = [_dispute(notices, known.get(notices[0][1]), params.before) for notices in told]
    opened = [one for one in found if one.opened_at < params.before]
    return sorted(opened, key=lambda one: (one.opened_at, one.reference))


def _notices(connection: Connection) -> Iterator[tuple[Any, ...]]:
    """(dispute, charge, what it says, when) of every message, those of a dispute in order of time."""
    n = gateway_notices.c
    statement = (
        select(n.object_reference, n.charge_reference, n.facts, n.created_at, n.id, n.type)
        .where(n.object_kind == _DISPUTE, n.object_reference.isnot(None))
        .order_by(n.object_reference)
    )
    said = [tuple(row) for row in connection.execute(statement) if row.facts]
    yield from sorted(said, key=lambda row: (row[0], row[3], row[2]["state"] != "open", row[4], row[5]))


def _dispute(notices: list[tuple[Any, ...]], charge: DisputedCharge | None, before: datetime) -> Dispute:
    opened = min(datetime.fromisoformat(facts["created_at"]) for _, _, facts, *_ in notices)
    state, decided = "open", None
    for _, _, facts, at, *_ in notices:
        if at < before and facts["state"] != state:
            state = facts["state"]
            decided = max(at, opened) if state != "open" else None
    return Dispute(notices[0][0], opened, state, decided, charge)


def _charges(connection: Connection, references: Sequence[str]) -> Iterator[tuple[str, DisputedCharge]]:
    """By the gateway's reference; those that are not in our books are left out."""
    c = charges.c
    statement = (
        select(
            c.gateway_reference,
            c.amount_minor,
            c.currency,
            c.invoice_number,
            customers.c.number,
            customers.c.name,
            customers.c.country,
            subscriptions.c.number,
            products.c.name,
        )
        .select_from(charges)
        .outerjoin(customers, customers.c.id == c.customer_id)
        .outerjoin(subscriptions, subscriptions.c.id == c.subscription_id)
        .outerjoin(plans, plans.c.id == subscriptions.c.plan_id)
        .outerjoin(products, products.c.id == plans.c.product_id)
    )
    for some in in_chunks(references, BATCH):
        for row in connection.execute(statement.where(c.gateway_reference.in_(some))):
            yield row[0], DisputedCharge(*row[1:])
