"""The single questions behind the search box: each is answered by an index, and stops at CANDIDATES rows."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    column,
    false,
    func,
    literal,
    or_,
    select,
    table,
    true,
    union_all,
)

from queries.tables_subscriptions import charges, customers, payment_methods, subscriptions
from queries.tables_tickets import tickets

CANDIDATES = 1_000  # sorting every hit of "an" is what costs; the first thousand are plenty
LONGEST_KEY = 40
SHORTEST_INDEXED = 3  # letters: the name index holds every three in a row

_name_index = table("customer_search", column("rowid"), column("customer_search"))  # SQLite's, see migrations
_email = func.lower(customers.c.email)


@dataclass(frozen=True)
class Match:
    """A customer (or nobody, where the row has no known one) who answers a question."""

    kind: str
    customer_id: int | None
    matched: str
    target_kind: str | None = None
    target_number: str | None = None


def begins_with(value: ColumnElement[str], prefix: str) -> ColumnElement[bool]:
    """A range, so that an ordered index answers it; LIKE with a bound pattern would read every row."""
    for last in range(len(prefix) - 1, -1, -1):
        following = ord(prefix[last]) + 1
        following = 0xE000 if following == 0xD800 else following  # surrogates are not characters
        if following <= 0x10FFFF:
            return and_(value >= prefix, value < prefix[:last] + chr(following))
    return value >= prefix


def _cases(text: str) -> list[str]:
    """As typed and in either case: numbers are stored one way and typed in another."""
    return sorted({text, text.upper(), text.lower()})


def _address_cases(text: str) -> list[str]:
    """Lower case as the databases make it (only A to Z) and as Unicode does."""
    ascii_lower = "".join(c.lower() if c.isascii() else c for c in text)
    return sorted({ascii_lower, text.lower()})


def _key_spellings(text: str) -> list[str]:
    """A licence key as typed, with spaces for its dashes, or without any: then with groups of four to six
    letters at its end, the rest before them."""
    bare = re.sub(r"[\s-]", "", text)[:LONGEST_KEY]
    grouped = [
        "-".join([bare[: -size * groups], *re.findall("." * size, bare[-size * groups :])])
        for size in (4, 5, 6)
        for groups in (1, 2, 3, 4, 5)
        if size * groups < len(bare)
    ]
    spelled = (text, text.replace(" ", "-"), bare, *grouped)
    return sorted({case for spelling in spelled for case in _cases(spelling)})


def email(connection: Connection, text: str) -> list[Match]:
    statement = select(customers.c.id, customers.c.email).where(_email.in_(_address_cases(text)))
    found = connection.execute(statement.limit(CANDIDATES))
    return [Match("e-mail", id, address) for id, address in found]


def email_without_tag(connection: Connection, text: str) -> list[Match]:
    """The other addresses of a mailbox: anna@x.com and anna+shop@x.com arrive in one place."""
    wanted = _address_cases(text)
    same = or_(false(), *(_same_mailbox(address) for address in wanted))
    statement = select(customers.c.id, customers.c.email).where(same, _email.not_in(wanted))
    found = connection.execute(statement.order_by(_email).limit(CANDIDATES))
    return [Match("e-mail with another +tag", id, address) for id, address in found]


def _same_mailbox(address: str) -> ColumnElement[bool]:
    local, _, domain = address.rpartition("@")
    base = local.partition("+")[0]
    if not base or not domain:
        return false()
    tagged = and_(begins_with(_email, f"{base}+"), _email.endswith(f"@{domain}", autoescape=True))
    return or_(_email == f"{base}@{domain}", tagged)


def email_prefix(connection: Connection, text: str, limit: int) -> list[Match]:
    wanted = _address_cases(text)
    begins = or_(*(begins_with(_email, prefix) for prefix in wanted))
    statement = select(customers.c.id, customers.c.email).where(begins, _email.not_in(wanted))
    found = connection.execute(statement.order_by(_email).limit(limit))
    return [Match("start of the e-mail", id, address) for id, address in found]


def numbers(connection: Connection, text: str) -> list[Match]:
    """Customer, licence key, subscription, invoice and gateway reference, in one statement."""
    typed = _cases(text)
    owner = func.coalesce(charges.c.customer_id, subscriptions.c.customer_id)
    of_charge = select(owner).select_from(charges.outerjoin(subscriptions))
    parts = [
        _number(select(customers.c.id), "customer number", customers.c.number, typed),
        _number(
            select(subscriptions.c.customer_id),
            "licence key",
            subscriptions.c.licence_key,
            _key_spellings(text),
            ("subscription", subscriptions.c.number),
        ),
        _number(
            select(subscriptions.c.customer_id),
            "subscription number",
            subscriptions.c.number,
            typed,
            ("subscription", subscriptions.c.number),
        ),
        _number(
            of_charge,
            "invoice number",
            charges.c.invoice_number,
            typed,
            ("charge", charges.c.invoice_number),
        ),
        _number(
            of_charge,
            "payment reference",
            charges.c.gateway_reference,
            typed,
            ("charge", func.coalesce(charges.c.invoice_number, charges.c.gateway_reference)),
        ),
    ]
    found = connection.execute(union_all(*parts))
    return [
        Match(kind, customer, matched, target_kind or None, number or None)
        for customer, kind, matched, target_kind, number in found
    ]


def _number(
    owners: Select[Any],
    kind: str,
    value: ColumnElement[str],
    spellings: Sequence[str],
    target: tuple[str, ColumnElement[str]] | None = None,
) -> Select[Any]:
    target_kind, number = target or ("", literal(""))
    return owners.add_columns(literal(kind), value, literal(target_kind), number).where(value.in_(spellings))


def ticket_number(subscription_side: Connection, ticket_side: Connection, text: str) -> list[Match]:
    """The ticket's customer; where it names none, whoever has its requester's e-mail."""
    found = ticket_side.execute(
        select(tickets.c.number, tickets.c.customer_number, tickets.c.requester_email).where(
            tickets.c.number.in_(_cases(text))
        )
    ).all()
    matches = []
    for number, customer, address in found:
        owners = _owners(subscription_side, customer, address) or [None]
        matches += [Match("ticket number", owner, number, "ticket", number) for owner in owners]
    return matches


def _owners(connection: Connection, number: str | None, address: str | None) -> Sequence[int | None]:
    if number:
        return connection.scalars(select(customers.c.id).where(customers.c.number == number)).all()
    if address:
        return [match.customer_id for match in email(connection, address)]
    return []


def last_four(connection: Connection, digits: str) -> list[Match]:
    """Customers with a card ending so; those whose card came last first."""
    some = (
        select(payment_methods.c.customer_id, payment_methods.c.brand, payment_methods.c.created_at)
        .where(payment_methods.c.last4 == digits)
        .limit(CANDIDATES)
        .subquery()
    )
    found = connection.execute(
        select(some.c.customer_id, some.c.brand).order_by(some.c.created_at.desc(), some.c.customer_id.desc())
    )
    return [Match("last four digits", id, f"{brand} •• {digits}") for id, brand in found]


def name(connection: Connection, asked: str) -> list[Match]:
    """Names with every word of `asked` (already folded) in any order; the closest first."""
    words = asked.split()
    if not words:
        return []
    statement = select(customers.c.id, customers.c.name, customers.c.name_folded).limit(CANDIDATES)
    found = connection.execute(_named(statement, words, fts=connection.dialect.name == "sqlite")).all()

    def closeness(row: Row[int, str, str]) -> tuple[bool, bool, bool, str, int]:
        id, _, folded = row
        begun = all(f" {word}" in f" {folded}" for word in words)
        return (folded != asked, not folded.startswith(asked), not begun, folded, id)

    return [Match("name", id, name) for id, name, _ in sorted(found, key=closeness)]


def _named(statement: Select[int, str, str], words: Sequence[str], *, fts: bool) -> Select[int, str, str]:
    indexed = [word for word in words if len(word) >= SHORTEST_INDEXED]
    rest = [word for word in words if len(word) < SHORTEST_INDEXED]
    folded = customers.c.name_folded
    if not indexed:
        begins = or_(*(begins_with(folded, word) for word in {words[0], " ".join(words), *words}))
        return statement.where(begins, *_contains(folded, words if len(words) > 1 else []))
    if not fts:
        return statement.where(*_contains(folded, words))
    phrases = " AND ".join('"' + word.replace('"', '""') + '"' for word in indexed)
    return (
        statement.select_from(_name_index.join(customers, customers.c.id == _name_index.c.rowid))
        .where(_name_index.c.customer_search.op("MATCH")(phrases))
        .where(*_contains(folded, rest))
    )


def _contains(value: ColumnElement[str], words: Iterable[str]) -> list[ColumnElement[bool]]:
    return [value.contains(word, autoescape=True) for word in words] or [true()]
