"""Writing the sample company: chunk by chunk, one transaction each, never more than a chunk in memory."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Table, func, select

from console import db
from console.db import Connection, Database, IntegrityError
from console.demo import catalogue, gateway, office
from console.demo.character_tickets import write_character_tickets
from console.demo.characters import CAST, write_character
from console.demo.desk import Inbox
from console.demo.people import Crowd, Sample
from console.demo.purchases import write_customer
from console.demo.rows import Book, Row, Tray
from console.errors import Refused, Unavailable
from console.gateways.simulated import SimulatedGateway, database_url
from console.settings import get_settings
from queries.tables_state import facts, staff
from queries.tables_subscriptions import (
    charges,
    customers,
    payment_methods,
    plans,
    products,
    refunds,
    subscription_events,
    subscriptions,
)
from queries.tables_tickets import agents, calendars, sla_policies, ticket_events, ticket_messages, tickets

CHUNK = 1000
MOST = 10_000_000
FACT = "demo"  # in state.facts: the databases hold the sample company, and nothing else
UNDER_WAY = "demo_under_way"  # … or a part of it
# Parents before children.
_SUBSCRIPTION_TABLES = (customers, payment_methods, subscriptions, charges, refunds, subscription_events)
_TICKET_TABLES = (tickets, ticket_messages, ticket_events)
# Nothing of anybody else's may be there.
_EMPTY: tuple[tuple[Database, Table], ...] = (
    ("subscriptions", customers),
    ("subscriptions", products),
    ("tickets", tickets),
    ("tickets", agents),
    ("state", staff),
)

Progress = Callable[[int, int], None]  # how much of how much is done


@dataclass(frozen=True)
class SeedCounts:
    """Rows written, by table."""

    customers: int
    payment_methods: int
    subscriptions: int
    charges: int
    refunds: int
    subscription_events: int
    tickets: int
    ticket_messages: int
    ticket_events: int


def seed(
    customers: int,
    seed: int,
    *,
    today: date,
    progress: Progress | None = None,
    with_gateway: bool = True,
) -> SeedCounts:
    """Fill three empty, migrated databases with the sample company, and the simulated payment gateway, unless
    told not to or another one is set: then the gateway collects for none of its subscriptions.

    The same `customers`, `seed` and `today` give the same rows; the clock of the sample stands at the first
    instant of `today` in the reporting zone. `progress` is told (done, total) after every chunk.
    Raises Refused for a number below 1 or a database that is not empty, Unavailable.
    """
    if not 1 <= customers <= MOST:
        raise Refused(f"The number of customers must be between 1 and {MOST:,}. Nothing was done.")
    sample = Sample(customers, seed, today)
    _refuse_unless_empty()
    done, written = 0, dict.fromkeys(SeedCounts.__dataclass_fields__, 0)
    inbox = Inbox(Crowd(sample, len(CAST)))
    with _gateway() if with_gateway else nullcontext() as there:
        _begin(sample)
        for steps, rows in _chunks(sample, inbox, there):
            for name, count in rows.items():
                written[name] += count
            done += steps
            if progress is not None:
                progress(done, customers + inbox.size)
    _finish(sample)
    return SeedCounts(**written)


@contextmanager
def _gateway() -> Iterator[SimulatedGateway | None]:
    """The simulated gateway, if it is the one that is set. Raises Refused unless it is empty."""
    if get_settings().gateway != "simulated":
        yield None
        return
    with closing(SimulatedGateway(database_url())) as there:
        if not gateway.is_empty(there):
            raise Refused(
                "The simulated payment gateway already has customers and charges; the sample company needs "
                f"an empty one. Nothing was done. Start over: {_how_to_empty()}."
            )
        yield there


def _chunks(
    sample: Sample, inbox: Inbox, there: SimulatedGateway | None
) -> Iterator[tuple[int, Mapping[str, int]]]:
    """Write chunk after chunk; say how many customers or tickets it had, and its rows by table."""
    book = Book()
    for start in range(0, sample.customers, CHUNK):
        end = min(start + CHUNK, sample.customers)
        for index in range(start, end):
            if index < len(CAST):
                write_character(book, sample, index)
            else:
                write_customer(book, inbox.crowd, index - len(CAST))
        if there is not None:
            gateway.introduce(there, book, sample)
        yield end - start, _write("subscriptions", _SUBSCRIPTION_TABLES, vars(book))
        book = book.turn_page()
    tray = Tray()
    write_character_tickets(tray, sample)
    for start in range(0, max(1, inbox.size), CHUNK):
        end = min(start + CHUNK, inbox.size)
        for index in range(start, end):
            inbox.write_ticket(tray, index)
        yield end - start, _write("tickets", _TICKET_TABLES, vars(tray))
        tray = tray.turn_page()


def _write(database: Database, tables: tuple[Table, ...], rows: Mapping[str, list[Row]]) -> dict[str, int]:
    with db.writing(database) as connection:
        for table in tables:
            _insert_many(connection, table, rows[table.name])
    return {table.name: len(rows[table.name]) for table in tables}


def _insert(connection: Connection, table: Table, rows: list[Row]) -> None:
    if rows:
        connection.execute(table.insert(), rows)


def _insert_many(connection: Connection, table: Table, rows: list[Row]) -> None:
    """A chunk. PostgreSQL has its own way in for many rows, twice as fast as one statement for each."""
    if connection.dialect.name != "postgresql" or not rows:
        _insert(connection, table, rows)
        return
    try:
        _copy(connection.connection.cursor(), table, rows)
    except connection.dialect.loaded_dbapi.Error as error:
        name = table.metadata.info["database"]
        raise Unavailable(
            f"The {name} database stopped taking rows, so the sample company is not whole: {error}. "
            "Mend that, empty the databases and run `console seed` again.",
            name,
        ) from error


def _copy(cursor: Any, table: Table, rows: list[Row]) -> None:
    columns = ", ".join(f'"{name}"' for name in rows[0])
    with cursor, cursor.copy(f'COPY "{table.name}" ({columns}) FROM STDIN') as copy:
        for row in rows:
            copy.write_row(tuple(row.values()))


def _fact(sample: Sample) -> Row:
    return {"customers": sample.customers, "seed": sample.seed, "anchored_on": sample.today.isoformat()}


def _refuse_unless_empty() -> None:
    with db.reading() as data:
        known = data.state.scalars(select(facts.c.name).where(facts.c.name.in_([FACT, UNDER_WAY]))).all()
        if UNDER_WAY in known:
            raise Refused(
                "An earlier `console seed` did not finish, so the databases hold a part of a sample company. "
                f"Nothing was done. Start over: {_how_to_empty()}, then run `console seed` again."
            )
        if FACT in known:
            raise Refused(f"The sample company is already there. For another one {_how_to_empty()} first.")
        for database, table in _EMPTY:
            if getattr(data, database).scalar(select(table.c.id).limit(1)) is not None:
                raise Refused(
                    f"The {database} database already has {table.name}. The sample company goes into empty "
                    "databases only. Nothing was done. Point CONSOLE_VAR (or the URLs) elsewhere."
                )


def _how_to_empty() -> str:
    """What a person has to do for empty databases."""
    urls = [*(get_settings().url(database) for database in db.DATABASES), database_url()]
    if all(url.startswith("sqlite:///") for url in urls):
        return f"remove the files {', '.join(url.removeprefix('sqlite:///') for url in urls)}"
    return "drop and create the three databases, and the gateway's"


def _begin(sample: Sample) -> None:
    """What everything else refers to. The mark of an unfinished sample comes first."""
    try:
        with db.writing("state") as connection:
            connection.execute(facts.insert().values(name=UNDER_WAY, value=_fact(sample)))
            _insert(connection, staff, office.staff_rows(sample.begin))
    except IntegrityError as error:
        raise Refused("Another `console seed` is at work on these databases. Nothing was done.") from error
    with db.writing("subscriptions") as connection:
        _insert(connection, products, catalogue.product_rows())
        _insert(connection, plans, catalogue.plan_rows())
    with db.writing("tickets") as connection:
        _insert(connection, agents, office.agent_rows())
        _insert(connection, calendars, office.calendar_rows(sample.begin))
        _insert(connection, sla_policies, office.policy_rows(sample.begin))


def _finish(sample: Sample) -> None:
    """Let ids count on, tell the planners what there is, and mark the sample as whole."""
    given: dict[Database, tuple[Table, ...]] = {
        "subscriptions": (products, plans, *_SUBSCRIPTION_TABLES),
        "tickets": (agents, calendars, sla_policies, *_TICKET_TABLES),
    }
    for database, tables in given.items():
        with db.writing(database) as connection:
            if connection.dialect.name == "postgresql":
                for table in tables:
                    _count_on(connection, table)
            connection.exec_driver_sql("ANALYZE")
    with db.writing("state") as connection:
        connection.execute(facts.delete().where(facts.c.name == UNDER_WAY))
        connection.execute(facts.insert().values(name=FACT, value=_fact(sample)))


def _count_on(connection: Connection, table: Table) -> None:
    """PostgreSQL's sequence has not seen the ids we gave: the next row continues after them."""
    sequence = func.pg_get_serial_sequence(table.name, "id")
    last = select(func.max(table.c.id)).scalar_subquery()
    connection.execute(select(func.setval(sequence, func.coalesce(last, 1), last.is_not(None))))
