"""What was done to the first entry of the audit log that does not fit: told from what stands there, what the
digest has in its place, and what comes after."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Literal

from queries.audit_chain import FIRST_PREVIOUS, Link

Fault = Literal["changed", "removed", "inserted", "swapped", "tail_cut", "not_found"]


@dataclass(frozen=True)
class Point:
    """An entry by its place in the log (1 is the oldest), its id and its hash."""

    place: int
    id: int
    hash: str


START = Point(0, 0, FIRST_PREVIOUS)  # before the oldest entry


@dataclass(frozen=True)
class Misfit:
    """The first entry that does not fit, with the last one that does."""

    link: Link
    itself: bool  # its content has its hash
    last: Point  # the entry before it
    sure: Point  # the last entry that is as the digest has it
    due: Point | None  # what the digest has in its place

    @property
    def chained(self) -> bool:
        """It fits the entries before it, whatever the digest says."""
        return self.itself and self.link.previous_hash == self.last.hash

    @property
    def in_a_span(self) -> bool:
        """Something since `sure` was recomputed with all after it: this is the first the digest knows of."""
        return self.chained and self.sure != self.last and not self.renumbered

    @property
    def renumbered(self) -> bool:
        """It is what the digest has in its place, but for its id, which no hash covers."""
        return self.chained and self.due is not None and self.due.hash == self.link.hash


@dataclass
class _After:
    """What is found among the entries after the one that does not fit."""

    due: bool = False  # the entry that should be in its place
    due_id: bool = False
    successor: bool = False  # an entry that follows the last one that fits
    predecessor: bool = False  # the entry which it says is before it

    def look(self, misfit: Misfit, links: Iterable[Link]) -> "_After":
        link, due = misfit.link, misfit.due or Point(0, 0, "")
        for later in links:
            self.due |= later.hash == due.hash
            self.due_id |= later.id == due.id
            self.successor |= later.previous_hash == misfit.last.hash
            self.predecessor |= later.hash == link.previous_hash
        return self


def what_was_done(misfit: Misfit, known_later: Collection[str], rest: Iterable[Link]) -> Fault:
    """`known_later` are the hashes the digest has for later places; `rest` is the log after the misfit, read
    to its end."""
    after = _After().look(misfit, rest)
    if misfit.due is None:
        return _by_the_chain(misfit, after)
    return _by_the_digest(misfit.link, misfit.due, misfit.link.hash in known_later, after)


def _by_the_digest(link: Link, due: Point, known_later: bool, after: _After) -> Fault:
    if link.hash == due.hash:
        return "changed"
    if after.due:
        return "swapped" if known_later or after.predecessor else "inserted"
    if known_later:
        return "removed"
    if link.id == due.id:
        return "changed"
    return "inserted" if after.due_id else "removed"


def _by_the_chain(misfit: Misfit, after: _After) -> Fault:
    if misfit.link.previous_hash == misfit.last.hash:
        return "changed"
    if after.successor:
        return "swapped" if after.predecessor else "inserted"
    return "removed" if misfit.itself else "changed"


def named(misfit: Misfit, fault: Fault) -> int:
    """The id of the first entry that does not fit: of the one that is gone, where the digest has it."""
    gone = fault == "removed" and misfit.due and not misfit.in_a_span
    return misfit.due.id if misfit.due and gone else misfit.link.id


def sentence(misfit: Misfit, fault: Fault, moment: str) -> str:
    """What is wrong, in words; `moment` is the instant of the entry that stands there."""
    entry = f"ntry {misfit.link.id} of {moment}"
    if misfit.in_a_span:
        return (
            f"E{entry} is not as the digest has it: after entry {misfit.sure.id} and up to this one, one was "
            "changed, removed or put in, and what follows was recomputed."
        )
    if fault == "removed":
        if misfit.due:
            return f"Entry {misfit.due.id} is gone: it was removed. E{entry} stands in its place."
        return (
            f"E{entry} does not follow the entry before it: "
            "one between them was removed, or the one before was rewritten."
        )
    if misfit.renumbered and misfit.due:
        return f"E{entry} is not as it was recorded: its number was {misfit.due.id}."
    return f"E{entry} {_SAYS[fault]}"


_SAYS: dict[Fault, str] = {
    "changed": "is not as it was recorded: it was changed.",
    "inserted": "does not follow the entry before it: it was put in.",
    "swapped": "is not in its place: entries were swapped.",
}
