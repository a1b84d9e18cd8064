"""Our books beside the gateway's: every refund and charge since a day, every subscription, and what is under
way. Nothing is changed but the list of findings.

The gateway's objects come a page at a time and are looked up among ours; then ours come a page at a time, and
those that were not seen there are missing. What is remembered in between is eight bytes for each object.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TypeVar

from console.actions import drift_rules as rules
from console.actions import drift_runs
from console.actions.drift_rules import GRACE, Difference
from console.actions.drift_runs import Progress, Run
from console.actions.every_verb import VERBS
from console.db import Reading, reading
from console.gateways.choose import payment_gateway
from console.gateways.payments import Declined, GatewayRefund, NoAnswer, PaymentGateway
from queries import drift as ours
from queries import operations as stored
from queries.drift import OurCharge, OurRefund, OurSubscription
from queries.drift_findings import DriftRun
from queries.operations import Operation
from queries.paging import Cursor, Page

LOOK_BACK = timedelta(days=35)  # a month that has been closed, and some days
SLACK = timedelta(days=1)  # between the gateway's clock and ours
EVER = datetime(2000, 1, 1, tzinfo=UTC)  # subscriptions live long: all are compared
BATCH = ours.BATCH
T = TypeVar("T")


class Seen:
    """Names that have been seen, in eight bytes each. Two of 1,000,000 are taken for one with a chance of
    1 to 37 million."""

    def __init__(self) -> None:
        self._hashes = array("q")
        self._sorted = True

    def add(self, *names: str | None) -> None:
        self._hashes.extend(hash(name) for name in names if name is not None)
        self._sorted = False

    def __contains__(self, name: str | None) -> bool:
        if not self._sorted:
            self._hashes, self._sorted = array("q", sorted(self._hashes)), True
        place = bisect_left(self._hashes, hash(name))
        return place < len(self._hashes) and self._hashes[place] == hash(name)


def compare(*, since: datetime, now: datetime, progress: Progress | None = None) -> DriftRun:
    """Compare, and keep what differs. `progress` is told how many objects have been compared. Raises Refused
    while another comparison is under way, Unavailable where it could not be done to the end."""
    gateway = payment_gateway()
    with drift_runs.running(gateway.name, since, now, progress or _quiet) as run:
        _refunds(gateway, run)
        _charges(gateway, run)
        _subscriptions(gateway, run)
        _operations(gateway, run)
    return drift_runs.of(run)


def compare_lately(now: datetime, progress: Progress | None = None) -> DriftRun:
    """What the worker does each night: the last weeks. Raises as `compare` does."""
    return compare(since=now - LOOK_BACK, now=now, progress=progress)


def _quiet(_compared: int) -> None:
    return None


def _batches(objects: Iterable[T]) -> Iterator[list[T]]:
    waiting = iter(objects)
    while some := list(islice(waiting, BATCH)):
        yield some


def _pages(read: Callable[[Reading, Cursor | None], Page[T]]) -> Iterator[tuple[T, ...]]:
    after: Cursor | None = None
    while True:
        with reading() as data:
            page = read(data, after)
        yield page.rows
        if (after := page.next) is None:
            return


def _refunds(gateway: PaymentGateway, run: Run) -> None:
    seen, until = Seen(), run.now - GRACE
    for batch in _batches(gateway.refunds(run.since - SLACK)):
        for one in batch:
            seen.add(one.reference, one.operation_id)
        run.page(len(batch), _refunds_of([one for one in batch if run.since <= one.created_at < until]))

    def made(data: Reading, after: Cursor | None) -> Page[OurRefund]:
        return ours.refunds_made(data.subscriptions, run.since, until, after=after)

    for rows in _pages(made):
        missing = [one for one in rows if one.gateway_reference not in seen]
        run.page(len(rows), map(rules.missing_refund, missing))
    _settled(run, seen, until)


def _refunds_of(batch: list[GatewayRefund]) -> Iterator[Difference | None]:
    made_by = [one.operation_id for one in batch if one.operation_id]
    with reading() as data:
        rows = ours.refunds_named(data.subscriptions, [one.reference for one in batch], made_by)
        charges = ours.charges_named(data.subscriptions, [one.charge_reference for one in batch])
        states = ours.states_of(data.state, made_by)
    by_reference = {row.gateway_reference: row for row in rows}
    by_operation = {row.operation_id: row for row in rows if row.operation_id}
    by_charge = {row.gateway_reference: row for row in charges}
    for one in batch:
        row = by_reference.get(one.reference) or by_operation.get(one.operation_id or "")
        state = states.get(one.operation_id or "")
        yield rules.refund(one, row, by_charge.get(one.charge_reference), state)


def _settled(run: Run, seen: Seen, until: datetime) -> None:
    """Operations that gave money back, of which the gateway knows nothing."""
    after = ""
    while True:
        with reading() as data:
            rows = ours.settled_refunds(data.state, run.since, until, after=after)
        missing = [one for one in rows if one.operation_id not in seen and one.gateway_reference not in seen]
        run.page(len(rows), map(rules.missing_operation, missing))
        if len(rows) < BATCH:
            return
        after = rows[-1].operation_id


def _charges(gateway: PaymentGateway, run: Run) -> None:
    seen, until = Seen(), run.now - GRACE
    for batch in _batches(gateway.charges(run.since - SLACK)):
        seen.add(*(one.reference for one in batch))
        old = [one for one in batch if run.since <= one.created_at < until]
        with reading() as data:
            rows = ours.charges_named(data.subscriptions, [one.reference for one in old])
            states = ours.states_of(data.state, [one.operation_id for one in old if one.operation_id])
        known = {row.gateway_reference: row for row in rows}
        run.page(
            len(batch),
            (
                rules.charge(one, known[one.reference], states.get(one.operation_id or ""))
                for one in old
                if one.reference in known
            ),
        )

    def paid(data: Reading, after: Cursor | None) -> Page[OurCharge]:
        return ours.charges_paid(data.subscriptions, run.since, until, after=after)

    for page in _pages(paid):
        missing = [one for one in page if one.gateway_reference not in seen]
        run.page(len(page), map(rules.missing_charge, missing))


def _subscriptions(gateway: PaymentGateway, run: Run) -> None:
    seen = Seen()
    for batch in _batches(gateway.subscriptions(EVER)):
        seen.add(*(one.reference for one in batch))
        there = {one.reference: one for one in batch}
        with reading() as data:
            rows = ours.subscriptions_named(data.subscriptions, list(there))
            busy = ours.under_way(data.state, [row.number for row in rows])
        still = [row for row in rows if row.number not in busy]
        run.page(
            len(batch), (rules.subscription(there[row.gateway_reference], row, run.now) for row in still)
        )

    def live(data: Reading, after: Cursor | None) -> Page[OurSubscription]:
        return ours.live_subscriptions(data.subscriptions, run.now - GRACE, after=after)

    for page in _pages(live):
        missing = [row for row in page if row.gateway_reference not in seen]
        with reading() as data:
            busy = ours.under_way(data.state, [row.number for row in missing])
        run.page(len(page), (rules.missing_subscription(row) for row in missing if row.number not in busy))


def _operations(gateway: PaymentGateway, run: Run) -> None:
    """What should have been decided by now: the gateway has it, or nobody does."""
    with reading() as data:
        waiting = [
            one
            for state in ("approved", "sending", "pending", "unknown")
            for one in stored.in_state(data.state, state, limit=BATCH)
        ]
    late = [one for one in waiting if (one.send_after or one.requested_at) <= run.now - GRACE]
    known = [one for one in late if one.kind in VERBS and VERBS[one.kind].leaves_the_house(one)]
    run.page(len(known), [_operation(gateway, one) for one in known])


def _operation(gateway: PaymentGateway, operation: Operation) -> Difference | None:
    try:
        answer = VERBS[operation.kind].look_up(gateway, operation)
    except Declined:
        answer = None
    except NoAnswer as error:  # it has something else than was asked for
        return rules.undecided(operation, "operation_not_settled", str(error))
    if answer is None:
        return rules.undecided(operation, "operation_nowhere", "not known")
    decided = answer.state != "pending" or operation.state != "pending"
    return rules.undecided(operation, "operation_not_settled", answer.state) if decided else None
