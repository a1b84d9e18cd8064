"""The search box: what finds whom, on both databases, whatever is typed."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from console import db
from queries.lookup import Found, find, folded
from tests import build
from tests.conftest import Databases


def _customer(connection: Connection, name: str, email: str | None, **values: Any) -> dict[str, Any]:
    return build.customer(connection, name=name, name_folded=folded(name), email=email, **values)


def _find(text: str, limit: int = 50) -> Found:
    with db.reading() as data:
        return find(data.subscriptions, data.tickets, text, limit=limit)


def _names(text: str) -> list[str]:
    return [hit.name for hit in _find(text).hits]


@pytest.fixture(scope="module")
def company(module_databases: Databases) -> Databases:
    with db.writing("subscriptions") as connection:
        anna = _customer(connection, "Anna Virtanen", "Anna+shop@example.com", number="K-100", country="FI")
        _customer(connection, "Élodie Müller", "elodie@example.org")
        _customer(connection, "山田 太郎", "yamada@example.jp")
        _customer(connection, "Ахматова Анна", "akhmatova@example.ru")
        _customer(connection, 'Bob "100%" O\'Neil_', "bob@example.com")
        _customer(connection, "Nobody", None)
        card = build.payment_method(connection, anna["id"], last4="0042")
        row = build.subscription(
            connection,
            anna["id"],
            number="S-7",
            licence_key="EDITORPRO-ABCDE-12345",
            payment_method_id=card["id"],
        )
        build.subscription(connection, anna["id"], status="canceled", ended_at=build.START)
        build.charge(
            connection,
            anna["id"],
            subscription_id=row["id"],
            invoice_number="INV-9",
            gateway_reference="ch_3Xy",
        )
        build.charge(connection, None, subscription_id=row["id"], invoice_number="INV-10")
        build.charge(connection, None, invoice_number="INV-11")
    with db.writing("tickets") as connection:
        build.ticket(connection, number="T-1", customer_number="K-100")
        build.ticket(connection, number="T-2", requester_email="ELODIE@example.org")
        build.ticket(connection, number="T-3", requester_email="stranger@example.org")
    return module_databases


@pytest.mark.parametrize(
    ("text", "matched_on", "target"),
    [
        ("anna+shop@example.com", "e-mail", None),
        ("  ANNA+SHOP@EXAMPLE.COM ", "e-mail", None),
        ("Anna V <anna+shop@example.com>", "e-mail", None),
        ("mailto:anna+shop@example.com", "e-mail", None),
        ("ａｎｎａ＋ｓｈｏｐ＠example.com", "e-mail", None),
        ("anna@example.com", "e-mail with another +tag", None),
        ("anna+work@example.com", "e-mail with another +tag", None),
        ("anna+sh", "start of the e-mail", None),
        ("anna+shop@ex", "start of the e-mail", None),
        ("virtanen", "name", None),
        ("IRTAN", "name", None),
        ("virtanen anna", "name", None),
        ("vi an virta", "name", None),
        ("k-100", "customer number", None),
        ("#K-100", "customer number", None),
        ("S-7", "subscription number", ("subscription", "S-7")),
        ("editorpro-abcde-12345", "licence key", ("subscription", "S-7")),
        ("EDITORPROABCDE12345", "licence key", ("subscription", "S-7")),
        ("editorpro abcde 12345", "licence key", ("subscription", "S-7")),
        ("inv-9", "invoice number", ("charge", "INV-9")),
        ("INV-10", "invoice number", ("charge", "INV-10")),
        ("ch_3Xy", "payment reference", ("charge", "INV-9")),
        ("t-1", "ticket number", ("ticket", "T-1")),
        ("0042", "last four digits", None),
        ("\u202eS-7\u200b", "subscription number", ("subscription", "S-7")),
    ],
)
def test_anna_is_found(
    company: Databases, text: str, matched_on: str, target: tuple[str, str] | None
) -> None:
    found = _find(text)
    assert [(hit.customer_number, hit.matched_on) for hit in found.hits] == [("K-100", matched_on)]
    (hit,) = found.hits
    assert (hit.target_kind, hit.target_number) == (target or (None, None))
    assert (hit.name, hit.email, hit.country) == ("Anna Virtanen", "Anna+shop@example.com", "FI")
    assert hit.live_subscriptions == 1
    assert not found.more
    assert found.tried


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("elodie mull", ["Élodie Müller"]),
        ("ÉLODIE", ["Élodie Müller"]),
        ("山田", ["山田 太郎"]),
        ("太郎 山田", ["山田 太郎"]),
        ("анна", ["Ахматова Анна"]),
        ("АХ", ["Ахматова Анна"]),
        ("100%", ['Bob "100%" O\'Neil_']),
        ('"100', ['Bob "100%" O\'Neil_']),
        ("neil_", ['Bob "100%" O\'Neil_']),
        ("neilx", []),
        ("o'n b", ['Bob "100%" O\'Neil_']),
        ("%%%", []),
        ("___", []),
        ("OR anna AND", []),
    ],
)
def test_names_in_every_script(company: Databases, text: str, names: list[str]) -> None:
    assert _names(text) == names


def test_one_customer_is_one_hit(company: Databases) -> None:
    (anna,) = _find("anna").hits
    assert (anna.matched, anna.matched_on) == ("Anna Virtanen", "name, start of the e-mail")


def test_a_ticket_finds_its_customer_by_address_or_says_that_nobody_is_known(company: Databases) -> None:
    assert _names("T-2") == ["Élodie Müller"]
    nobody = _find("T-3")
    assert (nobody.hits, nobody.unowned) == ((), (("ticket", "T-3"),))
    assert _find("INV-11").unowned == (("charge", "INV-11"),)


def test_the_tried_kinds_are_said(company: Databases) -> None:
    assert _find("no@such.example").tried == ("e-mail", "e-mail with another +tag", "start of the e-mail")
    assert "last four digits" in _find("9999").tried
    assert "last four digits" not in _find("99999").tried
    assert "name" in _find("no such").tried


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "\0",
            "\ud800",
            "@",
            "@@@",
            "+@+",
            "a@",
            "%",
            "_",
            "\\",
            "'",
            '"',
            '"""',
            "*",
            "🦄",
            "🦄🦄🦄",
        ),
        *("x" * 10_000, "x " * 5_000, "\U0010ffff", "\ud7ff@x", "\u0301", "NEAR(a b)", "שלום", "a\0b", "<@>"),
    ],
)
def test_anything_may_be_typed(company: Databases, text: str) -> None:
    assert all(hit.name != "Élodie Müller" for hit in _find(text).hits)


