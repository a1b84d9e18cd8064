"""The verbs beside cancelling and refunding, as forms: trials, pauses, dates, keys, payment links, blocks."""

from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from typing import Any

import streamlit as st

from console import clocks
from console.access import Actor, Permission
from console.actions import (
    blocks,
    cancel_and_refund,
    licences,
    pausing,
    payment_details,
    renewal_dates,
    retrying,
    trials,
)
from console.actions import subscriptions as verbs
from console.db import Reading
from console.errors import Refused
from console.ui.acting import Do, Preview, VerbForm
from console.ui.verb_forms import CANCEL, REFUND, UNDO, how_much, picked_charge, why_not_refund
from queries import charge as charges
from queries.subscriptions import Subscription

Ask = Callable[[Reading, Actor, Subscription, str], tuple[Preview, Do]]


def plain(preview: Callable[..., Any], verb: Callable[..., Any]) -> Ask:
    """A verb that asks nothing but why."""

    def ask(data: Reading, actor: Actor, subscription: Subscription, _key: str) -> tuple[Preview, Do]:
        shown = preview(data, actor, subscription.number)
        return shown, partial(verb, number=subscription.number, expected=shown.expected)

    return ask


def _day(subscription: Subscription, label: str, key: str, first: date) -> date:
    """A day on the customer's calendar."""
    picked = st.date_input(label, value=first, key=f"day-{key}", format="YYYY-MM-DD", width=180)
    if not isinstance(picked, date):
        raise Refused("Choose a day.")
    return picked


def _local(subscription: Subscription, moment: Any) -> date:
    local: date = moment.astimezone(clocks.zone(subscription.customer_time_zone)).date()
    return local


def _extend_trial(data: Reading, actor: Actor, subscription: Subscription, key: str) -> tuple[Preview, Do]:
    end = subscription.trial_end or clocks.now()
    day = _day(subscription, "Last day of the trial", key, _local(subscription, end) + timedelta(days=7))
    shown = trials.preview_extend_trial(data, actor, subscription.number, day)
    do = partial(trials.extend_trial, number=subscription.number, last_day=day, expected=shown.expected)
    return shown, do


def _move_renewal(data: Reading, actor: Actor, subscription: Subscription, key: str) -> tuple[Preview, Do]:
    end = subscription.current_period_end or clocks.now()
    day = _day(subscription, "Next renewal", key, _local(subscription, end) + timedelta(days=7))
    shown = renewal_dates.preview_move_renewal(data, actor, subscription.number, day)
    do = partial(renewal_dates.move_renewal, number=subscription.number, day=day, expected=shown.expected)
    return shown, do


LINKS: dict[str, payment_details.By] = {"My Account": "my_account", "The payment gateway's page": "gateway"}


def _payment_link(data: Reading, actor: Actor, subscription: Subscription, key: str) -> tuple[Preview, Do]:
    first = next(iter(LINKS))
    picked = st.segmented_control(
        "Where they update them", list(LINKS), default=first, required=True, key=f"by-{key}"
    )
    by = LINKS[picked or first]
    shown = payment_details.preview_payment_link(data, actor, subscription.number, by=by)
    do = partial(
        payment_details.send_payment_link, number=subscription.number, by=by, expected=shown.expected
    )
    return shown, do


def _retry(data: Reading, actor: Actor, subscription: Subscription, _key: str) -> tuple[Preview, Do]:
    failed = charges.latest_of(data.subscriptions, subscription.id)
    if failed is None:
        raise Refused(f"No charge of {subscription.number} has failed.")
    shown = retrying.preview_retry(data, actor, failed.number)
    return shown, partial(retrying.retry_charge, charge_number=failed.number, expected=shown.expected)


def _cancel_and_refund(
    data: Reading, actor: Actor, subscription: Subscription, key: str
) -> tuple[Preview, Do]:
    charge = picked_charge(data, subscription, key)
    possible = {option.label: option.at for option in verbs.cancel_options(subscription, clocks.now())
                if option.possible and option.at != "date"}  # fmt: skip
    if not possible:
        raise Refused(f"{subscription.number} cannot be cancelled now: refund the charge alone.")
    first = next(iter(possible))  # the safe one: at the end, if that is possible
    label = st.segmented_control(
        "When", list(possible), default=first, required=True, key=f"when-{key}-{subscription.version}"
    )
    at = possible.get(label or first, possible[first])
    how, amount_minor = how_much(charge, key)
    shown = cancel_and_refund.preview_cancel_and_refund(
        data, actor, subscription.number, at, how, amount_minor=amount_minor, charge_number=charge.number
    )
    do = partial(
        cancel_and_refund.cancel_and_refund,
        number=subscription.number,
        at=at,
        amount_minor=shown.amount.amount_minor,
        basis=shown.amount.basis,
        charge_number=charge.number,
        expected=shown.expected,
    )
    return shown, do


