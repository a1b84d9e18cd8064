"""How fast the questions behind the screens are: medians, and ratios to the bare SQL in the same run.

Each question is measured three ways, in turn: as the screens ask it; the very same statements sent again
through the driver's cursor ("bare"); and, where there is one, the shortest SQL that answers it ("shortest").
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from console import clocks, db, migrations
from console.db import Reading, reading
from console.errors import Refused
from console.settings import get_settings
from queries import bench_sql, customers, history, home, lookup, reports, tickets
from queries.bench_sql import Bare, Sample
from queries.reports import Params
from queries.ticket_filters import TicketFilters

REPORTS = [name for name in reports.REPORTS if name != "disputes"]  # in the sample company nobody disputes
SLOW = 5  # how often a report is measured at most


@dataclass(frozen=True)
class Question:
    name: str
    ask: Callable[[Reading], object]
    shortest: Bare | None = None
    most: int | None = None  # so often at most


@dataclass(frozen=True)
class Measured:
    """Medians in milliseconds; `ratio` is the whole to the bare statements."""

    name: str
    statements: int
    milliseconds: float
    bare_milliseconds: float
    shortest_milliseconds: float | None

    @property
    def ratio(self) -> float:
        return round(self.milliseconds / self.bare_milliseconds, 2) if self.bare_milliseconds else 0.0


def run(*, repeat: int, progress: Callable[[str], None] = lambda name: None) -> list[Measured]:
    """Measure every question on the databases as they are. Raises Refused where there is too little."""
    with reading() as data:
        sample = bench_sql.sample(data.subscriptions, data.tickets)
        if sample is None:
            raise Refused(
                "There is not enough data to measure with: it takes customers with subscriptions, charges, "
                "cards and tickets. Run `console seed`, or `console bench` without --here."
            )
        measured = []
        for question in questions(data, sample):
            progress(question.name)
            measured.append(_measure(data, question, repeat))
        return measured


def questions(data: Reading, sample: Sample) -> list[Question]:
    """What people ask all day, by the names under which it is reported."""
    return [*_lookups(data, sample), *_screens(data, sample), *map(_report, REPORTS)]


def _lookups(data: Reading, sample: Sample) -> list[Question]:
    sqlite = data.subscriptions.dialect.name == "sqlite"
    prefix = sample.email.partition("@")[0][:6].lower()

    def found(what: str, text: str, shortest: Bare | None = None) -> Question:
        return Question(
            f"lookup: {what}", lambda data: lookup.find(data.subscriptions, data.tickets, text), shortest
        )

    return [
        found("e-mail", sample.email, bench_sql.by_email(sample.email)),
        found("start of the e-mail", prefix, bench_sql.by_email_prefix(prefix)),
        found("licence key", sample.licence_key, bench_sql.by_licence_key(sample.licence_key)),
        found("invoice number", sample.invoice_number, bench_sql.by_invoice_number(sample.invoice_number)),
        found("customer number", sample.customer_number),
        found("ticket number", sample.ticket_number),
        found("last four digits", sample.last4, bench_sql.by_last_four(sample.last4)),
        found("name, few hits", sample.name),
        found("name, many hits", sample.common_name, bench_sql.by_name(sample.common_name, sqlite=sqlite)),
    ]


def _screens(data: Reading, sample: Sample) -> list[Question]:
    sqlite = data.tickets.dialect.name == "sqlite"
    before = sample.list_cursor
    free = TicketFilters(statuses=("new", "open", "pending", "on_hold"), unassigned=True)
    return [
        Question("customer page", lambda data: _customer_page(data, sample.customer_number)),
        Question("customers, page 1", lambda data: customers.page(data.subscriptions)),
        Question(
            "tickets, page 1",
            lambda data: tickets.page(data.tickets),
            bench_sql.ticket_page(None, sqlite=sqlite),
        ),
        Question(
            f"tickets, page {sample.list_page:,}",
            lambda data: tickets.page(data.tickets, before=before),
            bench_sql.ticket_page(before, sqlite=sqlite),
        ),
        Question("tickets, oldest unassigned", lambda data: home.queue(data.tickets, free)),
        Question("home: unanswered", lambda data: home.unanswered(data.tickets)),
        Question("home: in dunning", lambda data: home.in_dunning(data.subscriptions)),
        Question("home: MRR now", lambda data: home.mrr_now(*_now(data))),
    ]


def _customer_page(data: Reading, number: str) -> None:
    """All that the page asks."""
    customer = customers.by_number(data.subscriptions, number)
    if customer is None:
        return
    customers.value(data.subscriptions, customer.id)
    customers.subscriptions_of(data.subscriptions, customer.id)
    customers.charges_of(data.subscriptions, customer.id)
    customers.refunds_of(data.subscriptions, customer.id)
    customers.payment_methods_of(data.subscriptions, customer.id)
    tickets.of_customer(data.tickets, customer.number)
    history.of_customer(data.subscriptions, data.tickets, data.state, customer)


def _now(data: Reading) -> tuple[db.Connection, db.Connection, ZoneInfo, datetime]:
    return data.subscriptions, data.state, clocks.zone(), clocks.now()


def _report(name: str) -> Question:
    params = Params(as_of=clocks.now(), zone=clocks.zone())
    return Question(f"report: {name}", lambda data: reports.run(name, data, params), most=SLOW)


def _measure(data: Reading, question: Question, repeat: int) -> Measured:
    with bench_sql.recorded() as sent:
        question.ask(data)  # warms up, too
    taken: dict[str, list[float]] = {"ours": [], "bare": [], "shortest": []}
    for _ in range(min(repeat, question.most or repeat)):
        taken["ours"].append(_milliseconds(lambda: question.ask(data)))
        taken["bare"].append(_milliseconds(lambda: [bench_sql.resend(one) for one in sent]))
        if question.shortest is not None:
            taken["shortest"].append(_milliseconds(lambda: _shortest(data, question)))
    return Measured(
        question.name,
        len(sent),
        median(taken["ours"]),
        median(taken["bare"]),
        median(taken["shortest"]) if taken["shortest"] else None,
    )


def _shortest(data: Reading, question: Question) -> None:
    if question.shortest is not None:
        bench_sql.run_bare(getattr(data, question.shortest.database), question.shortest)


def _milliseconds(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return (time.perf_counter() - start) * 1000


@contextmanager
def own_databases(*, keep: bool) -> Iterator[Path]:
    """Fresh databases in a folder of their own, which goes away at the end unless it is to be kept."""
    urls = [f"CONSOLE_{name.upper()}_URL" for name in (*db.DATABASES, "gateway")]
    reads = [f"CONSOLE_{name.upper()}_READ_URL" for name in db.DATABASES]
    folder = Path(tempfile.mkdtemp(prefix="console-bench-"))
    try:
        with _environment(CONSOLE_VAR=str(folder), without=(*urls, *reads)):
            for database in db.DATABASES:
                migrations.upgrade(database)
            yield folder
    finally:
        if not keep:
            shutil.rmtree(folder)


@contextmanager
def _environment(*, without: Sequence[str], **values: str) -> Iterator[None]:
    before = dict(os.environ)
    for name in without:
        os.environ.pop(name, None)
    os.environ.update(values)
    _settings_changed()
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        _settings_changed()


def _settings_changed() -> None:
    get_settings.cache_clear()
    db.dispose()
