"""The simulated gateway in process: the same adapter that speaks to Stripe, without HTTP in between.

gateway = SimulatedGateway("sqlite:////tmp/gateway.sqlite")
gateway.add_charges([Charge(reference="ch_1", amount_minor=1240, currency="EUR", created_at=now)])
gateway.fault("answer_lost")
"""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from console.gateways import shapes
from console.gateways.payments import NoAnswer
from console.gateways.simulated import events, facts, faults, refunds, tables
from console.gateways.simulated.core import Core
from console.gateways.simulated.events import Order
from console.gateways.simulated.facts import Charge, Customer, Refund, Subscription
from console.gateways.simulated.faults import Fault
from console.gateways.simulated.objects import Object
from console.gateways.simulated.requests import Request, as_text
from console.gateways.simulated.store import Store
from console.gateways.simulated.work import Work
from console.gateways.stripe_params import Params
from console.gateways.stripe_shaped import Method, StripeShaped


def _now() -> datetime:
    return datetime.now(UTC)


class SimulatedGateway(StripeShaped):
    """`url` is a SQLAlchemy URL; any number of gateways, threads and processes may share it. `clock` says
    what time it is there. `listener` gets the webhooks of the fault "early", before the request's answer."""

    def __init__(
        self,
        url: str,
        *,
        clock: Callable[[], datetime] = _now,
        listener: Callable[[Object], None] | None = None,
    ) -> None:
        self.core = Core(Store(url), clock)
        self.listener = listener
        super().__init__("simulated", self)

    def call(self, method: Method, path: str, params: Params, key: str | None = None) -> Mapping[str, Any]:
        """As a transport: one request. Raises Declined, NotSent, NoAnswer or Broken."""
        try:
            answer = self.core.answer(Request(method, path, as_text(params), key))
        except (DBAPIError, PoolTimeout) as error:
            raise NoAnswer("The simulated gateway's database cannot be used now. Look it up.") from error
        if answer.early and self.listener is not None:
            self.deliver(self.listener)
        if answer.lost:
            raise NoAnswer("The payment gateway did not answer in time. Look up what it did.", "no_answer")
        if answer.status >= 400:
            raise shapes.failure(answer.status, answer.body["error"])
        return answer.body

    def fault(self, name: Fault, *, operation_id: str | None = None) -> None:
        """Strikes the next request that changes something, or the next one of that operation."""
        with self.core.store.transaction() as connection:
            faults.put(connection, name, operation_id)

    def clear_faults(self) -> None:
        with self.core.store.transaction() as connection:
            faults.clear(connection)

    def catch_up(self) -> None:
        """Slow requests are done now; refunds of "refund_pending_then_failed" fail."""
        self.core.catch_up()

    def deliver(
        self,
        callback: Callable[[Object], None],
        order: Order = "in_order",
        chance: random.Random | None = None,
    ) -> int:
        """Send on the webhooks that are waiting; how many calls that were. See `events.Order`."""
        return events.deliver(self.core.store, callback, order, chance or random.Random(0))  # noqa: S311

    def add_customers(self, customers: Iterable[Customer]) -> None:
        with self.core.store.transaction() as connection:
            facts.add_customers(connection, customers)

    def add_charges(self, charges: Iterable[Charge]) -> None:
        with self.core.store.transaction() as connection:
            facts.add_charges(connection, charges)

    def add_refunds(self, refunds: Iterable[Refund]) -> None:
        with self.core.store.transaction() as connection:
            facts.add_refunds(connection, refunds)

    def add_subscriptions(self, subscriptions: Iterable[Subscription]) -> None:
        with self.core.store.transaction() as connection:
            facts.add_subscriptions(connection, subscriptions)

    def settle_refund(self, reference: str, outcome: Literal["succeeded", "failed"]) -> None:
        """Also one that had succeeded may come back."""
        with self._work() as work:
            refunds.settle(work, reference, outcome)

    def open_dispute(self, charge: str) -> None:
        with self._work() as work:
            refunds.open_dispute(work, work.one(tables.charges, charge, "charge"))

    def renew(self, subscription: str, *, declined: bool = False) -> str | None:
        """The period ends now; answers the charge of the next one."""
        with self._work() as work:
            return facts.renew(work, subscription, declined=declined)

    def close(self) -> None:
        self.core.store.close()

    @contextmanager
    def _work(self) -> Iterator[Work]:
        with self.core.store.transaction() as connection:
            work = Work(connection, {}, self.core.now)
            yield work
            work.write_events()
