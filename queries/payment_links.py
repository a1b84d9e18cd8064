"""Links with which customers update their payment details: sent when, until when, and whether used."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, select

from queries.paging import PAGE, askable, one_of, rows_of
from queries.tables_state import payment_links, staff


@dataclass(frozen=True, kw_only=True)
class PaymentLink:
    """A link as it is now; the link itself is kept nowhere. `subscription_number` None: for all that the
    customer has. `used_with` is brand and last four of the new payment method. UTC."""

    token_hash: str
    operation_id: str
    customer_number: str
    subscription_number: str | None
    created_by: int
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    used_with: str | None
    sent_by_name: str


def _links(condition: ColumnElement[bool]) -> Select[Any]:
    return (
        select(*payment_links.c, staff.c.name.label("sent_by_name"))
        .join(staff, staff.c.id == payment_links.c.created_by)
        .where(condition)
    )


def by_hash(connection: Connection, token_hash: str) -> PaymentLink | None:
    """The link whose token has this SHA-256."""
    return one_of(connection, _links(payment_links.c.token_hash == token_hash), PaymentLink)


def of_operation(connection: Connection, operation_id: str) -> PaymentLink | None:
    """The link an operation made."""
    return one_of(connection, _links(payment_links.c.operation_id == operation_id), PaymentLink)


def of_customer(connection: Connection, customer_number: str, *, limit: int = PAGE) -> list[PaymentLink]:
    """The links sent to a customer, the newest first."""
    theirs = _links(payment_links.c.customer_number == askable(customer_number))
    newest = theirs.order_by(payment_links.c.created_at.desc(), payment_links.c.operation_id)
    return rows_of(connection, newest.limit(limit), PaymentLink)
