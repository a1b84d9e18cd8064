"""No screen reads a whole table: the plans, with enough rows and statistics for the databases to choose."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from console import db
from queries import (
    audit,
    bulk,
    bulk_facts,
    charge,
    customers,
    history,
    home,
    operations,
    subscription_list,
    subscriptions,
    ticket_mentions,
    tickets,
)
from queries.audit import AuditFilters
from queries.lookup import find
from queries.paging import Cursor
from queries.subscription_list import SubscriptionFilters
from queries.tables_tickets import OPEN_STATUSES
from queries.ticket_filters import TicketFilters
from tests.conftest import Databases
from tests.queries.conftest import Asked
from tests.queries.many import ROWS, at, fill, name

WHOLE = (
    *("customers", "subscriptions", "charges", "refunds", "payment_methods", "subscription_events"),
    *("tickets", "ticket_messages", "ticket_events", "audit_entries", "operations"),
)


@pytest.fixture(scope="module")
def many(module_databases: Databases) -> Databases:
    fill()
    return module_databases


def _assert_indexed(asked: list[Asked]) -> None:
    sent = list(asked)
    assert sent
    for statement in sent:
        assert statement.whole_reads(*WHOLE) == [], statement


LOOKUPS = (
    *("person77@example.com", "person7+x@example.com", "person77", "zz", "0042", "太郎 山田"),
    *("S-7", "KEY-7", "inv-7", "ch_7", "T-7", "C-7", name(77), name(77)[2:6], f"aa {name(77)[7:]}"),
)


@pytest.mark.parametrize("text", LOOKUPS)
def test_the_search_box(many: Databases, asked: list[Asked], text: str) -> None:
    with db.reading() as data:
        if many.kind == "postgresql":  # so few pages are always cheaper to read whole than a trigram index
            data.subscriptions.exec_driver_sql("SET LOCAL enable_seqscan = off")
            asked.clear()
        find(data.subscriptions, data.tickets, text)
        assert len(asked) <= 6
        _assert_indexed(asked)


def test_the_customer_page(many: Databases, asked: list[Asked]) -> None:
    with db.reading() as data:
        customers.by_number(data.subscriptions, "C-7")
        customers.value(data.subscriptions, 7)
        customers.subscriptions_of(data.subscriptions, 7)
        customers.charges_of(data.subscriptions, 7, before=Cursor(at(9), 9))
        customers.refunds_of(data.subscriptions, 7, before=Cursor(at(9), 9))
        customers.payment_methods_of(data.subscriptions, 7)
        _assert_indexed(asked)


def test_the_subscription_page(many: Databases, asked: list[Asked]) -> None:
    with db.reading() as data:
        subscriptions.by_number(data.subscriptions, "S-7")
        subscriptions.events_of(data.subscriptions, 7, before=Cursor(at(9), 9))
        subscriptions.charges_of(data.subscriptions, 7, before=Cursor(at(9), 9))
        subscriptions.refunds_of(data.subscriptions, 7, before=Cursor(at(9), 9))
        _assert_indexed(asked)


def test_tickets(many: Databases, asked: list[Asked]) -> None:
    with db.reading() as data:
        tickets.by_number(data.tickets, "T-7")
        tickets.of_customer(data.tickets, "C-7", before=Cursor(at(9), 9))
        tickets.open_of_customer(data.tickets, "C-7")
        tickets.messages_of(data.tickets, 7, before=Cursor(at(9), 9))
        tickets.events_of(data.tickets, 7, before=Cursor(at(9), 9))
        _assert_indexed(asked)


def test_the_history(many: Databases, asked: list[Asked]) -> None:
    with db.reading() as data:
        customer = customers.by_number(data.subscriptions, "C-7")
        assert customer is not None
        history.of_customer(data.subscriptions, data.tickets, data.state, customer, before=Cursor(at(9), 99))
        _assert_indexed(asked)


def test_audit_and_operations(many: Databases, asked: list[Asked]) -> None:
    with db.reading() as data:
        audit.page(data.state, AuditFilters(customer_number="C-7"))
        audit.by_operation(data.state, "op-7")
        operations.by_id(data.state, "op-7")
        operations.latest_for_subject(data.state, "subscription", "S-7")
        operations.open_operations(data.state, limit=5)
        operations.count_open(data.state)
        _assert_indexed(asked)


def test_what_falls_due(many: Databases, asked: list[Asked]) -> None:
    start, end = at(50) + timedelta(days=30), at(90) + timedelta(days=30)
    with db.reading() as data:
        home.renewals_due(data.subscriptions, start, end)
        home.cancellations_ending(data.subscriptions, start, end)
        home.trials_ending(data.subscriptions, start, end)
        _assert_indexed(asked)


def test_what_a_bulk_preview_asks(many: Databases, asked: list[Asked]) -> None:
    some = range(100, 120)
    with db.reading() as data:
        if many.kind == "postgresql":  # as in the search box
            data.subscriptions.exec_driver_sql("SET LOCAL enable_seqscan = off")
            asked.clear()
        charge.invoiced(data.subscriptions, [f"INV-{n}" for n in some])
        charge.latest_paid_of_each(data.subscriptions, list(some))
        bulk_facts.about_subscriptions(data.state, [f"S-{n}" for n in some])
        bulk_facts.holding(data.state, [f"charge:{n}" for n in some])
        bulk_facts.blocks_of(data.state, [f"INV-{n}" for n in some])
        bulk.items(data.state, "no run")
        bulk.next_item(data.state, "no run")
        _assert_indexed(asked)
        asked.clear()
        ticket_mentions.of_customers(data.tickets, [f"C-{n}" for n in some])
        plan = "\n".join(asked[0].plan())
        assert "ix_tickets_open" in plan or "ix_tickets_customer_number" in plan, plan


OPEN_INDEXES = ("ix_tickets_open", "ix_tickets_unassigned", "ix_tickets_assignee_id")


def test_only_open_tickets_are_read_for_a_queue(many: Databases, asked: list[Asked]) -> None:
    with db.reading() as data:
        home.queue(data.tickets, TicketFilters(statuses=OPEN_STATUSES, unassigned=True))
        home.queue(data.tickets, TicketFilters(statuses=OPEN_STATUSES, assignee_id=1))
        home.queue(data.tickets, TicketFilters(statuses=("open", "new")))
        home.unanswered(data.tickets)
        home.backlog(data.tickets, at(ROWS))
        tickets.counts_by_status(data.tickets)
        for statement in list(asked):
            plan = "\n".join(statement.plan())
            assert any(name in plan for name in OPEN_INDEXES) or "ix_ticket_messages" in plan, plan


SOON = SubscriptionFilters(renews_from=at(0), renews_until=at(ROWS) + timedelta(days=30))
LISTS: dict[str, Callable[[db.Reading, Cursor | None], object]] = {
    "ix_subscriptions_started_at_id": lambda data, before: subscription_list.page(
        data.subscriptions, before=before
    ),
    "ix_subscriptions_due": lambda data, before: subscription_list.page(
        data.subscriptions, SOON, before=before
    ),
    "ix_customers_created_at_id": lambda data, before: customers.page(data.subscriptions, before=before),
    "ix_tickets_created_at_id": lambda data, before: tickets.page(data.tickets, before=before),
    "ix_audit_entries_at_id": lambda data, before: audit.page(data.state, before=before),
}


@pytest.mark.parametrize("index", LISTS)
def test_a_list_walks_its_index(many: Databases, asked: list[Asked], index: str) -> None:
    with db.reading() as data:
        for before in (None, Cursor(at(2_000), 2_000)):
            asked.clear()
            LISTS[index](data, before)
            plan = asked[0].plan()
            assert any(index in line for line in plan), plan
            assert not any("TEMP B-TREE" in line or "Sort" in line for line in plan), plan
