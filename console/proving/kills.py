"""The proof that a killed process changes nothing: SIGKILL at a named point, a new process, the same end.

One process that has everything loaded and no connection open forks one that acts and is killed, and then one
that recovers. The machine's part in it is real: what the killed one had not committed is gone.
"""

import os
import pickle
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from console import durable
from console.access import Actor
from console.actions import cancel_and_refund as both_verb
from console.actions import points, refundable, refunds, resuming, subscriptions
from console.actions.points import POINTS
from console.actions.subscription_verb import load
from console.db import reading
from console.gateways.choose import use
from console.gateways.simulated import SimulatedGateway, database_url
from console.processes import processes
from console.proving import place
from console.proving.facts import Facts, found, people
from queries import charge as charges
from queries import outbox, proofs, subscription_events

NOW = datetime(2026, 3, 10, 9, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
State = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """`points`: those that it comes by. `by_worker`: console.durable carries it out, and takes it up again;
    else the process that asked for it, and the sweep."""

    act: Callable[[Facts, str], object]
    points: tuple[str, ...]
    by_worker: bool = False


@dataclass(frozen=True)
class Wrong:
    verb: str
    point: str
    said: str


def _aino(facts: Facts) -> Actor:
    """Of each world another one: nobody may refund so much in a day."""
    return people(facts.seed)["Aino"]


def _refund(facts: Facts, id: str) -> None:
    number = facts.invoices[0]
    with reading() as data:
        charge = charges.by_number(data.subscriptions, number)
    assert charge is not None  # noqa: S101 - it was founded
    refunds.refund_charge(
        _aino(facts), number, operation_id=id, amount_minor=1_000, reason="requested",
        expected=refundable.as_it_is(charge), now=NOW,
    )  # fmt: skip


def _cancel(facts: Facts, id: str) -> None:
    with reading() as data:
        expected = subscriptions.as_it_is(load(data.subscriptions, facts.subscription), "now")
    subscriptions.cancel_subscription(
        _aino(facts), facts.subscription, operation_id=id, at="now", reason="other",
        expected=expected, now=NOW,
    )  # fmt: skip


def _both(facts: Facts, id: str) -> None:
    asked: dict[str, Any] = {"at": "now", "amount_minor": 1_000, "charge_number": facts.invoices[0]}
    with reading() as data:
        shown = both_verb.preview_cancel_and_refund(
            data, _aino(facts), facts.subscription, how="amount", now=NOW, **asked
        )
    both_verb.cancel_and_refund(
        _aino(facts), facts.subscription, operation_id=id, reason="other", expected=shown.expected,
        now=NOW, **asked,
    )  # fmt: skip


_NOT_RECALLED = tuple(point for point in POINTS if point != "sending")
CASES = {
    "refund": Case(_refund, POINTS),
    "refund by a worker": Case(_refund, _NOT_RECALLED, by_worker=True),
    "cancel": Case(_cancel, _NOT_RECALLED),
    "cancel and refund": Case(_both, POINTS),
}


def prove(
    times: int,
    *,
    jobs: int = 1,
    database: str | None = None,
    progress: Callable[[int], object] = lambda _kills: None,
) -> tuple[int, Wrong | None]:
    """Kill at every point of every case, `times` each. Returns how many kills came to the right end, and the
    first that did not."""
    held = 0
    each = [(verb, point) for verb, case in CASES.items() for point in case.points]
    with place.template(database) as template, processes(jobs, always=True) as do:
        for wrong in do(partial(_killed_at, template, times), each):
            if wrong is not None:
                return held, wrong
            held += times
            progress(times)
    return held, None


def _killed_at(template: place.Template, times: int, which: tuple[str, str]) -> Wrong | None:
    case, point = CASES[which[0]], which[1]
    with template.copied() as environment, place.settings(environment):
        place.change("CONSOLE_RECALL_SECONDS", "0" if case.by_worker else "60")
        with _gateway() as gateway:
            worlds = [_facts(number) for number in range(times + 1)]
            found(worlds, gateway)
            _run(worlds[0], case)
            undisturbed = _end(worlds[0], gateway)
            for facts in worlds[1:]:
                place.let_go(gateway)
                said = _disturbed(facts, case, point, undisturbed, gateway)
                if said:
                    return Wrong(*which, said)
    return None


@contextmanager
def _gateway() -> Iterator[SimulatedGateway]:
    gateway = SimulatedGateway(database_url(), clock=lambda: NOW)
    use(gateway)
    try:
        yield gateway
    finally:
        use(None)
        gateway.close()


def _facts(number: int) -> Facts:
    return Facts(
        seed=number, start=NOW, recall_seconds=60, zone="Europe/Helsinki", currency="EUR", status="active",
        collected=True, amounts=(4_000,),
    )  # fmt: skip


def _run(facts: Facts, case: Case) -> None:
    """Asked for, and what waits is sent by the sweep."""
    case.act(facts, _id(facts))
    resuming.resume_open(timedelta(0), now=LATER)


def _id(facts: Facts) -> str:
    return f"00000000-0000-4000-8000-{facts.seed:012d}"


def _disturbed(
    facts: Facts, case: Case, point: str, undisturbed: State, gateway: SimulatedGateway
) -> str | None:
    """What is wrong after a kill and a recovery, in words."""
    status = _forked(partial(_until, point, facts, case))[0]
    if status != -signal.SIGKILL:
        return f"it was not killed there: status {status}"
    status, end = _forked(partial(_recovered, facts, case, gateway))
    if status or end is None:
        return f"it could not be recovered: status {status}"
    return None if end == undisturbed else f"it ended as {end}, undisturbed as {undisturbed}"


def _until(point: str, facts: Facts, case: Case) -> None:
    if case.by_worker:
        durable.start("proof")
    points.watch(lambda reached: os.kill(os.getpid(), signal.SIGKILL) if reached == point else None)
    _run(facts, case)


def _recovered(facts: Facts, case: Case, gateway: SimulatedGateway) -> State:
    if case.by_worker:
        durable.start("proof")
        durable.finish(_id(facts))
        durable.stop()
    resuming.resume_open(timedelta(0), now=LATER)
    return _end(facts, gateway)


def _forked(task: Callable[[], State | None]) -> tuple[int, State | None]:
    """How another process ended (a signal is negative), and what it answered."""
    inside, outside = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1  # whatever it raises is printed, and is not 0
        try:
            os.close(inside)
            with os.fdopen(outside, "wb") as answer:
                pickle.dump(task(), answer)
            status = 0
        finally:
            os._exit(status)
    os.close(outside)
    with os.fdopen(inside, "rb") as answer:
        said = answer.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status, pickle.loads(said) if said and not status else None  # noqa: S301 - our own child's


def _end(facts: Facts, gateway: SimulatedGateway) -> State:
    """All that came of it, here and at the gateway, without names and times."""
    customers = [facts.customer]
    with reading() as data:
        subscription = load(data.subscriptions, facts.subscription)
        events = subscription_events.of_subscription(data.subscriptions, subscription.id).rows
        ours = {
            "operation": [one.state for one in proofs.operations_of(data.state, customers)],
            "log": [one.kind for one in proofs.entries_of(data.state, customers)],
            "promises": sorted(one.kind for one in outbox.of_operation(data.state, _id(facts))),
            "refunds": [
                (one.amount_minor, one.tax_minor, one.status, one.gateway_reference is not None)
                for one in proofs.refunds_of(data.subscriptions, customers)
            ],
            "subscription": (subscription.status, subscription.cancel_at_period_end, subscription.version),
            "events": [(one.kind, one.mrr_delta_units) for one in events],
        }
    there = gateway.get_subscription(f"sub_{facts.seed}")
    given_back = gateway.get_charge(facts.charge_references[0]).refunded_minor
    refund = gateway.find_refund(_id(facts), charge=facts.charge_references[0])
    made = None if refund is None else (refund.amount_minor, refund.state)
    return ours | {"there": (there.state, there.cancel_at_period_end, given_back, made)}
