"""Whether a report of the past is what it was then: what is dated up to that instant was recorded by it."""

from datetime import datetime

from sqlalchemy import Connection, func, select

from queries.reports.report import Check, Params
from queries.reports.sql import moment
from queries.tables_subscriptions import subscription_events

MANY = 1_000  # more are not counted


def as_it_was_then(connection: Connection, params: Params, as_of: datetime) -> Check | str | None:
    """The identity where no event was recorded later, a note where some were; None for a report of now."""
    if params.live and as_of >= params.as_of:
        return None
    then = f"{as_of.astimezone(params.zone):%-d %b %Y, %H:%M}"
    number = _recorded_later(connection, as_of)
    if number == 0:
        said = f"No event dated up to {then} was recorded later"
        return Check(said, holds=True, sentence=f"{said}.")
    some = f"more than {MANY:,}" if number > MANY else f"{number:,}"
    return f"Events dated up to {then} that were recorded later: {some}. Asked then, it did not know them."


def _recorded_later(connection: Connection, as_of: datetime) -> int:
    e, then = subscription_events.c, moment(as_of)
    later = select(e.id).where(e.recorded_at > e.occurred_at, e.recorded_at > then, e.occurred_at <= then)
    return connection.scalar(select(func.count()).select_from(later.limit(MANY + 1).subquery())) or 0
