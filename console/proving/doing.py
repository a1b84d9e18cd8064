"""Work for several processes, each begun anew, so that none has a connection or a thread of another."""

import gc
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache
from multiprocessing import get_context
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


@contextmanager
def processes(
    jobs: int, *, always: bool = False
) -> Iterator[Callable[[Callable[[T], R], Iterable[T]], Iterator[R]]]:
    """How to do some work: answers come in the order of what was asked. One job is done here, unless it
    `always` needs a process without threads."""
    if jobs == 1 and not always:
        yield map
        return
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        try:
            yield pool.map
        finally:
            pool.shutdown(cancel_futures=True)


@cache
def collect_seldom() -> None:
    """For a process that makes much and keeps little: what it has loaded by now is looked through no more. A
    fifth of the time went into that."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
