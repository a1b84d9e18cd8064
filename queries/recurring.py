"""Monthly recurring revenue as exact integers, so that sums in SQL are exact and parts add up to the whole.

A year's price divided by twelve is rarely a whole number of cents. MRR is therefore counted in units of
1/27,720 of the minor unit: 27,720 = lcm(1..12, 24, 36) divides evenly by every usual billing interval
(months 1–12, 24, 36; years 1–3; weeks 1, 2, 4; days 1, 7, 14, 30), so nothing is rounded before the total.
Definition: METRICS "Monthly price of a subscription".
"""

from fractions import Fraction

UNITS_PER_MINOR = 27_720

# Months of service that one interval pays for, as a fraction of one month.
_PER_MONTH = {
    "month": Fraction(1),
    "year": Fraction(1, 12),
    "week": Fraction(52, 12),
    "day": Fraction(365, 12),
}


def monthly_units(price_minor: int, interval: str, interval_count: int) -> int:
    """The monthly price in MRR units, for `price_minor` every `interval_count` `interval`s.

    Raises ValueError for an interval that is not day, week, month or year, or a count below 1.
    """
    if interval not in _PER_MONTH or interval_count < 1:
        raise ValueError(f"not a billing interval: every {interval_count} {interval}")
    return round(price_minor * UNITS_PER_MINOR * _PER_MONTH[interval] / interval_count)


def minor_from_units(units: int) -> int:
    """Minor units of the currency, rounded half-even: only ever on a total."""
    return round(Fraction(units, UNITS_PER_MINOR))
