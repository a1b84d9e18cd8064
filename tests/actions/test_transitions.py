"""The transition table, cell by cell: what may happen moves the row and is logged, anything else leaves both.

What may happen is written down here once more, so that no line of the table changes unnoticed.
"""

import pytest

from console.actions import operations
from console.actions.transitions import TRANSITIONS, Event, State
from tests.actions.company import kinds, log_is_intact
from tests.actions.money import operation, paid
from tests.actions.put_in_state import ID, LATER, STATES, put_in, unchanged, waiting
from tests.conftest import Databases

pytestmark = pytest.mark.usefixtures("at_once")

# Event: the states in which it may happen, where it leads, and the last word of its entry in the log.
TABLE: dict[Event, tuple[set[State], State, str | None]] = {
    "hold": ({"proposed"}, "waiting_for_approval", "asked"),
    "allow": ({"proposed"}, "approved", "asked"),
    "approve": ({"waiting_for_approval"}, "approved", "approved"),
    "reject": ({"waiting_for_approval"}, "refused", "rejected"),
    "recall": ({"waiting_for_approval", "approved"}, "refused", "recalled"),
    "send": ({"approved"}, "sending", None),
    "refuse": ({"waiting_for_approval", "approved", "sending"}, "refused", "refused"),
    "succeed": ({"sending", "pending", "unknown", "refused", "failed"}, "settled", "done"),
    "decline": ({"sending", "pending", "unknown"}, "failed", "failed"),
    "wait": ({"sending", "unknown"}, "pending", "pending"),
    "lose": ({"sending"}, "unknown", "unknown"),
    "close": ({"unknown"}, "failed", "closed"),
    "reverse": ({"settled"}, "failed", "reversed"),
}


@pytest.mark.parametrize("event", TABLE)
def test_every_cell(databases: Databases, event: Event) -> None:
    there = paid(1_000_000)
    waiting(there, there.aino)
    states, leads_to, word = TABLE[event]
    for state in STATES:
        before, log = put_in(state), kinds()
        assert operations.move(before, event, LATER) == (state in states), state
        if state not in states:
            assert unchanged(before, log), state
            continue
        assert operation(ID).state == leads_to
        assert kinds() == log + ([f"charge.refund.{word}"] if word else [])
        assert log_is_intact()


def test_every_event_and_state_is_in_the_table() -> None:
    assert set(TABLE) == set(TRANSITIONS)
    met = {state for states, leads_to, _ in TABLE.values() for state in states | {leads_to}}
    assert met == set(STATES)


def test_what_failed_there_never_succeeds_there(databases: Databases) -> None:
    """The same refund of the gateway, that is; another one under the same operation may."""
    there = paid(1_000_000)
    waiting(there, there.aino)
    before, log = put_in("failed", gateway_reference="re_1"), kinds()
    assert not operations.move(before, "succeed", LATER, columns={"gateway_reference": "re_1"})
    assert unchanged(before, log)
    assert operations.move(before, "succeed", LATER, columns={"gateway_reference": "re_2"})
