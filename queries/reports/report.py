"""A report: one object behind the tile, the table, the chart and the file (METRICS: count = list = export).

Money is an integer in minor units of the row's column `currency` (a figure's own `currency`); a percentage is
a share (0.5 is 50 %) or None where there is nothing to divide by; instants are aware UTC; days are those of
the report's time zone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from queries.periods import Window

Kind = Literal["text", "count", "money", "date", "instant", "percent", "status"]
TICK = timedelta(microseconds=1)


class BadParameter(ValueError):
    """A report was asked for something it cannot answer: `str(error)` says what and what to choose."""


@dataclass(frozen=True)
class Column:
    name: str
    title: str
    kind: Kind


@dataclass(frozen=True)
class Figure:
    """A headline. `name` is stable, `label` is for people, `help` says what it counts; `previous` and
    `last_year` are its value in the period before and in the year before, if they were asked for
    (queries.reports.compare) and there is one."""

    name: str
    label: str
    value: Any
    kind: Kind
    currency: str | None = None
    help: str = ""
    previous: Any = None
    last_year: Any = None


@dataclass(frozen=True)
class Check:
    """An identity that the figures of a report must obey, looked at in the figures as they are returned.
    `sentence` says it in words, with the amounts if it does not hold."""

    name: str
    holds: bool
    sentence: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a report's function finds out; `queries.reports.run` says what it is of. `as_of` only where it is
    not what was asked."""

    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]
    figures: list[Figure]
    period: Window | None = None
    as_of: datetime | None = None
    notes: list[str] = field(default_factory=list)
    next: str | None = None
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Report:
    """What was asked, as of when, and the answer. `rows` are tuples in the order of `columns`; `next` is
    where a list goes on (None: this was all); `checks` are the identities it was held against."""

    name: str
    title: str
    definition: str
    as_of: datetime
    zone: ZoneInfo
    period: Window | None
    by: str
    columns: tuple[Column, ...]
    rows: list[tuple[Any, ...]]
    figures: list[Figure]
    notes: list[str]
    next: str | None = None
    checks: tuple[Check, ...] = ()

    @property
    def time_zone(self) -> str:
        return self.zone.key

    def to_records(self) -> list[dict[str, Any]]:
        """Each row as a dict by column name."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]

    def values(self, column: str) -> list[Any]:
        """One column, top to bottom."""
        index = [each.name for each in self.columns].index(column)
        return [row[index] for row in self.rows]

    def series(self, value: str, over: str | None = None) -> dict[str | None, list[tuple[Any, Any]]]:
        """A chart's lines: {currency: [(`over`, `value`), …]}; one line under None without currencies.
        `over` is the first column unless named."""
        lines: dict[str | None, list[tuple[Any, Any]]] = {}
        over = over or self.columns[0].name
        for record in self.to_records():
            lines.setdefault(record.get("currency"), []).append((record[over], record[value]))
        return lines

    def figure(self, name: str, currency: str | None = None) -> Any:
        """The value of a figure by name (and currency); None if the report has no such figure."""
        return next((f.value for f in self.figures if f.name == name and f.currency == currency), None)


@dataclass(frozen=True, kw_only=True)
class Params:
    """What a report is asked. `live`: as_of is now, so the rows as they are now may be used."""

    as_of: datetime
    zone: ZoneInfo
    live: bool = True
    period: Window | None = None
    by: str = ""
    days: int | None = None
    rows: bool = False  # the rows behind the figures instead of the table
    only: str | None = None  # of those, the rows behind one figure
    key: str | None = None  # of those, the rows of one line of the table by `by`; "": where it is not known
    sort: Literal["date", "money"] = "date"
    limit: int | None = None  # of rows; none: all of them
    after: str | None = None  # Report.next of the page before
    figures: bool = True  # no: of a list only the rows, which then cost less
    checked: bool = True  # hold the figures against other statements too (Report.checks)

    @property
    def before(self) -> datetime:
        """The first instant that is not seen: as-of includes what happens at its very instant."""
        return self.as_of + TICK

    @property
    def today(self) -> date:
        """The local day of the as-of instant."""
        return self.as_of.astimezone(self.zone).date()


class Connections(Protocol):
    """Where a report reads: console.db.Reading is one."""

    @property
    def subscriptions(self) -> Connection: ...
    @property
    def tickets(self) -> Connection: ...
    @property
    def state(self) -> Connection: ...


def share(part: int, whole: int) -> float | None:
    """part / whole; None where the whole is nothing."""
    return round(part / whole, 6) if whole > 0 else None


def per_currency(
    records: list[dict[str, Any]], label: str, name: str, kind: Kind, help: str = ""
) -> list[Figure]:
    """The sum of a column, once for each currency of the rows: money is never added across them."""
    sums: dict[str, int] = {}
    for record in records:
        if record["currency"]:
            sums[record["currency"]] = sums.get(record["currency"], 0) + record[name]
    return [Figure(name, label, value, kind, currency, help) for currency, value in sorted(sums.items())]


def by_title(by: str) -> Column:
    """The first column of a breakdown."""
    titles: Mapping[str, tuple[str, Kind]] = {
        "day": ("Day", "date"),
        "month": ("Month", "date"),
        "product": ("Product", "text"),
        "plan": ("Plan", "text"),
        "country": ("Country", "text"),
        "interval": ("Billing interval", "text"),
        "reason": ("Reason", "text"),
        "week": ("Week", "date"),
        "attempts": ("Failed attempts", "text"),
        "tenure": ("Tenure", "text"),
        "problem_type": ("Problem type", "text"),
    }
    title, kind = titles[by]
    return Column(by, title, kind)
