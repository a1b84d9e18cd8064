"""Cancels at once and is killed: `python -m tests.actions.killed POINT NUMBER EMAIL OPERATION`.

POINT is "before commit N" or "after commit N": the first transaction keeps the intent, the second changes the
subscription, the third settles.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from console import db
from console.actions import engine, operations
from console.signin.who import actor_with_email
from tests.actions.company import cancel

_commits = 0


def _stop_at(point: str) -> None:
    @contextmanager
    def writing(database: db.Database) -> Iterator[db.Connection]:
        global _commits  # noqa: PLW0603 - this process does one thing and dies
        _commits += 1
        mine = _commits
        with db.writing(database) as connection:
            yield connection
            if point == f"before commit {mine}":
                os.kill(os.getpid(), signal.SIGKILL)
        if point == f"after commit {mine}":
            os.kill(os.getpid(), signal.SIGKILL)

    operations.writing = engine.writing = writing  # type: ignore[attr-defined]


if __name__ == "__main__":
    point, number, email, operation_id = sys.argv[1:]
    _stop_at(point)
    cancel(actor_with_email(email), number, "now", operation_id=operation_id)
