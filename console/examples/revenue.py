"""Worked examples of monthly recurring revenue, each through the report of the screen *Revenue*."""

from collections.abc import Callable
from typing import Any

from console.demo.rows import Book
from console.demo.worked import Place
from console.examples.books import paying
from console.examples.example import Example, Expected, Value, asked, cell

JANUARY = ("2026-01-01", "2026-01-31")
MRR = "MRR at T"
PRICE = "Monthly price of a subscription"


def _mrr(place: Place) -> list[Value]:
    """MRR at the end of January."""
    return [cell(asked(place, "mrr", *JANUARY, by="currency"), "mrr")]


def _one(price_minor: int, interval: str, every: int = 1) -> Callable[[Book], None]:
    return lambda book: _sold(book, price_minor, interval=interval, every=every)


def _sold(book: Book, price_minor: int, times: int = 1, **terms: Any) -> None:
    for _ in range(times):
        paying(book, price_minor, "2026-01-01", **terms)


def _m1(book: Book) -> None:
    _sold(book, 100_00, 100)
    _sold(book, 600_00, 50, interval="year")


def _m4(book: Book) -> None:
    _sold(book, 100_00)
    _sold(book, 1000_00, interval="year")
    paying(book, 100_00, "2026-06-01")


def _by_month(place: Place) -> list[Value]:
    months = asked(place, "mrr", "2026-01-01", "2026-06-30", by="month")
    return [cell(months, "end", row) for row in range(6)]


EXAMPLES = (
    Example(
        number="M1",
        metric=MRR,
        given="100 subscriptions at 100 a month and 50 at 600 a year",
        expected=(Expected("MRR", 12_500_00),),
        rows=_m1,
        answer=_mrr,
    ),
    Example(
        number="M2",
        metric=PRICE,
        given="One subscription at 1,200 a year",
        expected=(Expected("MRR", 100_00),),
        rows=_one(1200_00, "year"),
        answer=_mrr,
    ),
    Example(
        number="M3",
        metric=PRICE,
        given="120 a year with 10 % off for ever, which is a renewal price of 108",
        expected=(Expected("MRR", 9_00),),
        rows=_one(108_00, "year"),
        answer=_mrr,
    ),
    Example(
        number="M4",
        metric=MRR,
        given="100 a month and 1,000 a year from January, another 100 a month from June",
        expected=(
            *(Expected(month, 183_33) for month in ("January", "February", "March", "April", "May")),
            Expected("June", 283_33),
        ),
        rows=_m4,
        answer=_by_month,
    ),
    *(
        Example(
            number="M5",
            metric=PRICE,
            given=given,
            expected=(Expected("MRR", monthly),),
            rows=_one(price, interval, every),
            answer=_mrr,
        )
        for given, price, interval, every, monthly in (
            ("300 for three months", 300_00, "month", 3, 100_00),
            ("2,400 for two years", 2400_00, "year", 2, 100_00),
            ("50 for two weeks", 50_00, "week", 2, 108_33),
        )
    ),
)
