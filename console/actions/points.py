"""Places between two steps of an operation at which a process may be stopped. Nothing happens at them, except
in proofs: those stop the process there, and see whether the operation still comes to its one right end."""

from collections.abc import Callable

POINTS = (
    "begun",  # the intent is committed
    "sending",  # the time to recall it is over
    "reserved",  # our rows are changed, or set aside
    "claimed",  # the gateway is about to be called
    "answered",  # the gateway has answered
    "booked",  # our rows have the answer
    "closed",  # the operation has its outcome
)

_watchers: list[Callable[[str], None]] = []


def reached(point: str) -> None:
    for watcher in _watchers:
        watcher(point)


def watch(watcher: Callable[[str], None]) -> Callable[[], None]:
    """Call the watcher at every point. Returns what ends that."""
    _watchers.append(watcher)
    return lambda: _watchers.remove(watcher)
