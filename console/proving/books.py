"""What must hold of every world at rest: each rule takes our rows and the gateway's and names what is wrong.

Our rows are read here as they stand, and the gateway is asked as anybody may ask it: nothing of how the
console comes to its rows is used again.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from console import audit
from console.access import ROLES, Actor, Permission
from console.gateways.payments import GatewayCharge, GatewayRefund, GatewaySubscription
from console.proving.facts import Facts
from console.proving.world import Asked
from console.verbs import VERBS as KINDS
from queries.proofs import OurEntry, OurOperation, OurRefund, OurSubscription
from queries.recurring import monthly_units
from queries.tables_state import OPEN_OPERATION_STATES
from queries.tables_subscriptions import LIVE_STATUSES, PAYING_STATUSES


@dataclass(frozen=True, kw_only=True)
class Books:
    """Everything of one world at rest."""

    facts: Facts
    asked: Mapping[str, Asked]
    elsewhere: int
    people: Mapping[int, Actor]
    refunds: list[OurRefund]
    subscriptions: list[OurSubscription]
    operations: list[OurOperation]
    entries: list[OurEntry]
    blocked: set[str]
    queue: set[str]  # ids of the operations that the Operations screen lists as open
    refunds_there: list[GatewayRefund]
    charges_there: list[GatewayCharge]
    subscriptions_there: list[GatewaySubscription]


def what_is_wrong(books: Books) -> str | None:
    """The first rule that does not hold, in words; None if all do."""
    return next((f"{said}" for rule in RULES for said in rule(books)), None)


def refunds_are_equal(books: Books) -> Iterator[str]:
    """To the cent, one by one; a row of ours that never got a reference was never done."""
    ours: Counter[tuple[object, ...]] = Counter(
        (one.charge_reference, one.gateway_reference, one.amount_minor, one.currency, one.status)
        for one in books.refunds
        if one.gateway_reference is not None
    )
    theirs: Counter[tuple[object, ...]] = Counter(
        (one.charge_reference, one.reference, one.amount_minor, one.currency, one.state)
        for one in books.refunds_there
    )
    for missing in (theirs - ours).elements():
        yield f"the gateway has a refund that our books have not: {missing}"
    for extra in (ours - theirs).elements():
        yield f"our books have a refund that the gateway has not: {extra}"
    for one in books.refunds:
        if one.gateway_reference is None and one.status == "succeeded":
            yield f"booked as given back, and the gateway was never asked: {one}"


def sums_are_equal(books: Books) -> Iterator[str]:
    """Per charge: as much here as there, never more than was paid, and no tax of nothing."""
    for charge in books.charges_there:
        mine = [one for one in books.refunds if one.charge_reference == charge.reference]
        kept = [one for one in mine if one.status != "failed"]
        undecided = sum(one.amount_minor for one in kept if one.gateway_reference is None)
        ours = sum(one.amount_minor for one in kept) - undecided
        if not ours == charge.refunded_minor <= charge.amount_minor:
            yield (
                f"{charge.reference}: {ours} given back in our books, {charge.refunded_minor} there, "
                f"of {charge.amount_minor}"
            )
        if ours + undecided > charge.amount_minor:
            yield f"{charge.reference}: more set aside than was paid"
        if any(not 0 <= one.tax_minor <= one.amount_minor for one in mine):
            yield f"{charge.reference}: tax of a refund out of its bounds"


def never_more_than_asked_for(books: Books) -> Iterator[str]:
    """Each refund there was asked for: by one operation, once, of that amount; or in the gateway's pages."""
    made = Counter(one.operation_id for one in books.refunds_there)
    for one in books.refunds_there:
        asked = books.asked.get(one.operation_id or "")
        if one.operation_id is not None and (asked is None or asked.amount_minor != one.amount_minor):
            yield f"nobody asked for {one.reference} of {one.amount_minor}: {asked}"
        if one.operation_id is not None and made[one.operation_id] > 1:
            yield f"operation {one.operation_id} gave money back {made[one.operation_id]} times"
    elsewhere = sum(one.amount_minor for one in books.refunds_there if one.operation_id is None)
    if elsewhere > books.elsewhere:
        yield f"{elsewhere} without an operation, {books.elsewhere} asked for elsewhere"


def operations_say_what_was_done(books: Books) -> Iterator[str]:
    """Settled means done there; refused and failed mean that nothing is."""
    there = {one.operation_id: one for one in books.refunds_there}
    for one in books.operations:
        refund = there.get(one.id)
        kept = refund is not None and refund.state == "succeeded"
        if one.amount_minor is not None and one.state == "settled" and not kept:
            yield f"{one.kind} {one.id} is settled, and the gateway has {refund}"
        if one.state in {"refused", "failed"} and refund is not None and refund.state != "failed":
            yield f"{one.kind} {one.id} is {one.state}, and the gateway has {refund}"
        if one.state == "refused" and one.promises:
            yield f"{one.kind} {one.id} was refused, and somebody was told that it was done"
        if one.amount_minor != (books.asked[one.id].amount_minor if one.id in books.asked else None):
            yield f"{one.kind} {one.id} is of {one.amount_minor}, and {books.asked.get(one.id)} was asked for"


