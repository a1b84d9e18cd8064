"""When a row of ours and the gateway's object of the same name differ, and how. Pure: nothing is read here.

Both may be on their way to the same end, so what happened within the last hour is left for the next run.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from console import money, times
from console.gateways.payments import GatewayCharge, GatewayRefund, GatewaySubscription
from queries.drift import OurCharge, OurRefund, OurSubscription, SettledRefund
from queries.operations import Operation
from queries.tables_subscriptions import LIVE_STATUSES

GRACE = timedelta(hours=1)
SAME = timedelta(minutes=1)  # the gateway counts whole seconds
NOT_THERE = {"state": "not known"}
DECIDED = ("settled", "refused", "failed")


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One finding of a run: see queries.drift_findings.DriftFinding."""

    kind: str
    reference: str
    subject_kind: str
    subject_number: str
    customer_number: str | None
    here: dict[str, str]
    there: dict[str, str]
    details: dict[str, Any] = field(default_factory=dict)
    happened_at: datetime | None = None


def refund(
    there: GatewayRefund, ours: OurRefund | None, charge: OurCharge | None, state: str | None
) -> Difference | None:
    """`charge` is ours that it is of, `state` that of the operation that made it; None: not known."""
    number = (ours.charge_number if ours else None) or (charge.number if charge else None)
    if number is None:
        return None  # of a charge that is not ours
    customer = ours.customer_number if ours else charge.customer_number if charge else None

    def differs(kind: str, reference: str = there.reference) -> Difference:
        return Difference(
            kind=kind, reference=reference, subject_kind="charge", subject_number=number,
            customer_number=customer, here=_of_refund(ours), there=_of_refund(there),
            details={"refund": there.reference, "operation": there.operation_id},
            happened_at=there.created_at,
        )  # fmt: skip

    if _undecided(there.state, state):
        return differs("operation_not_settled", there.operation_id or there.reference)
    here = ours.status if ours else "failed"
    if there.state == "failed":
        return differs("refund_only_here") if here != "failed" else None
    if here == "failed" or (here, there.state) == ("pending", "succeeded"):
        return differs("refund_only_there")
    return differs("amount_differs") if ours and not _same_money(there, ours) else None


def _undecided(there: str, operation: str | None) -> bool:
    """The gateway has decided, and the operation of ours has not heard of it, or the contrary."""
    if operation is None or there == "pending":
        return False
    return operation not in DECIDED or (there == "succeeded" and operation != "settled")


def charge(there: GatewayCharge, ours: OurCharge, state: str | None) -> Difference | None:
    def differs(kind: str, reference: str = there.reference) -> Difference:
        return Difference(
            kind=kind, reference=reference, subject_kind="charge", subject_number=ours.number,
            customer_number=ours.customer_number, here=_of_charge(ours), there=_of_charge(there),
            details={"charge": there.reference, "operation": there.operation_id},
            happened_at=there.created_at,
        )  # fmt: skip

    if _undecided(there.state, state):
        return differs("operation_not_settled", there.operation_id or there.reference)
    if there.state == "succeeded" and ours.status != "succeeded":
        return differs("charge_paid_there")
    if there.state == "failed" and ours.status == "succeeded":
        return differs("charge_paid_here")
    return None if _same_money(there, ours) else differs("amount_differs")


def subscription(there: GatewaySubscription, ours: OurSubscription, now: datetime) -> Difference | None:
    lives_here, lives_there = ours.status in LIVE_STATUSES, there.state != "canceled"
    if lives_here and lives_there:
        if _other_price(there, ours):
            return _of(ours, "amount_differs", _price_here(ours), _price_there(there))
        if _other_dates(there, ours, now):
            return _of(ours, "dates_differ", _dates_here(ours), _dates_there(there))
    if lives_there and not lives_here and _is_over(ours.ended_at, now):
        here = {"state": ours.status} | _day("ended", ours.ended_at)
        return _of(ours, "still_charging", here, {"state": there.state} | _dates_there(there))
    if lives_here and not lives_there and _is_over(there.ended_at, now):
        there_is = {"state": there.state} | _day("ended", there.ended_at)
        return _of(ours, "ended_there", {"state": ours.status} | _dates_here(ours), there_is)
    return None


def missing_refund(ours: OurRefund) -> Difference:
    return Difference(
        kind="refund_only_here", reference=ours.gateway_reference or "", subject_kind="charge",
        subject_number=ours.charge_number or "–", customer_number=ours.customer_number,
        here=_of_refund(ours), there=NOT_THERE, happened_at=ours.created_at,
        details={"refund": ours.gateway_reference},
    )  # fmt: skip


