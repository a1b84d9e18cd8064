"""Every verb beside cancelling alone and refunding alone, ready to be done: shown, then confirmed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from console import db
from console.access import Actor, Permission
from console.actions import (
    blocks,
    cancel_and_refund,
    licences,
    notes,
    pausing,
    payment_details,
    renewal_dates,
    retrying,
    trials,
)
from console.actions.done import Done
from console.gateways.mail import Message
from queries import outbox
from queries.tables_state import refund_blocks
from queries.tables_subscriptions import subscription_events
from tests.actions.company import END, NOW
from tests.actions.gateway_company import Collected, common

ID = "6f1c2a52-6d8e-4c53-9f0e-3b1d7c5b8a01"
LATER = NOW + timedelta(minutes=5)
TRIAL_DAY, RENEWAL_DAY = date(2026, 2, 10), date(2026, 2, 15)
TRIAL: dict[str, Any] = {"status": "trialing", "trial_end": END, "current_period_end": END}
OWING: dict[str, Any] = {"status": "past_due", "charge_status": "failed"}

Do = Callable[..., Done]


class Outgoing:
    """A mail server, and what it took."""

    def __init__(self) -> None:
        self.sent: list[Message] = []

    def send(self, message: Message) -> None:
        self.sent.append(message)


def shown(preview: Callable[..., Any], *arguments: Any, now: Any = NOW, **named: Any) -> Any:
    with db.reading() as data:
        return preview(data, *arguments, now=now, **named)


def told(id: str = ID) -> list[str]:
    """The messages an operation promised, and "ticket" for a note on one."""
    with db.reading() as data:
        rows = outbox.of_operation(data.state, id)
    return sorted(row.payload.get("message", "ticket") for row in rows)


def mailed(id: str = ID) -> Any:
    """What the one mail of an operation says, before it is put into words."""
    with db.reading() as data:
        (row,) = [row for row in outbox.of_operation(data.state, id) if row.kind == "mail"]
    return row.payload


def written(id: str) -> int:
    """How many rows of ours carry an operation's id: its event, or its block."""
    with db.reading() as data:
        mine = select(func.count()).where(subscription_events.c.operation_id == id)
        blocked = select(func.count()).where(refund_blocks.c.operation_id == id)
        return (data.subscriptions.scalar(mine) or 0) + (data.state.scalar(blocked) or 0)


def extend(there: Collected, who: Actor | None = None, *, day: date = TRIAL_DAY, **values: Any) -> Done:
    actor = who or there.aino
    if "expected" not in values:
        values["expected"] = shown(trials.preview_extend_trial, actor, there.number, day).expected
    return trials.extend_trial(actor, there.number, **common(now=NOW) | {"last_day": day} | values)


def pause(there: Collected, who: Actor | None = None, **values: Any) -> Done:
    actor = who or there.aino
    if "expected" not in values:
        values["expected"] = shown(pausing.preview_pause, actor, there.number).expected
    return pausing.pause_subscription(actor, there.number, **common(now=NOW) | values)


def unpause(there: Collected, who: Actor | None = None, **values: Any) -> Done:
    actor = who or there.aino
    now = values.get("now", NOW)
    if "expected" not in values:
        values["expected"] = shown(pausing.preview_unpause, actor, there.number, now=now).expected
    return pausing.unpause_subscription(actor, there.number, **common(now=NOW) | values)


def move(there: Collected, who: Actor | None = None, *, day: date = RENEWAL_DAY, **values: Any) -> Done:
    actor = who or there.aino
    if "expected" not in values:
        values["expected"] = shown(renewal_dates.preview_move_renewal, actor, there.number, day).expected
    return renewal_dates.move_renewal(actor, there.number, **common(now=NOW) | {"day": day} | values)


def resend(there: Collected, who: Actor | None = None, **values: Any) -> Done:
    actor = who or there.aino
    if "expected" not in values:
        values["expected"] = shown(licences.preview_resend_licence, actor, there.number).expected
    return licences.resend_licence(actor, there.number, **common(now=NOW) | values)


