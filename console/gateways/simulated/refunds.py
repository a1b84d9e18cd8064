"""Refunds by Stripe's rules: never more than is left, nothing from a failed or disputed charge."""

from typing import Any

from sqlalchemy import Row

from console import money
from console.gateways.simulated import objects, tables
from console.gateways.simulated.objects import Object
from console.gateways.simulated.requests import Refusal, invalid, merged, text, whole_number
from console.gateways.simulated.work import Work

_STATUS = {"refund_pending": "pending", "refund_pending_then_failed": "pending", "refund_fails": "failed"}


def create(work: Work) -> Object:
    charge = work.one(tables.charges, text(work.params, "charge"), "charge")
    if work.fault == "disputed":
        charge = open_dispute(work, charge)
    amount = _amount(work, charge)
    _check(charge, amount)
    status = _STATUS.get(work.fault or "", "succeeded")
    row = work.insert(
        tables.refunds,
        "re",
        charge=charge.id,
        amount=amount,
        currency=charge.currency,
        status=status,
        reason=work.params.get("reason"),
        failure_reason="unknown" if status == "failed" else None,
        later="failed" if work.fault == "refund_pending_then_failed" else None,
        metadata=merged("{}", work.params),
    )
    made = objects.refund(row)
    work.tell("refund.created", made)
    if status == "failed":
        work.tell("refund.failed", made)
    else:
        _count(work, charge, amount)
    return made


def _amount(work: Work, charge: Row[Any]) -> int:
    """Without one, all that is left."""
    if "amount" not in work.params:
        return int(charge.amount - charge.refunded)
    amount = whole_number(work.params, "amount")
    if amount < 1:
        raise invalid("This value must be greater than or equal to 1.", "amount", "parameter_invalid_integer")
    return amount


def _check(charge: Row[Any], amount: int) -> None:
    if charge.status != "succeeded":
        raise Refusal(400, f"Charge {charge.id} was not successful; it cannot be refunded.", param="charge")
    if charge.disputed:
        message = f"Charge {charge.id} has been charged back; cannot issue a refund."
        raise Refusal(400, message, code="charge_disputed")
    left = charge.amount - charge.refunded
    if left <= 0:
        message = f"Charge {charge.id} has already been refunded."
        raise Refusal(400, message, code="charge_already_refunded")
    if amount > left:
        asked, rest = (_in_words(minor, charge.currency) for minor in (amount, left))
        message = f"Refund amount ({asked}) is greater than unrefunded amount on charge ({rest})"
        raise Refusal(400, message, param="amount")


def _in_words(minor: int, currency: str) -> str:
    return f"{money.amount(minor, currency.upper())} {currency}"


def _count(work: Work, charge: Row[Any], amount: int) -> None:
    """Take from (or, negative, give back to) what is left of the charge."""
    changed = work.update(tables.charges, charge.number, refunded=charge.refunded + amount)
    work.tell("charge.refunded" if amount > 0 else "charge.refund.updated", objects.charge(changed))


def cancel(work: Work, reference: str) -> Object:
    if _find(work, reference).status != "pending":
        raise Refusal(400, f"Refund {reference} cannot be canceled: it is not pending.")
    return settle(work, reference, "canceled")


def settle(work: Work, reference: str, status: str) -> Object:
    """A refund that was pending, or had succeeded and came back, gets its outcome."""
    refund = _find(work, reference)
    if refund.status == status or refund.status in {"failed", "canceled"}:
        return objects.refund(refund)
    failed = status != "succeeded"
    row = work.update(
        tables.refunds,
        refund.number,
        status=status,
        failure_reason="lost_or_stolen_card" if status == "failed" else None,
        later=None,
    )
    made = objects.refund(row)
    work.tell("refund.failed" if failed else "refund.updated", made)
    if failed:
        _count(work, work.one(tables.charges, refund.charge, "charge"), -refund.amount)
    return made


def _find(work: Work, reference: str) -> Row[Any]:
    """Its charge is locked first, as `create` does: nobody waits for each other."""
    charge = work.connection.scalar(_CHARGE_OF.where(tables.refunds.c.id == reference))
    if charge is not None:
        work.one(tables.charges, charge, "charge")
    return work.one(tables.refunds, reference, "refund")


def open_dispute(work: Work, charge: Row[Any]) -> Row[Any]:
    row = work.update(tables.charges, charge.number, disputed=True)
    work.tell("charge.dispute.created", objects.dispute(row, objects.new_id("dp"), "needs_response"))
    return row


_CHARGE_OF = tables.refunds.select().with_only_columns(tables.refunds.c.charge)
