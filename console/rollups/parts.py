"""The parts of a rebuild in their order, each counted from a range of customers; other processes may count
ahead of what is written down."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Generic, NamedTuple, Protocol, TypeVar

from console.db import Reading, reading
from console.processes import processes
from queries.rollups import stored
from queries.rollups.stored import Watermark

Sums = TypeVar("Sums")
S_co = TypeVar("S_co", covariant=True)


class Counting(Protocol[S_co]):
    """`part` is how many customers go into one transaction of a rebuild."""

    part: int

    def count(self, data: Reading, mark: Watermark, after: int, last: int, now: datetime) -> S_co:
        """What the customers from `after` on up to `last` come to."""


class Range(NamedTuple):
    after: int
    last: int
    customers: int


@dataclass(frozen=True)
class Part(Generic[Sums]):
    last: int
    customers: int
    sums: Sums


def counted(
    rollup: Counting[Sums], mark: Watermark, now: datetime, jobs: int
) -> Generator[Part[Sums], None, None]:
    """From where the watermark is to the last customer; by so many processes, or in this one. Raises
    Unavailable."""
    with processes(jobs) as do:
        yield from do(partial(_count, rollup, mark, now), _ranges(mark.built_to or 0, rollup.part))


def _ranges(after: int, size: int) -> Iterator[Range]:
    while True:
        with reading() as data:
            some = stored.next_customers(data.subscriptions, after, size)
        if not some:
            return
        yield Range(after, some[-1], len(some))
        after = some[-1]


def _count(rollup: Counting[Sums], mark: Watermark, now: datetime, some: Range) -> Part[Sums]:
    with reading() as data:
        sums = rollup.count(data, mark, some.after, some.last, now)
    return Part(some.last, some.customers, sums)
