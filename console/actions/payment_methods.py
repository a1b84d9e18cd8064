"""A customer's new payment method, as the sample company's My Account stores it.

A real My Account has stored it itself before it tells us.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from console import words
from console.db import Connection, writing
from console.errors import NotFound, Refused
from queries import customers, subscriptions
from queries.payment_links import PaymentLink
from queries.subscriptions import Subscription, end_of_month
from queries.tables_subscriptions import payment_methods, subscription_events
from queries.tables_subscriptions import subscriptions as subscription_table

BRANDS = ("Visa", "Mastercard", "American Express")


@dataclass(frozen=True)
class Card:
    """What is known of a card: nothing more, ever."""

    brand: str
    last4: str
    exp_month: int
    exp_year: int

    def __str__(self) -> str:
        return words.card(self.brand, self.last4)


def checked_card(brand: str, last4: str, expiry: str, now: datetime) -> Card:
    """The card of a form; `expiry` as "08/2029". Raises Refused."""
    if brand not in BRANDS:
        raise Refused(f"Choose one of {', '.join(BRANDS)}.")
    if not (len(last4) == 4 and last4.isascii() and last4.isdigit()):
        raise Refused("The last four digits are four digits.")
    month, _, year = expiry.strip().partition("/")
    plain = expiry.isascii() and month.isdigit() and year.isdigit() and len(month) <= 2 and len(year) == 4
    if not plain or not 1 <= int(month) <= 12:
        raise Refused("Write the expiry as month and year: 08/2029.")
    if end_of_month(int(year), int(month)) <= now:
        raise Refused("That card has expired.")
    return Card(brand, last4, int(month), int(year))


def store_payment_method(link: PaymentLink, card: Card, now: datetime) -> None:
    """The card as the customer's newest, charged from now on for what the link was about, in one transaction.
    Raises NotFound, Unavailable."""
    with writing("subscriptions") as connection:
        customer = customers.by_number(connection, link.customer_number)
        if customer is None:
            raise NotFound(f"There is no customer {link.customer_number}.")
        row = payment_methods.insert().values(
            customer_id=customer.id,
            brand=card.brand,
            last4=card.last4,
            exp_month=card.exp_month,
            exp_year=card.exp_year,
            created_at=now,
        )
        added = connection.execute(row.returning(payment_methods.c.id)).scalar_one()
        for subscription in _meant(connection, link, customer.id):
            _charge_to(connection, subscription, added, f"The customer changed the card to {card}", now)


def _meant(connection: Connection, link: PaymentLink, customer_id: int) -> Sequence[Subscription]:
    """The link's subscription, or all of the customer's; only those that run."""
    theirs = subscriptions.of_customer(connection, customer_id)
    number = link.subscription_number
    return [one for one in theirs if one.live and number in {None, one.number}]


def _charge_to(
    connection: Connection, subscription: Subscription, method_id: int, note: str, now: datetime
) -> None:
    changed = subscription_table.update().where(subscription_table.c.id == subscription.id)
    connection.execute(changed.values(payment_method_id=method_id, version=subscription_table.c.version + 1))
    event = subscription_events.insert().values(
        subscription_id=subscription.id,
        customer_id=subscription.customer_id,
        kind="reported",
        occurred_at=now,
        recorded_at=now,
        actor="customer",
        currency=subscription.currency,
        note=note,
    )
    connection.execute(event)
