"""A random world while it runs: who is in it, what was asked for so far, and how an act is stopped half-way.

An act stands for one process (a click, a message of the gateway, the sweep of each minute). At any of the
named points of `console.actions.points` it may be killed, or overtaken by another act.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal

from console.access import Actor, Permission
from console.actions import operations, points
from console.actions.cancellation import Expected
from console.actions.done import Done
from console.errors import ConsoleError
from console.gateways.simulated import SimulatedGateway
from console.proving.facts import Facts
from queries.operations import Operation

Outcome = Literal["succeeded", "failed"]  # of a refund that was pending

DEEPEST = 2  # an act overtakes an act that overtakes an act
# Where it hurts most: money has left the house, and we have not written that down.
_POINTS = ("begun", "sending", "reserved", "claimed") + ("answered",) * 4 + ("booked",) * 3 + ("closed",)


class Killed(BaseException):
    """As a killed process: nothing of it goes on, nothing it had not committed stays."""


@dataclass
class Clock:
    """What time it is, here and at the gateway."""

    now: datetime


@dataclass(frozen=True)
class Asked:
    """What a confirmed form asked for. `amount_minor`: of money; None for none."""

    number: str
    amount_minor: int | None


@dataclass(frozen=True)
class Click:
    """A form that can be confirmed again: the same operation."""

    said: str
    operation_id: str
    asked: Asked
    press: Callable[[datetime], Done]


@dataclass
class World:
    facts: Facts
    random: Random
    gateway: SimulatedGateway
    clock: Clock
    people: dict[str, Actor]
    acts: Callable[["World"], None] = lambda _world: None  # what may overtake
    clicks: list[Click] = field(default_factory=list)
    asked: dict[str, Asked] = field(default_factory=dict)
    shown: defaultdict[str, list[Expected]] = field(default_factory=lambda: defaultdict(list))
    heard: list[Any] = field(default_factory=list)  # messages of the gateway, to come again
    elsewhere: int = 0  # refunds that were asked for in the gateway's own pages
    story: list[str] = field(default_factory=list)
    depth: int = 0

    @property
    def now(self) -> datetime:
        return self.clock.now

    def pass_time(self, by: timedelta) -> None:
        self.clock.now += by

    def new_id(self) -> str:
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def who(self, permission: Permission) -> Actor:
        """Somebody who may, or now and then anybody."""
        everybody = list(self.people.values())
        able = [who for who in everybody if who.may(permission)]
        return self.random.choice(able if self.random.random() < 0.9 else everybody)

    def operation(self) -> Operation | None:
        """One of those that were begun."""
        wanted = self.random.choice(list(self.asked)) if self.asked else None
        return operations.find(wanted) if wanted else None

    def waiting(self) -> Operation | None:
        """One that waits for a second person."""
        found = [one for id in self.asked if (one := operations.find(id)) is not None]
        waiting = [one for one in found if one.state == "waiting_for_approval"]
        return self.random.choice(waiting) if waiting else None

    def tell(self, sentence: str) -> None:
        self.story.append(f"{'  ' * self.depth}{self.now:%d %H:%M:%S} {sentence}")

    def run(self, said: str, act: Callable[[], object]) -> None:
        """One process does it, as far as it comes."""
        self.tell(said)
        self.depth += 1
        stop_watching = points.watch(_interruption(self))
        try:
            done = act()
            self.tell(f"→ {done.state}: {done.sentence}" if isinstance(done, Done) else f"→ {done or 'done'}")
        except Killed:
            self.tell("→ killed")
        except ConsoleError as refusal:
            self.tell(f"→ {type(refusal).__name__}: {refusal}")
        finally:
            stop_watching()
            self.depth -= 1

    def click(self, click: Click) -> None:
        """Confirm a form, with one click or two."""
        self.asked[click.operation_id] = click.asked
        self.run(click.said, lambda: click.press(self.now))
        while self.random.random() < 0.3:
            self.run(f"again: {click.said}", lambda: click.press(self.now))


def _interruption(world: World) -> Callable[[str], None]:
    """At a point of the act, or nowhere: killed, or overtaken."""
    random, fate = world.random, world.random.random()
    point = random.choice(_POINTS) if fate < 0.5 and world.depth <= DEEPEST else None
    struck = False

    def watcher(reached: str) -> None:
        nonlocal struck
        if struck or reached != point:
            return
        struck = True
        if fate < 0.3:
            raise Killed
        world.tell(f"… at {reached}, meanwhile:")
        world.acts(world)

    return watcher
