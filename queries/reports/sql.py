"""What the reports' statements share: grouping by local day, by dimension, and pages of the rows behind.

No date function of any database: instants are compared with bounds that queries.periods computed.

A *source* is a subquery of one row per thing counted, with at least `ref` (its id), `subscription_id`,
`customer_id`, `at` (UTC), `currency` and `amount`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    FromClause,
    Subquery,
    and_,
    case,
    func,
    literal,
    literal_column,
    select,
    true,
    tuple_,
)

from queries.columns import Id, Instant, Minor
from queries.periods import Grain, Window
from queries.reports.narrowing import NAMED
from queries.reports.report import BadParameter, Params
from queries.tables_subscriptions import customers, plans, products, subscription_events, subscriptions

NOT_STATED = "not stated"
_CURSOR = re.compile(
    r"((?P<currency>[A-Z]{3})~(?P<amount>-?[0-9]{1,18})~)?"
    r"(?P<at>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{8,15}\+00:00)~(?P<ref>[0-9]{1,18})"
)
GRAINS: Mapping[str, Grain] = {"day": "day", "week": "week", "month": "month"}
Columns = Any  # the columns of a subquery (`Subquery.c`), whatever they are
_INSTANT = Instant()  # one for all: what is known of a type is kept with it
Measures = Callable[[Columns], Mapping[str, ColumnElement[Any]]]


def moment(at: datetime) -> ColumnElement[Any]:
    """An instant as a bound value."""
    return literal(at, _INSTANT)


Among = Callable[[ColumnElement[Any]], ColumnElement[bool]]  # of a column of customers' ids: whose rows


def all_of(customer_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Everybody's rows."""
    return true()


def subscription_of(subscription_id: ColumnElement[Any], among: Among) -> ColumnElement[bool]:
    """The row is of a subscription of theirs."""
    if among is all_of:
        return subscription_id.isnot(None)
    return subscription_id.in_(select(subscriptions.c.id).where(among(subscriptions.c.customer_id)))


def in_window(column: ColumnElement[Any], window: Window | None) -> ColumnElement[bool]:
    """In the window; without one, at any time."""
    if window is None:
        return column.isnot(None)
    return within(column, window.start_instant, window.end_instant)


def within(column: ColumnElement[Any], start: datetime, end: datetime) -> ColumnElement[bool]:
    return and_(column >= moment(start), column < moment(end))


def bucket(
    column: ColumnElement[Any],
    bounds: Sequence[datetime] | Sequence[date],
    numbers: Sequence[int] | None = None,
) -> ColumnElement[int]:
    """How many of the ascending `bounds` are at or before the column (or that place's entry in `numbers`).

    A balanced CASE: nine comparisons for a year of days, in the same pass that reads the row.
    """
    named = numbers or range(len(bounds) + 1)

    def between(low: int, high: int) -> ColumnElement[int]:
        if low == high:
            return literal_column(str(int(named[low])))
        middle = (low + high) // 2
        bound = bounds[middle]
        before = column < (moment(bound) if isinstance(bound, datetime) else literal(bound, Date))
        return case((before, between(low, middle)), else_=between(middle + 1, high))

    return between(0, len(bounds))


def month_number(column: ColumnElement[Any], first: datetime, last: datetime) -> ColumnElement[int]:
    """12 x year + month (1 to 12) in UTC of a column that lies between two instants."""
    low = first.astimezone(UTC).year * 12 + first.astimezone(UTC).month
    high = last.astimezone(UTC).year * 12 + last.astimezone(UTC).month
    firsts = [datetime((n - 1) // 12, (n - 1) % 12 + 1, 1, tzinfo=UTC) for n in range(low + 1, high + 1)]
    return bucket(column, firsts, range(low, high + 1))


def not_paid(c: Columns) -> ColumnElement[bool]:
    """Of a charge. Written out, because a partial index is not used for a value that is bound."""
    paid: str = "succeeded"
    return cast("ColumnElement[bool]", c.status != literal(paid, literal_execute=True))


def count_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def sum_if(amount: ColumnElement[Any], condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, amount), else_=0)), 0)


