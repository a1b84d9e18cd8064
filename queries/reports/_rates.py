"""The renewal rate that a group of subscriptions has shown, and how far it may be off by chance."""

from dataclasses import dataclass
from math import sqrt

from sqlalchemy import Connection, Float, cast, func, select

from queries.periods import Window, first_of_month
from queries.reports._due import KEPT, LOST, due
from queries.reports.report import Params
from queries.reports.sql import described, sum_if
from queries.tables_subscriptions import products, subscriptions

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


def observed_rates(connection: Connection, params: Params) -> dict[Group, Rate]:
    """The renewals decided in the twelve full months before the as-of instant, by group."""
    months = Window(first_of_month(params.today, -12), first_of_month(params.today), params.zone)
    source = due(params, months)
    d, s = source.c, subscriptions.c
    amount = cast(d.amount, Float)  # a sum of squared minor units would not fit a whole number
    keys = (d.currency, products.c.name, s.interval, s.interval_count)
    statement = (
        select(
            *keys,
            func.count(),
            sum_if(d.amount, d.outcome.in_(KEPT)),
            func.sum(d.amount),
            func.sum(amount * amount),
        )
        .select_from(described(source))
        .where(d.outcome.in_((*KEPT, *LOST)))
        .group_by(*keys)
    )
    return {
        group(*row[:4]): Rate(int(row[4]), int(row[5]), int(row[6]), float(row[7]))
        for row in connection.execute(statement)
    }


def group(currency: str, product: str | None, interval: str, interval_count: int) -> Group:
    return currency, product, interval if interval_count == 1 else f"{interval_count} {interval}s"


def rate_of(of: Group, rates: dict[Group, Rate]) -> Rate:
    """The group's own rate; that of all of its currency if fewer than FEWEST of the group were decided."""
    own = rates.get(of, Rate())
    if own.number >= FEWEST:
        return own
    return sum((rate for each, rate in rates.items() if each[0] == of[0]), Rate())
