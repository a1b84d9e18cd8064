"""Simulated gateways for the tests: on SQLite, on PostgreSQL, and over HTTP through Stripe's own client."""

import contextlib
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from console.gateways.payments import PaymentGateway
from console.gateways.simulated import Charge, Customer, SimulatedGateway, Subscription
from console.gateways.simulated.http import app
from console.gateways.stripe_client import StripeTransport
from console.gateways.stripe_shaped import StripeShaped
from tests.conftest import cluster, new_databases
from tests.gateways.served import served

Kind = Literal["sqlite", "postgresql", "http"]
KINDS: tuple[Kind, ...] = ("sqlite", "postgresql", "http")
WAIT = 1.0  # seconds the client waits for an answer over HTTP
SLOW = 1.5  # seconds after which a slow one comes
_count = itertools.count(1)


@dataclass(frozen=True)
class SimulatedPlace:
    """`gateway` is what is tested, `behind` the simulated gateway that holds the facts and the faults."""

    gateway: PaymentGateway
    behind: SimulatedGateway

    def charge(self, amount_minor: int, *, currency: str = "EUR", disputed: bool = False) -> str:
        reference = f"ch_{next(_count)}"
        charge = Charge(
            reference=reference,
            created_at=datetime.now(UTC),
            amount_minor=amount_minor,
            currency=currency,
            disputed=disputed,
        )
        self.behind.add_charges([charge])
        return reference

    def renewal(self, *, state: str) -> str:
        reference = f"ch_{next(_count)}"
        charge = Charge(
            reference=reference,
            created_at=datetime.now(UTC),
            amount_minor=1240,
            currency="EUR",
            subscription=self.subscription(),
            state="failed" if state == "failed" else "succeeded",
        )
        self.behind.add_charges([charge])
        return reference

    def subscription(self, *, trial: bool = False) -> str:
        number, now = next(_count), datetime.now(UTC)
        end = now + timedelta(days=20)
        self.behind.add_customers([Customer(reference=f"cus_{number}", created_at=now)])
        subscription = Subscription(
            reference=f"sub_{number}",
            created_at=now,
            customer=f"cus_{number}",
            price="price_1000_eur",
            amount_minor=1000,
            currency="EUR",
            period_start=now - timedelta(days=10),
            period_end=end,
            state="trialing" if trial else "active",
            trial_end=end if trial else None,
        )
        self.behind.add_subscriptions([subscription])
        return subscription.reference

    def decline_next(self) -> None:
        self.behind.fault("declined_card")


def over_http(base: str, *, timeout: float = WAIT) -> StripeShaped:
    return StripeShaped("stripe", StripeTransport("sk_test_simulated", api_base=base, timeout=timeout))


@contextlib.contextmanager
def database(kind: Kind, folder: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if kind != "postgresql":
        yield f"sqlite:///{folder / 'gateway.sqlite'}"
        return
    made = new_databases("postgresql", folder)
    try:
        yield cluster().url(made.place)
    finally:
        made.drop()


@contextlib.contextmanager
def place(kind: Kind, folder: Path) -> Iterator[SimulatedPlace]:
    with database(kind, folder) as url, contextlib.closing(SimulatedGateway(url)) as behind:
        if kind == "http":
            with served(app(behind, slow=SLOW)) as base:
                yield SimulatedPlace(over_http(base), behind)
        else:
            yield SimulatedPlace(behind, behind)
