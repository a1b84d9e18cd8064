"""What customers' rows come to in the reports that are kept by day: read by the sources of the reports."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, Subquery, func, select

from queries.paging import in_chunks
from queries.periods import months_between
from queries.reports import _bands, _due, _failures, _happened, _trial_rows
from queries.reports._claims import ENDED, RUNNING, claims
from queries.reports._settled import charged
from queries.reports._worth import ending
from queries.reports.report import Params
from queries.reports.sql import Among, moment
from queries.rollups import days
from queries.rollups.days import Theirs, Thing, plan_key
from queries.rollups.stored import AT_ONCE
from queries.tables_subscriptions import charges, customers, subscription_events, subscriptions

_s = subscriptions.c


class _Row(NamedTuple):
    """A thing before its day and keys are worked out; `more` are the columns its topic asked for."""

    customer: int
    at: datetime | None
    what: Any
    currency: str
    amount: int
    plan: str
    more: tuple[Any, ...]


def of_range(connection: Connection, params: Params, after: int, last: int) -> dict[int, Theirs]:
    """What the rows of the customers from `after` on up to `last` come to in a live report, by customer; who
    has nothing is left out."""
    return _things(connection, params, lambda customer: (customer > after) & (customer <= last), days.TOPICS)


def of_customers(
    connection: Connection, params: Params, whose: Sequence[int], topics: Sequence[str] = days.TOPICS
) -> dict[int, Theirs]:
    """The same of these customers. Only of all topics it says when time alone changes them."""
    found: dict[int, Theirs] = {}
    for some in in_chunks(whose, AT_ONCE):
        found |= _things(connection, params, partial(_one_of, some), topics)
    return found


def _one_of(some: Sequence[int], customer: ColumnElement[Any]) -> ColumnElement[bool]:
    return customer.in_(some)


def _things(connection: Connection, params: Params, among: Among, topics: Sequence[str]) -> dict[int, Theirs]:
    found: dict[int, Theirs] = defaultdict(Theirs)
    for reader, produced in READERS.items():
        if not set(produced).isdisjoint(topics):
            for customer, thing in reader(connection, params, among):
                found[customer].things.append(days.packed(thing))
    c = customers.c
    for customer, country in connection.execute(select(c.id, c.country).where(among(c.id))):
        if customer in found:
            found[customer].country = days.one_line(country or "")
    if topics == days.TOPICS:
        for customer, at in _changes(connection, params, among).items():
            found[customer].changes_at = at
    return dict(found)


def _rows(connection: Connection, source: Subquery, what: str, *more: str) -> Iterator[_Row]:
    s = source.c
    origin = source.outerjoin(subscriptions, _s.id == s.subscription_id)
    named = (s.customer_id, s.at, s[what], s.currency, s.amount, _s.plan_id, _s.interval, _s.interval_count)
    for row in connection.execute(select(*named, *(s[name] for name in more)).select_from(origin)):
        yield _Row(row[0], row[1], row[2], row[3], int(row[4]), plan_key(*row[5:8]), tuple(row[8:]))


def _thing(topic: str, row: _Row, params: Params, *keys: str) -> tuple[int, Thing]:
    day = days.NEVER if row.at is None else row.at.astimezone(params.zone).date()
    return row.customer, Thing(topic, day, row.what, row.currency, row.amount, row.plan, keys)


def _months(started: datetime, row: _Row) -> int:
    """Calendar months (UTC) to what happened, which happened at some time."""
    return months_between(started, row.at or started)


def _renewals(connection: Connection, params: Params, among: Among) -> Iterator[tuple[int, Thing]]:
    sources = {
        days.DUE: _due.present(params, None, among),
        days.DUE_EARLIER: _due.earlier(params, None, among),
    }
    for topic, source in sources.items():
        for row in _rows(connection, source.subquery("due"), "outcome", "started_at", "first"):
            started, first = row.more
            tenure = _bands.tenure_place(_months(started, row), first=bool(first))
            yield _thing(topic, row, params, str(_bands.price_place(row.amount)), str(tenure))


def _trials(connection: Connection, params: Params, among: Among) -> Iterator[tuple[int, Thing]]:
    every = _trial_rows.with_cancelled(_trial_rows.begun(params, among(_s.customer_id), at="ends_at"))
    columns = ("set_to_end", "cancelled", "reason", "started_at", "first_paid")
    for row in _rows(connection, every, "outcome", *columns):
        set_to_end, cancelled, reason, started, paid = row.more
        what = _trial_rows.RUNNING_SET_TO_END if row.what == "running" and set_to_end else row.what
        ending = row._replace(what=_trial_rows.CANCELLED if cancelled else what, amount=0)
        converted = str(_trial_rows.days_between(started, paid)) if paid else ""
        keys = days.one_line(reason or ""), converted
        yield _thing(days.TRIALS_ENDING, ending, params, *keys)
        yield _thing(days.TRIALS_STARTED, ending._replace(at=started), params, *keys)


def _cancellations(connection: Connection, params: Params, among: Among) -> Iterator[tuple[int, Thing]]:
    for statement in (_happened.requests(params, None, among), _happened.ends(params, None, among)):
        for row in _rows(connection, statement.subquery("happened"), "stage", "reason", "started_at"):
            reason, started = row.more
            tenure = "" if started is None else str(_happened.tenure_place(_months(started, row)))
            yield _thing(days.CANCELLATIONS, row, params, days.one_line(reason), tenure)


def _failed(connection: Connection, params: Params, among: Among) -> Iterator[tuple[int, Thing]]:
    for row in _rows(connection, _failures.failures(params, None, among), "outcome", "attempts_band"):
        yield _thing(days.FAILURES, row, params, str(row.more[0]))


def _past_due(connection: Connection, params: Params, among: Among) -> Iterator[tuple[int, Thing]]:
    for row in _rows(connection, _failures.past_due(params, among), "outcome"):
        yield _thing(days.PAST_DUE, row, params)


def _owed(connection: Connection, params: Params, among: Among) -> Iterator[tuple[int, Thing]]:
    owing: set[int] = set()
    for row in _rows(connection, claims(params, among), "ended"):
        yield _thing(days.CLAIMS, row._replace(what=ENDED if row.what else RUNNING), params)
        if row.customer not in owing:
            owing.add(row.customer)
            yield row.customer, Thing(days.OWING, days.NEVER, "owing", "", 0, "", ())


def _charged(connection: Connection, params: Params, among: Among) -> Iterator[tuple[int, Thing]]:
    for row in _rows(connection, charged(params, None, among).subquery("charged"), "what"):
        yield _thing(days.CHARGED, row, params)


def _set_to_end(connection: Connection, params: Params, among: Among) -> Iterator[tuple[int, Thing]]:
    for row in _rows(connection, ending(params, among).subquery("ending"), "what"):
        yield _thing(days.SET_TO_END, row, params)


Reader = Callable[[Connection, Params, Among], Iterator[tuple[int, Thing]]]
READERS: Mapping[Reader, tuple[str, ...]] = {
    _renewals: (days.DUE, days.DUE_EARLIER),
    _trials: (days.TRIALS_ENDING, days.TRIALS_STARTED),
    _cancellations: (days.CANCELLATIONS,),
    _failed: (days.FAILURES,),
    _past_due: (days.PAST_DUE,),
    _owed: (days.CLAIMS, days.OWING),
    _charged: (days.CHARGED,),
    _set_to_end: (days.SET_TO_END,),
}


def _changes(connection: Connection, params: Params, among: Among) -> dict[int, datetime]:
    """When something of a customer's is over or begins without a word from anybody: a trial that runs, a
    period that was to come after the end, what is dated ahead."""
    e, now = subscription_events.c, moment(params.before)
    of_subscriptions = (_s.started_at, _s.current_period_start, _s.trial_end, _s.ended_at)
    ahead = [
        *(_soonest(_s.customer_id, at, now).where(among(_s.customer_id)) for at in of_subscriptions),
        _soonest(e.customer_id, e.occurred_at, now).where(among(e.customer_id)),
        *_charges_ahead(now, among),
    ]
    soonest: dict[int, datetime] = {}
    for statement in ahead:
        for customer, at in connection.execute(statement):
            soonest[customer] = min(at, soonest.get(customer, at))
    return soonest


def _soonest(customer: ColumnElement[Any], at: ColumnElement[Any], now: ColumnElement[Any]) -> Select[Any]:
    return select(customer, func.min(at)).where(at >= now).group_by(customer)


def _charges_ahead(now: ColumnElement[Any], among: Among) -> list[Select[Any]]:
    c = charges.c
    theirs = c.subscription_id == _s.id, among(_s.customer_id)
    return [
        _soonest(_s.customer_id, c.created_at, now).where(*theirs),
        _soonest(_s.customer_id, c.settled_at, now).where(*theirs),
        _soonest(_s.customer_id, c.period_end, now).where(*theirs, _s.ended_at.isnot(None)),
    ]
