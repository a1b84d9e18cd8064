"""Worked examples of churn, through the reports of the screens *Revenue* and *Cancellations*."""

from console.demo.rows import Book
from console.demo.worked import Place
from console.examples.books import ended, event, paying, repriced
from console.examples.example import Example, Expected, Value, asked, cell

FEBRUARY = ("2026-02-01", "2026-02-28")


def _february(place: Place, *names: str) -> list[Value]:
    """Columns of the one month of MRR."""
    month = asked(place, "mrr", *FEBRUARY, by="month")
    return [cell(month, name) for name in names]


def _c1(book: Book) -> None:
    gone, less, more = (paying(book, price, "2026-01-01") for price in (10_00, 30_00, 60_00))
    ended(book, gone, "2026-02-10")
    repriced(book, less, 20_00, "2026-02-11")
    repriced(book, more, 70_00, "2026-02-12")


def _c5(book: Book) -> None:
    there = [paying(book, 10_00, "2026-01-01") for _ in range(100)]
    joined = paying(book, 10_00, "2026-02-03")
    for leaving in (*there[:10], joined):
        ended(book, leaving, "2026-02-20")


def _c6(book: Book) -> None:
    paying(book, 10_00, "2026-01-01")
    asked_on, end = "2026-02-15", "2026-03-01"
    leaving = paying(book, 10_00, "2026-01-01", status="canceled", asked_on=asked_on, ended_on=end)
    event(book, leaving, "cancel_requested", asked_on, actor="customer")
    ended(book, leaving, end)


def _two_months(place: Place) -> list[Value]:
    days = ("2026-02-01", "2026-03-31")
    requests = asked(place, "cancellations", *days, by="month")
    months = asked(place, "mrr", *days, by="month")
    lost = [cell(months, "customers_lost", row) for row in (0, 1)]
    return [cell(requests, "requested"), *lost, cell(months, "churn_rate", 1)]


def _c8(book: Book) -> None:
    repriced(book, paying(book, 100_00, "2026-01-01"), 70_00, "2026-02-01")


def _downgrade(place: Place) -> list[Value]:
    lost, contraction = _february(place, "customers_lost", "contraction")
    return [lost, -(contraction or 0)]


EXAMPLES = (
    Example(
        number="C1",
        metric="Gross MRR churn",
        given="MRR 100 at the start of the month; churn 10, contraction 10, expansion 10",
        expected=(Expected("gross churn", 0.2, "percent"), Expected("net churn", 0.1, "percent")),
        rows=_c1,
        answer=lambda place: _february(place, "gross_churn", "net_churn"),
    ),
    Example(
        number="C5",
        metric="Customer churn rate",
        given="100 customers at the start of the month; 11 leave, one of whom joined within it",
        expected=(Expected("churn rate", 0.1, "percent"),),
        rows=_c5,
        answer=lambda place: _february(place, "churn_rate"),
    ),
    Example(
        number="C6",
        metric="Churned (customer, subscription)",
        given="Two subscriptions from 1 January; one is cancelled on 15 February and ends on 1 March",
        expected=(
            Expected("requested in February", 1, "count"),
            Expected("churned in February", 0, "count"),
            Expected("churned in March", 1, "count"),
            Expected("churn rate of March", 0.5, "percent"),
        ),
        rows=_c6,
        answer=_two_months,
    ),
    Example(
        number="C8",
        metric="MRR movements in a period",
        given="A subscription of 100 a month becomes one of 70 a month",
        expected=(Expected("customers lost", 0, "count"), Expected("contraction", 30_00)),
        rows=_c8,
        answer=_downgrade,
    ),
)
