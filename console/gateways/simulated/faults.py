"""Named faults: each strikes once, on the next request that changes something, or on the next one of an
operation. They are rows, so a fault that one process sets strikes whichever process sends the request.

A request that only marks an object with metadata is never struck: faults meet the step that does the work.
"""

from typing import Literal, get_args

from sqlalchemy import Connection, Row, bindparam, or_, select

from console.gateways.simulated import tables
from console.gateways.simulated.requests import Request

Fault = Literal[
    "request_lost",  # it never arrives: nothing is done, there is no answer
    "answer_lost",  # it is done, there is no answer
    "slow",  # it is done after the caller's time limit: see `Core.catch_up`
    "rate_limited",  # 429, nothing is done and nothing saved under the key
    "broken",  # 500 saved under the key, nothing is done
    "broken_after",  # 500 saved under the key, it is done
    "early",  # its webhooks arrive before its answer
    "refund_pending",  # until `settle_refund`
    "refund_pending_then_failed",  # fails when the gateway catches up
    "refund_fails",  # the refund is made, and has failed
    "disputed",  # the customer disputes the charge just before the refund arrives
    "declined_card",  # paying an invoice makes a charge that fails
]
FAULTS: tuple[Fault, ...] = get_args(Fault)

_f = tables.faults.c
_NEXT = (
    select(tables.faults)
    .where(or_(_f.operation_id.is_(None), _f.operation_id == bindparam("operation_id")))
    .order_by(_f.number)
    .limit(1)
)


def waiting(connection: Connection, request: Request) -> Row[tuple[int, str, str | None]] | None:
    if request.method == "get" or request.only_marks:
        return None
    return connection.execute(_NEXT, {"operation_id": request.operation_id}).one_or_none()


def taken(connection: Connection, number: int) -> bool:
    """False: another request was faster."""
    return connection.execute(tables.faults.delete().where(_f.number == number)).rowcount == 1


def put(connection: Connection, name: Fault, operation_id: str | None) -> None:
    if name not in FAULTS:
        raise ValueError(f"{name!r} is no fault; the faults are {', '.join(FAULTS)}")
    connection.execute(tables.faults.insert(), {"name": name, "operation_id": operation_id})


def clear(connection: Connection) -> None:
    connection.execute(tables.faults.delete())
