"""What a bulk action does to each row, by the rules of the verbs that will act, asked with a few statements
for all of them: a preview of 500 rows must not take 500 times that of one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from console import clocks, limits, words
from console.access import Actor
from console.actions import cancellation, cancelling, phrases, refundable, refunds
from console.actions.cancellation import Expected
from console.db import Connection, Reading
from console.errors import Refused, Unavailable
from queries import bulk_facts, staff, subscriptions, ticket_mentions
from queries import charge as charges
from queries import operations as stored
from queries.bulk_facts import UnderWay
from queries.charge import FullCharge
from queries.refund_blocks import RefundBlock
from queries.subscriptions import Subscription
from queries.tables_subscriptions import subscriptions as subscription_table

At = Literal["period_end", "now"]
Rows = dict[str, "BulkRow"]  # by the number that was given; what is unknown is not in it


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
    left_minor: int | None = None  # of the charge, after it
    card: str = ""
    basis: str = ""
    second_person: str | None = None  # why one is needed; None: not
    tickets: tuple[str, ...] | None = ()  # open ones that speak of cancelling or a refund; None: not readable
    why_not: str | None = None
    expected: Expected | None = None

    @property
    def possible(self) -> bool:
        return self.expected is not None


def cancel_rows(data: Reading, numbers: Sequence[str], at: At, now: datetime) -> Rows:
    found = _subscriptions(data.subscriptions, numbers)
    open_ = bulk_facts.about_subscriptions(data.state, list(found))
    held = {one.subject_number: one for one in open_}
    rows = {
        number: _cancelled(subscription, at, now, held.get(number)) for number, subscription in found.items()
    }
    return _with_tickets(data, rows)


def _subscriptions(connection: Connection, numbers: Sequence[str]) -> dict[str, Subscription]:
    column = subscription_table.c.number
    found = subscriptions.first_by(connection, [column.in_(numbers)], column, limit=len(numbers))
    return {one.number: one for one in found}


def _cancelled(subscription: Subscription, at: At, now: datetime, held: UnderWay | None) -> BulkRow:
    row = BulkRow(
        number=subscription.number,
        subject_number=subscription.number,
        customer_number=subscription.customer_number,
        customer_name=subscription.customer_name,
        what=phrases.product(subscription),
        currency=subscription.currency,
    )
    no = cancelling.why_not(subscription, at, None, now) or _held(held, subscription.number)
    if no is not None:
        return replace(row, why_not=no)
    end = (cancellation.ends_at(subscription) if at == "period_end" else None) or now
    due = subscription.next_charge_at
    not_made = due is not None and due >= end
    return replace(
        row,
        ends_at=end,
        next_charge_at=due if not_made else None,
        next_charge_minor=subscription.next_charge_minor if not_made else None,
        mrr_delta_units=-subscription.mrr_units,
        expected=cancellation.as_it_is(subscription, at),
    )


def _held(held: UnderWay | None, number: str) -> str | None:
    if held is None:
        return None
    return (
        f"{held.requester_name} has something under way about {number} "
        f"({held.state.replace('_', ' ')}): look at it under Operations first."
    )


def refund_rows(data: Reading, numbers: Sequence[str], now: datetime) -> Rows:
    """All that is left of each charge; a subscription's number stands for its latest paid charge."""
    owners = _subscriptions(data.subscriptions, numbers)
    paid = _charges(data.subscriptions, numbers, owners)
    open_ = bulk_facts.holding(data.state, [refunds.lock_key(one) for one in paid.values()])
    held = {one.lock_key: one for one in open_}
    blocks = bulk_facts.blocks_of(data.state, [one.number for one in paid.values()])
    rows = {number: _nothing_paid(subscription) for number, subscription in owners.items()}
    for number, charge in paid.items():
        rows[number] = _refunded(number, charge, held.get(refunds.lock_key(charge)), blocks, now)
    return _with_tickets(data, rows)


