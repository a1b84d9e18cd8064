"""What can go wrong, as sentences a person can act on.

    ConsoleError                 its text says what is wrong and what to do
    ├── NotPermitted             this person may not do this
    ├── NotFound                 there is no such thing
    ├── Refused                  a rule or a bad input says no; nothing was done
    ├── Conflict                 it changed since it was shown; nothing was done; `.changes` says what
    └── Unavailable              a database or outside system cannot be used now; `.part` says which

Anything that is not a ConsoleError is a defect: the screen shows an incident number, the log the rest.
"""

from collections.abc import Mapping


class ConsoleError(Exception):
    """Root of every refusal. `str(error)` is shown to people: a sentence, never a traceback."""


class NotPermitted(ConsoleError):
    pass


class NotFound(ConsoleError):
    pass


class Refused(ConsoleError):
    pass


class Conflict(ConsoleError):
    """`changes` maps a field's plain name to (as it was shown, as it is now), both in words."""

    def __init__(self, sentence: str, changes: Mapping[str, tuple[str, str]]) -> None:
        super().__init__(sentence)
        self.changes = dict(changes)

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:  # so that another thread or process can raise it
        return type(self), (str(self), self.changes)


class Unavailable(ConsoleError):
    """`part` names what cannot be used: "subscriptions", "tickets", "state", "identity provider"."""

    def __init__(self, sentence: str, part: str) -> None:
        super().__init__(sentence)
        self.part = part

    def __reduce__(self) -> tuple[type, tuple[object, ...]]:
        return type(self), (str(self), self.part)
