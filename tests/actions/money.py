"""A charge that the simulated gateway knows, and how tests ask for refunds of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from console import db
from console.access import Actor
from console.actions import operations, refundable
from console.actions.done import Done
from console.actions.refunds import refund_charge
from console.gateways.choose import payment_gateway
from console.gateways.simulated import Charge, SimulatedGateway
from queries import charge as charges
from queries.charge import FullCharge
from queries.operations import Operation
from queries.tables_subscriptions import refunds
from tests import build
from tests.actions.company import NOW, START, staff

REFERENCE = "ch_1"


@dataclass(frozen=True)
class Paid:
    aino: Actor  # a support agent: 50.00 € alone
    manager: Actor
    finance: Actor
    number: str  # a paid charge of 40.00 €, 10.00 € of it tax


def gateway() -> SimulatedGateway:
    found = payment_gateway()
    assert isinstance(found, SimulatedGateway)
    return found


def paid(amount_minor: int = 4000, currency: str = "EUR", *, reference: str = REFERENCE) -> Paid:
    with db.writing("subscriptions") as connection:
        customer = build.customer(connection, name="Maija Virtanen")
        subscription = build.subscription(connection, customer["id"])
        card = build.payment_method(connection, customer["id"])
        charge = build.charge(
            connection,
            customer["id"],
            subscription_id=subscription["id"],
            payment_method_id=card["id"],
            amount_minor=amount_minor,
            tax_minor=amount_minor // 4,
            currency=currency,
            gateway_reference=reference,
            period_start=START,
            period_end=START + timedelta(days=31),
        )
    gateway().add_charges(
        [Charge(reference=reference, created_at=START, amount_minor=amount_minor, currency=currency)]
    )
    aino, manager, finance = (
        staff(name, role) for name, role in (("Aino", "agent"), ("Sofia", "manager"), ("Oskar", "finance"))
    )
    return Paid(aino, manager, finance, charge["invoice_number"])


def charge_now(number: str) -> FullCharge:
    with db.reading() as data:
        found = charges.by_number(data.subscriptions, number)
    assert found is not None
    return found


def refund(actor: Actor, number: str, amount_minor: int = 1000, **values: Any) -> Done:
    request: dict[str, Any] = {
        "operation_id": operations.new_operation_id(),
        "reason": "requested",
        "now": NOW,
    } | values
    request.setdefault("expected", refundable.as_it_is(charge_now(number)))
    return refund_charge(actor, number, amount_minor=amount_minor, **request)


def operation(id: str) -> Operation:
    found = operations.find(id)
    assert found is not None
    return found


def refund_rows() -> list[tuple[int, int, str]]:
    """Amount, tax and status of every refund in our books, oldest first."""
    with db.reading() as data:
        rows = data.subscriptions.execute(
            select(refunds.c.amount_minor, refunds.c.tax_minor, refunds.c.status).order_by(refunds.c.id)
        )
        return [(row.amount_minor, row.tax_minor, row.status) for row in rows]


def given_back(at: datetime = START, *, reference: str = REFERENCE) -> int:
    """What the gateway has given back of the charge."""
    del at
    return gateway().get_charge(reference).refunded_minor
