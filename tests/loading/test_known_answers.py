"""The two data sets as a whole: what was counted outside the product comes out of the loaded rows."""

from sqlalchemy import func, select

from console import db
from queries.health import health_count
from queries.recurring import UNITS_PER_MINOR, monthly_units
from queries.tables_subscriptions import refunds, subscription_events, subscriptions
from queries.tables_tickets import tickets
from tests.conftest import Databases
from tests.loading.samples import counts, everything, ravenstack, servicenow, shared_data

# Source of the figures: the README of the data, "Known answers (computed outside the product)".
OPEN_A_MONTH = 10_159_608_00


def test_ravenstack(databases: Databases) -> None:
    folder = shared_data("ravenstack")
    assert counts(ravenstack(folder)) == (8100, 0, 0, 0)
    s, e, r = subscriptions.c, subscription_events.c, refunds.c
    with db.reading() as data:
        one = data.subscriptions
        assert one.scalar(select(func.count()).where(s.ended_at.is_not(None))) == 486
        assert one.scalar(select(func.count()).where(s.price_minor == 0)) == 778
        is_open = select(s.price_minor, s.interval, s.interval_count).where(s.ended_at.is_(None))
        assert sum(monthly_units(*row) for row in one.execute(is_open)) == OPEN_A_MONTH * UNITS_PER_MINOR
        assert one.scalar(select(func.sum(e.mrr_delta_units))) == OPEN_A_MONTH * UNITS_PER_MINOR
        assert tuple(one.execute(select(func.count(), func.sum(r.amount_minor))).one()) == (142, 8652_25)
        scores = tickets.c.attributes["satisfaction_score"].as_string()
        assert data.tickets.scalar(select(func.count()).where(scores.is_(None))) == 825
        found = {
            key: health_count(one, data.tickets, key)
            for key in ("churned_but_live", "refund_without_charge", "events_are_not_mrr", "unknown_customer")
        }
    assert found == {
        "churned_but_live": 110,
        "refund_without_charge": 142,
        "events_are_not_mrr": 0,
        "unknown_customer": 0,
    }
    before = everything("subscriptions", "tickets")
    assert counts(ravenstack(folder)) == (0, 0, 8100, 0)
    assert everything("subscriptions", "tickets") == before


def test_servicenow(databases: Databases) -> None:
    folder = shared_data("incidents")
    assert counts(servicenow(folder)) == (5998, 0, 0, 0)
    reopened = tickets.c.attributes["reopen_count"].as_integer()
    with db.reading() as data:
        assert data.tickets.scalar(select(func.count()).select_from(tickets)) == 890
        assert data.tickets.scalar(select(func.count()).where(reopened > 0)) == 10
        # 632 of the 890 begin with "New".
        assert health_count(data.subscriptions, data.tickets, "first_event_not_new") == 890 - 632
    before = everything("tickets")
    assert counts(servicenow(folder)) == (0, 0, 5998, 0)
    assert everything("tickets") == before
