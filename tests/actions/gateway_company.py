"""A subscription that the simulated gateway collects for, with one paid charge."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from console import db
from console.access import Actor
from console.actions import operations
from console.gateways import simulated
from tests import build
from tests.actions.company import END, START, now_is, staff
from tests.actions.money import gateway

CUSTOMER, SUBSCRIPTION, CHARGE = "cus_1", "sub_1", "ch_1"


@dataclass(frozen=True)
class Collected:
    aino: Actor
    sofia: Actor
    customer: str
    number: str  # 10.00 € a month, with the gateway
    charge: str  # 12.40 €, 2.40 € of it tax


def collected(*, status: str = "active", charge_status: str = "succeeded", **values: Any) -> Collected:
    """`values` are columns of the subscription."""
    with db.writing("subscriptions") as connection:
        customer = build.customer(connection, name="Maija Virtanen", gateway_reference=CUSTOMER)
        card = build.payment_method(connection, customer["id"])
        common: dict[str, Any] = {"status": status, "payment_method_id": card["id"]}
        row = build.subscription(
            connection, customer["id"], gateway_reference=SUBSCRIPTION, **common | values
        )
        charge = build.charge(
            connection,
            customer["id"],
            subscription_id=row["id"],
            payment_method_id=card["id"],
            gateway_reference=CHARGE,
            status=charge_status,
            period_start=START,
            period_end=END,
            failure_code="card_declined" if charge_status == "failed" else None,
        )
    with db.writing("subscriptions") as connection:
        units = now_is(row["number"]).mrr_units
        build.subscription_event(connection, row, "started", mrr_delta_units=units)
    _at_the_gateway(status, charge_status, row["trial_end"])
    return Collected(
        staff("Aino"), staff("Sofia", "manager"), customer["number"], row["number"], charge["invoice_number"]
    )


def _at_the_gateway(status: str, charge_status: str, trial_end: datetime | None) -> None:
    there: Any = "active" if status == "paused" else status
    gateway().add_customers([simulated.Customer(reference=CUSTOMER, created_at=START)])
    gateway().add_subscriptions(
        [
            simulated.Subscription(
                reference=SUBSCRIPTION,
                created_at=START,
                customer=CUSTOMER,
                price="price_1",
                amount_minor=1000,
                currency="EUR",
                period_start=START,
                period_end=trial_end or END,
                state=there,
                paused=status == "paused",
                trial_end=trial_end,
            )
        ]
    )
    state: Any = charge_status
    gateway().add_charges(
        [
            simulated.Charge(
                reference=CHARGE,
                created_at=START,
                amount_minor=1240,
                currency="EUR",
                customer=CUSTOMER,
                subscription=SUBSCRIPTION,
                state=state,
            )
        ]
    )


def common(reason: str = "other", **values: Any) -> dict[str, Any]:
    """What every verb is given besides its own question."""
    return {"operation_id": operations.new_operation_id(), "reason": reason} | values


MONTH = timedelta(days=31)
