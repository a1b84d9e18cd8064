"""What every verb on a subscription has in common: one change of its row with its events, made once and only
if the subscription is still as it was shown; then the same change at the gateway, if that collects for it.
"""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from console.actions import cancellation
from console.actions.cancellation import Change, Expected
from console.actions.done import Done
from console.actions.engine import Answer, Promise, Reserved, Verb
from console.actions.messages import outcome_for
from console.actions.operations import Judge
from console.audit import instant
from console.db import Connection
from console.errors import Conflict, NotFound, Refused
from console.gateways.payments import (
    Declined,
    GatewaySubscription,
    PaymentGateway,
    SubscriptionChange,
)
from queries import operations as stored
from queries import subscription_events as events
from queries import subscriptions as found
from queries.operations import Operation
from queries.subscriptions import Subscription
from queries.tables_state import OPEN_OPERATION_STATES
from queries.tables_subscriptions import subscription_events, subscriptions


def load(connection: Connection, number: str) -> Subscription:
    """Raises NotFound."""
    wanted = number.strip()
    subscription = found.by_number(connection, wanted) if wanted.isprintable() else None
    if subscription is None:
        raise NotFound(f"There is no subscription “{wanted[:40]}”.")
    return subscription


def at_the_gateway(subscription: Subscription) -> dict[str, Any]:
    """What a request keeps of the gateway's part in a subscription."""
    until = subscription.trial_end if subscription.status == "trialing" else subscription.current_period_end
    return {
        "gateway_reference": subscription.gateway_reference,
        "paid_until": instant(until) if until else None,
    }


def lock_key(subscription: Subscription) -> str | None:
    """Where the gateway collects, one thing after the other; else the version alone decides who was first."""
    return f"subscription:{subscription.number}" if subscription.gateway_reference else None


def why_held(state: Connection, subscription: Subscription) -> str | None:
    """Why nothing else can be begun about it: something that holds it, or a charge of it, is not decided."""
    for one in stored.latest_for_subject(state, "subscription", subscription.number, limit=5):
        if one.lock_key is not None and one.state in OPEN_OPERATION_STATES:
            return (
                f"{one.requester_name} has something under way about {one.subject_number} "
                f"(operation {one.id}, {one.state.replace('_', ' ')}). Nothing was done now. "
                "Look at it under Operations first."
            )
    return None


def require_free(subscription: Subscription) -> Judge:
    """For `operations.begin`: raises Refused with `why_held`."""

    def judge(state: Connection) -> None:
        held = why_held(state, subscription)
        if held is not None:
            raise Refused(held)

    return judge


