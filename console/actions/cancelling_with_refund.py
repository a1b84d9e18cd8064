"""Cancelling and giving money back as one kind of operation: see console.actions.engine.

Both are set aside in one transaction. The gateway is asked for the refund first, because it may say no: then
the cancellation is taken back as well. Cancelling there comes second, because it can be asked for again. A
refund that fails only after that leaves the cancellation as it is, here and there.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from console.actions import cancelling, refunding
from console.actions.cancellation import Change
from console.actions.messages import outcome_for
from console.actions.subscription_verb import is_so, load, taken_back_mark, write
from console.actions.verb import Answer, Promise, Reserved, register
from console.db import Connection
from console.errors import Refused
from console.gateways.choose import payment_gateway
from console.gateways.payments import Broken, Declined, NoAnswer, PaymentGateway
from queries.operations import Operation

CANCEL_AND_REFUND = "subscription:cancel_and_refund"


class CancelAndRefund(cancelling.Cancel):
    """`request` has what a cancellation and what a refund keeps."""

    kind = CANCEL_AND_REFUND

    def leaves_the_house(self, operation: Operation) -> bool:
        return True

    def reserve(self, connection: Connection, operation: Operation, now: datetime) -> Reserved:
        reserved = super().reserve(connection, operation, now)
        refunding.set_aside(connection, operation, now)
        return reserved

    def already(self, operation: Operation) -> None:
        """That somebody has cancelled it does not mean that the money went back."""

    def ask(self, gateway: PaymentGateway, operation: Operation, *, first: bool) -> Answer:
        refund = refunding.ask_refund(gateway, operation, first=first)
        if refund.state == "failed":
            return self._failed(gateway, operation, refund)
        self._cancel_there(gateway, operation)
        return refund

    def look_up(self, gateway: PaymentGateway, operation: Operation) -> Answer | None:
        """Nothing until both are there."""
        found = refunding.find_refund(gateway, operation)
        if found is None:
            return None
        answer = refunding.answer_of(found, operation)
        if answer.state == "failed":
            return self._failed(gateway, operation, answer)
        return answer if self._ended_there(gateway, operation) else None

    def _failed(self, gateway: PaymentGateway, operation: Operation, refund: Answer) -> Answer:
        """Both are taken back, unless the gateway has cancelled by now: that cannot be undone everywhere."""
        if operation.request["gateway_reference"] is None or not self._ended_there(gateway, operation):
            return refund
        said = f"{refund.sentence}. The cancellation stays; give the money back in another way"
        return replace(refund, stays=True, sentence=said)

    def _cancel_there(self, gateway: PaymentGateway, operation: Operation) -> None:
        reference = operation.request["gateway_reference"]
        if reference is None:
            return
        try:
            gateway.change_subscription(reference, self._change(operation), operation_id=operation.id)
        except (Declined, Broken) as error:
            if not self._ended_there(gateway, operation):
                said = f"The money is on its way, but the gateway did not cancel {reference}: cancel it there"
                raise NoAnswer(f"{said}. {error}", error.code) from error

    def _ended_there(self, gateway: PaymentGateway, operation: Operation) -> bool:
        """Also where the gateway collects nothing for it."""
        reference = operation.request["gateway_reference"]
        if reference is None:
            return True
        try:
            return is_so(gateway.get_subscription(reference), self._change(operation))
        except Declined as error:
            return error.code == "resource_missing"

    def book(self, connection: Connection, operation: Operation, answer: Answer, now: datetime) -> None:
        refunding.book_refund(connection, operation, answer, now)
        if answer.stays:
            self._keep_cancelled(connection, operation, now)

    def _keep_cancelled(self, connection: Connection, operation: Operation, now: datetime) -> None:
        """Nothing is left to `release`, once."""
        mark, subscription = taken_back_mark(operation), load(connection, operation.subject_number)
        if not self.is_taken_back(connection, operation):
            nothing = Change({"version": subscription.version}, (("reported", 0),))
            write(connection, subscription, nothing, operation, now, event_id=mark, actor="system")

    def release(self, connection: Connection, operation: Operation, now: datetime) -> None:
        refunding.release_refund(connection, operation, now)
        super().release(connection, operation, now)

    def let_go(self, operation: Operation, now: datetime) -> None:
        """Raises Refused where only the cancellation is missing."""
        if refunding.find_refund(payment_gateway(), operation) is not None:
            raise Refused("The money went back; only the cancellation is missing. Send it again instead.")
        super().let_go(operation, now)

    def promises(self, operation: Operation, answer: Answer) -> Sequence[Promise]:
        request = operation.request
        amount = {"minor": request["amount_minor"], "currency": request["currency"]}
        if answer.state == "failed":
            said = f"{operation.subject_number} is cancelled, but {answer.sentence}."
            return outcome_for(operation, said, self.message(operation))
        if request["step"] == "now" and not request["trial"]:
            values = {"product": request["product"], "amount": amount}
            return outcome_for(operation, self.sentence(operation), ("cancel_and_refund", values))
        ending = outcome_for(operation, self.sentence(operation), self.message(operation))
        refund = ("refund_sent", {"amount": amount, "charged_at": request["charged_at"]})
        told = outcome_for(replace(operation, ticket_number=None), "", refund)
        return [*ending, *(replace(one, kind="mail:refund_sent") for one in told)]

    def regrets(self, operation: Operation, sentence: str) -> Sequence[Promise]:
        return refunding.refund_regrets(operation, sentence)


register(CancelAndRefund())
