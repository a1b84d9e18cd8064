"""What the report tests share: asking on one connection, and short lives of subscriptions as rows."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from console import db
from queries.periods import Window
from queries.recurring import monthly_units
from queries.reports import Params, Report, run
from tests import build
from tests.build import Row

UTC_ZONE = ZoneInfo("UTC")
HELSINKI = ZoneInfo("Europe/Helsinki")


@dataclass(frozen=True)
class Data:
    """Connections of a transaction that will be rolled back: a report sees the rows just written."""

    subscriptions: Connection
    tickets: Connection
    state: Connection


@contextmanager
def scratch() -> Iterator[Data]:
    """Rows written in here are gone afterwards."""
    with ExitStack() as stack:
        one, two, three = (stack.enter_context(db.engine(name).connect()) for name in db.DATABASES)
        for connection in (one, two, three):
            stack.callback(connection.begin().rollback)
        yield Data(one, two, three)


def at(text: str) -> datetime:
    """An instant in UTC: "2026-02-01" or "2026-02-01T10:00"."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def days(first: str, last: str, zone: ZoneInfo = UTC_ZONE) -> Window:
    return Window(date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1), zone)


def ask(data: Data, name: str, now: str, zone: ZoneInfo = UTC_ZONE, **values: Any) -> Report:
    return run(name, data, Params(as_of=at(now), zone=zone, **values))


def only(report: Report, **where: Any) -> dict[str, Any]:
    """The one row with these values."""
    rows = [row for row in report.to_records() if all(row[name] == value for name, value in where.items())]
    assert len(rows) == 1, rows
    return rows[0]


def units(row: Row) -> int:
    return monthly_units(row["price_minor"], row["interval"], row["interval_count"])


def paying(data: Data, customer: Row, start: str, **values: Any) -> Row:
    """A paid subscription from `start` on, with its event."""
    begun = {"started_at": at(start), "current_period_start": at(start)} | values
    made = build.subscription(data.subscriptions, customer["id"], **begun)
    build.subscription_event(
        data.subscriptions, made, "started", occurred_at=at(start), mrr_delta_units=units(made)
    )
    return made


def event(data: Data, subscription: Row, kind: str, when: str, delta: int = 0, **values: Any) -> None:
    build.subscription_event(
        data.subscriptions, subscription, kind, occurred_at=at(when), mrr_delta_units=delta, **values
    )


def ended(data: Data, subscription: Row, when: str, **values: Any) -> None:
    event(data, subscription, "ended", when, -units(subscription), **values)


def charge(data: Data, subscription: Row, start: str, end: str, **values: Any) -> Row:
    """A charge for a period, made at its start; it succeeded unless told otherwise."""
    made = {
        "subscription_id": subscription["id"],
        "period_start": at(start),
        "period_end": at(end),
        "created_at": at(start),
        "settled_at": None if values.get("status") == "failed" else at(start),
    }
    return build.charge(data.subscriptions, subscription["customer_id"], **(made | values))
