"""For tests that change the audit log behind the console's back, as somebody who owns the database can."""

from collections.abc import Iterator
from contextlib import contextmanager

from console import db
from console.migrations import append_only


@contextmanager
def tampering() -> Iterator[db.Connection]:
    """A transaction on the state database in which the log is not protected; afterwards it is again."""
    with db.writing("state") as connection:
        append_only.remove(connection)
        yield connection
        append_only.add(connection)
