"""Unused time of a paid period, and how much of its price goes back for it.

Two measures, because the published examples (METRICS F3, F8, P2, P3) use two:

day     days of the customer's calendar, in the customer's time zone. A day that has begun is used; what is
        unused are the whole days that follow. An end at local midnight uses nothing of the day it begins.
        All four examples hold, whatever the zone: on 15 October 16 days of 31 are left (F3), at 01:00 UTC it
        is still the 14th in Los Angeles and 17 are (F8), and a change at the midnight that begins 16 June
        leaves 15 of 30 (P2), 25 February 22 of 29 (P3).
second  time that really passes: seconds left of the seconds of the period, a begun second being used. P2 and
        P3 hold where the clocks do not change within the period. F3 and F8 speak of whole days, so they are
        not of this kind: at the midnight that ends 15 October, Paris has 16 days and one hour left of 31
        days and one hour, which is 19.22 and not 19.20.

A paid period of the console runs between two instants; one sold by the day has local midnights of the
customer at both ends (`queries.periods.start_of`). Pure functions: instants are aware, of any zone.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Literal
from zoneinfo import ZoneInfo

from console.errors import Refused
from console.money import tax_share
from queries.periods import start_of

By = Literal["second", "day"]
_SECOND = timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Prorated:
    """What goes back for unused time: `amount_minor` includes `tax_minor`. Days are the customer's."""

    amount_minor: int
    tax_minor: int
    unused_seconds: int
    period_seconds: int
    unused_days: int
    period_days: int

    @property
    def net_minor(self) -> int:
        return self.amount_minor - self.tax_minor


def prorated_refund(
    amount_minor: int,
    tax_minor: int,
    *,
    period_start: datetime,
    period_end: datetime,
    at: datetime,
    zone: ZoneInfo,
    by: By = "second",
    refunded_minor: int = 0,
) -> Prorated:
    """What goes back of a charge (tax included) when its period is ended `at`.

    The whole is rounded half-even and never more than what is left after `refunded_minor`; its tax is
    `money.tax_share`, so that net and tax sum to the whole and all refunds of the charge to its tax. Raises
    Refused for a period that is none or a tax not within the amount, ValueError for an instant without zone.
    """
    start, end, moment = _period(period_start, period_end, at)
    seconds, period_seconds = _seconds(start, end, moment)
    days, period_days = _days(start, end, moment, zone)
    share = Fraction(days, period_days) if by == "day" else Fraction(seconds, period_seconds)
    back = min(round(amount_minor * share), amount_minor - refunded_minor)
    return Prorated(
        amount_minor=back,
        tax_minor=tax_share(amount_minor, tax_minor, refunded_minor, back),
        unused_seconds=seconds,
        period_seconds=period_seconds,
        unused_days=days,
        period_days=period_days,
    )


def unused(period_start: datetime, period_end: datetime, at: datetime) -> Fraction:
    """The part of a period that is left `at`, by the second: 1 until it starts, 0 from its end on.

    Raises Refused for a period that is none, ValueError for an instant without zone.
    """
    return Fraction(*_seconds(*_period(period_start, period_end, at)))


def _period(start: datetime, end: datetime, at: datetime) -> tuple[datetime, datetime, datetime]:
    """All in UTC, since moments of one zone are compared and subtracted by the clock on the wall; `at` within
    the period."""
    if any(moment.tzinfo is None for moment in (start, end, at)):
        raise ValueError("an instant of a paid period has no time zone")
    start, end, at = (moment.astimezone(UTC) for moment in (start, end, at))
    if end - start < _SECOND:
        raise Refused("The charge has no paid period, so no time of it is unused. Refund an amount instead.")
    return start, end, min(max(at, start), end)


def _seconds(start: datetime, end: datetime, at: datetime) -> tuple[int, int]:
    """Whole seconds left, and of the period."""
    return (end - at) // _SECOND, (end - start) // _SECOND


def _days(start: datetime, end: datetime, at: datetime, zone: ZoneInfo) -> tuple[int, int]:
    """Whole local days left, and of the period: at least one, also for a period within a day."""
    last = end.astimezone(zone).date()  # not in the period: it is the day of the next renewal
    period = max((last - start.astimezone(zone).date()).days, 1)
    if at == start:
        return period, period
    return max((last - _first_whole_day(at, zone)).days, 0), period


def _first_whole_day(at: datetime, zone: ZoneInfo) -> date:
    """The first local day that begins at this instant or later."""
    day = at.astimezone(zone).date()
    return day if start_of(day, zone) == at else day + timedelta(days=1)
