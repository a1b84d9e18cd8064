"""Reading the books of some worlds at once, here and at the gateway, and judging each."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Protocol, TypeVar

from console import audit
from console.access import Actor
from console.db import reading
from console.gateways.simulated import SimulatedGateway
from console.proving.books import Books, what_is_wrong
from console.proving.facts import Facts
from console.proving.world import Asked
from queries import operations, proofs

MOST = 10_000  # open operations of all worlds together
_BEFORE = datetime(2020, 1, 1, tzinfo=UTC)  # anything
T = TypeVar("T")


class Lived(Protocol):
    """A world that is at rest: what there was, and what was asked for in it."""

    @property
    def facts(self) -> Facts: ...
    @property
    def people(self) -> Mapping[str, Actor]: ...
    @property
    def asked(self) -> Mapping[str, Asked]: ...
    @property
    def elsewhere(self) -> int: ...


def looked_at(worlds: Sequence[Lived], gateway: SimulatedGateway) -> Iterator[tuple[Books, str | None]]:
    """Each world's books in turn, and what is wrong with them, in words. The log is one for all of them."""
    with reading() as data:
        log = audit.verify(data.state)
    for books in _read(worlds, gateway):
        yield books, what_is_wrong(books) or (None if log.intact else log.sentence)


def _read(worlds: Sequence[Lived], gateway: SimulatedGateway) -> Iterator[Books]:
    """The books of each world, read for all of them at once."""
    customers = [world.facts.customer for world in worlds]
    invoices = [number for world in worlds for number in world.facts.invoices]
    with reading() as data:
        refunds = _grouped(proofs.refunds_of(data.subscriptions, customers), lambda one: one.customer_number)
        subscriptions = _grouped(
            proofs.subscriptions_of(data.subscriptions, customers), lambda one: one.customer_number
        )
        asked = _grouped(proofs.operations_of(data.state, customers), lambda one: one.customer_number)
        entries = _grouped(proofs.entries_of(data.state, customers), lambda one: one.customer_number)
        blocked = proofs.blocked(data.state, invoices)
        queue = {one.id for one in operations.open_operations(data.state, limit=MOST)}
    refunds_there = _grouped(gateway.refunds(_BEFORE), lambda one: _world_of(one.charge_reference))
    charges_there = _grouped(gateway.charges(_BEFORE), lambda one: _world_of(one.reference))
    subscriptions_there = _grouped(gateway.subscriptions(_BEFORE), lambda one: one.customer_reference or "")
    for world in worlds:
        facts = world.facts
        yield Books(
            facts=facts,
            asked=world.asked,
            elsewhere=world.elsewhere,
            people={who.staff_id: who for who in world.people.values()},
            refunds=refunds[facts.customer],
            subscriptions=subscriptions[facts.customer],
            operations=asked[facts.customer],
            entries=entries[facts.customer],
            blocked=blocked,
            queue=queue,
            refunds_there=refunds_there[str(facts.seed)],
            charges_there=charges_there[str(facts.seed)],
            subscriptions_there=subscriptions_there[f"cus_{facts.seed}"],
        )


def _world_of(charge_reference: str) -> str:
    return charge_reference.split("_")[1]


def _grouped(rows: Iterable[T], key: Callable[[T], str]) -> defaultdict[str, list[T]]:
    found: defaultdict[str, list[T]] = defaultdict(list)
    for row in rows:
        found[key(row)].append(row)
    return found
