"""One box finds a customer by whatever the caller has in front of them."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from queries import lookup_questions as questions
from queries.lookup_questions import Match
from queries.paging import PAGE, askable
from queries.tables_subscriptions import LIVE_STATUSES, customers
from queries.tables_subscriptions import subscriptions as table

# Letters whose stroke or ligature Unicode does not take apart, as people type them without it.
_PLAIN = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)
_UNSEEN = {"Cc", "Cf", "Cs"}  # control, format (direction marks, joiners) and lone surrogates


def folded(text: str) -> str:
    """The text without case, accents and stray space: how names are stored for search and compared.

    NFKD, casefolded, combining marks and characters nobody sees dropped (NUL among them), white space
    collapsed to single spaces. Folding twice changes nothing.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.casefold().split())
    decomposed = unicodedata.normalize("NFKD", text).casefold().translate(_PLAIN)
    # Casefolding can bring marks back (İ becomes i and a dot), so the text is taken apart once more.
    letters = [
        letter
        for letter in unicodedata.normalize("NFKD", decomposed)
        if not unicodedata.combining(letter)
        and (letter.isspace() or unicodedata.category(letter) not in _UNSEEN)
    ]
    return " ".join("".join(letters).split())


@dataclass(frozen=True)
class Hit:
    """A customer who answers, and why: `matched_on` in words, `matched` the value that did.

    `target_kind` ("subscription", "charge", "ticket") and `target_number` say what was found of them, so that
    a screen can open it; None where it is the customer.
    """

    customer_id: int
    customer_number: str
    name: str
    email: str | None
    country: str | None
    matched_on: str
    matched: str
    live_subscriptions: int
    target_kind: str | None
    target_number: str | None


@dataclass(frozen=True)
class Found:
    """What the box answers: hits with the best kind first, each customer once.

    `more`: there are more than shown, ask for more letters. `tried`: what the text was taken for, in words.
    `unowned`: (kind, number) of tickets and charges that exist but have no known customer.
    """

    hits: tuple[Hit, ...]
    more: bool
    tried: tuple[str, ...]
    unowned: tuple[tuple[str, str], ...] = ()


NOTHING = Found((), more=False, tried=())


def find(subscriptions: Connection, tickets: Connection, text: str, *, limit: int = PAGE) -> Found:
    """Customers by e-mail (any case, with or without its "+tag", or its beginning), part of a name, licence
    key, customer, subscription, invoice or ticket number, payment reference, or last four digits of a card.

    The shape of the text decides what is asked. Takes anything; never raises for what was typed.
    """
    asked = _tidied(text)
    if not asked:
        return NOTHING
    answers = dict(_answers(subscriptions, tickets, asked, limit))
    matches = [match for found in answers.values() for match in found]
    owned: dict[int, list[Match]] = {}
    for match in matches:
        if match.customer_id is not None:
            owned.setdefault(match.customer_id, []).append(match)
    shown = list(owned)[:limit]
    return Found(
        hits=tuple(_hits(subscriptions, {id: owned[id] for id in shown})),
        more=len(owned) > limit or any(len(found) >= questions.CANDIDATES for found in answers.values()),
        tried=tuple(answers),
        unowned=tuple(
            (m.target_kind, m.target_number)
            for m in matches
            if m.customer_id is None and m.target_kind and m.target_number
        ),
    )


def _tidied(text: str) -> str:
    """What was meant by what was typed or pasted: no invisible characters, wide letters as plain ones, the
    address alone out of "Anna <anna@example.com>"."""
    seen = "".join(c for c in text[: PAGE * 80] if c.isspace() or unicodedata.category(c) not in _UNSEEN)
    plain = " ".join(askable(unicodedata.normalize("NFKC", seen)).split()).strip(" ,;#")
    address = re.search(r"<\s*(?:mailto:)?([^<>\s]+@[^<>\s]+)\s*>", plain)
    return address.group(1) if address else plain.removeprefix("mailto:")


def _answers(
    subscriptions: Connection, tickets: Connection, asked: str, limit: int
) -> Iterator[tuple[str, list[Match]]]:
    """What the text was taken for, and who answers; the surest question first."""
    one_word = " " not in asked
    if "@" in asked:
        if one_word:
            yield "e-mail", questions.email(subscriptions, asked)
            yield "e-mail with another +tag", questions.email_without_tag(subscriptions, asked)
            yield "start of the e-mail", questions.email_prefix(subscriptions, asked, limit + 1)
        return
    exact = questions.numbers(subscriptions, asked)
    yield "licence key, customer, subscription or invoice number, payment reference", exact
    if one_word:
        of_ticket = questions.ticket_number(subscriptions, tickets, asked)
        yield "ticket number", of_ticket
        exact = exact + of_ticket
    if len(asked) == 4 and asked.isascii() and asked.isdigit():
        yield "last four digits", questions.last_four(subscriptions, asked)
    if not exact:
        yield "name", questions.name(subscriptions, folded(asked))
        if one_word:
            yield "start of the e-mail", questions.email_prefix(subscriptions, asked, limit + 1)


def _hits(connection: Connection, owned: dict[int, list[Match]]) -> Iterator[Hit]:
    """The customers of the matches, in their order, in one statement."""
    if not owned:
        return
    live = (
        select(func.count())
        .select_from(table)
        .where(table.c.customer_id == customers.c.id, table.c.status.in_(LIVE_STATUSES))
        .scalar_subquery()
    )
    columns = (customers.c.id, customers.c.number, customers.c.name, customers.c.email, customers.c.country)
    found = connection.execute(select(*columns, live).where(customers.c.id.in_(list(owned))))
    rows = {row[0]: row for row in found}
    for id, matches in owned.items():
        _, number, name, email, country, subscribed = rows[id]
        best = matches[0]
        yield Hit(
            customer_id=id,
            customer_number=number,
            name=name,
            email=email,
            country=country,
            matched_on=", ".join(dict.fromkeys(match.kind for match in matches)),
            matched=best.matched,
            live_subscriptions=subscribed,
            target_kind=best.target_kind,
            target_number=best.target_number,
        )
