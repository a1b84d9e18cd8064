"""The rows of a chunk on their way to the database, and the numbers they get."""

from dataclasses import dataclass, field
from typing import Any, Self

Row = dict[str, Any]
FIRST_NUMBER = 1000  # of customers, subscriptions and tickets: C-1001 is the customer with id 1
_ODD = 0x9E3779B97F4A7C15  # times an id, modulo a power of two: every id another, and they look drawn by lot
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def reference(prefix: str, number: int) -> str:
    """What a payment gateway would call it: unique for each number."""
    return f"{prefix}_{number * _ODD % 2**64:016x}"


def licence_key(product: str, number: int) -> str:
    """Two groups of five letters: unique for each number."""
    mixed = number * _ODD % 2**50
    letters = "".join(_LETTERS[mixed >> shift & 31] for shift in range(0, 50, 5))
    return f"{product.upper()}-{letters[:5]}-{letters[5:]}"


@dataclass(kw_only=True)
class _Counted:
    ids: dict[str, int] = field(default_factory=dict)  # how far each table's have counted

    def next_id(self, table: str) -> int:
        self.ids[table] = number = self.ids.get(table, 0) + 1
        return number

    def turn_page(self) -> Self:
        """An empty one that counts on where this one stopped."""
        return type(self)(ids=self.ids)


@dataclass
class Book(_Counted):
    """Rows of the subscription database, by table."""

    customers: list[Row] = field(default_factory=list)
    payment_methods: list[Row] = field(default_factory=list)
    subscriptions: list[Row] = field(default_factory=list)
    charges: list[Row] = field(default_factory=list)
    refunds: list[Row] = field(default_factory=list)
    subscription_events: list[Row] = field(default_factory=list)


@dataclass
class Tray(_Counted):
    """Rows of the ticket database, by table."""

    tickets: list[Row] = field(default_factory=list)
    ticket_messages: list[Row] = field(default_factory=list)
    ticket_events: list[Row] = field(default_factory=list)
