"""Amounts: the currency's own decimals, exact, in words, as people type them; the tax in their parts."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import money
from console.errors import Refused

LOCALES = ["en", "fi", "sv", "de", "fr"]
CURRENCIES = ["JPY", "EUR", "KWD"]  # 0, 2 and 3 decimals


@pytest.mark.parametrize(
    ("minor", "currency", "said"),
    [
        (2990, "EUR", "29.90\u00a0€"),
        (123456789, "EUR", "1,234,567.89\u00a0€"),
        (-300, "EUR", "−3.00\u00a0€"),
        (2980, "JPY", "2,980\u00a0¥"),
        (2980, "KWD", "2.980\u00a0KWD"),
        (0, "SEK", "0.00\u00a0SEK"),
    ],
)
def test_in_words(minor: int, currency: str, said: str) -> None:
    assert money.in_words(minor, currency) == said


def test_in_words_of_another_language() -> None:
    assert money.in_words(123450, "EUR", locale="fi") == "1\u00a0234,50\u00a0€"
    assert money.number_in_words(123450, "JPY") == "123,450"
    assert money.number_in_words(123450, "KWD") == "123.450"


@given(st.integers(-(10**15), 10**15), st.sampled_from(["EUR", "JPY", "KWD", "USD"]))
def test_the_amount_is_exact(minor: int, currency: str) -> None:
    exact = money.amount(minor, currency)
    assert exact * 10 ** money.decimals(currency) == minor
    assert exact == Decimal(f"{exact:f}")


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [
        ("12,5", "EUR", 1250),
        ("12.5", "EUR", 1250),
        ("12.50", "EUR", 1250),
        ("12", "EUR", 1200),
        ("0,05", "EUR", 5),
        ("1 234,50", "EUR", 123450),
        ("1 234.50", "EUR", 123450),
        ("1\u00a0234,50", "EUR", 123450),
        ("1\u202f234,50\u00a0€", "EUR", 123450),
        ("1'234.50", "EUR", 123450),
        ("1’234.50", "EUR", 123450),
        ("29.90 €", "EUR", 2990),
        ("€29.90", "EUR", 2990),
        ("€ 29,90", "EUR", 2990),
        ("29,90 EUR", "EUR", 2990),
        ("  eur  29,90\t", "EUR", 2990),
        ("$5", "USD", 500),
        ("2 980", "JPY", 2980),
        ("¥2980", "JPY", 2980),
        ("1 234,567", "KWD", 1234567),
        ("0,500", "KWD", 500),
        ("1234.5", "KWD", 1234500),
        ("007", "EUR", 700),
    ],
)
def test_what_is_clear_is_read_in_every_language(typed: str, currency: str, minor: int, locale: str) -> None:
    assert money.parse(typed, currency, locale=locale) == minor


@pytest.mark.parametrize(
    ("typed", "currency", "locale", "minor"),
    [
        ("1,234.50", "EUR", "en", 123450),
        ("1.234,50", "EUR", "de", 123450),
        ("1,234,567.89", "EUR", "en", 123456789),
        ("1,234", "JPY", "en", 1234),
        ("1.234", "JPY", "de", 1234),
        ("1.234", "KWD", "en", 1234),
        ("1,234", "KWD", "de", 1234),
        ("12 kr", "SEK", "sv", 1200),
        ("12 kr.", "DKK", "da", 1200),
        ("US$12", "USD", "sv", 1200),
    ],
)
def test_each_language_groups_as_it_does(typed: str, currency: str, locale: str, minor: int) -> None:
    assert money.parse(typed, currency, locale=locale) == minor


def test_without_a_locale_it_is_the_settings() -> None:
    assert money.parse("1,234.50", "EUR") == 123450


@pytest.mark.parametrize(
    ("typed", "currency", "locale", "sentence"),
    [
        ("1,234", "EUR", "en", "may mean thousands or decimals. .* like 1234.00."),
        ("1.234", "EUR", "de", "may mean thousands or decimals. .* like 1234,00."),
        ("1.234", "EUR", "fi", "may mean thousands or decimals. .* like 1234,00."),
        ("1,234", "KWD", "en", "may mean thousands or decimals. .* like 1234.000."),
        ("1.234", "KWD", "fi", "may mean thousands or decimals. .* like 1234,000."),
        ("1.234", "JPY", "fi", "may mean thousands or decimals. .* like 1234."),
        ("12.345", "EUR", "en", "too many decimals: EUR has 2. Write it like 12.50."),
        ("1,234", "EUR", "de", "too many decimals: EUR has 2. Write it like 12,50."),
        ("12.500", "EUR", "en", "too many decimals"),
        ("1.5", "JPY", "en", "too many decimals: JPY has 0. Write it like 12."),
        ("1,2345", "KWD", "fi", "too many decimals: KWD has 3. Write it like 12,500."),
        ("", "EUR", "en", "The amount is missing. Write it like 12.50."),
        (" \u00a0 ", "EUR", "en", "missing"),
        ("€", "EUR", "en", "missing"),
        ("-5", "EUR", "en", "below zero"),
        ("−5", "EUR", "en", "below zero"),
        ("-€5", "EUR", "en", "below zero"),
        ("€-5", "EUR", "en", "below zero"),
        ("0", "EUR", "en", "is zero"),
        ("0.00", "EUR", "en", "is zero"),
        ("9" * 20, "EUR", "en", "too large"),
        ("9" * 41, "EUR", "en", "too long"),
        ("1.234,50", "EUR", "en", "not an amount"),  # Babel alone reads 1.2345
        ("1,234.50", "EUR", "de", "not an amount"),
        ("1,234.50", "EUR", "fi", "not an amount"),
        ("12 50", "EUR", "en", "not an amount"),
        ("1 23 456", "EUR", "fi", "not an amount"),
        ("12,34.5", "EUR", "en", "not an amount"),
        ("12.5.0", "EUR", "en", "not an amount"),
        ("12.", "EUR", "en", "not an amount"),
        (".5", "EUR", "en", "not an amount"),
        ("+5", "EUR", "en", "not an amount"),
        ("1e3", "EUR", "en", "not an amount"),
        ("NaN", "EUR", "en", "not an amount"),
        ("0x10", "EUR", "en", "not an amount"),
        ("1_000", "EUR", "en", "not an amount"),
        ("12²", "EUR", "en", "not an amount"),
        ("١٢", "EUR", "en", "not an amount"),
        ("$5", "EUR", "en", "not an amount in EUR"),
        ("5 SEK", "NOK", "en", "not an amount in NOK"),
        ("5\0", "EUR", "en", "not an amount"),
        ("€ 5 €", "EUR", "en", "not an amount"),
    ],
)
def test_what_is_not_clear_is_refused(typed: str, currency: str, locale: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        money.parse(typed, currency, locale=locale)


def test_zero_where_it_is_allowed() -> None:
    assert money.parse("0,00", "EUR", zero=True) == 0
    with pytest.raises(Refused, match="below zero"):
        money.parse("-1", "EUR", zero=True)


def test_gumroad_3749_a_refund_in_yen_is_not_a_hundredfold_off() -> None:
    """A refund of 5,800 yen became 58: its two digits of decimals were a constant."""
    assert money.parse("5800", "JPY") == money.parse("¥5,800", "JPY") == 5800
    assert money.amount(5800, "JPY") == 5800
    assert money.in_words(5800, "JPY") == "5,800\u00a0¥"
    with pytest.raises(Refused, match="too many decimals"):
        money.parse("58.00", "JPY")


@given(
    st.integers(1, money.LARGEST_MINOR),
    st.sampled_from([*CURRENCIES, "USD", "SEK", "CHF"]),
    st.sampled_from([*LOCALES, "de_CH", "da", "es", "pl"]),
)
def test_what_is_said_is_read_back(minor: int, currency: str, locale: str) -> None:
    for said in (money.number_in_words, money.in_words):
        assert money.parse(said(minor, currency, locale=locale), currency, locale=locale) == minor


@given(st.text("0123456789.,'- \u00a0€", max_size=12), st.sampled_from(CURRENCIES), st.sampled_from(LOCALES))
def test_what_is_read_has_the_digits_typed(typed: str, currency: str, locale: str) -> None:
    """Nothing is rounded, dropped or moved: the digits are those typed, filled up with zeros."""
    try:
        minor = money.parse(typed, currency, locale=locale)
    except Refused:
        return
    digits = "".join(char for char in typed if char.isdigit()).lstrip("0")
    filled = str(minor).removeprefix(digits)
    assert str(minor).startswith(digits)
    assert set(filled) <= {"0"}
    assert len(filled) <= money.decimals(currency)


@st.composite
def refunded_in_parts(draw: st.DrawFn) -> tuple[int, list[int]]:
    """The tax of a charge, and its amount in any number of parts, some of them perhaps zero."""
    amount = draw(st.integers(0, 10**9))
    cuts = sorted(draw(st.lists(st.integers(0, amount), max_size=12)))
    parts = [after - before for before, after in zip([0, *cuts], [*cuts, amount], strict=True)]
    return draw(st.integers(0, amount)), draw(st.permutations(parts))


@given(refunded_in_parts())
def test_the_tax_of_partial_refunds_sums_to_the_charges(charge: tuple[int, list[int]]) -> None:
    tax, parts = charge
    befores = [sum(parts[:index]) for index in range(len(parts))]
    shares = [
        money.tax_share(sum(parts), tax, before, part) for before, part in zip(befores, parts, strict=True)
    ]
    assert sum(shares) == tax
    assert all(0 <= share <= part for share, part in zip(shares, parts, strict=True))


@given(refunded_in_parts(), st.integers(0, 10**9))
def test_tax_outside_sums_to_the_charges_too(charge: tuple[int, list[int]], tax: int) -> None:
    _, parts = charge
    befores = [sum(parts[:index]) for index in range(len(parts))]
    shares = [
        money.tax_on_top(sum(parts), tax, before, part) for before, part in zip(befores, parts, strict=True)
    ]
    assert sum(shares) == (tax if sum(parts) else 0)
    assert all(share >= 0 for share in shares)


@given(st.integers(0, 10**9), st.data())
def test_a_partial_refund_has_the_tax_of_its_size(amount: int, data: st.DataObject) -> None:
    """To the nearest minor unit for the first refund, within one of it for every other."""
    tax = data.draw(st.integers(0, amount))
    before = data.draw(st.integers(0, amount))
    part = data.draw(st.integers(0, amount - before))
    exact = Fraction(tax * part, amount) if amount else Fraction(0)
    assert abs(money.tax_share(amount, tax, before, part) - exact) <= 1
    assert money.tax_share(amount, tax, 0, part) == round(exact)


def test_three_thirds_of_a_charge() -> None:
    assert [money.tax_share(10000, 1935, before, part) for before, part in
            ((0, 3333), (3333, 3333), (6666, 3334))] == [645, 645, 645]  # fmt: skip
    assert [money.tax_share(3, 1, before, 1) for before in range(3)] == [0, 1, 0]
    assert [money.tax_on_top(2, 1, before, 1) for before in range(2)] == [0, 1]


def test_what_cannot_be_refunded_has_no_tax() -> None:
    with pytest.raises(Refused, match="not within its amount"):
        money.tax_share(100, 101, 0, 1)
    with pytest.raises(Refused, match="below zero"):
        money.tax_on_top(-1, 0, 0, 0)
    for before, part in ((0, 101), (100, 1), (-1, 1), (1, -1)):
        with pytest.raises(ValueError, match="not within"):
            money.tax_share(100, 20, before, part)
