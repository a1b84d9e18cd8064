"""Work for several processes, each begun anew, so that none has a connection or a thread of another."""

import gc
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from multiprocessing import get_context
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
AHEAD = 2  # pieces of work for each process: one in hand, one that waits


@contextmanager
def processes(
    jobs: int, *, always: bool = False
) -> Iterator[Callable[[Callable[[T], R], Iterable[T]], Iterator[R]]]:
    """How to do some work: answers come in the order of what was asked, and no more is done ahead than the
    processes have at hand. One job is done here, unless it `always` needs a process without threads."""
    if jobs == 1 and not always:
        yield map
        return
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        try:
            yield partial(_in_order, pool, AHEAD * jobs)
        finally:
            pool.shutdown(cancel_futures=True)


def _in_order(
    pool: ProcessPoolExecutor, most: int, work: Callable[[T], R], given: Iterable[T]
) -> Iterator[R]:
    ahead: deque[Future[R]] = deque()
    for one in given:
        ahead.append(pool.submit(work, one))
        if len(ahead) > most:
            yield ahead.popleft().result()
    while ahead:
        yield ahead.popleft().result()


@cache
def collect_seldom() -> None:
    """For a process that makes much and keeps little: what it has loaded by now is looked through no more. A
    fifth of the time went into that."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
