"""What waits for whom."""

from datetime import UTC, datetime, timedelta

from console import clocks, db
from queries import home, tickets
from queries.recurring import UNITS_PER_MINOR
from queries.tables_tickets import OPEN_STATUSES
from queries.ticket_filters import TicketFilters
from tests import build
from tests.conftest import Databases

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def test_the_agent_behind_an_address(databases: Databases) -> None:
    with db.writing("tickets") as connection:
        aino = build.agent(connection, email="Aino@Company.example", name="Aino")
        build.agent(connection, email=None, name="Somebody")
        found = home.agent_of(connection, "aino@company.EXAMPLE")
        assert found is not None
        assert found.id == aino["id"]
        assert home.agent_of(connection, "nobody@company.example") is None
        assert home.agent_of(connection, "\0") is None


def test_queues_begin_with_the_oldest(databases: Databases) -> None:
    with db.writing("tickets") as connection:
        aino = build.agent(connection)
        for n in range(7):
            build.ticket(connection, subject=str(n), created_at=NOW - n * DAY)
        build.ticket(connection, assignee_id=aino["id"], subject="mine", created_at=NOW)
        build.ticket(connection, status="solved", created_at=NOW - 99 * DAY)
        free = home.queue(connection, TicketFilters(statuses=OPEN_STATUSES, unassigned=True), limit=2)
        mine = home.queue(connection, TicketFilters(statuses=OPEN_STATUSES, assignee_id=aino["id"]))
    assert (free.count, [ticket.subject for ticket in free.first]) == (7, ["6", "5"])
    assert (mine.count, [ticket.subject for ticket in mine.first]) == (1, ["mine"])


def test_the_unanswered_are_those_the_list_marks(databases: Databases) -> None:
    with db.writing("tickets") as connection:
        aino = build.agent(connection)
        talks: tuple[list[str], ...] = (
            *(["customer"], ["customer", "agent"], ["customer", "agent", "customer"], ["agent"], []),
            *(["customer", "note"], ["customer", "agent", "note"]),
        )
        for status in ("new", "open", "pending", "solved"):
            for n, kinds in enumerate(talks):
                ticket = build.ticket(
                    connection, status=status, assignee_id=aino["id"] if n == 0 else None, subject=f"{n}"
                )
                for m, kind in enumerate(kinds):
                    build.ticket_message(connection, ticket["id"], kind=kind, created_at=NOW + m * HOUR)
                if n == 1:  # at the same instant: answered
                    at = NOW + HOUR
                    build.ticket_message(connection, ticket["id"], kind="customer", created_at=at)
        marked = {ticket.id for ticket in tickets.page(connection).rows if ticket.unanswered}
        waiting = home.unanswered(connection, limit=50)
        assert {ticket.id for ticket in waiting.first} == marked
        assert waiting.count == len(marked) == 10
        assert home.unanswered(connection, assignee_id=aino["id"]).count == 3


def test_the_backlog_by_age(databases: Databases) -> None:
    with db.writing("tickets") as connection:
        for days in (0, 1, 2, 3, 10, 20, 30, 400):
            build.ticket(connection, created_at=NOW - days * DAY, status="new" if days else "pending")
        build.ticket(connection, created_at=NOW - DAY / 2, assignee_id=build.agent(connection)["id"])
        build.ticket(connection, created_at=NOW - DAY, status="closed")
        found = home.backlog(connection, NOW)
    assert found.by_age == (2, 2, 1, 1, 1, 2)
    assert found.by_status == {"new": 7, "open": 1, "pending": 1, "on_hold": 0}
    assert (found.unassigned, found.open) == (8, sum(found.by_age))


def test_an_empty_company(databases: Databases) -> None:
    with db.reading() as data:
        assert home.backlog(data.tickets, NOW).by_age == (0,) * 6
        assert home.queue(data.tickets) == home.Pile(0, ())
        assert home.in_dunning(data.subscriptions) == home.Pile(0, ())
        assert home.mrr_now(data.subscriptions, data.state, clocks.zone(), NOW) == []
        assert home.renewals_due(data.subscriptions, NOW, NOW + DAY) == []


def test_what_falls_due(databases: Databases) -> None:
    with db.writing("subscriptions") as connection:
        anna = build.customer(connection)["id"]
        for values in (
            {"current_period_end": NOW},
            {"current_period_end": NOW + DAY, "status": "past_due"},
            {"current_period_end": NOW + 2 * DAY, "cancel_at_period_end": True},
            {"current_period_end": NOW + 7 * DAY},  # the end is out
            {"current_period_end": NOW - HOUR, "status": "past_due", "price_minor": 500},
            {"current_period_end": NOW + DAY, "status": "trialing", "trial_end": NOW + DAY},
            {"current_period_end": NOW + DAY, "status": "canceled", "ended_at": NOW},
            {"current_period_end": NOW + DAY, "price_minor": 0},
            {"current_period_end": NOW + DAY, "currency": "JPY", "interval": "year", "price_minor": 1200},
        ):
            build.subscription(connection, anna, **values)
        euro, yen = home.renewals_due(connection, NOW, NOW + 7 * DAY)
        assert (euro.currency, euro.count, euro.amount_minor, euro.set_to_end) == ("EUR", 3, 3000, 1)
        assert (yen.currency, yen.count, yen.amount_minor) == ("JPY", 1, 1200)
        assert home.trials_ending(connection, NOW, NOW + 7 * DAY).count == 1
        assert home.cancellations_ending(connection, NOW, NOW + 7 * DAY).count == 1
        assert home.cancellations_ending(connection, NOW, NOW + DAY).first == ()
        dunning = home.in_dunning(connection, limit=1)
        assert (dunning.count, [row.price_minor for row in dunning.first]) == (2, [500])
    with db.reading() as data:
        found = home.mrr_now(data.subscriptions, data.state, clocks.zone(), NOW)
    revenue = {row.currency: (row.subscriptions, row.mrr_units) for row in found}
    assert revenue == {"EUR": (5, 4500 * UNITS_PER_MINOR), "JPY": (1, 100 * UNITS_PER_MINOR)}
