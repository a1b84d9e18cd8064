"""The rules of giving money back: how much, of which charge, and what a confirmation is bound to. Pure."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from console import clocks, money, proration, words
from console.actions import phrases
from console.actions.cancellation import Expected, changed
from console.errors import Refused
from queries.charge import FullCharge
from queries.refund_blocks import RefundBlock

How = Literal["full", "amount", "unused"]

REASONS = {
    "requested": "The customer asked for it",
    "duplicate": "Charged twice",
    "unwanted_renewal": "Renewed against their wish",
    "technical_problems": "Technical problems",
    "not_as_described": "Not as described",
    "goodwill": "Goodwill",
    "fraud": "Fraud",
    "other": "Another reason",
}


@dataclass(frozen=True, kw_only=True)
class Amount:
    """What goes back: minor units of the charge's currency, tax included. `basis`: how it was found."""

    amount_minor: int
    tax_minor: int
    basis: str


def why_not(charge: FullCharge, block: RefundBlock | None) -> str | None:
    """Why nothing of it can be given back now, in words; None if something can."""
    number = charge.number
    if charge.status != "succeeded":
        return (
            f"{number} was not paid ({words.status('charge', charge.status)}): there is nothing to give back."
        )
    if charge.gateway_reference is None:
        return f"The payment gateway does not know {number}: refund it where it was paid."
    if block is not None:
        by = block.blocked_by_name or "the payment gateway"
        why = words.sentence_case(block.reason).lower()
        return f"Refunds of {number} are blocked by {by} since {phrases.moment(block.blocked_at)}: {why}."
    if charge.refundable_minor == 0:
        return f"{number} is refunded in full: nothing is left to give back."
    return None


def amount_of(charge: FullCharge, how: How, now: datetime, *, amount_minor: int | None = None) -> Amount:
    """How much goes back. Raises Refused for more than is left, for nothing, or where no period was paid."""
    if how == "full":
        left = charge.refundable_minor
        everything = left == charge.amount_minor
        return _amount(charge, left, "the whole charge" if everything else "all that is left of it")
    if how == "unused":
        return _unused(charge, now)
    if amount_minor is None or amount_minor <= 0:
        raise Refused("The amount is missing. Write how much goes back.")
    return _amount(charge, amount_minor, "an amount")


def _amount(charge: FullCharge, amount_minor: int, basis: str) -> Amount:
    left = charge.refundable_minor
    if amount_minor > left:
        asked, rest = (money.in_words(minor, charge.currency) for minor in (amount_minor, left))
        raise Refused(f"{asked} is more than is left of {charge.number} ({rest}). Write at most that.")
    tax = money.tax_share(charge.amount_minor, charge.tax_minor, charge.refunded_minor, amount_minor)
    return Amount(amount_minor=amount_minor, tax_minor=tax, basis=basis)


def _unused(charge: FullCharge, now: datetime) -> Amount:
    if charge.period_start is None or charge.period_end is None:
        raise Refused(f"The paid period of {charge.number} is not known. Refund an amount instead.")
    zone = clocks.zone(charge.customer_time_zone)
    back = proration.prorated_refund(
        charge.amount_minor,
        charge.tax_minor,
        period_start=charge.period_start,
        period_end=charge.period_end,
        at=now,
        zone=zone,
        refunded_minor=charge.refunded_minor,
    )
    if back.amount_minor <= 0:
        raise Refused(f"No time of the period of {charge.number} is unused, so nothing goes back for it.")
    days = words.plural(back.unused_seconds // 86_400, "day")
    until = phrases.moment(charge.period_end, zone.key)
    basis = f"unused time until {until}: {days} and some of {words.plural(back.period_days, 'day')}"
    return Amount(amount_minor=back.amount_minor, tax_minor=back.tax_minor, basis=basis)


def as_it_is(charge: FullCharge) -> Expected:
    """The charge as a form shows it. The fingerprint covers everything a refund of it depends on."""
    covered = (
        charge.id, charge.gateway_reference, charge.status, charge.amount_minor, charge.tax_minor,
        charge.currency, charge.refunded_minor, charge.refunds,
    )  # fmt: skip
    fingerprint = hashlib.sha256(json.dumps(covered).encode()).hexdigest()
    return Expected(charge.refunds, fingerprint, tuple(_facts(charge).items()))


def _facts(charge: FullCharge) -> dict[str, str]:
    return {
        "status": words.status("charge", charge.status),
        "charged": money.in_words(charge.amount_minor, charge.currency),
        "refunded so far": money.in_words(charge.refunded_minor, charge.currency),
        "left to refund": money.in_words(charge.refundable_minor, charge.currency),
        "paid with": words.card(charge.brand, charge.last4),
    }


def require_as_shown(charge: FullCharge, expected: Expected) -> None:
    """Raises Conflict naming what changed since it was shown."""
    current = as_it_is(charge)
    if current.fingerprint != expected.fingerprint:
        raise changed(charge.number, expected, current)
