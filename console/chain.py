"""The chain of the audit log: the hash of an entry, a digest of the log, and the walk that proves it.

The hash of an entry covers its content and the hash of the entry before it. Whoever can write the database
can recompute all of them, so a chain alone proves little: a `Digest` kept elsewhere says what the log was.
No database is used here, so that the same walk is proven on any number of made-up logs.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from math import isfinite
from typing import Any

from console import faults
from console.errors import Refused
from console.faults import START, Fault, Misfit, Point
from queries.audit_chain import FIRST_PREVIOUS, Link

MOST_CHECKPOINTS = 1_000


def storable(text: str) -> str:
    """The text as both databases can keep it: without NUL, half surrogates replaced."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def instant(moment: datetime) -> str:
    """ISO 8601 in UTC with microseconds: one spelling per moment."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


def plain(value: Any) -> Any:
    """The value as JSON gives it back, so that what is hashed is what will be read. Raises ValueError for a
    number that is none."""
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {storable(str(name)): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and not isfinite(value):
        raise ValueError(f"the log keeps no {value}")
    return value


def _spelled(value: object) -> str:
    """What JSON has no spelling for. Anything but a moment was never recorded; it fits no hash."""
    return instant(value) if isinstance(value, datetime) else repr(value)


_canonical = json.JSONEncoder(
    sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_spelled
).encode


def entry_hash(content: Mapping[str, Any]) -> str:
    """SHA-256 of the content (the hash before it included) as canonical JSON. Nothing is cleaned on the way:
    two contents that differ have two hashes."""
    return hashlib.sha256(_canonical(content).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True)
class Digest:
    """The log as it stood once. Its points are entries at even distances, at most about a thousand, oldest
    first; the last one is the newest entry and stands for all of them."""

    made_at: datetime
    points: tuple[Point, ...]

    @property
    def entries(self) -> int:
        return self.points[-1].place if self.points else 0

    @property
    def last_id(self) -> int | None:
        return self.points[-1].id if self.points else None

    @property
    def head(self) -> str:
        """The hash of the newest entry; 64 zeros for an empty log."""
        return self.points[-1].hash if self.points else FIRST_PREVIOUS


class _Points:
    """Notes down every n-th entry that passes; n doubles when there are too many."""

    def __init__(self) -> None:
        self.every, self.newest = 1, START
        self.noted: list[Point] = []

    def passing(self, links: Iterable[Link]) -> Iterator[Link]:
        for place, link in enumerate(links, 1):
            self.newest = Point(place, link.id, link.hash)
            if place % self.every == 0:
                self.noted.append(self.newest)
            if len(self.noted) > MOST_CHECKPOINTS:
                self.every, self.noted = self.every * 2, self.noted[1::2]
            yield link

    def all(self) -> tuple[Point, ...]:
        ends_between = self.newest.place % self.every != 0
        return (*self.noted, self.newest) if ends_between else tuple(self.noted)


def digest_of(links: Iterable[Link], made_at: datetime) -> Digest:
    """Walk the log and note down where it stands. Raises Refused for one that does not fit."""
    points = _Points()
    found = check(points.passing(links))
    if not found.intact:
        raise Refused(f"{found.sentence} A digest of such a log proves nothing; none was made.")
    return Digest(made_at, points.all())


@dataclass(frozen=True)
class Verification:
    """The proof of the log: how many entries fit, the hash of the last one, and in words what is found."""

    intact: bool
    entries: int
    digest: str
    broken_at: int | None  # the id of the first entry that does not fit: as it is, or as the digest has it
    sentence: str
    fault: Fault | None = None  # what was done to it
    at: datetime | None = None  # its instant, where it is there and can be read


def check(links: Iterable[Link], kept: Digest | str | None = None) -> Verification:
    """Walk the log from its first entry and recompute every hash.

    `kept` is a digest made earlier, or its head alone: what it stands for must be in the log as it was then.
    What was added since is welcome. The entry named is exact where the digest has a point for every entry (up
    to a thousand). In a longer log that was recomputed throughout, it is the first of the digest's points
    that differs, and the sentence says since where.
    """
    due = {point.place: point for point in kept.points} if isinstance(kept, Digest) else {}
    last = sure = START  # the last entry that fits the chain, and the last that is as the digest has it
    met = kept == FIRST_PREVIOUS
    rest = iter(links)
    for link in rest:
        here = Point(last.place + 1, link.id, link.hash)
        misfit = Misfit(link, entry_hash(link.content) == link.hash, last, sure, due.get(here.place))
        if not misfit.chained or misfit.due not in {None, here}:
            later = {point.hash for point in due.values() if point.place > here.place}
            return _broken(misfit, faults.what_was_done(misfit, later, rest))
        last, sure, met = here, misfit.due or sure, met or here.hash == kept
    return _at_the_end(last, kept, met=met)


def _broken(misfit: Misfit, fault: Fault) -> Verification:
    fits, link = misfit.sure if misfit.in_a_span else misfit.last, misfit.link
    named = faults.named(misfit, fault)
    said = faults.sentence(misfit, fault, instant(link.at) if link.at else "a moment that cannot be read")
    return Verification(
        False, fits.place, fits.hash, named, said, fault, link.at if named == link.id else None
    )


def _at_the_end(last: Point, kept: Digest | str | None, *, met: bool) -> Verification:
    """Every entry there fits; is every one there?"""
    if isinstance(kept, Digest) and last.place < kept.entries:
        gone = next(point for point in kept.points if point.place > last.place)
        said = (
            f"The end of the log was cut off: entry {gone.id} is gone. The digest of {instant(kept.made_at)} "
            f"counts {kept.entries}, the log has {last.place}."
        )
        return Verification(False, last.place, last.hash, gone.id, said, "tail_cut")
    if isinstance(kept, str) and not met:
        said = "The digest kept earlier is not in the log: its newest entries were removed or rewritten."
        return Verification(False, last.place, last.hash, None, said, "not_found")
    said = f"{last.place} {'entry' if last.place == 1 else 'entries'}, each as it was recorded. "
    return Verification(True, last.place, last.hash, None, said + _how_sure(kept))


def _how_sure(kept: Digest | str | None) -> str:
    if isinstance(kept, Digest):
        return f"Those of the digest of {instant(kept.made_at)}, {kept.entries} in number, are all there."
    if kept is not None:
        return "The digest kept earlier is among them."
    return (
        "Without a digest kept elsewhere this cannot show that the newest entries were removed, "
        "or that the whole log was rewritten."
    )
