"""Cancelling, and taking a cancellation back, as kinds of operation: see console.actions.engine."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from console.actions import cancellation, operations
from console.actions.cancellation import Change, Step
from console.actions.done import Done
from console.actions.engine import Answer, already_done, register
from console.actions.subscription_verb import SubscriptionVerb, load
from console.db import Connection, Reading, reading
from console.gateways.payments import PaymentGateway, SubscriptionChange
from queries import operations as stored
from queries import subscription_events as events
from queries.operations import Operation
from queries.subscription_events import SubscriptionEvent
from queries.subscriptions import Subscription
from queries.tables_subscriptions import subscriptions

CANCEL = "subscription:cancel"
UNDO = "subscription:cancel_undo"

_CLOCKS_DIFFER = timedelta(hours=1)  # ours and the gateway's, at most

# What shows that a step was already done, for "already done by …".
_DONE_BY: dict[Step, str] = {
    "period_end": "cancel_requested",
    "date": "cancel_requested",
    "now": "ended",
    "undo": "cancel_undone",
}
_OTHERS = {"customer": "the customer", "staff": "staff", "system": "the billing system"}


def already(
    data: Reading, subscription: Subscription, step: Step, operation_id: str, end: datetime | None = None
) -> Done | None:
    """It is as the step would leave it: who did that, and when. None if it is not."""
    if not cancellation.reached(subscription, step, end):
        return None
    event = events.latest(data.subscriptions, subscription.id, [_DONE_BY[step]])
    if step == "undo" and event is None:
        return None  # it never was cancelled
    by, at = _who(data, subscription, event, step)
    return already_done(operation_id, subscription.number, by, at)


def _who(
    data: Reading, subscription: Subscription, event: SubscriptionEvent | None, step: Step
) -> tuple[str, datetime | None]:
    if event is None:
        at = subscription.ended_at if step == "now" else subscription.cancel_requested_at
        return _OTHERS.get(subscription.cancel_requested_by or "", "somebody"), at
    operation = stored.by_id(data.state, event.operation_id) if event.operation_id else None
    by = operations.requester(operation).name if operation else _OTHERS.get(event.actor, event.actor)
    return by, event.occurred_at


def status_before_end(data: Reading, subscription: Subscription) -> str | None:
    """The status a subscription had before staff ended it at once; None if it was not ended so."""
    if not cancellation.cancelled_at_once(subscription):
        return None
    event = events.latest(data.subscriptions, subscription.id, ["ended"])
    if event is None or event.operation_id is None:
        return None
    operation = stored.by_id(data.state, event.operation_id)
    return operation.preview["before"]["status"] if operation is not None else None


def why_not(
    subscription: Subscription, step: Step, was: str | None, now: datetime, end: datetime | None = None
) -> str | None:
    """Why the step is not possible now, in words; None if it is."""
    if step == "undo":
        return cancellation.why_not_undo(subscription, was, now)
    options = {option.at: option for option in cancellation.cancel_options(subscription, now)}
    no = options[step].why_not
    return no if no or end is None else cancellation.why_not_until(subscription, end, now)


def _end(request: Mapping[str, Any]) -> datetime | None:
    return datetime.fromisoformat(request["end"]) if request.get("end") else None


def planned(
    subscription: Subscription, request: Mapping[str, Any], before: Mapping[str, Any], moment: datetime
) -> Change:
    """What the stored request writes to the subscription."""
    was, end = request["was"], _end(request)
    renewal = subscription.current_period_end
    return cancellation.change(
        request["step"],
        before=before,
        reason=request["reason"],
        moment=moment,
        was=was,
        mrr_units=cancellation.units(subscription, was or before["status"]),
        end=end,
        renews_before=end is not None and renewal is not None and renewal < end,
    )


class Cancel(SubscriptionVerb):
    kind = CANCEL

    def planned(
        self,
        subscription: Subscription,
        request: Mapping[str, Any],
        before: Mapping[str, Any],
        moment: datetime,
    ) -> Change:
        return planned(subscription, request, before, moment)

    def why_not(self, subscription: Subscription, request: Mapping[str, Any], now: datetime) -> str | None:
        return why_not(subscription, request["step"], request["was"], now, _end(request))

    def taken_back(self, subscription: Subscription, operation: Operation, moment: datetime) -> Change:
        before = operation.preview["before"]
        was = before["status"] if operation.request["step"] == "now" else None
        change = cancellation.change(
            "undo",
            before=cancellation.snapshot(subscription),
            reason="",
            moment=moment,
            was=was,
            mrr_units=cancellation.units(subscription, before["status"]),
        )
        return Change(change.values | cancellation.columns_of(before), change.events)

    def at_gateway(self, request: Mapping[str, Any]) -> SubscriptionChange | None:
        end = _end(request)
        return SubscriptionChange(cancel=end or ("now" if request["step"] == "now" else "period_end"))

    def already(self, operation: Operation) -> Done | None:
        with reading() as data:
            subscription = load(data.subscriptions, operation.subject_number)
            step, end = operation.request["step"], _end(operation.request)
            return already(data, subscription, step, operation.id, end)

    def message(self, operation: Operation) -> tuple[str, dict[str, Any]] | None:
        kinds = {
            "now": "cancel_now",
            "date": "cancel_on_date",
            "period_end": "cancel_at_end",
            "undo": "cancel_undone",
        }
        request = operation.request
        kind = kinds[request["step"]]
        if request.get("trial") and kind != "cancel_undone":
            kind = "trial_cancelled_now" if kind == "cancel_now" else "trial_cancelled"
        if kind == "cancel_undone" and request["was"]:
            kind = "resumed"
        return kind, {"product": request.get("product"), "end": request.get("ends_at")}


class Undo(Cancel):
    """One that was ended at once goes on at the gateway as a new subscription: an ended one cannot."""

    kind = UNDO

    def taken_back(self, subscription: Subscription, operation: Operation, moment: datetime) -> Change:
        before = operation.preview["before"]
        ended = before["ended_at"] is not None
        units = cancellation.units(subscription, subscription.status)
        values = cancellation.columns_of(before) | {"version": subscription.version + 1}
        events_ = (("cancel_requested", 0), ("ended", -units)) if ended else (("cancel_requested", 0),)
        return Change(values, events_)

    def at_gateway(self, request: Mapping[str, Any]) -> SubscriptionChange | None:
        return SubscriptionChange(keep=True)

    def ask(self, gateway: PaymentGateway, operation: Operation, *, first: bool) -> Answer:
        request = operation.request
        if request["was"] is None:
            return super().ask(gateway, operation, first=first)
        if not first and (made := self.look_up(gateway, operation)) is not None:
            return made
        again = gateway.restart_subscription(
            request["gateway_reference"],
            next_charge_at=datetime.fromisoformat(request["paid_until"]),
            operation_id=operation.id,
        )
        return Answer("succeeded", again.reference)

    def look_up(self, gateway: PaymentGateway, operation: Operation) -> Answer | None:
        """The new subscription is known by the operation's id: only the gateway can say that there is one."""
        if operation.request["was"] is None:
            return super().look_up(gateway, operation)
        made = gateway.subscriptions(operation.requested_at - _CLOCKS_DIFFER)
        there = next((one for one in made if one.operation_id == operation.id), None)
        return Answer("succeeded", there.reference) if there is not None else None

    def book(self, connection: Connection, operation: Operation, answer: Answer, now: datetime) -> None:
        columns, number = subscriptions.c, operation.subject_number
        connection.execute(
            subscriptions.update().where(columns.number == number).values(gateway_reference=answer.reference)
        )


register(Cancel())
register(Undo())
