"""Who may give back how much without a second person: per role, currency, and person and day.

A limit holds for administrators too. Without one (another currency, another role) every refund needs a
second person. The day is the reporting zone's; what counts as given back in it is the caller's to sum.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from console import money

Own = Mapping[str, Any]  # staff.limits: {"refund": {"EUR": 5000}, "refund_per_day": {"EUR": 20000}}

PER_REFUND, PER_DAY = "refund", "refund_per_day"


@dataclass(frozen=True)
class Limit:
    """Minor units of `currency` that `whose` ("an agent") may refund alone: at once, and in a day."""

    per_refund_minor: int
    per_day_minor: int
    currency: str
    whose: str


# Round amounts near one euro, in minor units: every currency's limits are multiples of its own.
_ROUND_AMOUNT = {
    "EUR": 100, "USD": 100, "GBP": 100, "CHF": 100, "CAD": 150, "AUD": 150,
    "SEK": 1000, "NOK": 1000, "DKK": 750, "PLN": 400, "JPY": 150,
}  # fmt: skip
_WHOSE = {"agent": "an agent", "manager": "a manager", "finance": "finance", "admin": "an administrator"}


def _limits(role: str, per_refund: int, per_day: int) -> dict[str, Limit]:
    return {
        currency: Limit(per_refund * one, per_day * one, currency, _WHOSE[role])
        for currency, one in _ROUND_AMOUNT.items()
    }


LIMITS: dict[str, dict[str, Limit]] = {
    "agent": _limits("agent", 50, 200),
    "manager": _limits("manager", 500, 2_000),
    "finance": _limits("finance", 1_000, 5_000),
    "admin": _limits("admin", 1_000, 5_000),
}


def limit_for(role: str, own: Own | None, currency: str) -> Limit:
    """The limit of a person in a currency: their own where they have one for it, else their role's.

    Own limits that cannot be read, wholly or in this currency, are a limit of zero.
    """
    parts = _by_currency(own)
    if any(part is None or currency in part for part in parts):
        per_refund, per_day = (_minor(part, currency) for part in parts)
        return Limit(per_refund, per_day, currency, "this person")
    return LIMITS.get(role, {}).get(currency) or Limit(0, 0, currency, _WHOSE.get(role, "this person"))


def _by_currency(own: Own | None) -> list[Mapping[str, Any] | None]:
    """Own limits per refund and per day, empty for none; None where they cannot be read."""
    if own is None or own == {}:
        return [{}, {}]
    parts = [own.get(name) if isinstance(own, Mapping) else None for name in (PER_REFUND, PER_DAY)]
    return [part if isinstance(part, Mapping) else None for part in parts]


def _minor(part: Mapping[str, Any] | None, currency: str) -> int:
    minor = part.get(currency) if part else None
    return minor if type(minor) is int and minor > 0 else 0  # JSON's true is no amount


def needs_second_person(limit: Limit, amount_minor: int, already_today_minor: int) -> str | None:
    """Why a refund needs a second person, in a sentence; None within the limits, which are included.

    `already_today_minor` is what the same person has given back today in the limit's currency.
    """
    if amount_minor < 0 or already_today_minor < 0:
        raise ValueError("what is given back is not below zero")
    if not limit.per_refund_minor or not limit.per_day_minor:
        return f"A refund in {limit.currency} by {limit.whose} always needs a second person."
    amount, total = (_said(limit, minor) for minor in (amount_minor, already_today_minor + amount_minor))
    if amount_minor > limit.per_refund_minor:
        most = _said(limit, limit.per_refund_minor)
        return f"{amount} is above what {limit.whose} may refund alone ({most})."
    if already_today_minor + amount_minor > limit.per_day_minor:
        most = _said(limit, limit.per_day_minor)
        return f"{amount} would make {total} today; the limit a day of {limit.whose} is {most}."
    return None


def _said(limit: Limit, minor: int) -> str:
    return money.in_words(minor, limit.currency)


def with_own(own: Own | None, currency: str, per_refund_minor: int, per_day_minor: int) -> dict[str, Any]:
    """Own limits with those of one currency set, the others as they are."""
    per_refund, per_day = (part or {} for part in _by_currency(own))
    return {
        PER_REFUND: {**per_refund, currency: per_refund_minor},
        PER_DAY: {**per_day, currency: per_day_minor},
    }


def without_own(own: Own | None, currency: str) -> dict[str, Any] | None:
    """Own limits without those of one currency; None when the role's hold for all again."""
    left = [
        {code: minor for code, minor in (part or {}).items() if code != currency}
        for part in _by_currency(own)
    ]
    return {PER_REFUND: left[0], PER_DAY: left[1]} if any(left) else None


def in_words(own: Own | None) -> str:
    """A person's own limits: "50.00 € per refund, 200.00 € a day", by currency."""
    parts = _by_currency(own)
    if parts == [{}, {}]:
        return "those of the role"
    currencies = sorted({currency for part in parts for currency in part or {}})
    said = [_limit_in_words(limit_for("", own, currency)) for currency in currencies]
    return "; ".join(said) or "none that can be read, so always with a second person"


def _limit_in_words(limit: Limit) -> str:
    return f"{_said(limit, limit.per_refund_minor)} per refund, {_said(limit, limit.per_day_minor)} a day"
