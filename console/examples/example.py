"""A worked example: what is given, what somebody published as the answer, and what the code here answers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from console import money
from console.demo.rows import Book
from console.demo.worked import Place, holding
from console.errors import ConsoleError
from console.examples.books import CURRENCY, at
from queries import reports
from queries.periods import Window
from queries.reports import Params, Report

Value = int | float | None
Kind = Literal["money", "count", "percent"]
State = Literal["holds", "differs"]
UTC_ZONE = ZoneInfo("UTC")


@dataclass(frozen=True)
class Expected:
    """One published number: money in minor units, a percentage as a share (0.5 is 50 %)."""

    what: str
    value: int | float
    kind: Kind = "money"


@dataclass(frozen=True, kw_only=True)
class Example:
    """`rows` fills a book, `answer` asks the code, in the order of `expected`. `metric` is a name of
    queries.reports.metrics."""

    number: str
    metric: str
    given: str
    expected: tuple[Expected, ...]
    answer: Callable[[Place], Sequence[Value]]
    rows: Callable[[Book], None] | None = None

    @property
    def source(self) -> str:
        return f"worked example {self.number}, published by others and recomputed"


@dataclass(frozen=True)
class Outcome:
    """What came of an example. `got` is empty where it could not be asked; `problem` then says why."""

    example: Example
    state: State
    got: tuple[Value, ...] = ()
    problem: str = ""

    @property
    def expected_in_words(self) -> str:
        return "; ".join(f"{one.what} {in_words(one.value, one.kind)}" for one in self.example.expected)

    @property
    def got_in_words(self) -> str:
        pairs = zip(self.example.expected, self.got, strict=False)
        return "; ".join(f"{one.what} {in_words(value, one.kind)}" for one, value in pairs) or self.problem


def in_words(value: Value, kind: Kind) -> str:
    """ "12,500.00", "20 %", "3"; a dash for none. Never rounded to what was expected."""
    if value is None:
        return "–"
    if kind == "percent":
        return f"{value * 100:.6g} %"
    if kind == "money":
        return money.number_in_words(int(value), CURRENCY, locale="en")
    return f"{value:,}"


def check(example: Example, place: Place) -> Outcome:
    """Ask the code, with the example's rows in the place and nothing else. A refusal is an answer too: it
    differs."""
    book = Book()
    if example.rows is not None:
        example.rows(book)
    try:
        with holding(place.subscriptions, book):
            got = tuple(example.answer(place))
    except (ConsoleError, reports.BadParameter) as error:
        return Outcome(example, "differs", problem=str(error))
    holds = got == tuple(one.value for one in example.expected)
    return Outcome(example, "holds" if holds else "differs", got)


def cell(report: Report, column: str, row: int = 0) -> Value:
    """A value of the report's table; none, which no published number is, where there is no such row or
    column."""
    records = report.to_records()
    return records[row].get(column) if row < len(records) else None


def asked(place: Place, name: str, first: str, last: str, *, by: str = "", as_of: str = "") -> Report:
    """The report about these days of UTC (both included), as of the end of the last unless told otherwise."""
    day = date.fromisoformat(last) + timedelta(days=1)
    period = Window(date.fromisoformat(first), day, UTC_ZONE)
    moment = at(as_of) if as_of else period.end_instant - timedelta(microseconds=1)
    return reports.run(name, place, Params(as_of=moment, zone=UTC_ZONE, period=period, by=by))
