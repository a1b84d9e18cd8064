"""Amounts in words and in major units. Money is an integer in minor units beside its currency, never a float,
and is never added across currencies; the number of decimals is the currency's own (JPY 0, EUR 2, KWD 3).

Source: METRICS, Ground rules. Parts that add up to a total: `queries.parts`; the tax in a part of a charge:
`tax_share`.
"""

import re
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from babel.numbers import (
    format_currency,
    format_decimal,
    get_currency_precision,
    get_currency_symbol,
    get_decimal_symbol,
    get_group_symbol,
)

from console.errors import Refused
from console.settings import get_settings

LARGEST_MINOR = 10**15
_LONGEST = 40
_MINUS = ("-", "−")
# Spaces of every width and apostrophes only ever group digits.
_GROUPING = dict.fromkeys(map(ord, "\u00a0\u2007\u2009\u202f'’"), " ")
_THOUSANDS_OR_DECIMALS = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")


def decimals(currency: str) -> int:
    """Digits behind the separator of a currency."""
    return int(get_currency_precision(currency))


def amount(minor: int, currency: str) -> Decimal:
    """The amount in major units, exact and with the currency's decimals."""
    return Decimal(minor).scaleb(-decimals(currency))


def in_words(minor: int, currency: str, *, locale: str | None = None) -> str:
    """ "1,234.50 €", "−3.00 €": number first, then the currency, with spaces that do not break."""
    return _in_words(minor, currency, locale or get_settings().locale)


@lru_cache(maxsize=10_000)
def _in_words(minor: int, currency: str, locale: str) -> str:
    said = format_currency(amount(minor, currency), currency, "#,##0.00\u00a0¤", locale=locale)
    return str(said).replace("-", "−")


def number_in_words(minor: int, currency: str, *, locale: str | None = None) -> str:
    """The amount without its currency, with exactly the currency's decimals."""
    digits = decimals(currency)
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return str(format_decimal(amount(minor, currency), pattern, locale=locale or get_settings().locale))


def parse(text: str, currency: str, *, locale: str | None = None, zero: bool = False) -> int:
    """What a person typed, in minor units: "12,5", "1 234.50", "€29.90", "29.90 EUR".

    A point and a comma are both decimal separators where only that can be meant; thousands are grouped by
    spaces or as the locale (by default the settings') does. Nothing is ever rounded or guessed. Raises
    Refused, showing how to write it, for what is empty, no number, ambiguous, too large, below zero, has
    more decimals than the currency, or is zero (unless `zero` is allowed).
    """
    locale = locale or get_settings().locale
    like = f"Write it like {number_in_words(125 * 10 ** decimals(currency) // 10, currency, locale=locale)}."
    if len(text) > _LONGEST:
        raise Refused(f"“{text[:_LONGEST]}…” is too long for an amount. {like}")
    typed = _without_currency(" ".join(text.translate(_GROUPING).split()), currency, locale)
    if not typed:
        raise Refused(f"The amount is missing. {like}")
    if typed.startswith(_MINUS) or text.strip().startswith(_MINUS):
        raise Refused(f"“{text}” is below zero. Write the amount without a minus.")
    found = _digits(typed, currency, locale)
    if found is None:
        raise Refused(f"“{text}” is not an amount in {currency}. {like}")
    whole, fraction = found
    if len(fraction) > decimals(currency):
        raise Refused(f"“{text}” has too many decimals: {currency} has {decimals(currency)}. {like}")
    return _in_range(int(whole + fraction.ljust(decimals(currency), "0")), text, zero=zero)


def _without_currency(typed: str, currency: str, locale: str) -> str:
    """Without the currency's code or sign, before or after the number. Another currency's stays."""
    signs = {currency, get_currency_symbol(currency, locale), get_currency_symbol(currency, "en")}
    for sign in sorted((sign.casefold() for sign in signs), key=len, reverse=True):
        if typed.casefold().startswith(sign):
            return typed[len(sign) :].lstrip()
        if typed.casefold().endswith(sign):
            return typed[: -len(sign)].rstrip()
    return typed


def _digits(typed: str, currency: str, locale: str) -> tuple[str, str] | None:
    """The digits before and after the decimal separator. Raises Refused for what has two readings."""
    decimal, group = get_decimal_symbol(locale), get_group_symbol(locale)
    two_readings = _THOUSANDS_OR_DECIMALS.fullmatch(typed) and decimal not in typed
    if two_readings and (decimals(currency) or group not in typed):
        raise Refused(_ambiguous(typed, currency, decimal))
    found = _matched(typed, re.escape(group), re.escape(decimal)) or _matched(typed, " ", "[.,]")
    return (re.sub("[^0-9]", "", found[1]), found[2] or "") if found else None


def _matched(typed: str, group: str, decimal: str) -> re.Match[str] | None:
    return re.fullmatch(rf"([0-9]+|[1-9][0-9]{{0,2}}(?:{group}[0-9]{{3}})+)(?:{decimal}([0-9]+))?", typed)


def _ambiguous(typed: str, currency: str, decimal: str) -> str:
    decimal_part = decimal + "0" * decimals(currency) if decimals(currency) else ""
    return (
        f"“{typed}” may mean thousands or decimals. Write thousands without a separator, like "
        f"{re.sub('[^0-9]', '', typed)}{decimal_part}."
    )


def _in_range(minor: int, said: str, *, zero: bool) -> int:
    if minor > LARGEST_MINOR:
        raise Refused(f"“{said}” is too large an amount.")
    if not minor and not zero:
        raise Refused("The amount is zero. Write an amount above zero.")
    return minor


def tax_share(amount_minor: int, tax_minor: int, refunded_before_minor: int, refund_minor: int) -> int:
    """The tax in a refund of a charge whose amount includes its tax.

    The tax of all that is refunded so far is rounded half-even, and a refund's share is what it adds to
    that: however a charge is given back, the shares sum to its tax, and none is negative or above its refund.
    Raises Refused for a charge whose own figures cannot be, ValueError for more than is left of it.
    """
    if not 0 <= tax_minor <= amount_minor:
        raise Refused("The charge's tax is not within its amount, so the tax of a refund cannot be said.")
    return _cumulative_share(tax_minor, amount_minor, refunded_before_minor, refund_minor)


def tax_on_top(net_minor: int, tax_minor: int, refunded_before_minor: int, refund_minor: int) -> int:
    """The tax that goes back on top of a refund stated without it, of a charge of net + tax.

    The same rule as `tax_share`, with `refunded_before_minor` and `refund_minor` parts of the net.
    """
    if net_minor < 0 or tax_minor < 0:
        raise Refused("The charge's amount or tax is below zero, so the tax of a refund cannot be said.")
    return _cumulative_share(tax_minor, net_minor, refunded_before_minor, refund_minor)


def _cumulative_share(tax: int, whole: int, before: int, part: int) -> int:
    if before < 0 or part < 0 or before + part > whole:
        raise ValueError(f"a refund of {part} after {before} is not within {whole}")
    if not part:
        return 0
    return round(Fraction(tax * (before + part), whole)) - round(Fraction(tax * before, whole))
