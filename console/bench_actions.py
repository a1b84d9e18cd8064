"""How long a confirmed action holds a person up: from the press to what the page then says, through the
durable worker as the screens go. Only on databases of the bench's own: it cancels and refunds."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median

from console import db, durable
from console.access import Actor
from console.actions import operations, refundable
from console.actions.refunds import refund_charge
from console.actions.subscriptions import as_it_is, cancel_subscription
from console.db import reading
from console.errors import Refused
from console.gateways import choose
from console.gateways.payments import PaymentGateway
from console.settings import get_settings
from console.signin.who import actor_with_email
from queries import bench_sql, charge, staff, subscriptions


@dataclass(frozen=True)
class Confirmed:
    """Medians in milliseconds. `gateway_milliseconds`: of them, waiting for the payment gateway."""

    name: str
    milliseconds: float
    gateway_milliseconds: float


def run(*, repeat: int) -> list[Confirmed]:
    """Raises Refused where there are too few subscriptions and charges to act on."""
    with _no_recall(), _at_work():
        actor = _somebody()
        with reading() as data:
            numbers = bench_sql.to_act_on(data.subscriptions, repeat)
        if len(numbers) < repeat:
            raise Refused("There are too few running subscriptions with a paid charge to act on.")
        return [
            _measured("confirmed: cancel at the end", [_cancel(actor, one.subscription) for one in numbers]),
            _measured("confirmed: refund", [_refund(actor, one.charge) for one in numbers]),
        ]


def _cancel(actor: Actor, number: str) -> Callable[[], object]:
    def act() -> object:
        with reading() as data:
            found = subscriptions.by_number(data.subscriptions, number)
        assert found is not None  # noqa: S101 - it was just listed
        return cancel_subscription(
            actor,
            number,
            operation_id=operations.new_operation_id(),
            at="period_end",
            reason="other",
            expected=as_it_is(found, "period_end"),
        )

    return act


def _refund(actor: Actor, number: str) -> Callable[[], object]:
    def act() -> object:
        with reading() as data:
            found = charge.by_number(data.subscriptions, number)
        assert found is not None  # noqa: S101 - it was just listed
        return refund_charge(
            actor,
            number,
            operation_id=operations.new_operation_id(),
            amount_minor=1,
            reason="other",
            expected=refundable.as_it_is(found),
        )

    return act


def _measured(name: str, acts: list[Callable[[], object]]) -> Confirmed:
    whole, gateway = [], []
    for act in acts:
        with _timed_gateway() as spent:
            start = time.perf_counter()
            act()
            whole.append((time.perf_counter() - start) * 1000)
            gateway.append(sum(spent) * 1000)
    return Confirmed(name, median(whole), median(gateway))


@contextmanager
def _timed_gateway() -> Iterator[list[float]]:
    """Seconds spent in the gateway's own requests."""
    spent: list[float] = []
    gateway = choose.payment_gateway()
    call = getattr(gateway, "call", None)
    if call is None:
        raise Refused("The bench measures with the simulated gateway: unset CONSOLE_GATEWAY.")

    def timed(*arguments: object, **named: object) -> object:
        start = time.perf_counter()
        try:
            return call(*arguments, **named)
        finally:
            spent.append(time.perf_counter() - start)

    _set_call(gateway, timed)
    try:
        yield spent
    finally:
        _set_call(gateway, call)


def _set_call(gateway: PaymentGateway, call: Callable[..., object]) -> None:
    gateway.call = call  # type: ignore[attr-defined]


def _somebody() -> Actor:
    with reading() as data:
        people = staff.everyone(data.state)
    return actor_with_email(next(one.email for one in people if one.role == "manager" and one.active))


@contextmanager
def _at_work() -> Iterator[None]:
    durable.start("bench")
    try:
        yield
    finally:
        durable.stop()


@contextmanager
def _no_recall() -> Iterator[None]:
    """Money leaves at once: the time to recall it is not what is measured."""
    before = os.environ.get("CONSOLE_RECALL_SECONDS")
    os.environ["CONSOLE_RECALL_SECONDS"] = "0"
    get_settings.cache_clear()
    try:
        yield
    finally:
        if before is None:
            del os.environ["CONSOLE_RECALL_SECONDS"]
        else:
            os.environ["CONSOLE_RECALL_SECONDS"] = before
        get_settings.cache_clear()
        db.dispose()
