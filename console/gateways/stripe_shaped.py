"""The payment gateway over anything that speaks Stripe's API: Stripe itself, and the simulated one.

Each step of an operation has its own idempotency key ("<operation>:refund"), and the operation's id goes into
the metadata of what it makes or changes. The API version is the last one in which a charge names its invoice:
with it, a failed renewal leads to what is to be paid again, and a charge to its subscription.

What Stripe's API has no parameter for takes two steps, and the first only marks:
- a failed renewal is paid again through its invoice; charges copy the metadata of their payment intent, so
  the intent is marked first, and the new charge can be told by it;
- an immediate cancel takes no metadata, so the subscription is marked first.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar

from console.gateways import shapes, stripe_params
from console.gateways.payments import (
    Broken,
    Declined,
    GatewayCharge,
    GatewayRefund,
    GatewaySubscription,
    NoAnswer,
    NotSent,
    SubscriptionChange,
)
from console.gateways.stripe_params import Params

API_VERSION = "2025-02-24.acacia"
PAGE = 100  # the most that Stripe sends at once
Method = Literal["get", "post", "delete"]
T = TypeVar("T")

_WITH_INVOICE = {"expand": ["invoice"]}
_WITH_INVOICES = {"expand": ["data.invoice"]}


class Transport(Protocol):
    def call(self, method: Method, path: str, params: Params, key: str | None = None) -> Mapping[str, Any]:
        """One request, sent once. `params` may be nested. Raises Declined, NotSent, NoAnswer or Broken."""
        ...


class StripeShaped:
    """See `payments.PaymentGateway` for what each method promises."""

    def __init__(self, name: str, transport: Transport) -> None:
        self._name = name
        self._transport = transport

    @property
    def name(self) -> str:
        return self._name

    def refund(
        self, *, charge: str, amount_minor: int, currency: str, operation_id: str, reason: str = ""
    ) -> GatewayRefund:
        """Reads the charge first: Stripe takes an amount without a currency, and 500 yen are not 5.00 €."""
        charged_in = self.get_charge(charge).currency
        if charged_in != currency:
            raise Declined(
                f"The charge is in {charged_in}, not in {currency}. Nothing was refunded.",
                "currency_mismatch",
            )
        # Stripe knows three reasons; ours go into the metadata.
        marks = {"operation_id": operation_id} | ({"reason": reason} if reason else {})
        params = {"charge": charge, "amount": amount_minor, "metadata": marks}
        return self._change("post", "/v1/refunds", params, f"{operation_id}:refund", shapes.refund)

    def find_refund(self, operation_id: str, *, charge: str) -> GatewayRefund | None:
        made = self._all("/v1/refunds", {"charge": charge}, shapes.refund)
        return next((refund for refund in made if refund.operation_id == operation_id), None)

    def get_refund(self, reference: str) -> GatewayRefund:
        return self._read(f"/v1/refunds/{reference}", {}, shapes.refund)

    def get_charge(self, reference: str) -> GatewayCharge:
        return self._read(f"/v1/charges/{reference}", _WITH_INVOICE, shapes.charge)

    def retry_charge(self, *, charge: str, operation_id: str) -> GatewayCharge:
        invoice, intent = self._invoice_of(charge)
        self._mark(f"/v1/payment_intents/{intent}", operation_id)
        try:
            self._change("post", f"/v1/invoices/{invoice}/pay", {}, f"{operation_id}:pay", dict)
        except Declined:
            declined = self._collected(operation_id, charge)
            if declined is None:
                raise
            return declined
        made = self._collected(operation_id, charge)
        if made is None:
            raise NoAnswer("The renewal is paid, but by a charge of another operation. Look it up.")
        return made

    def _collected(self, operation_id: str, charge: str) -> GatewayCharge | None:
        """As `find_charge`, after the bank was asked: what cannot be read now may well have been done."""
        try:
            return self.find_charge(operation_id, charge=charge)
        except NotSent as error:
            raise NoAnswer("The bank was asked; what it said could not be read. Look it up.") from error

    def find_charge(self, operation_id: str, *, charge: str) -> GatewayCharge | None:
        _, intent = self._invoice_of(charge)
        params = {"payment_intent": intent} | _WITH_INVOICES
        made = [
            found
            for found in self._all("/v1/charges", params, shapes.charge)
            if found.operation_id == operation_id and found.reference != charge
        ]
        return made[-1] if made else None  # the first one made: the gateway's own retries copy the mark

    def _invoice_of(self, charge: str) -> tuple[str, str]:
        """The invoice and the payment intent of a charge. Declined for a charge that has none."""
        found = self._read(f"/v1/charges/{charge}", {}, dict)
        invoice, intent = shapes.reference(found.get("invoice")), found.get("payment_intent")
        if invoice is None or intent is None:
            raise Declined(
                "This charge belongs to no renewal; it cannot be collected again.", "charge_without_invoice"
            )
        return invoice, intent

    def change_subscription(
        self, reference: str, change: SubscriptionChange, *, operation_id: str
    ) -> GatewaySubscription:
        if change.cancel == "now":
            return self._cancel_now(reference, operation_id)
        if change.keep:
            return self._keep(reference, operation_id)
        return self._update(reference, stripe_params.changed(change), operation_id, "change")

    def _cancel_now(self, reference: str, operation_id: str) -> GatewaySubscription:
        path = f"/v1/subscriptions/{reference}"
        self._mark(path, operation_id)
        try:
            # Stripe reads no key here; the simulated gateway's faults do.
            return self._change("delete", path, {}, f"{operation_id}:cancel", shapes.subscription)
        except Broken as error:  # under no key: it may well be done the next time
            raise NoAnswer(str(error), error.code) from error
        except Declined as refusal:
            if refusal.code != "resource_missing":
                raise
        return self.get_subscription(reference)  # it has ended already

    def _keep(self, reference: str, operation_id: str) -> GatewaySubscription:
        """Stripe does not take both kinds of end in one request."""
        now = self.get_subscription(reference)
        if now.cancel_at_period_end:
            return self._update(reference, {"cancel_at_period_end": False}, operation_id, "keep-period")
        if now.cancel_at is not None:
            return self._update(reference, {"cancel_at": ""}, operation_id, "keep-date")
        return now

    def _update(self, reference: str, params: Params, operation_id: str, step: str) -> GatewaySubscription:
        marked = {**params, **stripe_params.NO_PRORATION, "metadata": {"operation_id": operation_id}}
        path = f"/v1/subscriptions/{reference}"
        return self._change("post", path, marked, f"{operation_id}:{step}", shapes.subscription)

    def restart_subscription(
        self, reference: str, *, next_charge_at: datetime, operation_id: str
    ) -> GatewaySubscription:
        old = self._read(f"/v1/subscriptions/{reference}", {}, dict)
        params = {
            "customer": shapes.reference(old["customer"]),
            "items": stripe_params.same_items(old),
            stripe_params.first_charge(old, next_charge_at): shapes.timestamp(next_charge_at),
            "metadata": {"operation_id": operation_id, "restarts": reference},
            **stripe_params.NO_PRORATION,
        }
        key = f"{operation_id}:restart"
        return self._change("post", "/v1/subscriptions", params, key, shapes.subscription)

    def get_subscription(self, reference: str) -> GatewaySubscription:
        return self._read(f"/v1/subscriptions/{reference}", {}, shapes.subscription)

    def payment_page(self, *, customer: str, return_url: str, operation_id: str) -> str:
        params = {
            "customer": customer,
            "return_url": return_url,
            "flow_data": {"type": "payment_method_update"},
        }
        key = f"{operation_id}:portal"
        return self._change("post", "/v1/billing_portal/sessions", params, key, lambda made: str(made["url"]))

    def refunds(self, since: datetime) -> Iterator[GatewayRefund]:
        return self._all("/v1/refunds", stripe_params.since(since), shapes.refund)

    def charges(self, since: datetime) -> Iterator[GatewayCharge]:
        return self._all("/v1/charges", stripe_params.since(since) | _WITH_INVOICES, shapes.charge)

    def subscriptions(self, since: datetime) -> Iterator[GatewaySubscription]:
        params = stripe_params.since(since) | {"status": "all"}
        return self._all("/v1/subscriptions", params, shapes.subscription)

    def _mark(self, path: str, operation_id: str) -> None:
        """Without a key: done twice it is the same, and moves no money. Without it the step is not taken."""
        try:
            self._change("post", path, {"metadata": {"operation_id": operation_id}}, None, dict)
        except NoAnswer as error:
            raise NotSent("The payment gateway did not answer. Nothing was done. Try again.") from error

    def _change(
        self, method: Method, path: str, params: Params, key: str | None, understand: Callable[[Any], T]
    ) -> T:
        answer = self._transport.call(method, path, params, key)
        try:
            return understand(answer)
        except (KeyError, TypeError, ValueError) as error:
            raise NoAnswer(
                "The payment gateway answered in a form this console does not know. Look up what it did.",
                "not_understood",
            ) from error

    def _read(self, path: str, params: Params, understand: Callable[[Any], T]) -> T:
        try:
            return understand(self._transport.call("get", path, params))
        except NoAnswer as error:
            raise NotSent("The payment gateway did not answer. Nothing was read. Try again.") from error
        except (KeyError, TypeError, ValueError) as error:
            raise NotSent(
                "The payment gateway answered in a form this console does not know. Nothing was read.",
                "not_understood",
            ) from error

    def _all(self, path: str, params: Params, understand: Callable[[Any], T]) -> Iterator[T]:
        """Newest first, a page at a time."""
        after: str | None = None
        while True:
            params = {**params, "limit": PAGE} | ({"starting_after": after} if after else {})
            rows, after = self._read(path, params, lambda page: _page(page, understand))
            yield from rows
            if after is None:
                return


def _page(page: Params, understand: Callable[[Any], T]) -> tuple[list[T], str | None]:
    """The rows, and after which one the next page begins: None on the last page."""
    found = page["data"]
    return [understand(row) for row in found], found[-1]["id"] if found and page["has_more"] else None