def a_second_person_agreed(books: Books) -> Iterator[str]:
    """Above a limit nothing leaves the house without a yes of somebody else who may give it."""
    for one in books.operations:
        by = books.people.get(one.approved_by or 0)
        if one.approved_by == one.requested_by:
            yield f"{one.id} was approved by whoever asked for it"
        if by is not None and Permission.APPROVE_REFUND not in ROLES[by.role]:
            yield f"{one.id} was approved by {by.name}, who may not"
        left = one.state not in {"waiting_for_approval", "refused"}
        if one.held_because and left and one.approved_by is None:
            yield f"{one.id} is {one.state} without the second person it needed"


def subscriptions_are_equal(books: Books) -> Iterator[str]:
    """Ended here is ended there; set to end here is set to end there; nothing else collects."""
    there = {one.reference: one for one in books.subscriptions_there}
    under_way = any(one.state in OPEN_OPERATION_STATES for one in books.operations)
    for one in books.subscriptions:
        worth = monthly_units(one.price_minor, one.interval, one.interval_count)
        if one.gained_units != (worth if one.status in PAYING_STATUSES else 0):
            yield f"{one.number}: events say {one.gained_units} of MRR, it is {one.status}"
        collected = there.pop(one.gateway_reference or "", None)
        if collected is not None and not under_way:
            yield from _ends_differ(one, collected)
    for other in there.values():
        if other.state != "canceled":
            yield f"{other.reference} is collected for, and our books do not know it"


def _ends_differ(ours: OurSubscription, there: GatewaySubscription) -> Iterator[str]:
    ended = ours.status not in LIVE_STATUSES
    if ended != (there.state == "canceled"):
        yield f"{ours.number} is {ours.status} here, {there.state} there"
    if ended:
        return
    at_end = ours.cancel_at_period_end and ours.cancel_at is None
    if (at_end, ours.cancel_at) != (there.cancel_at_period_end, there.cancel_at):
        yield (
            f"{ours.number} ends at the end of the period: {at_end} here, {there.cancel_at_period_end} "
            f"there; on {ours.cancel_at} here, {there.cancel_at} there"
        )


_ENDS = {
    "settled": {"done"},
    "refused": {"refused", "rejected", "recalled"},
    "failed": {"failed", "closed", "reversed"},
    "waiting_for_approval": {"asked"},
    "approved": {"asked", "approved"},
    "sending": {"asked", "approved"},
    "pending": {"pending"},
    "unknown": {"unknown"},
}


def every_operation_is_in_the_log(books: Books) -> Iterator[str]:
    """It was asked for, first and once; its last entry is its state; and the reverse."""
    known = {one.id: one for one in books.operations}
    for one in books.operations:
        prefix = one.kind.replace(":", ".")
        kinds = [entry.kind for entry in books.entries if entry.operation_id == one.id]
        steps = [kind.removeprefix(f"{prefix}.") for kind in kinds if kind.startswith(f"{prefix}.")]
        if len(steps) != len(kinds) or steps[:1] != ["asked"] or steps.count("asked") != 1:
            yield f"{one.id} ({one.kind}): the log has {kinds}"
        elif steps[-1] not in _ENDS[one.state] or steps.count(steps[-1]) != 1:
            yield f"{one.id} is {one.state}, the log has {steps}"
    prefixes = tuple(f"{kind.replace(':', '.')}." for kind in KINDS)
    for entry in books.entries:
        if entry.kind not in audit.SENTENCES:
            yield f"an entry of kind {entry.kind} has no sentence"
        if (entry.operation_id or entry.kind.startswith(prefixes)) and entry.operation_id not in known:
            yield f"an entry {entry.kind} of no operation: {entry.operation_id}"


def nothing_is_forgotten(books: Books) -> Iterator[str]:
    """What is not decided waits for a person, in the queue; machines have nothing left to do."""
    for one in books.operations:
        if one.state in OPEN_OPERATION_STATES and one.id not in books.queue:
            yield f"{one.id} is {one.state}, and the Operations queue does not list it"
        if one.state in {"proposed", "approved", "sending", "pending", "unknown"}:
            yield f"{one.id} ({one.kind}) never came to rest: it is {one.state}"


def what_is_disputed_is_blocked(books: Books) -> Iterator[str]:
    numbers = dict(zip(books.facts.charge_references, books.facts.invoices, strict=True))
    for charge in books.charges_there:
        if charge.disputed and numbers[charge.reference] not in books.blocked:
            yield f"{charge.reference} is disputed there, and our {numbers[charge.reference]} is not blocked"


RULES: tuple[Callable[[Books], Iterator[str]], ...] = (
    refunds_are_equal,
    sums_are_equal,
    never_more_than_asked_for,
    operations_say_what_was_done,
    a_second_person_agreed,
    subscriptions_are_equal,
    every_operation_is_in_the_log,
    nothing_is_forgotten,
    what_is_disputed_is_blocked,
)