class SubscriptionVerb(Verb):
    """A kind of operation on one subscription. `request` has "version", "fingerprint", "reason", "note" and
    "gateway_reference" (none: the gateway has no part in it), and what the verb itself needs."""

    step: str = ""  # what the form's fingerprint was made for; the request may name it instead
    taken_back_by: str = "reported"  # the event of having taken it back
    told_apart_by: tuple[str, ...] = ()  # what of its request makes it another request

    def snapshot(self, subscription: Subscription) -> dict[str, Any]:
        """The fields it touches, as JSON keeps them: "before" in the audit log."""
        return cancellation.snapshot(subscription)

    def planned(
        self,
        subscription: Subscription,
        request: Mapping[str, Any],
        before: Mapping[str, Any],
        moment: datetime,
    ) -> Change:
        """What the stored request writes."""
        raise NotImplementedError

    def why_not(self, subscription: Subscription, request: Mapping[str, Any], now: datetime) -> str | None:
        """Why it is not possible now, in words; None if it is."""
        raise NotImplementedError

    def taken_back(self, subscription: Subscription, operation: Operation, moment: datetime) -> Change:
        """What makes the row as it was before, after the gateway said no."""
        before = operation.preview["before"]
        gained = sum(
            delta for _, delta in self.planned(subscription, operation.request, before, moment).events
        )
        values = cancellation.columns_of(before) | {"version": subscription.version + 1}
        return Change(values, ((self.taken_back_by, -gained),))

    def at_gateway(self, request: Mapping[str, Any]) -> SubscriptionChange | None:
        """The same change at the gateway; None where the gateway has nothing to do with it."""
        return None

    def message(self, operation: Operation) -> tuple[str, dict[str, Any]] | None:
        """The kind of message to the customer, and what it says; None for none."""
        return None

    def leaves_the_house(self, operation: Operation) -> bool:
        request = operation.request
        return request.get("gateway_reference") is not None and self.at_gateway(request) is not None

    def reserve(self, connection: Connection, operation: Operation, now: datetime) -> Reserved:
        subscription = load(connection, operation.subject_number)
        event = events.of_operation(connection, operation.id)
        if event is None:
            self._apply(connection, operation, subscription, now)
            event = events.of_operation(connection, operation.id)
        if event is None:  # another change was faster
            raise self._conflict(operation, load(connection, operation.subject_number))
        before = operation.preview["before"]
        change = self.planned(subscription, operation.request, before, event.occurred_at)
        return Reserved(before, change.after(before), event.occurred_at)

    def _apply(
        self, connection: Connection, operation: Operation, subscription: Subscription, now: datetime
    ) -> None:
        """Write the new values and the events, if the subscription is still as it was shown."""
        request = operation.request
        if subscription.version != request["version"]:
            return
        refused = self.why_not(subscription, request, now)
        if refused is not None:
            raise Refused(refused)
        change = self.planned(subscription, request, operation.preview["before"], now)
        write(connection, subscription, change, operation, now, event_id=operation.id)

    def _conflict(self, operation: Operation, subscription: Subscription) -> Conflict:
        request = operation.request
        facts = tuple(operation.preview["facts"].items())
        shown = Expected(request["version"], request["fingerprint"], facts)
        current = cancellation.as_it_is(subscription, request.get("step", self.step))
        return cancellation.changed(subscription.number, shown, current)

    def ask(self, gateway: PaymentGateway, operation: Operation, *, first: bool) -> Answer:
        if not first and (done := self.look_up(gateway, operation)) is not None:
            return done
        change = self._change(operation)
        reference = operation.request["gateway_reference"]
        changed = gateway.change_subscription(reference, change, operation_id=operation.id)
        return Answer("succeeded", changed.reference)

    def look_up(self, gateway: PaymentGateway, operation: Operation) -> Answer | None:
        try:
            there = gateway.get_subscription(operation.request["gateway_reference"])
        except Declined as error:
            return Answer("failed", sentence=str(error))
        return Answer("succeeded", there.reference) if is_so(there, self._change(operation)) else None

    def _change(self, operation: Operation) -> SubscriptionChange:
        change = self.at_gateway(operation.request)
        if change is None:
            raise RuntimeError(f"{self.kind} has nothing to do at the gateway")
        return change

    def release(self, connection: Connection, operation: Operation, now: datetime) -> None:
        done = events.of_operation(connection, operation.id) is not None
        if done and not self.is_taken_back(connection, operation):
            subscription, mark = load(connection, operation.subject_number), taken_back_mark(operation)
            change = self.taken_back(subscription, operation, now)
            write(connection, subscription, change, operation, now, event_id=mark, actor="system")

    def is_taken_back(self, connection: Connection, operation: Operation) -> bool:
        return events.of_operation(connection, taken_back_mark(operation)) is not None

    def already(self, operation: Operation) -> Done | None:
        return None

    def promises(self, operation: Operation, answer: Answer) -> Sequence[Promise]:
        return outcome_for(operation, self.sentence(operation), self.message(operation))


def taken_back_mark(operation: Operation) -> str:
    """The id of the event that says what became of its rows after the gateway said no: there is one."""
    return str(uuid.uuid5(uuid.UUID(operation.id), "taken back"))


def is_so(there: GatewaySubscription, change: SubscriptionChange) -> bool:
    """Whether the gateway's subscription already is as the change would leave it."""
    if change.cancel == "now":
        return there.state == "canceled"
    if change.cancel == "period_end":
        return there.cancel_at_period_end
    if change.cancel is not None:
        return there.cancel_at == change.cancel
    if change.keep:
        return there.state != "canceled" and not there.cancel_at_period_end and there.cancel_at is None
    if change.pause or change.unpause:
        return (there.state == "paused") == change.pause
    return (change.trial_end or change.next_charge_at) in {there.trial_end, there.current_period_end}


def write(
    connection: Connection,
    subscription: Subscription,
    change: Change,
    operation: Operation,
    now: datetime,
    *,
    event_id: str,
    actor: str = "staff",
) -> None:
    """The new values, if nobody has changed the row since it was read, and the events: the last one carries
    the id. Nothing at all if somebody has."""
    columns = subscriptions.c
    update = subscriptions.update().where(
        columns.id == subscription.id, columns.version == subscription.version
    )
    if connection.execute(update.values(change.values)).rowcount == 1:
        rows = _events(subscription, change, operation.request, now, actor)
        rows[-1]["operation_id"] = event_id
        connection.execute(subscription_events.insert(), rows)


def _events(
    subscription: Subscription, change: Change, request: Mapping[str, Any], now: datetime, actor: str
) -> list[dict[str, Any]]:
    return [
        {
            "subscription_id": subscription.id,
            "customer_id": subscription.customer_id,
            "kind": kind,
            "occurred_at": now,
            "recorded_at": now,
            "actor": actor,
            "mrr_delta_units": delta,
            "currency": subscription.currency,
            "reason": request["reason"],
            "note": request["note"] or None,
            "operation_id": None,
        }
        for kind, delta in change.events
    ]
