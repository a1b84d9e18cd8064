"""The renewal rate that a group of subscriptions has shown, and how far it may be off by chance."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

FEWEST = 30  # renewals decided: a group with fewer takes the rate of its whole currency
Z = 1.959964  # 95 %, both sides
Group = tuple[str, str | None, str]  # currency, product, interval


@dataclass(frozen=True)
class Rate:
    """Renewals decided: how many, what was kept and decided in minor units, and the sum of the squares."""

    number: int = 0
    kept: int = 0
    decided: int = 0
    squares: float = 0.0

    def __add__(self, other: "Rate") -> "Rate":
        return Rate(
            self.number + other.number,
            self.kept + other.kept,
            self.decided + other.decided,
            self.squares + other.squares,
        )

    @property
    def ends(self) -> tuple[float, float, float] | None:
        """The lowest, the observed and the highest rate by money; None where nothing was decided."""
        if not self.decided:
            return None
        observed = self.kept / self.decided
        low, high = score_interval(observed, self.decided**2 / self.squares)
        return low, observed, high


def score_interval(observed: float, number: float) -> tuple[float, float]:
    """The 95 % score interval (Wilson) of a share observed in so many cases, which need not be whole."""
    middle = observed + Z * Z / (2 * number)
    half = Z * sqrt(observed * (1 - observed) / number + Z * Z / (4 * number**2))
    whole = 1 + Z * Z / number
    return min(max((middle - half) / whole, 0.0), observed), max(min((middle + half) / whole, 1.0), observed)


def group(currency: str, product: str | None, interval: str, interval_count: int) -> Group:
    return currency, product, interval if interval_count == 1 else f"{interval_count} {interval}s"


def rate_of(of: Group, rates: Mapping[Group, Rate]) -> Rate:
    """The group's own rate; that of all of its currency if fewer than FEWEST of the group were decided."""
    own = rates.get(of, Rate())
    if own.number >= FEWEST:
        return own
    return sum((rate for each, rate in rates.items() if each[0] == of[0]), Rate())
