"""When the rollups of months can answer: whole months, up to now or to the end of a month."""

from sqlalchemy import Connection

from queries.periods import Window
from queries.reports.report import Params
from queries.rollups.stored import written_ahead


def covered(subscriptions: Connection, window: Window, params: Params) -> bool:
    """Whether all that the question sees of the window is all that its months hold; not if a source has
    written changes that are still to come."""
    if not _is_whole(window, params):
        return False
    return not (params.live and written_ahead(subscriptions, params.as_of))


def _is_whole(window: Window, params: Params) -> bool:
    if window.first.day != 1:
        return False
    if params.live:
        return window.last == params.today
    return window.end.day == 1 and params.before == window.end_instant
