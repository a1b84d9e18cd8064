"""Send the customer the link with which they update the payment details for the next renewal."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from console import clocks
from console.access import Actor
from console.actions import asking, payment_links, phrases
from console.actions.asking import Asked, Shown
from console.actions.cancellation import Change, Expected
from console.actions.checked import checked_form
from console.actions.done import Done
from console.actions.messages import outcome_for
from console.actions.subscription_verb import SubscriptionVerb
from console.actions.verb import Answer, Promise, register
from console.audit import instant
from console.db import Connection, Reading, reading
from console.errors import Refused
from console.gateways.payments import PaymentGateway
from console.settings import get_settings
from queries import payment_links as links
from queries.operations import Operation
from queries.subscriptions import Subscription

By = Literal["my_account", "gateway"]
REASONS = {
    "card_expires": "The card expires before the next charge",
    "payment_failed": "The last payment failed",
    "customer_asked": "The customer asked for it",
    "other": "Another reason",
}
GATEWAY_PAGE = timedelta(minutes=5)  # Stripe's own limit for opening such a page for the first time


class PaymentLinkVerb(SubscriptionVerb):
    kind, step = "subscription:payment_link", "payment_link"
    told_apart_by = ("by",)

    def snapshot(self, subscription: Subscription) -> dict[str, Any]:
        return {"version": subscription.version}

    def planned(
        self,
        subscription: Subscription,
        request: Mapping[str, Any],
        before: Mapping[str, Any],
        moment: datetime,
    ) -> Change:
        return Change({"version": before["version"]}, (("payment_link_sent", 0),))

    def why_not(self, subscription: Subscription, request: Mapping[str, Any], now: datetime) -> str | None:
        return why_not_link(subscription, request.get("by", "my_account"))

    def leaves_the_house(self, operation: Operation) -> bool:
        return bool(operation.request["by"] == "gateway")

    def ask(self, gateway: PaymentGateway, operation: Operation, *, first: bool) -> Answer:
        """A page that was made and never opened hurts nobody: another one is made."""
        page = gateway.payment_page(
            customer=operation.request["customer_reference"],
            return_url=get_settings().my_account_url,
            operation_id=operation.id,
        )
        return Answer("succeeded", secret=page)

    def look_up(self, gateway: PaymentGateway, operation: Operation) -> Answer | None:
        return None

    def close(self, connection: Connection, operation: Operation, at: datetime) -> None:
        if operation.request["by"] == "my_account":
            payment_links.mint(
                connection,
                operation_id=operation.id,
                customer_number=operation.customer_number or "",
                subscription_number=operation.subject_number,
                created_by=operation.requested_by,
                at=operation.requested_at,
            )

    def promises(self, operation: Operation, answer: Answer) -> Sequence[Promise]:
        request = operation.request
        link: Any = answer.secret or {"payment_link": operation.id}
        values = {"product": request["product"], "link": link, "expires": request["expires"]}
        return outcome_for(operation, self.sentence(operation), ("payment_link", values))


VERB = PaymentLinkVerb()
register(VERB)


def why_not_link(subscription: Subscription, by: str = "my_account") -> str | None:
    """Why no link can be sent, in words; None if one can."""
    number = subscription.number
    if subscription.status not in {"trialing", "active", "past_due"} or subscription.ended_at is not None:
        return f"{number} is not running, so there is no renewal to pay for."
    if not subscription.customer_email:
        return f"No e-mail address of {subscription.customer_number} is known."
    if by == "gateway" and subscription.customer_gateway_reference is None:
        return f"The payment gateway does not know {subscription.customer_number}: use My Account."
    return None


def _asked(subscription: Subscription, by: By, now: datetime) -> Asked:
    if by not in ("my_account", "gateway"):
        raise Refused(f"“{str(by)[:20]}” is no place for payment details: choose my_account or gateway.")
    expires = now.replace(microsecond=0) + lasts(by)
    return Asked(
        verb=VERB,
        number=subscription.number,
        keeps={
            "by": by,
            "customer_reference": subscription.customer_gateway_reference,
            "expires": instant(expires),
        },
        says=f"The link is on its way to {subscription.customer_email}. It holds until "
        f"{phrases.moment(expires)} and works once.",
    )


def lasts(by: By) -> timedelta:
    return GATEWAY_PAGE if by == "gateway" else timedelta(hours=get_settings().payment_link_hours)


def preview_payment_link(
    data: Reading, actor: Actor, number: str, *, by: By = "my_account", now: datetime | None = None
) -> Shown:
    """Raises NotPermitted, NotFound, and Refused where it is not possible."""
    moment = now or clocks.now()
    subscription = asking.find(data, actor, number)
    if by == "my_account":
        payment_links.require_secret(data.state)
    place = "the payment gateway's own page" if by == "gateway" else "My Account"
    lines = [
        ("Goes to", subscription.customer_email or "nobody: no e-mail address is known"),
        ("Leads to", place),
        ("Holds until", f"{phrases.moment(moment + lasts(by))}; it works once"),
        *[("Before", said) for said in _earlier(data, subscription, moment)],
    ]
    if by == "gateway":
        lines.append(("Note", "That page has to be opened within 5 minutes: while they are on the phone."))
    asked = _asked(subscription, by, moment)
    button = "Send the link for payment details"
    return asking.shown(data, subscription, asked, lines=lines, button=button, now=moment)


def _earlier(data: Reading, subscription: Subscription, now: datetime) -> list[str]:
    sent = links.of_customer(data.state, subscription.customer_number, limit=3)
    said = []
    for link in sent:
        state = f"used on {phrases.moment(link.used_at)}" if link.used_at else "not used, expired"
        if link.used_at is None and link.expires_at > now:
            state = f"not used, still holds until {phrases.moment(link.expires_at)}"
        said.append(f"sent by {link.sent_by_name} on {phrases.moment(link.created_at)}: {state}")
    return said


def send_payment_link(
    actor: Actor,
    number: str,
    *,
    operation_id: str,
    reason: str,
    expected: Expected,
    by: By = "my_account",
    note: str = "",
    ticket_number: str | None = None,
    tell_customer: bool = True,
    now: datetime | None = None,
) -> Done:
    """Send the link to the customer's address: they are always told. Raises as `asking.act` does."""
    del tell_customer
    form = checked_form(
        REASONS, operation_id=operation_id, reason=reason, note=note, ticket_number=ticket_number,
        tell_customer=True,
    )  # fmt: skip
    moment = now or clocks.now()
    with reading() as data:
        asked = _asked(asking.find(data, actor, number), by, moment)
        if by == "my_account":
            payment_links.require_secret(data.state)
    return asking.act(actor, asked, form, expected, moment)
