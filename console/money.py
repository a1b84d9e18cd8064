"""Amounts in words and in major units. Money is an integer in minor units beside its currency, never a float,
and is never added across currencies; the number of decimals is the currency's own (JPY 0, EUR 2, KWD 3).

Source: METRICS, Ground rules. Parts that add up to a total: `queries.parts`.
"""

from decimal import Decimal

from babel.numbers import format_currency, format_decimal, get_currency_precision

from console.settings import get_settings


def decimals(currency: str) -> int:
    """Digits behind the separator of a currency."""
    return int(get_currency_precision(currency))


def amount(minor: int, currency: str) -> Decimal:
    """The amount in major units, exact and with the currency's decimals."""
    return Decimal(minor).scaleb(-decimals(currency))


def in_words(minor: int, currency: str, *, locale: str | None = None) -> str:
    """ "1,234.50 €", "−3.00 €": number first, then the currency, with spaces that do not break."""
    said = format_currency(
        amount(minor, currency), currency, "#,##0.00\u00a0¤", locale=locale or get_settings().locale
    )
    return str(said).replace("-", "−")


def number_in_words(minor: int, currency: str, *, locale: str | None = None) -> str:
    """The amount without its currency, with exactly the currency's decimals."""
    digits = decimals(currency)
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return str(format_decimal(amount(minor, currency), pattern, locale=locale or get_settings().locale))
