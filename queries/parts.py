"""Parts in whole minor units that add up to their total, by largest remainder (METRICS, Ground rules).

Unlike an allotment by weights, the parts are known, may be negative, and only need rounding.
"""

from collections.abc import Sequence
from fractions import Fraction

from queries.recurring import UNITS_PER_MINOR, minor_from_units


def rounded_parts(units: Sequence[int], total_minor: int | None = None) -> list[int]:
    """MRR units as minor units: each part within one of its exact value, their sum `total_minor`.

    Without a total it is the sum of the parts, rounded once. A total given may differ from that sum by
    roundings only. Raises ValueError if there is nothing to hold a total that is not zero.
    """
    total = minor_from_units(sum(units)) if total_minor is None else total_minor
    return allotted([Fraction(unit, UNITS_PER_MINOR) for unit in units], total)


def allotted(exact: Sequence[Fraction], total: int) -> list[int]:
    """Exact parts as whole numbers that sum to `total`: each rounded down, and one more for the largest
    remainders. Raises ValueError if there is nothing to hold a total that is not zero."""
    if not exact:
        if total:
            raise ValueError("no parts to hold a total")
        return []
    parts = [int(part // 1) for part in exact]
    each, rest = divmod(total - sum(parts), len(parts))
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for place, index in enumerate(by_remainder):
        parts[index] += each + (place < rest)
    return parts
