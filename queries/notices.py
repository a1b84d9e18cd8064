"""Messages of the payment gateway as they were kept: what each said, and what came of it."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, bindparam, select

from queries.paging import PAGE, askable, capped_count, one_of, rows_of
from queries.tables_gateway import gateway_notices

_n = gateway_notices.c


@dataclass(frozen=True, kw_only=True)
class Notice:
    """`facts` are the message's object as it was at `created_at`; None for kinds that do not concern us.
    `applied_at` None: it is left to be applied. UTC."""

    id: str
    type: str
    object_kind: str | None  # charge | dispute | refund | subscription
    object_reference: str | None
    charge_reference: str | None  # of a refund or a dispute
    facts: dict[str, Any] | None
    created_at: datetime
    received_at: datetime
    applied_at: datetime | None
    outcome: str | None


def _notices() -> Select[Any]:
    return select(gateway_notices)


def by_key(connection: Connection, id: str, type: str) -> Notice | None:
    """The message with the gateway's id and type, or None."""
    return one_of(connection, _by_key(), Notice, id=id, type=type)


@cache
def _by_key() -> Select[Any]:
    return _notices().where(_n.id == bindparam("id"), _n.type == bindparam("type"))


def left(connection: Connection, *, limit: int = PAGE) -> list[Notice]:
    """Messages that are not applied yet, the oldest first."""
    return rows_of(connection, _left(), Notice, most=limit)


@cache
def _left() -> Select[Any]:
    statement = _notices().where(_n.applied_at.is_(None)).order_by(_n.received_at, _n.id, _n.type)
    return statement.limit(bindparam("most"))


def count_left(connection: Connection) -> int:
    """How many are not applied yet, at most COUNT_STOPS_AT."""
    return capped_count(connection, _notices().where(_n.applied_at.is_(None)))


def about(connection: Connection, reference: str) -> list[Notice]:
    """Every message about one object of the gateway."""
    statement = _notices().where(_n.object_reference == askable(reference))
    return rows_of(connection, statement.order_by(_n.created_at, _n.id, _n.type), Notice)


def disputes_of(connection: Connection, charge_reference: str) -> list[Notice]:
    """Every message about a dispute of one charge."""
    statement = _notices().where(
        _n.charge_reference == askable(charge_reference), _n.object_kind == "dispute"
    )
    return rows_of(connection, statement.order_by(_n.created_at, _n.id, _n.type), Notice)
