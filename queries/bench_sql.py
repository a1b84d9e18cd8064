"""What a measurement needs of SQL: things to look for, the shortest SQL for a question, and what was sent."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, event, func, select

from queries.lookup import folded
from queries.paging import PAGE, Cursor
from queries.tables_subscriptions import charges, customers, payment_methods, refunds, subscriptions
from queries.tables_tickets import tickets

NAMES_READ = 2_000  # to know a common part of a name


@dataclass(frozen=True)
class Bare:
    """One SQL text for both databases, with `:name` for values."""

    database: str  # subscriptions | tickets
    sql: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Sent:
    """A statement as the driver got it."""

    connection: Connection
    statement: str
    parameters: Any


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What is looked for: things of customers in the middle of the data, so that no cache favours them."""

    customer_number: str
    email: str
    name: str
    common_name: str  # a word that many names have
    licence_key: str
    subscription_number: str
    invoice_number: str
    ticket_number: str
    last4: str
    list_page: int  # the number of the page that `list_cursor` begins
    list_cursor: Cursor | None


@dataclass(frozen=True)
class ToActOn:
    """A running subscription and its latest paid charge, by their numbers."""

    subscription: str
    charge: str


def to_act_on(connection: Connection, limit: int) -> list[ToActOn]:
    """Active subscriptions that are not set to end, each with a charge that was paid and not refunded."""
    s, c = subscriptions.c, charges.c
    some = (
        select(s.number, func.max(c.invoice_number))
        .join(charges, c.subscription_id == s.id)
        .where(s.status == "active", s.cancel_at_period_end.is_(False), c.status == "succeeded")
        .where(c.gateway_reference.is_not(None), c.amount_minor > 1)
        .where(~select(refunds.c.id).where(refunds.c.charge_id == c.id).exists())
        .group_by(s.number)
        .order_by(s.number)
        .limit(limit)
    )
    return [ToActOn(number, charge) for number, charge in connection.execute(some) if charge]


def sample(subscription_side: Connection, ticket_side: Connection, *, page: int = 1_000) -> Sample | None:
    """Things to look for, or None where there are not enough of them."""
    found = {
        "customer": _middle(subscription_side, customers, "email"),
        "key": _middle(subscription_side, subscriptions, "licence_key"),
        "charge": _middle(subscription_side, charges, "invoice_number"),
        "card": _middle(subscription_side, payment_methods, "last4"),
        "ticket": _middle(ticket_side, tickets, "number"),
    }
    if any(row is None for row in found.values()):
        return None
    rows: dict[str, Any] = found
    number, cursor = _page_before(ticket_side, page)
    return Sample(
        customer_number=rows["customer"].number,
        email=rows["customer"].email,
        name=rows["customer"].name_folded,
        common_name=_common_word(subscription_side),
        licence_key=rows["key"].licence_key,
        subscription_number=rows["key"].number,
        invoice_number=rows["charge"].invoice_number,
        ticket_number=rows["ticket"].number,
        last4=rows["card"].last4,
        list_page=number,
        list_cursor=cursor,
    )


def _middle(connection: Connection, table: Any, needed: str) -> Any:
    """The first row from the middle on that has the column."""
    half = select(func.max(table.c.id) / 2).scalar_subquery()
    later = select(table).where(table.c.id >= half, table.c[needed].isnot(None))
    return connection.execute(later.order_by(table.c.id).limit(1)).first()


def _common_word(connection: Connection) -> str:
    names = connection.scalars(select(customers.c.name).order_by(customers.c.id).limit(NAMES_READ))
    seen: dict[str, int] = {}
    for name in names:
        for word in folded(name).split():
            if len(word) > 2:
                seen[word] = seen.get(word, 0) + 1
    return max(seen, key=lambda word: (seen[word], word), default="")