def missing_charge(ours: OurCharge) -> Difference:
    return Difference(
        kind="charge_paid_here", reference=ours.gateway_reference, subject_kind="charge",
        subject_number=ours.number, customer_number=ours.customer_number, here=_of_charge(ours),
        there=NOT_THERE, happened_at=ours.created_at,
    )  # fmt: skip


def missing_subscription(ours: OurSubscription) -> Difference:
    return _of(ours, "ended_there", {"state": ours.status} | _dates_here(ours), NOT_THERE)


def missing_operation(ours: SettledRefund) -> Difference:
    return Difference(
        kind="operation_only_here", reference=ours.operation_id, subject_kind=ours.subject_kind,
        subject_number=ours.subject_number, customer_number=ours.customer_number,
        here={"state": "settled", "amount": money.in_words(ours.amount_minor, ours.currency)},
        there=NOT_THERE, details={"operation": ours.operation_id}, happened_at=ours.requested_at,
    )  # fmt: skip


def undecided(operation: Operation, kind: str, there: str) -> Difference:
    amount = operation.amount_minor
    said = {} if amount is None else {"amount": money.in_words(amount, operation.currency or "")}
    return Difference(
        kind=kind, reference=operation.id, subject_kind=operation.subject_kind,
        subject_number=operation.subject_number, customer_number=operation.customer_number,
        here={"state": operation.state} | said, there={"state": there},
        details={"operation": operation.id},
    )  # fmt: skip


def _of(ours: OurSubscription, kind: str, here: dict[str, str], there: dict[str, str]) -> Difference:
    return Difference(
        kind=kind, reference=ours.gateway_reference, subject_kind="subscription",
        subject_number=ours.number, customer_number=ours.customer_number, here=here, there=there,
        details={"subscription": ours.gateway_reference},
    )  # fmt: skip


def _same_money(there: GatewayRefund | GatewayCharge, ours: OurRefund | OurCharge) -> bool:
    return (there.amount_minor, there.currency) == (ours.amount_minor, ours.currency)


def _other_price(there: GatewaySubscription, ours: OurSubscription) -> bool:
    """A price that the gateway cannot say in one number is not compared."""
    if there.amount_minor is None or there.currency is None:
        return False
    return (there.amount_minor, there.currency) != (ours.price_minor, ours.currency)


def _other_dates(there: GatewaySubscription, ours: OurSubscription, now: datetime) -> bool:
    due = _due(ours)
    if due is not None and not _is_over(due, now) and due <= now:
        return False  # it is being renewed
    apart = due is not None and not _near(due, there.current_period_end)  # nothing is due while it is paused
    return apart or not _near(_end_here(ours), _end_there(there))


def _near(one: datetime | None, other: datetime | None) -> bool:
    if one is None or other is None:
        return one is other
    return abs(one - other) <= SAME


def _is_over(at: datetime | None, now: datetime) -> bool:
    return at is None or at <= now - GRACE


def _end_here(ours: OurSubscription) -> datetime | None:
    return ours.cancel_at or (_due(ours) if ours.cancel_at_period_end else None)


def _end_there(there: GatewaySubscription) -> datetime | None:
    return there.cancel_at or (there.current_period_end if there.cancel_at_period_end else None)


def _of_refund(one: OurRefund | GatewayRefund | None) -> dict[str, str]:
    if one is None:
        return {"state": "not in our books"}
    state = one.status if isinstance(one, OurRefund) else one.state
    return {"state": state, "amount": money.in_words(one.amount_minor, one.currency)} | _day(
        "made", one.created_at
    )


def _of_charge(one: OurCharge | GatewayCharge) -> dict[str, str]:
    state = one.status if isinstance(one, OurCharge) else one.state
    return {"state": state, "amount": money.in_words(one.amount_minor, one.currency)}


def _price_here(ours: OurSubscription) -> dict[str, str]:
    return {"price": money.in_words(ours.price_minor, ours.currency)}


def _price_there(there: GatewaySubscription) -> dict[str, str]:
    return {"price": money.in_words(there.amount_minor or 0, there.currency or "")}


def _due(ours: OurSubscription) -> datetime | None:
    """When it is charged next, unless it ends then."""
    return ours.trial_end if ours.status == "trialing" else ours.current_period_end


def _dates_here(ours: OurSubscription) -> dict[str, str]:
    return _day("renews", _due(ours)) | _day("ends", _end_here(ours))


def _dates_there(there: GatewaySubscription) -> dict[str, str]:
    return _day("renews", there.current_period_end) | _day("ends", _end_there(there))


def _day(name: str, at: datetime | None) -> dict[str, str]:
    return {name: times.moment(at)} if at else {}
