"""Periods that reach back from the as-of instant: nothing is known of the days after it."""

from dataclasses import replace
from datetime import timedelta

from queries.periods import Window, first_of_month
from queries.reports.report import TICK, BadParameter, Params


def window_back(params: Params, full_months: int) -> Window:
    """The days asked for, or so many full months and this one up to the day of the as-of instant."""
    following = params.today + timedelta(days=1)
    return params.period or Window(first_of_month(params.today, -full_months), following, params.zone)


def window_until(params: Params, months: int) -> Window:
    """The days asked for, or the last `months` months: up to the day of the as-of instant. Raises
    BadParameter for days that are all later."""
    asked, following = window_back(params, months - 1), params.today + timedelta(days=1)
    if asked.first >= following:
        raise BadParameter(
            "MRR is known only up to the as-of instant, and this period begins later. Choose an earlier one."
        )
    return Window(asked.first, min(asked.end, following), params.zone)


def at_its_end(params: Params, window: Window) -> Params:
    """The same question as of the last instant of the window, if that is over."""
    if window.end_instant >= params.before:
        return params
    return replace(params, as_of=window.end_instant - TICK, live=False)
