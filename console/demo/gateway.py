"""The sample company at the simulated gateway: who pays, for what, what was charged and given back, under the
references that our rows have. A few characters are not the same there, so that comparing finds something.

    C-1029 Mikael Holm       refunded in the gateway's own pages
    C-1030 Sofie Brandt      ended here, and still charged for there
    C-1031 Daniel Okafor     ended there
    C-1032 Nora Lindqvist    charged two units more there
    C-1033 Emil Steiner      renews three days later there
    C-1034 Clara Vidal       her last attempt was paid there
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from console.demo.characters import moment
from console.demo.people import Sample
from console.demo.rows import FIRST_NUMBER, Book, Row, reference
from console.gateways.simulated import Charge, Customer, Refund, SimulatedGateway, Subscription, tables

KNOWN_FOR = timedelta(days=60)  # after it has ended
_KEPT = (tables.customers, tables.subscriptions, tables.charges, tables.refunds)


@dataclass
class Facts:
    """What the gateway knows of some customers."""

    customers: list[Customer] = field(default_factory=list)
    subscriptions: list[Subscription] = field(default_factory=list)
    charges: list[Charge] = field(default_factory=list)
    refunds: list[Refund] = field(default_factory=list)


def is_empty(gateway: SimulatedGateway) -> bool:
    with gateway.core.store.reading() as connection:
        return all(connection.execute(select(table.c.id).limit(1)).first() is None for table in _KEPT)


def introduce(gateway: SimulatedGateway, book: Book, sample: Sample) -> None:
    """Name the customers and subscriptions of a chunk in its rows, and tell the gateway of all it has."""
    for row in book.customers:
        row["gateway_reference"] = reference("cus", row["id"])
    for row in book.subscriptions:
        row["gateway_reference"] = reference("sub", row["id"]) if _is_known(row, sample) else None
    facts = _facts(book)
    for number, differ in DIFFERENT.items():
        if any(row["id"] == number - FIRST_NUMBER for row in book.customers):
            differ(facts, reference("cus", number - FIRST_NUMBER), sample)
    gateway.add_customers(facts.customers)
    gateway.add_subscriptions(facts.subscriptions)
    gateway.add_charges(facts.charges)
    gateway.add_refunds(facts.refunds)


def _is_known(row: Row, sample: Sample) -> bool:
    """Running, or ended lately."""
    return row["ended_at"] is None or row["ended_at"] > sample.cut - KNOWN_FOR


def _facts(book: Book) -> Facts:
    known = {row["id"]: row["gateway_reference"] for row in book.subscriptions}
    paid = {row["id"]: row["gateway_reference"] for row in book.charges}
    return Facts(
        [
            Customer(reference=row["gateway_reference"], created_at=row["created_at"], email=row["email"])
            for row in book.customers
        ],
        [_subscription(row) for row in book.subscriptions if row["gateway_reference"]],
        [_charge(row, known[row["subscription_id"]]) for row in book.charges],
        [_refund(row, paid[row["charge_id"]]) for row in book.refunds],
    )


def _subscription(row: Row) -> Subscription:
    start = row["current_period_start"] or row["started_at"]
    over = row["ended_at"] is not None
    return Subscription(
        reference=row["gateway_reference"],
        created_at=row["started_at"],
        customer=reference("cus", row["customer_id"]),
        price=f"price_{row['plan_id']}_{row['price_minor']}_{row['interval']}_{row['interval_count']}",
        amount_minor=row["price_minor"],
        currency=row["currency"],
        period_start=start,
        period_end=row["current_period_end"] or start + timedelta(days=30),
        interval=row["interval"],
        interval_count=row["interval_count"],
        state="canceled" if over else "active" if row["status"] == "paused" else row["status"],
        cancel_at_period_end=row["cancel_at_period_end"],
        paused=row["status"] == "paused",
        trial_end=row["trial_end"],
        ended_at=row["ended_at"],
    )


def _charge(row: Row, subscription: str | None) -> Charge:
    return Charge(
        reference=row["gateway_reference"],
        created_at=row["created_at"],
        amount_minor=row["amount_minor"],
        currency=row["currency"],
        customer=reference("cus", row["customer_id"]),
        subscription=subscription,
        state=row["status"],
    )


def _refund(row: Row, charge: str) -> Refund:
    return Refund(
        reference=row["gateway_reference"],
        charge=charge,
        created_at=row["created_at"],
        amount_minor=row["amount_minor"],
        currency=row["currency"],
        state=row["status"],
    )


def _alter(facts: Facts, customer: str, **values: Any) -> None:
    """Their only subscription is another one there."""
    facts.subscriptions[:] = [
        replace(one, **values) if one.customer == customer else one for one in facts.subscriptions
    ]


def _of(facts: Facts, customer: str) -> Subscription:
    return next(one for one in facts.subscriptions if one.customer == customer)


def _latest(facts: Facts, customer: str) -> Charge:
    return max((one for one in facts.charges if one.customer == customer), key=lambda one: one.created_at)


def _refunded_there(facts: Facts, customer: str, sample: Sample) -> None:
    charge, at = _latest(facts, customer), moment(sample, -2, "11:40")
    facts.refunds.append(
        Refund(
            reference=f"re_there_{charge.reference.removeprefix('ch_')}",
            charge=charge.reference,
            created_at=at,
            amount_minor=charge.amount_minor // 2,
            currency=charge.currency,
        )
    )


def _goes_on_there(facts: Facts, customer: str, sample: Sample) -> None:
    end: datetime = moment(sample, 12)
    _alter(facts, customer, state="active", ended_at=None, cancel_at_period_end=False, period_end=end)


def _ended_there(facts: Facts, customer: str, sample: Sample) -> None:
    _alter(facts, customer, state="canceled", ended_at=moment(sample, -4))


def _dearer_there(facts: Facts, customer: str, _sample: Sample) -> None:
    one = _of(facts, customer)
    amount = one.amount_minor + 200
    _alter(facts, customer, amount_minor=amount, price=f"{one.price}_{amount}")


def _later_there(facts: Facts, customer: str, _sample: Sample) -> None:
    end = _of(facts, customer).period_end
    _alter(facts, customer, period_end=end + timedelta(days=3))


def _paid_there(facts: Facts, customer: str, _sample: Sample) -> None:
    paid = _latest(facts, customer)
    facts.charges[:] = [replace(one, state="succeeded") if one is paid else one for one in facts.charges]


DIFFERENT: dict[int, Callable[[Facts, str, Sample], None]] = {
    1029: _refunded_there,
    1030: _goes_on_there,
    1031: _ended_there,
    1032: _dearer_there,
    1033: _later_there,
    1034: _paid_there,
}
