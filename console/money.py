"""Amounts and currencies: integers in minor units, never floats, never added across currencies.

The number of decimals is the currency's own (JPY 0, EUR 2, KWD 3). Rounding is half-even on the whole;
parts are allotted by largest remainder, so that they always add up to it. Source: METRICS, Ground rules.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from babel.core import Locale
from babel.numbers import (
    NumberFormatError,
    format_currency,
    format_decimal,
    get_currency_precision,
    parse_decimal,
)

from console.errors import Refused
from console.settings import get_settings

_CURRENCIES = frozenset(Locale("en").currencies)


def decimals(currency: str) -> int:
    """Digits behind the separator of a currency."""
    return int(get_currency_precision(currency))


def is_currency(code: str) -> bool:
    return code in _CURRENCIES


@dataclass(frozen=True, order=True)
class Money:
    minor: int
    currency: str

    def __post_init__(self) -> None:
        if not is_currency(self.currency):
            raise Refused(f"“{self.currency[:10]}” is not an ISO 4217 currency.")

    @property
    def amount(self) -> Decimal:
        """The amount in major units, exact."""
        return Decimal(self.minor).scaleb(-decimals(self.currency))

    def __str__(self) -> str:
        return in_words(self.minor, self.currency)

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} are never added up")

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)


def in_words(minor: int, currency: str, *, locale: str | None = None) -> str:
    """ "1,234.50 €" with spaces that do not break: number first, then the currency."""
    value = Decimal(minor).scaleb(-decimals(currency))
    return str(format_currency(value, currency, "#,##0.00\u00a0¤", locale=locale or get_settings().locale))


def number_in_words(minor: int, currency: str, *, locale: str | None = None) -> str:
    """The amount without its currency, with exactly the currency's decimals: for columns of one currency."""
    digits = decimals(currency)
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    value = Decimal(minor).scaleb(-digits)
    return str(format_decimal(value, pattern, locale=locale or get_settings().locale))


def parse(text: str, currency: str, *, locale: str | None = None) -> Money:
    """What a person typed ("12,50" in Finnish, "12.50" in English) as money.

    Raises Refused for what is not an amount, has more decimals than the currency, or could be read two ways.
    """
    plain = re.sub(r"[\s\u00a0\u202f]", "", text)
    try:
        value = parse_decimal(plain, locale=locale or get_settings().locale, strict=True)
    except (NumberFormatError, ValueError) as error:
        raise Refused(f"“{text[:40]}” is not an amount. Write it like 12.50.") from error
    minor = value.scaleb(decimals(currency)) if value.is_finite() else Decimal("0.1")
    if minor != minor.to_integral_value() or abs(minor) >= 10**15:
        raise Refused(
            f"“{text[:40]}” is not an amount in {currency}, which has {decimals(currency)} decimals."
        )
    return Money(int(minor), currency)


def allot(total_minor: int, weights: Sequence[int | Fraction]) -> list[int]:
    """Parts of a total in proportion to `weights`, by largest remainder: they sum to the total exactly.

    Raises ValueError if no weight is above zero or one is below.
    """
    whole = sum(weights, start=Fraction(0))
    if whole <= 0 or any(w < 0 for w in weights):
        raise ValueError("an allotment needs weights above zero")
    exact = [Fraction(total_minor) * w / whole for w in weights]
    parts = [part.numerator // part.denominator for part in exact]
    rest = total_minor - sum(parts)
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for index in by_remainder[:rest]:
        parts[index] += 1
    return parts
