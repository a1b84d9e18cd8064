"""What the console asks of a payment gateway, and the three ways an answer can be missing.

    GatewayError
    ├── Declined     the gateway said no: it did nothing and never will under this key
    ├── NotSent      certainly nothing was done (refused connection, 429): the same key may try again
    └── NoAnswer     nobody knows whether it was done (time-out, lost connection, 500): look it up
        └── Broken   the gateway answered, and answered 500: under this key it will answer the same for ever

Every call that changes something carries the operation's id: as part of its idempotency key and in
the object's metadata, so that `find_refund` and `find_charge` can tell whether it was done. Amounts are minor
units with tax, instants UTC.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from console.errors import ConsoleError

RefundState = Literal["pending", "succeeded", "failed"]
ChargeState = Literal["pending", "succeeded", "failed"]
SubscriptionState = Literal["trialing", "active", "past_due", "paused", "canceled"]
DisputeState = Literal["open", "won", "lost"]


class GatewayError(ConsoleError):
    """`code` is the gateway's own word ("charge_already_refunded"), or ours where it gave none."""

    def __init__(self, sentence: str, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code


class Declined(GatewayError):
    pass


class NotSent(GatewayError):
    pass


class NoAnswer(GatewayError):
    pass


class Broken(NoAnswer):
    pass


@dataclass(frozen=True, kw_only=True)
class GatewayRefund:
    reference: str
    charge_reference: str
    amount_minor: int
    currency: str  # ISO 4217, upper case
    state: RefundState
    failure: str | None  # the gateway's word for why it failed
    operation_id: str | None  # of our metadata; None: made elsewhere
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class GatewayCharge:
    reference: str
    amount_minor: int
    refunded_minor: int  # pending and succeeded refunds together
    currency: str
    state: ChargeState
    disputed: bool  # a dispute is open, or was lost
    failure_code: str | None
    customer_reference: str | None
    subscription_reference: str | None
    operation_id: str | None
    created_at: datetime

    @property
    def refundable_minor(self) -> int:
        return max(0, self.amount_minor - self.refunded_minor) if self.state == "succeeded" else 0


@dataclass(frozen=True, kw_only=True)
class GatewaySubscription:
    reference: str
    customer_reference: str | None
    state: SubscriptionState
    cancel_at_period_end: bool
    cancel_at: datetime | None  # a day that is not the end of the period
    current_period_end: datetime | None
    trial_end: datetime | None
    ended_at: datetime | None
    amount_minor: int | None  # per interval, without tax
    currency: str | None
    operation_id: str | None  # of the last operation of ours that changed it


@dataclass(frozen=True, kw_only=True)
class GatewayDispute:
    """Comes in a message only: a charge says of itself whether it is disputed."""

    reference: str
    charge_reference: str
    state: DisputeState
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class SubscriptionChange:
    """What a verb does to a subscription at the gateway: exactly one field is set.

    `cancel`: at once, at the end of the period, or at an instant. `keep`: no end is set any more. `pause` and
    `unpause`: collecting stops, and goes on. `trial_end` and `next_charge_at`: nothing is charged before that
    instant and nothing prorated."""

    cancel: Literal["now", "period_end"] | datetime | None = None
    keep: bool = False
    pause: bool = False
    unpause: bool = False
    trial_end: datetime | None = None
    next_charge_at: datetime | None = None


class PaymentGateway(Protocol):
    """Each method raises Declined, NotSent or NoAnswer. A method that only reads raises NotSent for
    everything that kept it from reading, and Declined("…", "resource_missing") for what is not there."""

    @property
    def name(self) -> str:
        """ "simulated" or "stripe"."""
        ...

    def refund(
        self, *, charge: str, amount_minor: int, currency: str, operation_id: str, reason: str = ""
    ) -> GatewayRefund:
        """Give back part of a charge. The same operation id again answers the refund it made first."""
        ...

    def find_refund(self, operation_id: str, *, charge: str) -> GatewayRefund | None:
        """The refund of that charge that carries the operation's id; None if there is none (yet)."""
        ...

    def get_refund(self, reference: str) -> GatewayRefund: ...

    def get_charge(self, reference: str) -> GatewayCharge: ...

    def retry_charge(self, *, charge: str, operation_id: str) -> GatewayCharge:
        """Collect a failed renewal charge again, from the customer's present payment method. Answers the new
        charge: one that failed again is an answer (state "failed"), not an error."""
        ...

    def find_charge(self, operation_id: str, *, charge: str) -> GatewayCharge | None:
        """The charge that `retry_charge` made of that failed one; None if there is none (yet)."""
        ...

    def change_subscription(
        self, reference: str, change: SubscriptionChange, *, operation_id: str
    ) -> GatewaySubscription:
        """Cancel, keep, pause, unpause, or move a date. What already is so answers as it is."""
        ...

    def restart_subscription(
        self, reference: str, *, next_charge_at: datetime, operation_id: str
    ) -> GatewaySubscription:
        """A subscription that was cancelled at once runs on as a new one of the same price, whose first
        charge is due at that instant. The same operation id again answers the one it made first."""
        ...

    def get_subscription(self, reference: str) -> GatewaySubscription: ...

    def payment_page(self, *, customer: str, return_url: str, operation_id: str) -> str:
        """The address of the gateway's own page on which the customer changes the payment details."""
        ...

    def refunds(self, since: datetime) -> Iterator[GatewayRefund]:
        """Every refund created at or after the instant, newest first, read a page at a time."""
        ...

    def charges(self, since: datetime) -> Iterator[GatewayCharge]: ...

    def subscriptions(self, since: datetime) -> Iterator[GatewaySubscription]:
        """Every subscription created at or after the instant, ended ones too."""
        ...
