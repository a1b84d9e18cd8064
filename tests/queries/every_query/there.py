"""What every question is asked of: the open connections, and somebody and something to ask about."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, Subquery, select

from console import clocks, db
from console.signin.who import actor_with_email
from queries import (
    audit,
    bench_sql,
    charge,
    charges,
    customers,
    periods,
    reports,
    tables_subscriptions,
    tickets,
)
from queries.reports import sql
from queries.rollups import changes, news, stored
from queries.rollups.cells import Cells
from tests.queries.every_query.work import EMMA, INVOICE

ZONE = clocks.zone()
PERIOD = periods.Window(date(2024, 1, 1), date(2024, 3, 1), ZONE)


@dataclass(frozen=True)
class There:
    """The open connections, and somebody to ask about."""

    data: db.Reading
    now: datetime

    @property
    def subs(self) -> Connection:
        return self.data.subscriptions

    @property
    def tick(self) -> Connection:
        return self.data.tickets

    @property
    def state(self) -> Connection:
        return self.data.state

    @cached_property
    def both(self) -> tuple[Connection, Connection]:
        return self.subs, self.tick

    @cached_property
    def aino(self) -> customers.Customer:
        return self.customer("C-1001")

    def customer(self, number: str) -> customers.Customer:
        found = customers.by_number(self.subs, number)
        assert found is not None
        return found

    def subscription(self, number: str = "S-1001") -> int:
        table = tables_subscriptions.subscriptions
        return int(self.subs.execute(select(table.c.id).where(table.c.number == number)).scalar_one())

    def reference(self, table: str) -> str:
        """What the gateway calls a row of the table."""
        name = tables_subscriptions.metadata.tables[table].c.gateway_reference
        return str(self.subs.execute(select(name).where(name.is_not(None)).limit(1)).scalar_one())

    def refunded(self) -> tuple[int, int]:
        """A customer, and a subscription of theirs, with a refund."""
        customer = self.customer("C-1006").id
        refund = charges.refunds_of_customer(self.subs, customer).rows[0]
        return customer, self.subscription(str(refund.subscription_number))

    def ticket(self) -> int:
        found = tickets.by_number(self.tick, "T-1002")
        assert found is not None
        return found.id

    @property
    def emma(self) -> int:
        return actor_with_email(EMMA).staff_id

    def params(self, **values: Any) -> reports.Params:
        return reports.Params(as_of=self.now, zone=ZONE, **values)

    def month_of(self, at: datetime) -> date:
        return changes.months_of(ZONE)(at)

    @property
    def mark(self) -> stored.Watermark:
        found = stored.watermark(self.state)
        assert found is not None
        return found

    @property
    def kept(self) -> Cells:
        return stored.kept(self.state)

    def nothing_counted(self) -> stored.Watermark:
        return replace(self.mark, seen=news.Seen())

    def all_news(self) -> news.News:
        """As if the first customers had just come."""
        return news.News((1, 2, 3), 9, news.Seen(self.mark.seen.position + 1))

    def sample(self) -> bench_sql.Sample:
        found = bench_sql.sample(*self.both)
        assert found is not None
        return found

    def bare(self, statement: bench_sql.Bare) -> int:
        """How many rows; refused by the database if the text is wrong."""
        return bench_sql.run_bare(getattr(self.data, statement.database), statement)

    @property
    def sqlite(self) -> bool:
        return self.subs.dialect.name == "sqlite"

    def recorded(self) -> list[bench_sql.Sent]:
        with bench_sql.recorded() as sent:
            customers.count(self.subs)
        return sent

    def audit_row(self) -> dict[str, Any]:
        """A row of the log as its text."""
        row = audit.page(self.state).rows[0]
        texts = {"at": str(row.at), "before": "{}", "after": "{}", "previous_hash": ""}
        return vars(row) | texts

    def value(self, expression: Any) -> Any:
        """A part of a statement, as the database computes it on the ended subscriptions."""
        ended = select(expression).select_from(SUBSCRIPTIONS).where(SUBSCRIPTIONS.c.ended_at.is_not(None))
        return self.subs.scalar(ended.limit(1))


SUBSCRIPTIONS = tables_subscriptions.subscriptions
CUSTOMERS = tables_subscriptions.customers
STARTED = SUBSCRIPTIONS.c.started_at
LONG_AGO, LATER = datetime(2010, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
PAST = sql.within(STARTED, LONG_AGO, LATER)


def starts() -> Subquery:
    """A source, as queries.reports.sql asks for one."""
    e = tables_subscriptions.subscription_events.c
    return (
        select(
            e.id.label("ref"), e.subscription_id, e.customer_id, e.occurred_at.label("at"), e.currency,
            e.mrr_delta_units.label("amount"),
        ).where(e.kind == "started").subquery()
    )  # fmt: skip


def locked(s: There) -> charge.FullCharge | None:
    """Reading connections cannot lock."""
    with db.writing("subscriptions") as connection:
        found = charge.by_number(connection, INVOICE)
        return charge.locked(connection, found.id) if found else None


# What is asked, and what comes: a value of exactly that type, or (in brackets) rows of it, at least one.
Rows = dict[str, tuple[Callable[[There], Any], Any]]