def _charges(
    connection: Connection, numbers: Sequence[str], owners: Mapping[str, Subscription]
) -> dict[str, FullCharge]:
    """The charge each number stands for. What is neither a subscription nor an invoice is asked by itself."""
    by_owner = {one.id: number for number, one in owners.items()}
    latest = charges.latest_paid_of_each(connection, list(by_owner))
    found = {by_owner[one.subscription_id]: one for one in latest if one.subscription_id is not None}
    others = [number for number in numbers if number not in owners]
    found |= {one.number: one for one in charges.invoiced(connection, others)} if others else {}
    for number in others:
        one = None if number in found else charges.by_number(connection, number)
        found |= {number: one} if one is not None else {}
    return found


def _nothing_paid(subscription: Subscription) -> BulkRow:
    number = subscription.number
    return BulkRow(
        number=number,
        subject_number=number,
        customer_number=subscription.customer_number,
        customer_name=subscription.customer_name,
        what=phrases.product(subscription),
        currency=subscription.currency,
        why_not=f"Nothing was paid for {number}: there is nothing to give back.",
    )


def _refunded(
    number: str,
    charge: FullCharge,
    held: UnderWay | None,
    blocks: Mapping[str, RefundBlock],
    now: datetime,
) -> BulkRow:
    row = BulkRow(
        number=number,
        subject_number=charge.number,
        customer_number=charge.customer_number,
        customer_name=charge.customer_name,
        what=f"{charge.number} of {phrases.day(charge.created_at, charge.customer_time_zone)}",
        currency=charge.currency,
        card=words.card(charge.brand, charge.last4),
    )
    no = _held(held, charge.number) or refundable.why_not(charge, blocks.get(charge.number))
    if no is not None:
        return replace(row, why_not=no)
    try:
        amount = refundable.amount_of(charge, "full", now)
    except Refused as refusal:  # a charge whose own figures cannot be
        return replace(row, why_not=str(refusal))
    return replace(
        row,
        amount_minor=amount.amount_minor,
        left_minor=charge.refundable_minor - amount.amount_minor,
        basis=amount.basis,
        expected=refundable.as_it_is(charge),
    )


def _with_tickets(data: Reading, rows: Rows) -> Rows:
    customers = list({row.customer_number for row in rows.values() if row.customer_number is not None})
    try:
        found = ticket_mentions.of_customers(data.tickets, customers)
    except Unavailable:  # acting does not wait for the ticket system
        return {number: replace(row, tickets=None) for number, row in rows.items()}
    return {
        number: replace(row, tickets=tuple(found.get(row.customer_number or "", ())))
        for number, row in rows.items()
    }


def with_second_persons(data: Reading, actor: Actor, rows: Sequence[BulkRow], now: datetime) -> list[BulkRow]:
    """With which of them a second person is needed: each row counts what those before it give back."""
    member = staff.by_id(data.state, actor.staff_id)
    day = clocks.start_of(now.astimezone(clocks.zone()).date())
    given: dict[str, int] = {}
    judged = []
    for row in rows:
        currency, amount = row.currency, row.amount_minor
        if amount is None or currency is None:
            judged.append(row)
            continue
        if currency not in given:
            given[currency] = stored.money_since(data.state, actor.staff_id, currency, day)
        limit = limits.limit_for(actor.role, member.limits if member else None, currency)
        why = limits.needs_second_person(limit, amount, given[currency])
        given[currency] += amount
        judged.append(replace(row, second_person=why))
    return judged


def as_kept(row: BulkRow) -> dict[str, Any]:
    """What a run keeps of a possible row: all that its verb and its line on a screen need, as JSON."""
    if row.expected is None:
        raise RuntimeError(f"{row.number} is not possible")
    return {
        "version": row.expected.version,
        "fingerprint": row.expected.fingerprint,
        "facts": [list(fact) for fact in row.expected.facts],
        "amount_minor": row.amount_minor,
        "currency": row.currency,
        "basis": row.basis,
        "customer_number": row.customer_number,
        "customer_name": row.customer_name,
        "what": row.what,
    }
