"""Amounts: the currency's own decimals, exact, in words."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console import money


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
