"""A customer of the sample company and how they pay."""

from datetime import datetime

from console.demo.rows import FIRST_NUMBER, Book
from queries.lookup import folded


class Account:
    """A customer; opening it writes their row."""

    def __init__(
        self,
        book: Book,
        *,
        name: str,
        email: str | None,
        country: str,
        locale: str,
        time_zone: str,
        created_at: datetime,
    ) -> None:
        self.book = book
        self.country = country
        self.id = book.next_id("customers")
        self.number = f"C-{FIRST_NUMBER + self.id}"
        self.card: int | None = None
        book.customers.append(
            {
                "id": self.id,
                "number": self.number,
                "email": email,
                "name": name,
                "name_folded": folded(name),
                "country": country,
                "locale": locale,
                "time_zone": time_zone,
                "created_at": created_at,
            }
        )

    def add_card(self, brand: str, last4: str, month: int, year: int, at: datetime) -> None:
        """From now on charges go to this card."""
        self.card = self.book.next_id("payment_methods")
        self.book.payment_methods.append(
            {
                "id": self.card,
                "customer_id": self.id,
                "brand": brand,
                "last4": last4,
                "exp_month": month,
                "exp_year": year,
                "created_at": at,
            }
        )
