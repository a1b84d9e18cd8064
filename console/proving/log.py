"""The proof of the audit log: whatever is done to it is found against a digest, and nothing else is.

For every seed: a random log, its digest as a file, the log that goes on growing, and tamperings of it. The
walk is the one that `console audit verify` makes; the entry it names must be the first that differs.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import zip_longest
from random import Random

from console.chain import Digest, Verification, check, digest_of
from console.digests import from_text, to_text
from console.proving.logs import START, Row, grown, random_log
from console.proving.tamperings import TAMPERINGS, Tampering
from queries.audit_chain import link_of


@dataclass(frozen=True)
class World:
    """A log, what was kept of it outside, and the log after some more work."""

    seed: int
    digest: Digest | str
    covered: int  # entries in the digest
    then: list[Row]
    now: list[Row]


@dataclass(frozen=True)
class Miss:
    """A tampering that was not found or not named rightly, or (`done` is "nothing") a false alarm."""

    seed: int
    done: str
    said: str


@dataclass
class Outcome:
    """What was tried and held: clean walks, and tamperings by kind; and the first that did not."""

    clean: int = 0
    found: Counter[str] = field(default_factory=Counter)
    miss: Miss | None = None


def prove(
    logs: int, seed: int, *, each: int = len(TAMPERINGS), progress: Callable[[], object] = lambda: None
) -> Outcome:
    """Try `logs` random logs, those of `seed`, `seed` + 1, …: each clean (as it was, and grown), then with
    `each` kinds of tampering, drawn by its seed. Stops at the first miss."""
    outcome = Outcome()
    for number in range(seed, seed + logs):
        world = random_world(number)
        outcome.miss = false_alarm(world) or _first_miss(world, each, outcome.found)
        if outcome.miss:
            return outcome
        outcome.clean += 2
        progress()
    return outcome


def random_world(seed: int) -> World:
    """The world of a seed, always the same."""
    random = Random(seed)
    then = random_log(random)
    made = to_text(digest_of(map(link_of, then), START + timedelta(days=random.randint(0, 10_000))))
    return World(seed, from_text(made, "-"), len(then), then, grown(random, then, random.randint(1, 5)))


def tampered(world: World, kind: str) -> list[Row]:
    """The grown log after a tampering of a kind, in the order of its ids. Always the same for a seed."""
    rows = TAMPERINGS[kind].does(Random(f"{world.seed} {kind}"), world.now, world.covered)
    return sorted(rows, key=lambda row: int(row["id"]))


def false_alarm(world: World) -> Miss | None:
    """Neither the log as it was nor the log that has grown since may raise one."""
    for rows in (world.then, world.now):
        found = check(map(link_of, rows), world.digest)
        if not found.intact or found.entries != len(rows):
            return Miss(world.seed, "nothing", found.sentence)
    return None


def _first_miss(world: World, each: int, found: Counter[str]) -> Miss | None:
    for kind in Random(f"{world.seed} kinds").sample(sorted(TAMPERINGS), each):
        rows = tampered(world, kind)
        said = check(map(link_of, rows), world.digest)
        if not is_named(world.now, rows, TAMPERINGS[kind], said):
            return Miss(world.seed, kind, said.sentence)
        found[kind] += 1
    return None


def is_named(was: Sequence[Row], rows: Sequence[Row], tampering: Tampering, said: Verification) -> bool:
    """Whether the verification found it, at the first entry that differs, and calls it by a right name."""
    place, ids = next(_differing(was, rows))
    return (
        not said.intact
        and said.entries == place
        and said.broken_at in ids
        and said.fault in tampering.is_called
    )


def _differing(was: Sequence[Row], rows: Sequence[Row]) -> Iterator[tuple[int, set[int]]]:
    """Places (0 is the oldest) where two logs differ, with the ids that stand there."""
    for place, both in enumerate(zip_longest(was, rows)):
        if both[0] != both[1]:
            yield place, {int(row["id"]) for row in both if row is not None}
