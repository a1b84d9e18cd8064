"""What a bulk change will do, row by row, by the previews of the verbs that will act; nothing is written.

A number that is not known, or that stands twice for the same thing, is named: no row is dropped in silence.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from console import clocks, limits, words
from console.access import Actor, Permission, require
from console.actions import phrases, previews, refunds
from console.actions.cancellation import Expected
from console.db import Reading
from console.errors import NotFound, Refused
from queries import charge as charges
from queries import operations as stored
from queries import staff, subscriptions
from queries.charge import FullCharge
from queries.recurring import minor_from_units
from queries.subscriptions import Subscription

Kind = Literal["cancel", "refund"]

MOST = 500
LONGEST_NUMBER = 64
PERMISSIONS: dict[Kind, Permission] = {
    "cancel": Permission.CANCEL_SUBSCRIPTION,
    "refund": Permission.REFUND_CHARGE,
}
NOUNS: dict[Kind, str] = {"cancel": "subscription", "refund": "refund"}


@dataclass(frozen=True, kw_only=True)
class BulkRow:
    """One row of a preview. `subject_number` is what the verb acts on: the subscription, or the charge that
    the given `number` stands for. Amounts are minor units of `currency`: of a refund with tax, of the next
    charge without; instants are UTC. A row without `expected` is not possible: `why_not` says why."""

    number: str
    subject_number: str
    customer_number: str | None = None
    customer_name: str | None = None
    what: str = ""  # product and plan, or the charge
    currency: str | None = None
    ends_at: datetime | None = None
    next_charge_minor: int | None = None  # that will not be made
    next_charge_at: datetime | None = None
    mrr_delta_units: int = 0
    amount_minor: int | None = None  # that goes back
    card: str = ""
    basis: str = ""
    second_person: str | None = None  # why one is needed; None: not
    warnings: tuple[str, ...] = ()
    why_not: str | None = None
    expected: Expected | None = None

    @property
    def possible(self) -> bool:
        return self.expected is not None


@dataclass(frozen=True, kw_only=True)
class Total:
    """What the possible rows of one currency come to, in its minor units."""

    currency: str
    rows: int
    refund_minor: int
    next_charges_minor: int
    mrr_delta_minor: int


@dataclass(frozen=True, kw_only=True)
class BulkPreview:
    kind: Kind
    rows: tuple[BulkRow, ...]
    unknown: tuple[str, ...]  # numbers of nothing
    repeated: tuple[str, ...]  # numbers of what another row is about
    asked_at: datetime
    totals: tuple[Total, ...] = field(default=())

    @property
    def possible(self) -> tuple[BulkRow, ...]:
        return tuple(row for row in self.rows if row.possible)

    @property
    def second_person(self) -> int:
        """How many rows a second person has to approve."""
        return sum(row.second_person is not None for row in self.rows)

    @property
    def typed(self) -> str:
        """What has to be typed to confirm: "12 subscriptions"."""
        return words.plural(len(self.possible), NOUNS[self.kind])


def numbers_in(text: str) -> list[str]:
    """Numbers as somebody pastes them: between spaces, commas, semicolons or on lines of their own."""
    return text.replace(",", " ").replace(";", " ").replace("\0", " ").split()


def prepare(data: Reading, actor: Actor, kind: Kind, numbers: Sequence[str], now: datetime) -> BulkPreview:
    """What will happen to each of them: a cancellation at the end of the period or trial, or a refund of all
    that is left of a charge. To refund, a number is a charge's, or a subscription's: then its latest paid
    charge is meant. Raises NotPermitted, Refused for no number or more than MOST, Unavailable."""
    require(actor, PERMISSIONS[kind])
    wanted = [number.strip() for number in numbers if number.strip()]
    if not wanted:
        raise Refused("No number is given. Write one on each line.")
    if len(wanted) > MOST:
        raise Refused(f"{len(wanted):,} numbers are too many at once: at most {MOST}. Take them in parts.")
    rows, unknown, repeated = _rows(data, actor, kind, wanted, now)
    if kind == "refund":
        rows = _one_after_the_other(data, actor, rows, now)
    return BulkPreview(
        kind=kind,
        rows=tuple(rows),
        unknown=tuple(unknown),
        repeated=tuple(repeated),
        asked_at=now,
        totals=tuple(_totals(rows)),
    )


def _rows(
    data: Reading, actor: Actor, kind: Kind, wanted: Iterable[str], now: datetime
) -> tuple[list[BulkRow], list[str], list[str]]:
    rows: dict[str, BulkRow] = {}
    unknown: list[str] = []
    repeated: list[str] = []
    for number in wanted:
        try:
            row = (_cancel if kind == "cancel" else _refund)(data, actor, number, now)
        except NotFound:
            unknown.append(number[:LONGEST_NUMBER])
            continue
        if row.subject_number in rows:
            repeated.append(number)
        else:
            rows[row.subject_number] = row
    return list(rows.values()), unknown, repeated


def _cancel(data: Reading, actor: Actor, number: str, now: datetime) -> BulkRow:
    try:
        shown = previews.preview_cancel(data, actor, number, "period_end", now=now)
    except Refused as refusal:
        there = subscriptions.by_number(data.subscriptions, number)
        row = BulkRow(number=number, subject_number=number, why_not=str(refusal))
        return row if there is None else replace(row, **_whose(there))
    return BulkRow(
        number=number,
        subject_number=shown.number,
        **_whose(shown.subscription),
        ends_at=shown.ends_at,
        next_charge_minor=shown.next_charge_minor,
        next_charge_at=shown.next_charge_at,
        mrr_delta_units=shown.mrr_delta_units,
        warnings=shown.warnings,
        expected=shown.expected,
    )


def _whose(subscription: Subscription) -> dict[str, Any]:
    return {
        "customer_number": subscription.customer_number,
        "customer_name": subscription.customer_name,
        "what": phrases.product(subscription),
        "currency": subscription.currency,
    }


def _refund(data: Reading, actor: Actor, number: str, now: datetime) -> BulkRow:
    subscription = subscriptions.by_number(data.subscriptions, number)
    charge = _charge(data, number, subscription)
    if charge is None and subscription is not None:
        why_not = f"Nothing was paid for {number} yet: there is nothing to give back."
        return BulkRow(number=number, subject_number=number, why_not=why_not, **_whose(subscription))
    if charge is None:
        raise NotFound(f"There is no subscription and no charge “{number[:40]}”.")
    row = BulkRow(
        number=number,
        subject_number=charge.number,
        customer_number=charge.customer_number,
        customer_name=charge.customer_name,
        what=f"{charge.number} of {phrases.day(charge.created_at, charge.customer_time_zone)}",
        currency=charge.currency,
        card=words.card(charge.brand, charge.last4),
    )
    try:
        shown = refunds.preview_refund(data, actor, charge.number, "full", now=now)
    except Refused as refusal:
        return replace(row, why_not=str(refusal))
    amount = shown.amount
    return replace(row, amount_minor=amount.amount_minor, basis=amount.basis, expected=shown.expected)


def _charge(data: Reading, number: str, subscription: Subscription | None) -> FullCharge | None:
    if subscription is None:
        return charges.by_number(data.subscriptions, number)
    return charges.latest_paid(data.subscriptions, subscription.id)


def _one_after_the_other(
    data: Reading, actor: Actor, rows: Sequence[BulkRow], now: datetime
) -> list[BulkRow]:
    """With which of them a second person is needed: each row counts what those before it give back."""
    member = staff.by_id(data.state, actor.staff_id)
    day = clocks.start_of(now.astimezone(clocks.zone()).date())
    given: dict[str, int] = {}
    judged = []
    for row in rows:
        if row.amount_minor is None or row.currency is None:
            judged.append(row)
            continue
        currency = row.currency
        if currency not in given:
            given[currency] = stored.money_since(data.state, actor.staff_id, currency, day)
        limit = limits.limit_for(actor.role, member.limits if member else None, currency)
        why = limits.needs_second_person(limit, row.amount_minor, given[currency])
        given[currency] += row.amount_minor
        judged.append(replace(row, second_person=why))
    return judged


def _totals(rows: Sequence[BulkRow]) -> list[Total]:
    """Never added up across currencies."""
    by_currency: dict[str, list[BulkRow]] = defaultdict(list)
    for row in rows:
        if row.possible and row.currency is not None:
            by_currency[row.currency].append(row)
    return [
        Total(
            currency=currency,
            rows=len(some),
            refund_minor=sum(row.amount_minor or 0 for row in some),
            next_charges_minor=sum(row.next_charge_minor or 0 for row in some),
            mrr_delta_minor=minor_from_units(sum(row.mrr_delta_units for row in some)),
        )
        for currency, some in sorted(by_currency.items())
    ]
