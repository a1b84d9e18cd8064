"""Worked examples of renewals, trials and receivables, each through its report."""

from typing import Any

from console.demo.rows import Book, Row
from console.demo.worked import Place
from console.examples.books import charged, ended, event, owed, paying, subscribed
from console.examples.example import Example, Expected, Value, asked, cell


def _r1(book: Book) -> None:
    for _ in range(90):
        kept = paying(book, 10_00, "2026-01-05", period=("2026-02-05", "2026-03-05"))
        charged(book, kept, "2026-01-05", "2026-02-05", kind="purchase")
        charged(book, kept, "2026-02-05", "2026-03-05")
        event(book, kept, "renewed", "2026-02-05")
    for _ in range(10):
        lost = paying(
            book, 10_00, "2026-01-05", period=("2026-01-05", "2026-02-05"), status="canceled",
            asked_on="2026-01-20", ended_on="2026-02-05",
        )  # fmt: skip
        charged(book, lost, "2026-01-05", "2026-02-05", kind="purchase")
        event(book, lost, "cancel_requested", "2026-01-20", actor="customer")
        ended(book, lost, "2026-02-05")


def _renewal_rate(place: Place) -> list[Value]:
    report = asked(place, "renewals", "2026-02-01", "2026-02-28", by="currency")
    return [report.figure("due"), report.figure("renewed"), report.figure("rate")]


def _t1(book: Book) -> None:
    def trial(**values: Any) -> Row:
        made = subscribed(book, 10_00, "2026-05-01", trial_end="2026-05-15", **values)
        event(book, made, "trial_started", "2026-05-01")
        return made

    for _ in range(5):
        charged(book, trial(), "2026-05-15", "2026-06-15", kind="purchase")
        trial(status="expired", ended_on="2026-05-15")


def _conversion(place: Place) -> list[Value]:
    report = asked(place, "trials", "2026-05-01", "2026-05-31", by="month")
    return [report.figure("ended"), report.figure("converted"), report.figure("conversion")]


def _a1(book: Book) -> None:
    for amount, due in ((1000_00, "2026-04-20"), (1500_00, "2026-03-26"), (100_00, "2026-03-04")):
        owed(book, amount, "2026-03-01", "2026-05-01", due=due)


def _ageing(place: Place) -> list[Value]:
    """As of 10 April, at the middle of the day."""
    report = asked(place, "receivables", "2026-04-10", "2026-04-10", by="currency", as_of="2026-04-10T12:00")
    return [cell(report, column) for column in ("current", "days_1_30", "days_31_60")]


EXAMPLES = (
    Example(
        number="R1",
        metric="Renewal rate",
        given="100 renewals are due in the month, 90 renew",
        expected=(
            Expected("due", 100, "count"),
            Expected("renewed", 90, "count"),
            Expected("renewal rate", 0.9, "percent"),
        ),
        rows=_r1,
        answer=_renewal_rate,
    ),
    Example(
        number="T1",
        metric="Trial conversion",
        given="10 trials end in May, 5 of them pay",
        expected=(
            Expected("ended", 10, "count"),
            Expected("converted", 5, "count"),
            Expected("conversion", 0.5, "percent"),
        ),
        rows=_t1,
        answer=_conversion,
    ),
    Example(
        number="A1",
        metric="Receivables ageing",
        given="1,000 not due yet; 1,500 due 15 days ago; 100 due 37 days ago",
        expected=(
            Expected("current", 1000_00),
            Expected("1–30 days", 1500_00),
            Expected("31–60 days", 100_00),
        ),
        rows=_a1,
        answer=_ageing,
    ),
)
