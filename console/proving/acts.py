"""What may happen in a random world, each act with its weight: what people click, what the gateway does and
says, what other systems change, and what a new process takes up.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from console.access import Permission
from console.actions import approvals, notices, resuming
from console.db import writing
from console.gateways.simulated import FAULTS, ORDERS
from console.proving import clicks
from console.proving.world import Outcome, World
from queries import subscriptions as found
from queries.recurring import monthly_units
from queries.tables_subscriptions import PAYING_STATUSES, subscription_events, subscriptions

Act = Callable[[World], None]
_FAULTS = ("answer_lost", "slow", *(fault for fault in FAULTS if fault != "declined_card"))


def something(world: World) -> None:
    """One act, drawn by the weights."""
    world.random.choices(_ACTS, _WEIGHTS)[0](world)


def refund(world: World) -> None:
    _trouble(world)
    world.click(clicks.refund(world))


def cancel(world: World) -> None:
    _trouble(world)
    world.click(clicks.cancel(world))


def undo(world: World) -> None:
    _trouble(world)
    world.click(clicks.undo(world))


def cancel_and_refund(world: World) -> None:
    _trouble(world)
    world.click(clicks.both(world))


def _trouble(world: World) -> None:
    """Something may go wrong at the gateway with the next request."""
    if world.random.random() < 0.45:
        fault = world.random.choice(_FAULTS)
        world.tell(f"(the gateway's next request: {fault})")
        world.gateway.fault(fault)


def same_form_again(world: World) -> None:
    """Of the last ones: a second click, a second tab, a reload after the process was killed."""
    if world.clicks:
        click = world.random.choice(world.clicks[-3:])
        world.click(click)


def approve(world: World) -> None:
    operation, who = world.waiting() or world.operation(), world.who(Permission.APPROVE_REFUND)
    if operation:
        world.run(
            f"{who.name} approves {operation.id[:8]}",
            lambda: approvals.approve(who, operation.id, now=world.now),
        )


def reject(world: World) -> None:
    operation, who = world.operation(), world.who(Permission.APPROVE_REFUND)
    if operation:
        world.run(
            f"{who.name} rejects {operation.id[:8]}",
            lambda: approvals.reject(who, operation.id, why="no", now=world.now),
        )


def recall(world: World) -> None:
    operation, who = world.operation(), world.who(Permission.READ_OPERATIONS)
    if operation:
        world.run(
            f"{who.name} recalls {operation.id[:8]}",
            lambda: approvals.recall(who, operation.id, now=world.now),
        )


def close(world: World) -> None:
    operation, who = world.operation(), world.who(Permission.APPROVE_REFUND)
    if operation:
        world.run(
            f"{who.name} closes {operation.id[:8]}",
            lambda: approvals.close_as_not_done(who, operation.id, why="not there", now=world.now),
        )


def resume(world: World) -> None:
    operation = world.operation()
    if operation:
        world.run(f"resume {operation.id[:8]}", lambda: resuming.resume(operation.id, now=world.now))


def sweep(world: World) -> None:
    """What every minute does, or a process that starts anew."""
    left_alone = timedelta(minutes=world.random.choice((0, 2)))
    world.run("sweep", lambda: resuming.resume_open(left_alone, now=world.now))


def messages(world: World) -> None:
    """In order, twice, late, or in any order."""
    order = world.random.choice(ORDERS)

    def hear(body: Any) -> None:
        world.heard.append(body)
        notices.receive(body, now=world.now)

    world.run(f"messages {order}", lambda: world.gateway.deliver(hear, order, world.random))


def old_message(world: World) -> None:
    if world.heard:
        body = world.random.choice(world.heard)
        world.run("an old message again", lambda: notices.receive(body, now=world.now))


def gateway_catches_up(world: World) -> None:
    world.tell("the gateway catches up")
    world.gateway.catch_up()


def gateway_decides(world: World) -> None:
    """A pending refund gets its outcome; one that had succeeded may come back."""
    operation = world.operation()
    charge = operation and operation.request.get("charge_reference")
    refund = charge and world.gateway.find_refund(operation.id, charge=charge) if operation else None
    if refund:
        outcome: Outcome = world.random.choice(("succeeded", "succeeded", "failed"))
        world.tell(f"the gateway decides {refund.reference}: {outcome}")
        world.gateway.settle_refund(refund.reference, outcome)


def refund_elsewhere(world: World) -> None:
    """Somebody refunds in the gateway's own pages."""
    charge, amount = world.random.choice(world.facts.charge_references), world.random.randint(1, 3_000)
    world.elsewhere += amount
    asked = {"charge": charge, "amount": amount}
    world.run(
        f"{amount} of {charge} elsewhere", lambda: world.gateway.call("post", "/v1/refunds", asked)["id"]
    )


def dispute(world: World) -> None:
    charge = world.random.choice(world.facts.charge_references)
    world.tell(f"{charge} is disputed")
    world.gateway.open_dispute(charge)


def other_system(world: World) -> None:
    """Changes the price, and counts the version up as it should."""
    world.tell("another system raises the price")
    with writing("subscriptions") as connection:
        was = found.by_number(connection, world.facts.subscription)
        if was is None:
            raise RuntimeError(f"{world.facts.subscription} is gone")
        price = was.price_minor + 500
        gained = monthly_units(price, was.interval, was.interval_count) - monthly_units(
            was.price_minor, was.interval, was.interval_count
        )
        mine = subscriptions.update().where(subscriptions.c.id == was.id)
        connection.execute(mine.values(price_minor=price, version=was.version + 1))
        event = {
            "subscription_id": was.id, "customer_id": was.customer_id, "kind": "price_changed",
            "occurred_at": world.now, "recorded_at": world.now, "actor": "system",
            "mrr_delta_units": gained if was.status in PAYING_STATUSES else 0, "currency": was.currency,
        }  # fmt: skip
        connection.execute(subscription_events.insert().values(event))


def time_passes(world: World) -> None:
    world.pass_time(world.random.choice((1, 59, 61, 600, 86_400)) * timedelta(seconds=1))


ACTS: dict[Act, int] = {
    refund: 24,
    cancel: 12,
    undo: 8,
    cancel_and_refund: 8,
    same_form_again: 8,
    approve: 6,
    reject: 1,
    recall: 2,
    close: 2,
    resume: 4,
    sweep: 3,
    messages: 5,
    old_message: 3,
    gateway_catches_up: 3,
    gateway_decides: 4,
    refund_elsewhere: 1,
    dispute: 1,
    other_system: 1,
    time_passes: 8,
}
_ACTS, _WEIGHTS = list(ACTS), list(ACTS.values())
