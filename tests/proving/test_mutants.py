"""The proof can fail: each defect that is put in here is found within a few hundred worlds."""

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from console.access import Actor
from console.actions import approvals, engine, operations, refunding
from console.actions.engine import Answer
from console.actions.subscription_verb import SubscriptionVerb
from console.db import Connection
from console.gateways.payments import Declined, NoAnswer, PaymentGateway
from console.proving import worlds
from queries.operations import Operation

WORLDS = 300


def no_answer_is_a_no(patch: pytest.MonkeyPatch) -> None:
    asked = engine._asked

    def ask(*arguments: Any) -> Answer | None:
        try:
            return asked(*arguments)
        except NoAnswer as error:
            raise Declined(str(error), "no_answer") from error

    patch.setattr(engine, "_asked", ask)


def sent_again_under_a_new_key(patch: pytest.MonkeyPatch) -> None:
    asked = refunding.ask_refund

    def ask(gateway: PaymentGateway, operation: Operation, *, first: bool) -> Answer:
        key = operation.id if first else str(uuid.uuid4())
        return asked(gateway, replace(operation, id=key), first=True)

    patch.setattr(refunding, "ask_refund", ask)


def money_is_not_set_aside(patch: pytest.MonkeyPatch) -> None:
    """Our row is made when the gateway has answered."""
    aside, book = refunding.set_aside, refunding.book_refund

    def late(connection: Connection, operation: Operation, answer: Answer, now: datetime) -> None:
        aside(connection, operation, now)
        book(connection, operation, answer, now)

    patch.setattr(refunding, "set_aside", lambda *_arguments: None)
    patch.setattr(refunding, "book_refund", late)


def ones_own_request_is_approved(patch: pytest.MonkeyPatch) -> None:
    why_not = approvals.why_not_approve

    def lenient(actor: Actor, operation: Operation) -> str | None:
        return why_not(replace(actor, staff_id=0), operation)

    patch.setattr(approvals, "why_not_approve", lenient)


def the_end_is_not_in_the_log(patch: pytest.MonkeyPatch) -> None:
    record = operations._record

    def forgetful(connection: Connection, operation: Operation, step: str, *rest: Any, **values: Any) -> None:
        if step != "done":
            record(connection, operation, step, *rest, **values)

    patch.setattr(operations, "_record", forgetful)


def the_gateway_is_not_told_to_stop(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SubscriptionVerb, "leaves_the_house", lambda *_arguments: False)


MUTANTS: dict[Callable[[pytest.MonkeyPatch], None], str] = {
    no_answer_is_a_no: "the gateway has a refund that our books have not",
    sent_again_under_a_new_key: "the gateway has a refund that our books have not",
    money_is_not_set_aside: "the gateway has a refund that our books have not",
    ones_own_request_is_approved: "was approved by whoever asked for it",
    the_end_is_not_in_the_log: "is settled, the log has",
    the_gateway_is_not_told_to_stop: "S-",
}


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_it_is_found(mutant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """And its seed alone shows it again."""
    mutant(monkeypatch)
    wrong = worlds.prove(WORLDS, 0).wrong
    assert wrong
    assert MUTANTS[mutant] in wrong.said
    alone = worlds.prove(1, wrong.seed).wrong
    assert alone
    assert alone.seed == wrong.seed
    assert MUTANTS[mutant] in alone.said