def replace_key(there: Collected, who: Actor | None = None, **values: Any) -> Done:
    actor = who or there.aino
    if "expected" not in values:
        values["expected"] = shown(licences.preview_replace_licence, actor, there.number).expected
    return licences.replace_licence(actor, there.number, **common(now=NOW) | values)


def send_link(there: Collected, who: Actor | None = None, *, by: Any = "my_account", **values: Any) -> Done:
    actor = who or there.aino
    if "expected" not in values:
        shows = shown(payment_details.preview_payment_link, actor, there.number, by=by)
        values["expected"] = shows.expected
    return payment_details.send_payment_link(actor, there.number, **common(now=NOW) | {"by": by} | values)


def open_page(there: Collected, who: Actor | None = None, **values: Any) -> Done:
    """The link to the gateway's own page."""
    return send_link(there, who, by="gateway", **values)


def retry(there: Collected, who: Actor | None = None, **values: Any) -> Done:
    actor = who or there.aino
    if "expected" not in values:
        values["expected"] = shown(retrying.preview_retry, actor, there.charge).expected
    return retrying.retry_charge(actor, there.charge, **common(now=NOW) | values)


def block(there: Collected, who: Actor | None = None, **values: Any) -> Done:
    actor = who or there.sofia
    if "expected" not in values:
        values["expected"] = shown(blocks.preview_block, actor, there.charge).expected
    return blocks.block_refunds(actor, there.charge, **common(now=NOW) | values)


def unblock(there: Collected, who: Actor | None = None, **values: Any) -> Done:
    actor = who or there.sofia
    if "expected" not in values:
        values["expected"] = shown(blocks.preview_unblock, actor, there.charge).expected
    return blocks.unblock_refunds(actor, there.charge, **common(now=NOW) | values)


def note(there: Collected, who: Actor | None = None, **values: Any) -> Done:
    request = {"operation_id": common()["operation_id"], "now": NOW} | values
    return notes.add_note(who or there.aino, there.customer, request.pop("body", "Calls back"), **request)


def both(
    there: Collected, who: Actor | None = None, *, at: Any = "now", how: Any = "full", **values: Any
) -> Done:
    actor, day = who or there.aino, values.get("last_day")
    preview = cancel_and_refund.preview_cancel_and_refund
    if "expected" not in values or "amount_minor" not in values:
        shows = shown(preview, actor, there.number, at, how, last_day=day)
        values = {"expected": shows.expected, "amount_minor": shows.amount.amount_minor} | values
    request = common(now=NOW) | {"at": at, "charge_number": there.charge} | values
    return cancel_and_refund.cancel_and_refund(actor, there.number, **request)


@dataclass(frozen=True)
class Case:
    """`made`: columns of the subscription it is done to; `at_gateway`: whether the gateway has a part in it;
    `tells`: the message it promises."""

    do: Do
    permission: Permission
    made: dict[str, Any] = field(default_factory=dict)
    at_gateway: bool = False
    tells: str | None = None
    prepare: Do | None = None  # what has to be done before


_change, _approve = Permission.CHANGE_SUBSCRIPTION, Permission.APPROVE_REFUND
CASES: dict[str, Case] = {
    "extend_trial": Case(extend, _change, TRIAL, at_gateway=True, tells="trial_extended"),
    "pause": Case(pause, _change, at_gateway=True, tells="paused"),
    "unpause": Case(unpause, _change, {"status": "paused"}, at_gateway=True, tells="unpaused"),
    "move_renewal": Case(move, _change, at_gateway=True, tells="renewal_date_changed"),
    "resend_licence": Case(resend, _change, tells="licence_resent"),
    "replace_licence": Case(replace_key, _change, tells="licence_replaced"),
    "payment_link": Case(send_link, _change, tells="payment_link"),
    "payment_page": Case(open_page, _change, at_gateway=True, tells="payment_link"),
    "retry": Case(retry, _change, OWING, at_gateway=True, tells="payment_retried_ok"),
    "block": Case(block, _approve),
    "unblock": Case(unblock, _approve, prepare=block),
    "note": Case(note, Permission.WRITE_NOTES),
    "both": Case(both, Permission.REFUND_CHARGE, at_gateway=True, tells="cancel_and_refund"),
}
