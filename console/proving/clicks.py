"""Forms that people of a random world confirm: fresh ones, stale ones, and such as nobody should be shown."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from console.access import Actor, Permission
from console.actions import cancel_and_refund as both_verb
from console.actions import refundable, refunds, subscriptions
from console.actions.cancellation import Expected
from console.actions.done import Done
from console.actions.refundable import How
from console.actions.subscription_verb import load
from console.db import reading
from console.errors import ConsoleError
from console.proving.world import Asked, Click, World
from queries import charge as charges
from queries.charge import FullCharge

Verb = Callable[..., Done]
_STALE = 0.15


def refund(world: World) -> Click:
    """All, a part, the unused time, or more than is left, of one of the charges."""
    actor, number = world.who(Permission.REFUND_CHARGE), world.random.choice(world.facts.invoices)
    how: How = world.random.choice(("full", "amount", "amount", "unused"))
    wanted = _amount(world, number)
    try:
        with reading() as data:
            shown = refunds.preview_refund(data, actor, number, how, amount_minor=wanted, now=world.now)
        wanted, fresh = shown.amount.amount_minor, shown.expected
    except ConsoleError:  # no such form can be opened now; one that is open may be confirmed
        fresh = refundable.as_it_is(_charge(number))
    expected = _form(world, number, fresh)
    request: dict[str, Any] = {"amount_minor": wanted, "reason": "requested", "expected": expected}
    said = f"refund {how} {wanted} of {number}"
    return _click(world, actor, number, verb=refunds.refund_charge, said=said, request=request)


def cancel(world: World) -> Click:
    """At the end of the period, at once, or at the end of a day."""
    actor, number = world.who(Permission.CANCEL_SUBSCRIPTION), world.facts.subscription
    at = world.random.choice(("period_end", "now", "date"))
    request: dict[str, Any] = {"at": at, "reason": "other"}
    if at == "date":
        request["last_day"] = (world.now + timedelta(days=world.random.randrange(40))).date()
    request["expected"] = _form(world, at, _subscription(number, at))
    said = f"cancel {number} {at}"
    return _click(world, actor, number, verb=subscriptions.cancel_subscription, said=said, request=request)


def undo(world: World) -> Click:
    actor, number = world.who(Permission.CANCEL_SUBSCRIPTION), world.facts.subscription
    expected = _form(world, "undo", _subscription(number, "undo"))
    request = {"reason": "changed_mind", "expected": expected}
    said = f"undo {number}"
    return _click(world, actor, number, verb=subscriptions.undo_cancel, said=said, request=request)


def both(world: World) -> Click:
    """Cancel and refund as one."""
    actor, number = world.who(Permission.CANCEL_SUBSCRIPTION), world.facts.subscription
    charge = world.random.choice(world.facts.invoices)
    wanted = _amount(world, charge)
    asked: dict[str, Any] = {"at": world.random.choice(("now", "period_end")), "charge_number": charge}
    try:
        with reading() as data:
            shown = both_verb.preview_cancel_and_refund(
                data, actor, number, how="amount", amount_minor=wanted, now=world.now, **asked
            )
        fresh = shown.expected
    except ConsoleError:
        fresh = Expected(0, "", ())
    expected = _form(world, f"both {charge}", fresh)
    request = asked | {"amount_minor": wanted, "reason": "other", "expected": expected}
    said = f"cancel {number} {asked['at']} and refund {wanted} of {charge}"
    return _click(world, actor, number, verb=both_verb.cancel_and_refund, said=said, request=request)


def _click(
    world: World, actor: Actor, number: str, *, verb: Verb, said: str, request: dict[str, Any]
) -> Click:
    id = world.new_id()
    asked = Asked(number, request.get("amount_minor"))
    press = partial(verb, actor, number, operation_id=id, **request)

    def at(now: datetime) -> Done:
        return press(now=now)

    click = Click(f"{actor.name} {id[:8]}: {said}", id, asked, at)
    world.clicks.append(click)
    return click


def _form(world: World, key: str, fresh: Expected) -> Expected:
    """What was shown: just now, or before something else happened."""
    stale = world.shown[key]
    if stale and world.random.random() < _STALE:
        return world.random.choice(stale)
    stale.append(fresh)
    return fresh


def _amount(world: World, number: str) -> int:
    """A part of the charge, or all, or more."""
    random, paid = world.random, world.facts.amounts[world.facts.invoices.index(number)]
    return random.choice((1, paid, paid + 1, random.randint(1, paid), random.randint(1, 6_000)))


def _charge(number: str) -> FullCharge:
    with reading() as data:
        found = charges.by_number(data.subscriptions, number)
    if found is None:
        raise RuntimeError(f"{number} is gone")
    return found


def _subscription(number: str, step: str) -> Expected:
    with reading() as data:
        return subscriptions.as_it_is(load(data.subscriptions, number), step)
