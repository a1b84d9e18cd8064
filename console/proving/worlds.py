"""The proof of the operations: random worlds, each brought to rest and looked at.

A world is drawn from its seed alone. Some hundred share databases, so that little time goes into making
them; each has its own people, customer, charges and subscription, so that each is the same alone.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from random import Random

from console.actions import notices
from console.gateways import choose
from console.gateways.simulated import SimulatedGateway, database_url
from console.gateways.simulated.objects import Object
from console.processes import collect_seldom, processes
from console.proving import place
from console.proving.acts import something
from console.proving.facts import drawn, found, people
from console.proving.looking import looked_at
from console.proving.rest import bring_to_rest
from console.proving.world import Clock, World

BATCH = 100  # worlds that share databases
MOST_ACTS = 9
_BEFORE = datetime(2020, 1, 1, tzinfo=UTC)  # anything


@dataclass(frozen=True)
class Wrong:
    seed: int
    said: str
    story: tuple[str, ...]  # what happened, a line each


@dataclass
class Outcome:
    """How many worlds held, what their operations came to, and the first world that is wrong."""

    worlds: int = 0
    states: Counter[str] = field(default_factory=Counter)
    wrong: Wrong | None = None


def prove(
    worlds: int,
    seed: int,
    *,
    jobs: int = 1,
    database: str | None = None,
    progress: Callable[[int], object] = lambda _worlds: None,
) -> Outcome:
    """Run the worlds of `seed`, `seed` + 1, …; stops at the batch of the first wrong one. `database`: of a
    PostgreSQL server for databases of the proof's own; None: SQLite."""
    outcome = Outcome()
    batches = [range(one, min(one + BATCH, seed + worlds)) for one in range(seed, seed + worlds, BATCH)]
    with place.template(database) as template, processes(min(jobs, len(batches))) as do:
        for done in do(partial(_batch, template), batches):
            outcome.worlds += done.worlds
            outcome.states += done.states
            outcome.wrong = done.wrong
            progress(done.worlds)
            if outcome.wrong:
                break
    return outcome


def _batch(template: place.Template, seeds: Sequence[int]) -> Outcome:
    collect_seldom()
    with template.copied() as environment, place.settings(environment):
        clock = Clock(_BEFORE)
        with closing(SimulatedGateway(database_url(), clock=lambda: clock.now)) as gateway:
            choose.use(gateway)
            try:
                return _lived(seeds, gateway, clock)
            finally:
                choose.use(None)


def _lived(seeds: Sequence[int], gateway: SimulatedGateway, clock: Clock) -> Outcome:
    worlds = []
    for number, seed in enumerate(seeds):
        random = Random(seed)
        facts = drawn(random, seed)
        worlds.append(World(facts, random, gateway, clock, people(number), something))
    found([world.facts for world in worlds], gateway)
    for recall in sorted({world.facts.recall_seconds for world in worlds}):
        place.change("CONSOLE_RECALL_SECONDS", str(recall))
        for world in worlds:
            if world.facts.recall_seconds == recall:
                _live(world)
    return _judged(worlds, gateway)


def _live(world: World) -> None:
    world.clock.now = world.facts.start
    world.gateway.listener = partial(_hear_early, world)
    try:
        for _ in range(world.random.randint(2, MOST_ACTS)):
            something(world)
        bring_to_rest(world)
    except BaseException as error:
        error.add_note("\n".join([f"In the world of seed {world.facts.seed}:", *world.story]))
        raise


def _hear_early(world: World, body: Object) -> None:
    """A message that arrives before the answer to what it is about."""
    world.heard.append(body)
    notices.receive(body, now=world.now)


def _judged(worlds: Sequence[World], gateway: SimulatedGateway) -> Outcome:
    outcome = Outcome()
    for world, (books, wrong) in zip(worlds, looked_at(worlds, gateway), strict=True):
        if wrong:
            outcome.wrong = Wrong(world.facts.seed, wrong, tuple(world.story))
            break
        outcome.worlds += 1
        outcome.states.update(one.state for one in books.operations)
    return outcome
