"""Worked examples of proration, through console.proration: by days of the customer's calendar."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from console.demo.worked import Place
from console.examples.books import at
from console.examples.example import Example, Expected, Value
from console.proration import Prorated, prorated_refund

_Answer = Callable[[Place], list[Value]]
METRIC = "Proration"
OCTOBER = ("2026-10-01", "2026-11-01")
JUNE = ("2026-06-01", "2026-07-01")
LEAP_FEBRUARY = ("2028-02-18", "2028-03-18")


def _prorated(
    amount_minor: int, tax_minor: int, period: tuple[str, str], moment: datetime, zone: ZoneInfo
) -> Prorated:
    """Of a charge for a period that begins and ends at midnight in the zone."""
    start, end = (datetime.fromisoformat(day).replace(tzinfo=zone) for day in period)
    return prorated_refund(
        amount_minor, tax_minor, period_start=start, period_end=end, at=moment, zone=zone, by="day"
    )


def _ended_in_october(moment: datetime, zone: str, _: Place) -> list[Value]:
    found = _prorated(37_20, 6_20, OCTOBER, moment, ZoneInfo(zone))
    return [found.unused_days, found.net_minor, found.tax_minor, found.amount_minor]


def _changed(period: tuple[str, str], day: str, _: Place) -> list[Value]:
    """What goes back of 100, and what of 300 is charged for the rest."""
    zone = ZoneInfo("UTC")
    moment = datetime.fromisoformat(day).replace(tzinfo=zone)
    return [_prorated(amount, 0, period, moment, zone).amount_minor for amount in (100_00, 300_00)]


def _october(number: str, given: str, days: int, parts: tuple[int, int, int], answer: _Answer) -> Example:
    net, tax, whole = parts
    return Example(
        number=number,
        metric=METRIC,
        given=given,
        expected=(
            Expected("days unused", days, "count"),
            Expected("net", net),
            Expected("tax", tax),
            Expected("together", whole),
        ),
        answer=answer,
    )


def _change(number: str, given: str, back: int, rest: int, answer: _Answer) -> Example:
    return Example(
        number=number,
        metric=METRIC,
        given=given,
        expected=(Expected("of 100 unused", back), Expected("of 300 for the rest", rest)),
        answer=answer,
    )


_NIGHT = at("2026-10-15T01:00")
_MONTHLY = "31.00 a month in advance plus 20 % tax"
EXAMPLES = (
    _october(
        "F3",
        f"{_MONTHLY}, ended at noon on 15 October",
        16,
        (16_00, 3_20, 19_20),
        partial(_ended_in_october, at("2026-10-15T12:00"), "UTC"),
    ),
    _october(
        "F8",
        f"{_MONTHLY}, ended on 15 October at 01:00 UTC for a customer in Los Angeles",
        17,
        (17_00, 3_40, 20_40),
        partial(_ended_in_october, _NIGHT, "America/Los_Angeles"),
    ),
    _october(
        "F8",
        f"{_MONTHLY}, ended on 15 October at 01:00 UTC for a customer in Paris",
        16,
        (16_00, 3_20, 19_20),
        partial(_ended_in_october, _NIGHT, "Europe/Paris"),
    ),
    _change(
        "P2",
        "100 a month becomes 300 a month when 16 June begins",
        50_00,
        150_00,
        partial(_changed, JUNE, "2026-06-16"),
    ),
    _change(
        "P2",
        "100 a month becomes 300 a month when 11 June begins",
        66_67,
        200_00,
        partial(_changed, JUNE, "2026-06-11"),
    ),
    _change(
        "P3",
        "100 a month becomes 300 a month on 25 February, in the 29 days from 18 February of a leap year",
        75_86,
        227_59,
        partial(_changed, LEAP_FEBRUARY, "2028-02-25"),
    ),
)
