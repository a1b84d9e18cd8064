"""A kind of operation: what its steps do. console.actions.engine runs them, as often as is needed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from console.actions.done import Done
from console.db import Connection, writing
from console.gateways.payments import PaymentGateway
from queries.operations import Operation


@dataclass(frozen=True)
class Reserved:
    """What our rows were before, what they are (or will be) after, and since when."""

    before: dict[str, Any]
    after: dict[str, Any]
    at: datetime


@dataclass(frozen=True)
class Answer:
    """What the gateway says came of it. `sentence`: why it failed. `stays`: part of what failed was done and
    is not taken back. `secret`: what only the customer may see; no row of the operation keeps it."""

    state: Literal["succeeded", "pending", "failed"]
    reference: str | None = None
    sentence: str = ""
    stays: bool = False
    secret: str = ""


@dataclass(frozen=True)
class Promise:
    """Something to be sent once the operation is settled: see console.actions.telling."""

    kind: str  # "mail" or "ticket"; a second one of an operation has a word behind a colon
    payload: dict[str, Any]


class Verb:
    """What one kind of operation does. Every method may run again after the process was stopped."""

    kind: str  # "charge:refund"

    def reserve(self, connection: Connection, operation: Operation, now: datetime) -> Reserved:
        """Our rows, in one transaction on the subscription database. Raises Conflict (not as it was shown) or
        Refused (a rule) and then changes nothing; what it did before, it answers again."""
        raise NotImplementedError

    def leaves_the_house(self, operation: Operation) -> bool:
        """Whether the payment gateway has a part in it."""
        return False

    def ask(self, gateway: PaymentGateway, operation: Operation, *, first: bool) -> Answer:
        """Let the gateway do it. Unless this is certainly the `first` call, look up what it did before."""
        raise NotImplementedError

    def look_up(self, gateway: PaymentGateway, operation: Operation) -> Answer | None:
        """What the gateway has done of it, without asking for anything. None: nothing (yet)."""
        raise NotImplementedError

    def book(self, connection: Connection, operation: Operation, answer: Answer, now: datetime) -> None:
        """What the gateway did, in our rows."""

    def release(self, connection: Connection, operation: Operation, now: datetime) -> None:
        """The gateway did nothing: our rows as they were before."""

    def close(self, connection: Connection, operation: Operation, at: datetime) -> None:
        """Rows of ours in the state database, in the transaction that settles the operation."""

    def let_go(self, operation: Operation, now: datetime) -> None:
        """`release` in a transaction of its own."""
        with writing("subscriptions") as connection:
            self.release(connection, operation, now)

    def already(self, operation: Operation) -> Done | None:
        """It cannot be done because somebody has just done it: who, and when."""
        return None

    def sentence(self, operation: Operation) -> str:
        """What was done, for the person who asked."""
        return str(operation.preview["done"])

    def promises(self, operation: Operation, answer: Answer) -> Sequence[Promise]:
        """What is told to the customer and written on the ticket."""
        return ()

    def regrets(self, operation: Operation, sentence: str) -> Sequence[Promise]:
        """What is told after the gateway has taken back what was done; `sentence`: why it did."""
        return ()


VERBS: dict[str, Verb] = {}


def register(verb: Verb) -> None:
    VERBS[verb.kind] = verb
