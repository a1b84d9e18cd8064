"""One pass over customers' changes, and what it makes of all rollups that share the watermark."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection

from queries.movements import Month, Told, tell
from queries.rollups.cells import Cells
from queries.rollups.changes import Change, Dated, MonthOf, changes, months_of
from queries.rollups.mrr_months import count_there, put_movements
from queries.rollups.news import Seen
from queries.rollups.retention import Move, count_retention
from queries.tables_subscriptions import subscription_events

_e = subscription_events.c


def count(connection: Connection, zone: ZoneInfo, seen: Seen, *conditions: ColumnElement[bool]) -> Cells:
    """The cells of the events seen that fulfil the conditions; these must take customers whole."""
    found = changes(connection, _e.id <= seen.position, *conditions)
    return cells((change for change in found if seen.has(change.id)), months_of(zone))


def cells(in_order: Iterable[Change], month_of: MonthOf) -> Cells:
    """What changes in the order of `changes` come to."""
    found: Cells = defaultdict(Counter)
    told: Told = defaultdict(Month)
    for _, of_customer in groupby(in_order, key=lambda change: change.customer):
        theirs = [(month_of(change.at), change) for change in of_customer]
        for currency, in_currency in groupby(theirs, key=lambda dated: dated[1].currency):
            dated = list(in_currency)
            moves = list(_moves(dated))
            tell(told, currency, ((None, None, *move) for move in moves))
            count_retention(found, currency, dated, moves)
        count_there(found, sorted(theirs, key=lambda dated: (dated[1].at, dated[1].id)))
    put_movements(found, told)
    return found


def _moves(dated: Iterable[Dated]) -> Iterator[Move]:
    """What changed at the same instant is one change; nothing, if it comes to nothing."""
    for (month, _), together in groupby(dated, key=lambda one: (one[0], one[1].at)):
        units = sum(change.units for _, change in together)
        if units:
            yield month, units
