"""Records entries as one of several processes: `python -m tests.recording EMAIL COUNT`."""

import os
import sys

from console import audit, clocks, db
from console.signin.who import actor_with_email

if __name__ == "__main__":
    actor = actor_with_email(sys.argv[1])
    for n in range(int(sys.argv[2])):
        with db.writing("state") as connection:
            audit.record(
                connection, actor=actor, kind="session.signed_in", at=clocks.now(), note=f"{os.getpid()} {n}"
            )
