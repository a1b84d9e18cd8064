"""What a verb answers."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Done:
    """What came of it. `already`: it was so before this call; `by` and `at` then say whose doing and when.

    `state` is that of the operation: anything but "settled" is still under way, and `sentence` says what
    for; `due` is then when it leaves the house, if it can be recalled until then."""

    operation_id: str
    number: str
    already: bool
    by: str
    at: datetime | None  # UTC; None where the source does not say
    sentence: str
    state: str = "settled"
    due: datetime | None = None

    @property
    def settled(self) -> bool:
        return self.state == "settled"