def _page_before(connection: Connection, page: int) -> tuple[int, Cursor | None]:
    """The cursor that begins a page of the ticket list: the wanted one, or the last there is."""
    total = connection.scalar(select(func.count()).select_from(tickets)) or 0
    number = max(1, min(page, total // PAGE))
    places = select(tickets.c.created_at, tickets.c.id).order_by(
        tickets.c.created_at.desc(), tickets.c.id.desc()
    )
    last = connection.execute(places.offset((number - 1) * PAGE - 1).limit(1)).first() if number > 1 else None
    return number, None if last is None else Cursor(*last)


def run_bare(connection: Connection, bare: Bare) -> int:
    """Send the text through the driver's own cursor and read every row; how many there were."""
    text = bare.sql
    if connection.dialect.name == "postgresql":
        text = re.sub(r"(?<!:):(\w+)", r"%(\1)s", text.replace("%", "%%"))
    return _through_driver(connection, text, bare.values)


def resend(sent: Sent) -> int:
    """Send a statement again as it was, past everything above the driver."""
    return _through_driver(sent.connection, sent.statement, sent.parameters)


def _through_driver(connection: Connection, statement: str, parameters: Any) -> int:
    cursor = connection.connection.cursor()
    try:
        cursor.execute(statement, parameters)
        return len(cursor.fetchall())
    finally:
        cursor.close()


@contextmanager
def recorded() -> Iterator[list[Sent]]:
    """Every statement that is sent inside the block."""
    noted: list[Sent] = []

    def note(conn: Connection, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            noted.append(Sent(conn, statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield noted
    finally:
        event.remove(Engine, "before_cursor_execute", note)


_CUSTOMER = "SELECT c.id, c.number, c.name, c.email, c.country FROM customers c "


def by_email(email: str) -> Bare:
    return Bare("subscriptions", _CUSTOMER + "WHERE lower(c.email) = lower(:email)", {"email": email})


def by_email_prefix(prefix: str) -> Bare:
    following = prefix[:-1] + chr(ord(prefix[-1]) + 1)
    return Bare(
        "subscriptions",
        _CUSTOMER + "WHERE lower(c.email) >= :low AND lower(c.email) < :high "
        f"ORDER BY lower(c.email) LIMIT {PAGE}",
        {"low": prefix.lower(), "high": following.lower()},
    )


def by_licence_key(key: str) -> Bare:
    sql = _CUSTOMER + "JOIN subscriptions s ON s.customer_id = c.id WHERE s.licence_key = :key"
    return Bare("subscriptions", sql, {"key": key})


def by_invoice_number(number: str) -> Bare:
    sql = _CUSTOMER + "JOIN charges h ON h.customer_id = c.id WHERE h.invoice_number = :number"
    return Bare("subscriptions", sql, {"number": number})


def by_last_four(digits: str) -> Bare:
    sql = _CUSTOMER + "JOIN payment_methods p ON p.customer_id = c.id WHERE p.last4 = :digits LIMIT 1000"
    return Bare("subscriptions", sql, {"digits": digits})


def ticket_page(before: Cursor | None, *, sqlite: bool) -> Bare:
    sql = "SELECT * FROM tickets "
    values: dict[str, Any] = {}
    if before is not None:
        sql += "WHERE (created_at, id) < (:at, :id) "
        at: Any = before.at.replace(tzinfo=None).isoformat(" ", "microseconds") if sqlite else before.at
        values = {"at": at, "id": before.id}
    return Bare("tickets", sql + f"ORDER BY created_at DESC, id DESC LIMIT {PAGE}", values)


def by_name(part: str, *, sqlite: bool) -> Bare:
    if sqlite:
        sql = (
            "SELECT c.id, c.name FROM customer_search f JOIN customers c ON c.id = f.rowid "
            "WHERE f.customer_search MATCH :part LIMIT 1000"
        )
        return Bare("subscriptions", sql, {"part": '"' + part.replace('"', '""') + '"'})
    sql = "SELECT c.id, c.name FROM customers c WHERE c.name_folded LIKE :part LIMIT 1000"
    return Bare("subscriptions", sql, {"part": f"%{part}%"})
