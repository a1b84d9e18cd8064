"""The rows behind one line of a table: those of one day, week or month, or of one product, plan, …"""

from dataclasses import replace
from datetime import date, timedelta

from queries.periods import Grain, Window, first_of_month
from queries.reports.report import BadParameter, Params

NAMED = ("product", "plan", "country", "currency", "interval", "reason")  # sql.listing compares them
SPANS: dict[str, Grain] = {"day": "day", "week": "week", "month": "month", "month_and_reason": "month"}
DAY = timedelta(days=1)


def narrowed(params: Params) -> Params:
    """The same question about the days that `key` names; other keys stay for the list. Raises BadParameter
    for a key that names nothing the period has."""
    if params.key is None:
        return params
    if not params.rows:
        raise BadParameter("One line is chosen only of the list of rows. Ask for the rows too.")
    if params.by in NAMED:
        return params
    if params.by not in SPANS:
        choice = ", ".join((*SPANS, *NAMED))
        raise BadParameter(f"The rows of one line are listed only by {choice}. Choose one of these.")
    return replace(params, period=_within(params, _days(params)), days=None)


def _days(params: Params) -> Window:
    try:
        first = date.fromisoformat(params.key or "")
        end = {
            "day": lambda: first + DAY,
            "week": lambda: first + (7 - first.weekday()) * DAY,  # the first one may be cut
            "month": lambda: first_of_month(first, 1),
        }[SPANS[params.by]]()
        return Window(first, end, params.zone)
    except (ValueError, OverflowError) as error:
        raise BadParameter(
            f"“{(params.key or '')[:40]}” is not the first day of a line. Write it like 2026-03-01."
        ) from error


def _within(params: Params, days: Window) -> Window:
    """Only as far as they are in the period asked for."""
    whole = params.period
    if whole is None and params.days is not None:
        whole = Window(params.today, params.today + params.days * DAY, params.zone)
    if whole is None:
        return days
    first, end = max(days.first, whole.first), min(days.end, whole.end)
    if first >= end:
        raise BadParameter(f"{days.first} is not in the period asked for. Choose a line of its table.")
    return Window(first, end, params.zone)
