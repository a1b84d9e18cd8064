"""How far an operation can come, as data: what may happen in which state, and where it leads.

No timer is in here: an outcome is decided by an answer of the gateway, by our own rows, or by a person.
"""

from typing import Literal

State = Literal[
    "proposed",
    "waiting_for_approval",
    "approved",
    "sending",
    "settled",
    "refused",
    "failed",
    "pending",
    "unknown",
]
Event = Literal[
    "hold",  # it needs a second person
    "allow",  # it needs nobody else
    "approve",  # a second person says yes …
    "reject",  # … or no
    "recall",  # whoever asked takes it back before anything has left the house
    "send",  # it leaves the house now
    "refuse",  # our rules or rows say no: nothing has left the house
    "succeed",  # done, here and at the gateway
    "decline",  # the gateway said no: nothing is done
    "wait",  # the gateway has it and has not decided
    "lose",  # nobody knows whether the gateway has it
    "close",  # a person who looked it up says that it was not done
    "reverse",  # the gateway takes back what it had done
]

TRANSITIONS: dict[Event, tuple[frozenset[State], State]] = {
    "hold": (frozenset({"proposed"}), "waiting_for_approval"),
    "allow": (frozenset({"proposed"}), "approved"),
    "approve": (frozenset({"waiting_for_approval"}), "approved"),
    "reject": (frozenset({"waiting_for_approval"}), "refused"),
    "recall": (frozenset({"waiting_for_approval", "approved"}), "refused"),
    "send": (frozenset({"approved"}), "sending"),
    "refuse": (frozenset({"waiting_for_approval", "approved", "sending"}), "refused"),
    # What was done is settled, whatever was concluded before it was seen; never the reverse.
    "succeed": (frozenset({"sending", "pending", "unknown", "refused", "failed"}), "settled"),
    "decline": (frozenset({"sending", "pending", "unknown"}), "failed"),
    "wait": (frozenset({"sending", "unknown"}), "pending"),
    "lose": (frozenset({"sending"}), "unknown"),
    "close": (frozenset({"unknown"}), "failed"),
    "reverse": (frozenset({"settled"}), "failed"),
}

# The last word of an audit entry's kind: "charge.refund.asked".
STEPS: dict[Event, str] = {
    "hold": "asked",
    "allow": "asked",
    "approve": "approved",
    "reject": "rejected",
    "recall": "recalled",
    "refuse": "refused",
    "succeed": "done",
    "decline": "failed",
    "wait": "pending",
    "lose": "unknown",
    "close": "closed",
    "reverse": "reversed",
}


def leads_to(state: State, event: Event) -> State | None:
    """Where an event leads from a state; None where it cannot happen."""
    before, after = TRANSITIONS[event]
    return after if state in before else None