def _block(data: Reading, actor: Actor, subscription: Subscription, key: str) -> tuple[Preview, Do]:
    charge = picked_charge(data, subscription, key)
    shown = blocks.preview_block(data, actor, charge.number)
    return shown, partial(blocks.block_refunds, charge_number=charge.number, expected=shown.expected)


def _unblock(data: Reading, actor: Actor, subscription: Subscription, key: str) -> tuple[Preview, Do]:
    charge = picked_charge(data, subscription, key)
    shown = blocks.preview_unblock(data, actor, charge.number)
    return shown, partial(blocks.unblock_refunds, charge_number=charge.number, expected=shown.expected)


def _why_not_both(data: Reading, subscription: Subscription) -> str | None:
    if not subscription.live:
        return f"{subscription.number} has ended: refund the charge alone."
    return why_not_refund(data, subscription)


def _why_not_retry(data: Reading, subscription: Subscription) -> str | None:
    failed = charges.latest_of(data.subscriptions, subscription.id)
    if failed is None:
        return f"Nothing was ever charged for {subscription.number}."
    return retrying.why_not_retry(data, failed)


def _why_not_block(data: Reading, subscription: Subscription) -> str | None:
    paid = charges.paid_of(data.subscriptions, subscription.id, limit=1)
    return None if paid else f"Nothing was paid for {subscription.number}."


def _why_not_unblock(data: Reading, subscription: Subscription) -> str | None:
    some = charges.paid_of(data.subscriptions, subscription.id, limit=12)
    if any(blocks.why_not_unblock(data, charge) is None for charge in some):
        return None
    return f"Refunds of no charge of {subscription.number} are blocked."


def rule(why_not: Callable[[Subscription], str | None]) -> Callable[[Reading, Subscription], str | None]:
    """A rule that needs no more than the subscription."""
    return lambda _data, subscription: why_not(subscription)


_change, _approve = Permission.CHANGE_SUBSCRIPTION, Permission.APPROVE_REFUND
FORMS: tuple[VerbForm, ...] = (
    UNDO,
    CANCEL,
    REFUND,
    VerbForm(
        "both", "Cancel and refund", "cancel", Permission.REFUND_CHARGE, cancel_and_refund.REASONS,
        _why_not_both, _cancel_and_refund,
    ),
    VerbForm(
        "retry", "Collect again", "replay", _change, retrying.REASONS, _why_not_retry, _retry
    ),
    VerbForm(
        "link", "Payment link", "add_card", _change, payment_details.REASONS,
        rule(payment_details.why_not_link), _payment_link, tells_customer=False,
    ),
    VerbForm(
        "trial", "Extend trial", "more_time", _change, trials.REASONS, rule(trials.why_not_extend),
        _extend_trial,
    ),
    VerbForm(
        "pause", "Pause", "pause", _change, pausing.REASONS, rule(pausing.why_not_pause),
        plain(pausing.preview_pause, pausing.pause_subscription),
    ),
    VerbForm(
        "unpause", "Resume", "play_arrow", _change, pausing.REASONS, rule(pausing.why_not_unpause),
        plain(pausing.preview_unpause, pausing.unpause_subscription),
    ),
    VerbForm(
        "renewal", "Move renewal", "edit_calendar", _change, renewal_dates.REASONS,
        rule(lambda one: renewal_dates.why_not_move(one, clocks.now())), _move_renewal,
    ),
    VerbForm(
        "resend", "Send licence", "forward_to_inbox", _change, licences.RESEND_REASONS,
        rule(licences.why_not_resend), plain(licences.preview_resend_licence, licences.resend_licence),
        tells_customer=False,
    ),
    VerbForm(
        "replace", "Replace licence", "key", _change, licences.REPLACE_REASONS,
        rule(licences.why_not_replace), plain(licences.preview_replace_licence, licences.replace_licence),
    ),
    VerbForm(
        "block", "Block refunds", "gpp_bad", _approve, blocks.REASONS, _why_not_block, _block,
        tells_customer=False,
    ),
    VerbForm(
        "unblock", "Allow refunds", "gpp_good", _approve, blocks.UNBLOCK_REASONS, _why_not_unblock,
        _unblock, tells_customer=False,
    ),
)  # fmt: skip
