"""Periods that reach back from the as-of instant: nothing is known of the days after it."""

from dataclasses import replace
from datetime import timedelta

from queries.periods import Window, first_of_month
from queries.reports.report import TICK, BadParameter, Params


def window_until(params: Params, months: int) -> Window:
    """The days asked for, or the last `months` months: up to the day of the as-of instant. Raises
    BadParameter for days that are all later."""
    following = params.today + timedelta(days=1)
    if params.period is None:
        return Window(first_of_month(params.today, 1 - months), following, params.zone)
    if params.period.first >= following:
        raise BadParameter(
            "MRR is known only up to the as-of instant, and this period begins later. Choose an earlier one."
        )
    return Window(params.period.first, min(params.period.end, following), params.zone)


def at_its_end(params: Params, window: Window) -> Params:
    """The same question as of the last instant of the window, if that is over."""
    if window.end_instant >= params.before:
        return params
    return replace(params, as_of=window.end_instant - TICK, live=False)
