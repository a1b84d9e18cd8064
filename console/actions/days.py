"""Days and intervals on a customer's calendar, as the verbs count them."""

from datetime import date, datetime, timedelta

from console import clocks
from queries.subscriptions import Subscription

FIRST, LAST = date(1971, 1, 1), date(9000, 1, 1)
_MONTHS = {"month": 1, "year": 12}
_DAYS = {"day": 1, "week": 7}


def within(day: date) -> date:
    """The day, or the nearest that an instant can still be made of: a rule then says that it is too far."""
    return min(max(day, FIRST), LAST)


def local_day(subscription: Subscription, moment: datetime) -> date:
    """Which day it is then on the customer's calendar."""
    return moment.astimezone(clocks.zone(subscription.customer_time_zone)).date()


def same_time(subscription: Subscription, moment: datetime, day: date) -> datetime:
    """That day at the time of day of `moment`, on the customer's calendar; whole seconds."""
    zone = clocks.zone(subscription.customer_time_zone)
    time = moment.astimezone(zone).time().replace(microsecond=0)
    return datetime.combine(within(day), time, tzinfo=zone)


def one_interval_after(subscription: Subscription, day: date) -> date:
    """As many days, weeks, months or years later as lie between two of its renewals."""
    count = subscription.interval_count
    if subscription.interval in _MONTHS:
        return clocks.add_months(day, _MONTHS[subscription.interval] * count)
    return day + timedelta(days=_DAYS[subscription.interval] * count)
