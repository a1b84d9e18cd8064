"""Every verb on a subscription as a form, in the order agents reach for them."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import streamlit as st

from console import clocks, money, times
from console.access import Actor, Permission
from console.actions import refunds, wording
from console.actions import subscriptions as verbs
from console.db import Reading
from console.errors import Refused
from console.ui.acting import Do, Line, Preview, VerbForm
from queries import charge as charges
from queries.charge import FullCharge
from queries.subscriptions import Subscription


@dataclass(frozen=True)
class Shown:
    """A preview whose words were made for it here."""

    lines: list[Line]
    button: str


def _why_not_cancel(_data: Reading, subscription: Subscription) -> str | None:
    options = verbs.cancel_options(subscription, clocks.now())
    return None if any(option.possible for option in options) else options[-1].why_not


def _cancel(data: Reading, actor: Actor, subscription: Subscription, _key: str) -> tuple[Preview, Do]:
    now, number = clocks.now(), subscription.number
    options = verbs.cancel_options(subscription, now)
    possible = {option.label: option.at for option in options if option.possible}
    for option in options:
        if option.why_not and not subscription.set_to_end:
            st.caption(f"{option.label}: not possible.")
            st.text(option.why_not)
    # The key has the version: what was chosen for an earlier state is never the choice for this one.
    label = st.segmented_control(
        "When", list(possible), default=next(iter(possible)), required=True,
        key=f"when-{number}-{subscription.version}",
    )  # fmt: skip
    at = possible.get(label or "", next(iter(possible.values())))
    last_day = _last_day(subscription, "The last day", f"day-{number}") if at == "date" else None
    preview = verbs.preview_cancel(data, actor, number, at, last_day=last_day, now=now)
    zone = clocks.zone(subscription.customer_time_zone)
    last = times.day_of(preview.ends_at - timedelta(microseconds=1), zone)
    when = {"now": "now", "date": f"after {last}"}.get(at, f"on {times.day_of(preview.ends_at, zone)}")
    shown = Shown(
        wording.cancel_words(preview), f"Cancel the {'trial' if preview.trial else 'subscription'} {when}"
    )
    do = partial(
        verbs.cancel_subscription, number=number, at=at, last_day=last_day, expected=preview.expected
    )
    return shown, do


def _last_day(subscription: Subscription, label: str, key: str) -> date:
    """A day on the customer's calendar; from tomorrow on until somebody chooses."""
    today = clocks.now().astimezone(clocks.zone(subscription.customer_time_zone)).date()
    picked = st.date_input(
        label, value=today + timedelta(days=7), min_value=today, key=key, format="YYYY-MM-DD", width=180
    )
    if not isinstance(picked, date):
        raise Refused("Choose a day.")
    return picked


def _why_not_undo(data: Reading, subscription: Subscription) -> str | None:
    return verbs.why_not_undo(data, subscription)


def _undo(data: Reading, actor: Actor, subscription: Subscription, _key: str) -> tuple[Preview, Do]:
    preview = verbs.preview_undo(data, actor, subscription.number)
    resumes = not subscription.live
    shown = Shown(
        wording.undo_words(preview), "Resume the subscription" if resumes else "Undo the cancellation"
    )
    return shown, partial(verbs.undo_cancel, number=subscription.number, expected=preview.expected)


HOW: dict[str, refunds.How] = {
    "All that is left": "full",
    "Unused time": "unused",
    "An amount": "amount",
}


def why_not_refund(data: Reading, subscription: Subscription) -> str | None:
    paid = charges.paid_of(data.subscriptions, subscription.id)
    if not paid:
        return f"Nothing was paid for {subscription.number}: there is nothing to give back."
    reasons = [refunds.why_not_refund(data, charge) for charge in paid[:3]]
    return None if None in reasons or len(paid) > 3 else reasons[0]


def _refund(data: Reading, actor: Actor, subscription: Subscription, key: str) -> tuple[Preview, Do]:
    charge = picked_charge(data, subscription, key)
    how, amount_minor = how_much(charge, key)
    preview = refunds.preview_refund(data, actor, charge.number, how, amount_minor=amount_minor)
    do = partial(
        refunds.refund_charge,
        number=preview.number,
        amount_minor=preview.amount.amount_minor,
        basis=preview.amount.basis,
        expected=preview.expected,
    )
    return preview, do


def picked_charge(data: Reading, subscription: Subscription, key: str) -> FullCharge:
    """Which charge: the latest one, unless another is chosen."""
    paid = charges.paid_of(data.subscriptions, subscription.id)
    by_number = {charge.number: charge for charge in paid}
    zone = clocks.zone(subscription.customer_time_zone)

    def say(number: str) -> str:
        one = by_number[number]
        left = money.in_words(one.refundable_minor, one.currency)
        return f"{times.day_of(one.created_at, zone)} · {number} · {left} left"

    first = next((place for place, one in enumerate(paid) if one.refundable_minor), 0)
    picked = st.selectbox(
        "Charge", list(by_number), index=first, format_func=say, key=f"charge-{key}", width=420
    )
    return by_number.get(picked or "", paid[first])


def how_much(charge: FullCharge, key: str) -> tuple[refunds.How, int | None]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        picked = st.segmented_control(
            "How much", list(HOW), default=next(iter(HOW)), required=True, key=f"how-{key}"
        )
        how = HOW[picked or next(iter(HOW))]
        if how != "amount":
            return how, None
        typed = st.text_input(
            f"Amount in {charge.currency}, with tax",
            key=f"amount-{key}",
            placeholder=money.number_in_words(charge.refundable_minor, charge.currency),
            width=180,
        )
    return how, money.parse(typed, charge.currency)


UNDO = VerbForm(
    "undo", "Undo cancel", "undo", Permission.CANCEL_SUBSCRIPTION, verbs.UNDO_REASONS, _why_not_undo, _undo
)
CANCEL = VerbForm(
    "cancel", "Cancel", "event_busy", Permission.CANCEL_SUBSCRIPTION, verbs.REASONS,
    _why_not_cancel, _cancel,
)  # fmt: skip
REFUND = VerbForm(
    "refund", "Refund", "currency_exchange", Permission.REFUND_CHARGE, refunds.REASONS,
    why_not_refund, _refund,
)  # fmt: skip