def latest_kind(
    subscription_id: ColumnElement[Any], kinds: Sequence[str], until: ColumnElement[Any]
) -> ColumnElement[Any]:
    """Which of these kinds of event came last to a subscription, at or before an instant of the row."""
    event = subscription_events.alias()
    return (
        select(event.c.kind)
        .where(
            event.c.subscription_id == subscription_id, event.c.kind.in_(kinds), event.c.occurred_at <= until
        )
        .order_by(event.c.occurred_at.desc(), event.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def described(source: FromClause) -> FromClause:
    """The source with its subscription, plan, product and customer beside it, where they are known."""
    return (
        source.outerjoin(subscriptions, subscriptions.c.id == source.c.subscription_id)
        .outerjoin(plans, plans.c.id == subscriptions.c.plan_id)
        .outerjoin(products, products.c.id == plans.c.product_id)
        .outerjoin(customers, customers.c.id == source.c.customer_id)
    )


def key_of(source: FromClause, by: str, window: Window | None) -> ColumnElement[Any]:
    """What a row is broken down by, as `laid_out` takes it. What another table names needs the source
    as `described`."""
    if by in GRAINS and window is not None:
        spans = window.spans(GRAINS[by])
        return bucket(source.c.at, [span.start for span in spans])
    keys: dict[str, ColumnElement[Any]] = {
        "product": products.c.name,
        "plan": products.c.name + " · " + plans.c.name,
        "country": customers.c.country,
        "interval": subscriptions.c.interval,
        "currency": source.c.currency,
    }
    return keys[by] if by in keys else source.c[by]


def breakdown(
    connection: Connection, source: Subquery, by: str, window: Window | None, measures: Measures
) -> list[dict[str, Any]]:
    """The measures by key and currency, as {"key": …, "currency": …, measure: int, …}. Beside the columns of
    the source they have `number`: how many things a row is (1).

    The key is a span's first day (by day, week or month) or a name, None where it is not known. Every span
    of the window has a row for each currency of the answer (one without currency if there is none at all).
    """
    origin: FromClause = source if by in (*GRAINS, "currency", "reason") else described(source)
    number: ColumnElement[int] = literal_column("1")
    named = key_of(source, by, window).label("key"), number.label("number")
    keyed = select(*named, *source.c).select_from(origin).subquery()
    sums = measures(keyed.c)
    statement = select(keyed.c.key, keyed.c.currency, *(sums[name].label(name) for name in sums)).group_by(
        keyed.c.key, keyed.c.currency
    )
    found = {
        (row["key"], row["currency"]): {name: int(row[name] or 0) for name in sums}
        for row in connection.execute(statement).mappings()
    }
    return laid_out(found, dict.fromkeys(sums, 0), by, window)


def laid_out(
    found: Mapping[tuple[Any, Any], dict[str, int]], zero: dict[str, int], by: str, window: Window | None
) -> list[dict[str, Any]]:
    """What was found by key and currency as the rows of `breakdown`, in their order; the key of a span is its
    number in the window, from 1 on."""
    if by in GRAINS and window is not None:
        return _complete(found, zero, window, GRAINS[by])
    order = sorted(found, key=lambda pair: (pair[1] or "", pair[0] is None, str(pair[0]).casefold()))
    return [{"key": key, "currency": currency, **found[key, currency]} for key, currency in order]


def _complete(
    found: Mapping[tuple[Any, Any], dict[str, int]], zero: dict[str, int], window: Window, grain: Grain
) -> list[dict[str, Any]]:
    currencies = sorted({currency for _, currency in found}) or [None]
    return [
        {"key": span.first, "currency": currency, **found.get((number, currency), zero)}
        for number, span in enumerate(window.spans(grain), start=1)
        for currency in currencies
    ]


def listing(
    connection: Connection,
    source: Subquery,
    columns: Mapping[str, ColumnElement[Any]],
    params: Params,
    *,
    origin: FromClause | None = None,
) -> tuple[list[tuple[Any, ...]], str | None]:
    """The rows behind a report, soonest first, or by currency and then largest first; and where the next
    page begins. Keyset: any page costs the same."""
    date_key = [source.c.at, source.c.ref]
    keys = date_key if params.sort == "date" else [source.c.currency, -source.c.amount, *date_key]
    statement = select(*(columns[name].label(name) for name in columns)).select_from(
        described(source) if origin is None else origin
    )
    if params.key is not None and params.by in NAMED:
        named = key_of(source, params.by, None)
        statement = statement.where(named == params.key if params.key else named.is_(None))
    marked = statement.add_columns(*(key.label(f"_key{n}") for n, key in enumerate(keys)))
    if params.after is not None:
        marked = marked.where(tuple_(*keys) > tuple_(*_cursor(params)))
    marked = marked.order_by(*keys)
    if params.limit is not None:
        marked = marked.limit(params.limit + 1)
    found = [tuple(row) for row in connection.execute(marked)]
    wide = len(columns)
    shown = found if params.limit is None else found[: params.limit]
    more = len(found) > len(shown)
    return [row[:wide] for row in shown], mark(shown[-1][wide:]) if more else None


def mark(key: tuple[Any, ...]) -> str:
    """The place of a row in its list, for Params.after: its instant and `ref`, by money after its currency
    and its amount below zero."""
    return "~".join(part.isoformat() if isinstance(part, datetime) else str(part) for part in key)


def _cursor(params: Params) -> list[ColumnElement[Any]]:
    """The place after which the page begins, as `mark` wrote it; an address may bring anything."""
    found = _CURSOR.fullmatch((params.after or "")[:100])
    if found is None or (found["currency"] is None) != (params.sort == "date"):
        raise BadParameter("This page of the list cannot be found. Begin at its first page.")
    try:
        place = [moment(datetime.fromisoformat(found["at"])), literal(int(found["ref"]), Id)]
    except ValueError as error:
        raise BadParameter("This page of the list cannot be found. Begin at its first page.") from error
    if params.sort == "date":
        return place
    return [literal(found["currency"]), literal(int(found["amount"]), Minor), *place]
