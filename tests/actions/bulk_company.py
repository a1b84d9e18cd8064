"""A few subscriptions with a paid charge each that the simulated gateway knows, and bulk runs of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from console import db
from console.access import Actor
from console.actions import bulk
from console.actions.bulk import BulkPreview, Kind
from console.gateways.simulated import Charge
from queries import bulk as stored
from queries.bulk import BulkItem, BulkRun
from tests import build
from tests.actions.company import NOW, START, staff
from tests.actions.money import gateway


@dataclass(frozen=True)
class Many:
    aino: Actor  # a support agent: 50.00 € alone, 200.00 € a day
    onni: Actor
    finance: Actor
    numbers: tuple[str, ...]  # active monthly subscriptions of 10.00 €
    charges: tuple[str, ...]  # the paid charge of each


def many(count: int, *, amounts: Sequence[int] = (), currency: str = "EUR") -> Many:
    """`amounts` are the charges', with tax; 10.00 each where none is given."""
    numbers, invoices = [], []
    with db.writing("subscriptions") as connection:
        customer = build.customer(connection, name="Maija Virtanen")
        plan = build.plan(connection, currency=currency)
        card = build.payment_method(connection, customer["id"])
        for n in range(count):
            mine = {"plan_id": plan["id"], "currency": currency, "payment_method_id": card["id"]}
            subscription = build.subscription(connection, customer["id"], **mine)
            charge = build.charge(
                connection,
                customer["id"],
                subscription_id=subscription["id"],
                payment_method_id=card["id"],
                amount_minor=_amount(amounts, n),
                tax_minor=_amount(amounts, n) // 5,
                currency=currency,
                gateway_reference=f"ch_{currency}_{n}",
                period_start=START,
                period_end=START + timedelta(days=31),
            )
            numbers.append(subscription["number"])
            invoices.append(charge["invoice_number"])
    gateway().add_charges(
        [
            Charge(
                reference=f"ch_{currency}_{n}",
                created_at=START,
                amount_minor=_amount(amounts, n),
                currency=currency,
            )
            for n in range(count)
        ]
    )
    aino, onni, finance = (
        staff(name, role) for name, role in (("Aino", "agent"), ("Onni", "agent"), ("Oskar", "finance"))
    )
    return Many(aino, onni, finance, tuple(numbers), tuple(invoices))


def _amount(amounts: Sequence[int], n: int) -> int:
    return amounts[n % len(amounts)] if amounts else 1000


def prepared(actor: Actor, kind: Kind, numbers: Sequence[str]) -> BulkPreview:
    with db.reading() as data:
        return bulk.prepare(data, actor, kind, numbers, NOW)


def begun(actor: Actor, shown: BulkPreview, **values: Any) -> BulkRun:
    reasons: dict[Kind, str] = {"cancel": "too_expensive", "refund": "requested"}
    request: dict[str, Any] = {
        "bulk_id": bulk.new_bulk_id(),
        "typed": shown.typed,
        "reason": reasons[shown.kind],
        "now": NOW,
    }
    return bulk.begin(actor, shown, **request | values)


def items(run: BulkRun) -> list[BulkItem]:
    with db.reading() as data:
        return stored.items(data.state, run.id)


def outcomes(run: BulkRun) -> list[str | None]:
    """Of every row, in order."""
    return [item.outcome for item in items(run)]
