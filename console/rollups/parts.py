"""The parts of a rebuild in their order, each counted from a range of customers; other processes may count
ahead of what is written down."""

from collections import deque
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from console.db import Reading, reading
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
    if jobs == 1:
        for some in _ranges(mark.built_to or 0, rollup.part):
            yield Part(some.last, some.customers, _count(rollup, mark, some, now))
        return
    ahead: deque[tuple[Range, Future[Sums]]] = deque()
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        try:
            for some in _ranges(mark.built_to or 0, rollup.part):
                ahead.append((some, pool.submit(_count, rollup, mark, some, now)))
                if len(ahead) > jobs:
                    yield _next(ahead)
            while ahead:
                yield _next(ahead)
        finally:
            pool.shutdown(cancel_futures=True)


def _next(ahead: deque[tuple[Range, Future[Sums]]]) -> Part[Sums]:
    some, future = ahead.popleft()
    return Part(some.last, some.customers, future.result())


def _ranges(after: int, size: int) -> Iterator[Range]:
    while True:
        with reading() as data:
            some = stored.next_customers(data.subscriptions, after, size)
        if not some:
            return
        yield Range(after, some[-1], len(some))
        after = some[-1]


def _count(rollup: Counting[Any], mark: Watermark, some: Range, now: datetime) -> Any:
    with reading() as data:
        return rollup.count(data, mark, some.after, some.last, now)