@settings(
    max_examples=150,
    deadline=None,
)
@given(text=st.text(max_size=60) | st.text(alphabet="an 'a@+%_\"\\*\0v0042-", max_size=12))
def test_nothing_typed_raises(company: Databases, text: str) -> None:
    found = _find(text)
    assert len({hit.customer_id for hit in found.hits}) == len(found.hits)


def test_more_than_shown_is_said(databases: Databases) -> None:
    with db.writing("subscriptions") as connection:
        for n in range(7):
            customer = _customer(connection, f"Same Name {n}", f"same{n}@example.com")
            build.payment_method(
                connection, customer["id"], last4="1111", created_at=build.START + timedelta(days=n)
            )
    for text in ("same name", "same", "same1@", "sa"):
        found = _find(text, limit=3)
        assert len(found.hits) == (1 if "@" in text else 3)
        assert found.more is ("@" not in text)
    assert [hit.name[-1] for hit in _find("1111", limit=3).hits] == ["6", "5", "4"]
    assert not _find("same", limit=7).more


def test_the_closest_name_comes_first(databases: Databases) -> None:
    with db.writing("subscriptions") as connection:
        for name in ("Joanna Berg", "Berg Anna", "Annabel Lee", "Anna"):
            _customer(connection, name, None)
    assert _names("anna") == ["Anna", "Annabel Lee", "Berg Anna", "Joanna Berg"]
