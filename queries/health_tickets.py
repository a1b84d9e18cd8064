"""Contradictions in the ticket database: one statement each, read by `queries.health`.

Each selects `id`, `number` and `customer_number` of the ticket concerned, then what contradicts itself.
A ticket with several such events is one row.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, and_, exists, func, or_, select

from queries.tables_tickets import OPEN_STATUSES, ticket_events, tickets

_t, _e = tickets.c, ticket_events.c
_IS_STATUS = _e.field == "status"


def _tickets(*facts: Any) -> Select[Any]:
    return select(_t.id, _t.number, _t.customer_number, *facts)


def _steps() -> Subquery:
    """Every status event with the one before it in the order of the source."""

    def before(column: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.lag(column).over(partition_by=_e.ticket_id, order_by=_e.id)

    return (
        select(
            _e.ticket_id,
            _e.value_from,
            _e.occurred_at,
            before(_e.id).label("id_before"),
            before(_e.value_to).label("value_before"),
            before(_e.occurred_at).label("occurred_before"),
        )
        .where(_IS_STATUS)
        .subquery()
    )


_step = _steps()


def _with_step(wrong: ColumnElement[bool]) -> Select[Any]:
    """Tickets with a status event that is wrong beside the one before: how many, and when first."""
    found = (
        select(
            _step.c.ticket_id,
            func.count().label("events"),
            func.min(_step.c.occurred_at).label("first_at"),
        )
        .where(_step.c.id_before.is_not(None), wrong)
        .group_by(_step.c.ticket_id)
        .subquery()
    )
    return _tickets(found.c.events, found.c.first_at).join(found, found.c.ticket_id == _t.id)


_first = select(func.min(_e.id)).where(_e.ticket_id == _t.id, _IS_STATUS).correlate(tickets).scalar_subquery()
FIRST_EVENT_NOT_NEW = (
    _tickets(_e.value_to.label("first_status"), _e.occurred_at)
    .join(ticket_events, _e.id == _first)
    .where(_e.value_to != "new")
)

WITHOUT_HISTORY = _tickets(_t.status, _t.created_at).where(~exists().where(_e.ticket_id == _t.id, _IS_STATUS))

CLOSED_BEFORE_CREATED = _tickets(_t.created_at, _t.closed_at).where(_t.closed_at < _t.created_at)

OPEN_WITH_CLOSING = _tickets(_t.status, _t.closed_at).where(
    _t.status.in_(OPEN_STATUSES), _t.closed_at.is_not(None)
)

_earliest = select(func.min(_e.occurred_at)).where(_e.ticket_id == _t.id).correlate(tickets).scalar_subquery()
EVENT_BEFORE_CREATED = _tickets(_t.created_at, _earliest.label("first_event_at")).where(
    _earliest < _t.created_at
)

TIMES_NOT_RISING = _with_step(_step.c.occurred_at <= _step.c.occurred_before)

CHAIN_BROKEN = _with_step(
    or_(
        _step.c.value_from.is_(None),
        and_(_step.c.value_before.is_(None), _step.c.value_from.is_not(None)),
        _step.c.value_from != _step.c.value_before,
    )
)

_latest = (
    select(_e.value_to)
    .where(_e.ticket_id == _t.id, _IS_STATUS)
    .order_by(_e.occurred_at.desc(), _e.id.desc())
    .limit(1)
    .correlate(tickets)
    .scalar_subquery()
)
STATUS_IS_NOT_LATEST = _tickets(_t.status, _latest.label("latest_event")).where(_latest != _t.status)

_words = (
    select(_e.ticket_id, func.count().label("events"), func.min(_e.value_to).label("said"))
    .where(_e.field.like("reported\\_%", escape="\\"))
    .group_by(_e.ticket_id)
    .subquery()
)
UNKNOWN_WORD = _tickets(_words.c.said, _words.c.events).join(_words, _words.c.ticket_id == _t.id)
