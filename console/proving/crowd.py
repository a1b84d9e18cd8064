"""The proof that a crowd cannot give back more than was paid: many processes refund one charge at once.

The processes are forked from one that has tried everything once and holds no connection, and wait for each
other before every round, so that a round is a collision and not a queue. Each takes what it sees of the
charge for its form, as 64 people before 64 screens would.
"""

import multiprocessing.synchronize
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing import get_context
from random import Random
from time import sleep
from typing import Any
from uuid import UUID

from console.access import Actor
from console.actions import refundable, refunds, resuming
from console.db import reading
from console.errors import ConsoleError, Unavailable
from console.gateways import choose
from console.gateways.simulated import SimulatedGateway, database_url
from console.processes import processes
from console.proving import place
from console.proving.facts import Facts, found, people
from console.proving.looking import looked_at
from console.proving.world import Asked
from queries import charge as charges
from queries.charge import FullCharge

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
PAID, MOST_EACH = 4_000, 1_500  # minor units of the charge, and of one refund
TOGETHER = 25  # rounds that share databases
_CONNECTIONS = 6  # that one process may have open: to read and to write, ours and the gateway's
_AGAIN = 0.5  # seconds until somebody tries again, at most
_PATIENCE = 300  # seconds for a round: then a process has died
_context = get_context("fork")


@dataclass(frozen=True)
class Round:
    """One charge, and what was asked for of it."""

    facts: Facts
    people: dict[str, Actor]
    asked: dict[str, Asked] = field(default_factory=dict)
    elsewhere: int = 0


@dataclass(frozen=True)
class Crowd:
    """What the processes share: everybody waits at the gate before and after a round."""

    rounds: range
    until_used_up: bool
    gate: multiprocessing.synchronize.Barrier
    said: Any  # a queue: what each process asked for in a round


@dataclass
class Outcome:
    """Rounds that held, refunds asked for and settled in them, and the first round that is wrong."""

    rounds: int = 0
    asked: int = 0
    settled: int = 0
    wrong: tuple[int, str] | None = None


def prove(
    rounds: int,
    seed: int,
    *,
    size: int = 64,
    until_used_up: bool = False,
    database: str | None = None,
    progress: Callable[[int], object] = lambda _rounds: None,
) -> Outcome:
    """Rounds of the seeds `seed`, `seed` + 1, …. With `until_used_up` each process tries again until its
    refund is done or nothing is left of the charge."""
    outcome = Outcome()
    groups = [range(one, min(one + TOGETHER, seed + rounds)) for one in range(seed, seed + rounds, TOGETHER)]
    with place.template(database) as template, processes(1, always=True) as do:
        template.require_connections(_CONNECTIONS * (size + 1))
        for done in do(partial(_some_rounds, template, size, until_used_up), groups):
            outcome.rounds += done.rounds
            outcome.asked += done.asked
            outcome.settled += done.settled
            outcome.wrong = done.wrong
            progress(done.rounds)
            if outcome.wrong:
                break
    return outcome


def _some_rounds(template: place.Template, size: int, until_used_up: bool, seeds: range) -> Outcome:
    each = [Round(_facts(seed), people(number)) for number, seed in enumerate(seeds)]
    with (
        template.copied() as environment,
        place.settings(environment),
        closing(SimulatedGateway(database_url())) as gateway,
    ):
        choose.use(gateway)
        try:
            _founded(each, gateway)
            crowd = Crowd(seeds, until_used_up, _context.Barrier(size + 1), _context.Queue())
            with _members(crowd, size):
                for one in each:
                    _played(one, crowd, size)
            return _judged(each, gateway)
        finally:
            choose.use(None)


def _founded(each: Sequence[Round], gateway: SimulatedGateway) -> None:
    """With a world more, in which everything is tried once: the processes are forked with it in mind."""
    first = Round(_facts(each[-1].facts.seed + 1), people(len(each)))
    found([*(one.facts for one in each), first.facts], gateway)
    _asked_for(first.people["Aino"], first.facts, Random(0), until_used_up=False)
    place.let_go(gateway)


def _played(one: Round, crowd: Crowd, size: int) -> None:
    crowd.gate.wait(_PATIENCE)
    crowd.gate.wait(_PATIENCE)
    resuming.resume_open(timedelta(0), now=NOW + timedelta(minutes=5))
    for _ in range(size):
        one.asked.update(crowd.said.get(timeout=_PATIENCE))


def _judged(each: Sequence[Round], gateway: SimulatedGateway) -> Outcome:
    outcome = Outcome()
    for one, (books, wrong) in zip(each, looked_at(each, gateway), strict=True):
        done = [operation for operation in books.operations if operation.state == "settled"]
        outcome.wrong = (one.facts.seed, wrong) if wrong else _nothing_happened(one, len(done))
        if outcome.wrong:
            break
        outcome.rounds += 1
        outcome.asked += len(one.asked)
        outcome.settled += len(done)
    return outcome


def _nothing_happened(one: Round, settled: int) -> tuple[int, str] | None:
    return None if settled else (one.facts.seed, "nobody's refund was done")


@contextmanager
def _members(crowd: Crowd, size: int) -> Iterator[None]:
    members = [_context.Process(target=_member, args=(crowd, number)) for number in range(size)]
    for member in members:
        member.start()
    try:
        yield
    except BaseException:
        crowd.gate.abort()  # or they would wait for us
        raise
    finally:
        for member in members:
            member.join()


def _facts(seed: int) -> Facts:
    return Facts(
        seed=seed, start=NOW, recall_seconds=0, zone="Europe/Helsinki", currency="EUR", status="active",
        collected=True, amounts=(PAID,),
    )  # fmt: skip


def _member(crowd: Crowd, number: int) -> None:
    """One process: it takes part in every round."""
    try:
        for position, seed in enumerate(crowd.rounds):
            random = Random(f"{seed} {number}")
            who = random.choice(list(people(position).values()))
            crowd.gate.wait(_PATIENCE)
            crowd.said.put(_asked_for(who, _facts(seed), random, until_used_up=crowd.until_used_up))
            crowd.gate.wait(_PATIENCE)
    except BaseException:
        crowd.gate.abort()  # nobody need wait for this one
        raise


def _asked_for(who: Actor, facts: Facts, random: Random, *, until_used_up: bool) -> dict[str, Asked]:
    number = facts.invoices[0]
    asked: dict[str, Asked] = {}
    while True:
        charge = _charge(number)
        amount = random.randint(1, max(1, min(MOST_EACH, charge.refundable_minor)))
        id = str(UUID(int=random.getrandbits(128), version=4))
        asked[id] = Asked(number, amount)
        settled = _refunded(who, charge, id, amount)
        if settled or not until_used_up or not _charge(number).refundable_minor:
            return asked
        sleep(random.uniform(0, _AGAIN))


def _refunded(who: Actor, charge: FullCharge, id: str, amount: int) -> bool:
    """Whether it was done; that others were faster is no defect."""
    try:
        done = refunds.refund_charge(
            who, charge.number, operation_id=id, amount_minor=amount, reason="requested",
            expected=refundable.as_it_is(charge), now=NOW,
        )  # fmt: skip
    except Unavailable:
        raise
    except ConsoleError:
        return False
    return done.settled


def _charge(number: str) -> FullCharge:
    with reading() as data:
        found_ = charges.by_number(data.subscriptions, number)
    if found_ is None:
        raise RuntimeError(f"{number} is gone")
    return found_
