"""What every verb on a subscription does around its own rule: one request, shown before, asked for once.

A verb gives its kind, the step its fingerprint is made for, what its request keeps besides, and what its
change will be in words. Everything else (permission, the same id again, versions, the intent) is here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from console import clocks
from console.access import Actor, Permission, require
from console.actions import cancellation, messages, phrases
from console.actions.cancellation import Expected
from console.actions.carrying_out import once
from console.actions.checked import Form
from console.actions.done import Done
from console.actions.operations import Intent, Judge
from console.actions.subscription_verb import (
    SubscriptionVerb,
    at_the_gateway,
    load,
    lock_key,
    require_free,
    why_held,
)
from console.actions.wording import Line, who_and_what
from console.db import Reading, reading
from console.errors import Refused
from queries.operations import Operation
from queries.subscriptions import Subscription


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A preview: what will happen, in words, by the rules that will act. `expected` goes back with the
    confirmation."""

    number: str
    subscription: Subscription
    after: Subscription
    expected: Expected
    lines: tuple[Line, ...]
    button: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a person asks of a subscription. `keeps`: what the verb needs of it, as JSON; `log`: what its
    audit entries say of it; `says`: its outcome in one sentence."""

    verb: SubscriptionVerb
    number: str
    keeps: Mapping[str, Any] = field(default_factory=dict)
    log: Mapping[str, Any] = field(default_factory=dict)
    says: str


def find(data: Reading, actor: Actor, number: str) -> Subscription:
    """What every one of these verbs begins with. Raises NotPermitted, NotFound."""
    require(actor, Permission.CHANGE_SUBSCRIPTION)
    return load(data.subscriptions, number)


def shown(
    data: Reading,
    subscription: Subscription,
    asked: Asked,
    *,
    lines: list[Line],
    button: str,
    now: datetime | None = None,
) -> Shown:
    """Raises Refused where it is not possible."""
    moment = now or clocks.now()
    _require_possible(asked, subscription, moment)
    held = why_held(data.state, subscription)
    if held is not None:
        raise Refused(held)
    return Shown(
        number=subscription.number,
        subscription=subscription,
        after=_after(asked, subscription, moment),
        expected=cancellation.as_it_is(subscription, asked.verb.step),
        lines=(*who_and_what(subscription), *lines),
        button=button,
    )


def _require_possible(asked: Asked, subscription: Subscription, now: datetime) -> None:
    no = asked.verb.why_not(subscription, asked.keeps, now)
    if no is not None:
        raise Refused(no)


def _after(asked: Asked, subscription: Subscription, now: datetime) -> Subscription:
    before = asked.verb.snapshot(subscription)
    values = asked.verb.planned(subscription, {**asked.keeps, "reason": ""}, before, now).values
    return replace(subscription, **values)


def act(actor: Actor, asked: Asked, form: Form, expected: Expected, now: datetime | None = None) -> Done:
    """Ask for it once, and carry it out. Raises NotPermitted, NotFound, Refused, Conflict, Unavailable."""
    moment = now or clocks.now()

    def prepared() -> tuple[Intent, Judge]:
        with reading() as data:
            subscription = find(data, actor, asked.number)
        cancellation.require_as_shown(subscription, asked.verb.step, expected)
        _require_possible(asked, subscription, moment)
        return _intent(asked, form, subscription, expected, moment), require_free(subscription)

    return once(actor, form.operation_id, prepared, lambda earlier: _same(earlier, asked), moment)


def _same(operation: Operation, asked: Asked) -> bool:
    kept = {name: operation.request.get(name) for name in asked.verb.told_apart_by}
    mine = {name: asked.keeps.get(name) for name in asked.verb.told_apart_by}
    return (operation.kind, operation.subject_number, kept) == (asked.verb.kind, asked.number, mine)


def _intent(
    asked: Asked, form: Form, subscription: Subscription, expected: Expected, now: datetime
) -> Intent:
    verb, before = asked.verb, asked.verb.snapshot(subscription)
    request = {
        "step": verb.step,
        "reason": form.reason,
        "note": form.note,
        "version": expected.version,
        "fingerprint": expected.fingerprint,
        "product": phrases.product(subscription),
        "recipient": messages.recipient_of(subscription) if form.tell_customer else None,
        **at_the_gateway(subscription),
        **asked.keeps,
    }
    change = verb.planned(subscription, request, before, now)
    return Intent(
        id=form.operation_id,
        kind=verb.kind,
        subject_kind="subscription",
        subject_number=subscription.number,
        customer_number=subscription.customer_number,
        customer_name=subscription.customer_name,
        request=request,
        preview={"facts": dict(expected.facts), "before": before, "done": asked.says},
        before=before,
        after=change.after(before),
        ticket_number=form.ticket_number,
        lock_key=lock_key(subscription),
        log=dict(asked.log),
    )
