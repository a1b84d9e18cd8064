"""Webhooks of the simulated gateway: its events, sent on in order or as badly as the internet sends them."""

import random
from collections.abc import Callable, Sequence
from typing import Any, Literal, get_args

from sqlalchemy import Row, select

from console.gateways.simulated import objects, tables
from console.gateways.simulated.objects import Object
from console.gateways.simulated.store import Store

Order = Literal[
    "in_order",
    "duplicate",  # each one twice, the second some time after the first
    "reordered",  # in any order
    "late",  # some are kept for the next delivery
]
ORDERS: tuple[Order, ...] = get_args(Order)
_e = tables.events.c
_WAITING = select(tables.events).where(~_e.delivered).order_by(_e.number)


def deliver(store: Store, callback: Callable[[Object], None], order: Order, chance: random.Random) -> int:
    """Give the events that were not delivered yet to `callback`, each as Stripe's event object; how many
    calls that were. An event counts as delivered when the callback has returned."""
    with store.reading() as connection:
        waiting = connection.execute(_WAITING).all()
    chosen = _chosen(waiting, order, chance)
    for row in chosen:
        callback(objects.event(row))
        _delivered(store, row.number)
    return len(chosen)


def _chosen(waiting: Sequence[Row[Any]], order: Order, chance: random.Random) -> list[Row[Any]]:
    rows = list(waiting)
    match order:
        case "late":
            return [row for row in rows if chance.random() < 0.5]
        case "reordered":
            chance.shuffle(rows)
        case "duplicate":
            for row in waiting:
                rows.insert(chance.randint(rows.index(row) + 1, len(rows)), row)
        case "in_order":
            pass
    return rows


def _delivered(store: Store, number: int) -> None:
    with store.transaction() as connection:
        connection.execute(tables.events.update().where(_e.number == number).values(delivered=True))
