"""What there is at the beginning of a world: five people, a customer with a subscription and one or two paid
charges, here and at the gateway. Drawn from the world's seed alone; nothing of one world touches another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from console import db
from console.access import Actor
from console.gateways import simulated
from console.gateways.simulated import SimulatedGateway
from queries.recurring import monthly_units
from queries.tables_state import staff
from queries.tables_subscriptions import (
    PAYING_STATUSES,
    charges,
    customers,
    payment_methods,
    plans,
    products,
    subscription_events,
    subscriptions,
)

PEOPLE = {"Aino": "agent", "Onni": "agent", "Sofia": "manager", "Oskar": "finance", "Helmi": "admin"}
PRICE = 1000
_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
# Around what an agent may refund alone (50.00 € at once, 200.00 € a day), and far above.
_AMOUNTS = (1, 2, 999, 1240, 4000, 4999, 5000, 5001, 12_000, 20_000, 99_999, 150_000)
_CURRENCIES = ("EUR",) * 6 + ("USD", "JPY", "KWD", "SEK")


@dataclass(frozen=True, kw_only=True)
class Facts:
    """`collected`: the gateway has a part in the subscription; of the charges it always has."""

    seed: int
    start: datetime
    recall_seconds: int
    zone: str
    currency: str
    status: str
    collected: bool
    amounts: tuple[int, ...]  # of the charges, minor units with tax

    @property
    def customer(self) -> str:
        return f"C-{self.seed}"

    @property
    def subscription(self) -> str:
        return f"S-{self.seed}"

    @property
    def invoices(self) -> tuple[str, ...]:
        return tuple(f"INV-{self.seed}-{place}" for place in range(len(self.amounts)))

    @property
    def charge_references(self) -> tuple[str, ...]:
        return tuple(f"ch_{self.seed}_{place}" for place in range(len(self.amounts)))

    @property
    def period_end(self) -> datetime:
        return self.start + timedelta(days=16)

    @property
    def trial_end(self) -> datetime | None:
        return self.period_end if self.status == "trialing" else None

    @property
    def period_start(self) -> datetime:
        return self.start - timedelta(days=14, hours=5)


def drawn(random: Random, seed: int) -> Facts:
    """The facts of a seed, always the same."""
    return Facts(
        seed=seed,
        start=_YEAR + timedelta(minutes=random.randrange(365 * 24 * 60)),
        recall_seconds=random.choice((0, 0, 60)),
        zone=random.choice(("Europe/Helsinki", "Asia/Tokyo", "America/St_Johns")),
        currency=random.choice(_CURRENCIES),
        status=random.choice(("active",) * 5 + ("trialing", "past_due", "paused")),
        collected=random.random() < 0.8,
        amounts=tuple(random.choice(_AMOUNTS) for _ in range(random.choice((1, 1, 2)))),
    )


def people(place: int) -> dict[str, Actor]:
    """The people of the world at a place of its batch."""
    return {
        name: Actor(place * len(PEOPLE) + number, f"{name}.{place}@company.example".lower(), name, role)
        for number, (name, role) in enumerate(PEOPLE.items(), 1)
    }


def found(worlds: Sequence[Facts], gateway: SimulatedGateway) -> None:
    """Let there be these worlds, in databases without rows."""
    with db.writing("state") as connection:
        rows = [row for place, facts in enumerate(worlds) for row in _people(place, facts)]
        connection.execute(staff.insert(), rows)
    with db.writing("subscriptions") as connection:
        connection.execute(products.insert(), [{"id": 1, "code": "p", "name": "Atlas"}])
        connection.execute(plans.insert(), [_plan()])
        for table, one in _OURS.items():
            connection.execute(table.insert(), [one(id, facts) for id, facts in enumerate(worlds, 1)])
        numbered = [(facts, place) for facts in worlds for place in range(len(facts.amounts))]
        owners = {facts.seed: id for id, facts in enumerate(worlds, 1)}
        connection.execute(
            charges.insert(), [_charge(owners[facts.seed], facts, place) for facts, place in numbered]
        )
    _found_there(worlds, gateway)


def _people(place: int, facts: Facts) -> list[dict[str, Any]]:
    return [
        {
            "id": who.staff_id, "email": who.email, "name": who.name, "role": who.role,
            "created_at": facts.period_start,
        }
        for who in people(place).values()
    ]  # fmt: skip


def _plan() -> dict[str, Any]:
    return {
        "id": 1, "code": "m", "product_id": 1, "name": "Monthly", "interval": "month",
        "interval_count": 1, "amount_minor": PRICE, "currency": "EUR",
    }  # fmt: skip


def _customer(id: int, facts: Facts) -> dict[str, Any]:
    return {
        "id": id, "number": facts.customer, "email": f"c{facts.seed}@example.com", "name": "Maija Virtanen",
        "name_folded": "maija virtanen", "country": "FI", "locale": "fi", "time_zone": facts.zone,
        "created_at": facts.period_start, "gateway_reference": f"cus_{facts.seed}",
    }  # fmt: skip


def _card(id: int, facts: Facts) -> dict[str, Any]:
    return {
        "id": id, "customer_id": id, "brand": "Visa", "last4": "4242", "exp_month": 12, "exp_year": 2030,
        "created_at": facts.period_start,
    }  # fmt: skip


def _subscription(id: int, facts: Facts) -> dict[str, Any]:
    return {
        "id": id, "number": facts.subscription, "customer_id": id, "plan_id": 1, "payment_method_id": id,
        "licence_key": f"L-{facts.seed}", "status": facts.status, "price_minor": PRICE,
        "currency": facts.currency, "interval": "month", "interval_count": 1,
        "started_at": facts.period_start, "trial_end": facts.trial_end,
        "current_period_start": facts.period_start, "current_period_end": facts.period_end,
        "gateway_reference": f"sub_{facts.seed}" if facts.collected else None,
    }  # fmt: skip


def _started(id: int, facts: Facts) -> dict[str, Any]:
    worth = monthly_units(PRICE, "month", 1) if facts.status in PAYING_STATUSES else 0
    return {
        "subscription_id": id, "customer_id": id, "kind": "started", "occurred_at": facts.period_start,
        "recorded_at": facts.period_start, "actor": "system", "mrr_delta_units": worth,
        "currency": facts.currency,
    }  # fmt: skip


_OURS = {
    customers: _customer,
    payment_methods: _card,
    subscriptions: _subscription,
    subscription_events: _started,
}


def _charge(owner: int, facts: Facts, place: int) -> dict[str, Any]:
    amount = facts.amounts[place]
    return {
        "customer_id": owner, "subscription_id": owner, "payment_method_id": owner, "kind": "renewal",
        "period_start": facts.period_start, "period_end": facts.period_end, "amount_minor": amount,
        "tax_minor": amount // 5, "currency": facts.currency, "status": "succeeded",
        "gateway_reference": facts.charge_references[place], "invoice_number": facts.invoices[place],
        "created_at": facts.period_start + timedelta(days=place), "settled_at": facts.period_start,
    }  # fmt: skip


def _found_there(worlds: Sequence[Facts], gateway: SimulatedGateway) -> None:
    gateway.add_customers(
        simulated.Customer(reference=f"cus_{facts.seed}", created_at=facts.period_start) for facts in worlds
    )
    gateway.add_subscriptions(_collected(facts) for facts in worlds if facts.collected)
    gateway.add_charges(
        simulated.Charge(
            reference=reference, created_at=facts.period_start, amount_minor=amount, currency=facts.currency,
            customer=f"cus_{facts.seed}",
        )
        for facts in worlds
        for reference, amount in zip(facts.charge_references, facts.amounts, strict=True)
    )  # fmt: skip


def _collected(facts: Facts) -> simulated.Subscription:
    state: Any = "active" if facts.status == "paused" else facts.status
    return simulated.Subscription(
        reference=f"sub_{facts.seed}",
        created_at=facts.period_start,
        customer=f"cus_{facts.seed}",
        price=f"price_{facts.currency}",
        amount_minor=PRICE,
        currency=facts.currency,
        period_start=facts.period_start,
        period_end=facts.period_end,
        state=state,
        paused=facts.status == "paused",
        trial_end=facts.trial_end,
    )
