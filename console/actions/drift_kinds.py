"""The ways in which our books and the gateway's can differ: what each means, and what to do about it.

`fix` names what `drift_fixing.fix` does about it; none: a person does what `todo` says, on the screen of its
subject.
"""

from dataclasses import dataclass
from typing import Literal

from console.access import Permission

Fix = Literal["book", "conclude", "end_there"]


@dataclass(frozen=True)
class DriftKind:
    title: str
    meaning: str
    todo: str
    fix: Fix | None = None
    button: str = ""
    needs: Permission | None = None


P = Permission
KINDS: dict[str, DriftKind] = {
    "refund_only_there": DriftKind(
        "Refunded there, not here",
        "The gateway has given money back, or is about to, and our books do not have it.",
        "Book it: our refund gets the gateway's amount, day and state.",
        "book", "Book the refund", P.APPROVE_REFUND,
    ),
    "refund_only_here": DriftKind(
        "Refunded here, not there",
        "Our books say that money went back; the gateway does not know of it, or says that it failed.",
        "Take over what the gateway says. What it does not know at all: ask whoever booked it.",
        "book", "Take over what the gateway says", P.APPROVE_REFUND,
    ),
    "still_charging": DriftKind(
        "Ended here, still charging there",
        "The subscription has ended in our books, and the gateway goes on collecting for it.",
        "End it at the gateway too, and look whether something was charged since.",
        "end_there", "End it at the gateway", P.CANCEL_SUBSCRIPTION,
    ),
    "ended_there": DriftKind(
        "Ended there, active here",
        "The gateway collects nothing more for a subscription that is active in our books.",
        "Cancel it here at once, or have the customer subscribe again.",
    ),
    "amount_differs": DriftKind(
        "Another amount or currency",
        "The gateway has another amount or currency than our books.",
        "Find out which of the two is agreed with the customer, and correct the other.",
    ),
    "dates_differ": DriftKind(
        "Other dates",
        "The gateway renews or ends the subscription on another day than our books say.",
        "Move the renewal, or cancel again for the right day: both go to the gateway as well.",
    ),
    "charge_paid_there": DriftKind(
        "Paid there, failed here",
        "The gateway has collected a charge that our books have as not paid.",
        "Let the billing system book the payment: the customer is owed what they paid for.",
    ),
    "charge_paid_here": DriftKind(
        "Paid here, not there",
        "Our books have a charge as paid; the gateway says that it failed, or does not know it.",
        "Find out whether the money came another way; else the customer has not paid.",
    ),
    "operation_only_here": DriftKind(
        "Done here, not there",
        "An operation is settled in our books, and the gateway has nothing that belongs to it.",
        "Look at the operation and at the gateway's own pages before anything is done again.",
    ),
    "operation_not_settled": DriftKind(
        "Decided there, open here",
        "The gateway has decided an operation of ours, and our books do not have that yet.",
        "Take over what the gateway says.",
        "conclude", "Take over what the gateway says", P.APPROVE_REFUND,
    ),
    "operation_nowhere": DriftKind(
        "On neither side",
        "An operation has been under way for more than an hour, and the gateway does not have it.",
        "Go on with it: it is looked up again, and sent under the same key, so that it is done once.",
        "conclude", "Go on with it", P.APPROVE_REFUND,
    ),
}  # fmt: skip


def needed(kind: DriftKind, subject_kind: str) -> Permission | None:
    """The permission that fixing one takes: an operation on a subscription is not about money."""
    if kind.fix == "conclude" and subject_kind == "subscription":
        return Permission.CANCEL_SUBSCRIPTION
    return kind.needs
