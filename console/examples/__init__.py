"""The published worked examples, run against this installation's own code.

They depend on the code alone, never on the company's data, its settings or the day.
"""

from functools import cache

from console.demo.worked import Place, in_memory
from console.examples import churn, proration, renewals, revenue
from console.examples.example import Example, Expected, Outcome, State, check

__all__ = ["EXAMPLES", "Example", "Expected", "Outcome", "State", "outcomes", "outcomes_in", "outcomes_now"]

EXAMPLES: tuple[Example, ...] = (
    *revenue.EXAMPLES, *churn.EXAMPLES, *renewals.EXAMPLES, *proration.EXAMPLES,
)  # fmt: skip


@cache
def outcomes() -> tuple[Outcome, ...]:
    """What came of each example, counted once in a process: its code does not change while it runs."""
    return outcomes_now()


def outcomes_now() -> tuple[Outcome, ...]:
    """The same, counted anew."""
    with in_memory() as place:
        return outcomes_in(place)


def outcomes_in(place: Place) -> tuple[Outcome, ...]:
    """The same in tables of somebody else's, which must be empty and stay so."""
    return tuple(check(example, place) for example in EXAMPLES)
