"""The sample company is sound whatever day it is anchored on: month ends, leap days, clock changes."""

from datetime import date, timedelta

from hypothesis import example, given, settings
from hypothesis import strategies as some

from console.demo.character_tickets import write_character_tickets
from console.demo.characters import CAST, moment, write_character
from console.demo.desk import FIRST_OF_THE_CROWD, Inbox
from console.demo.people import Crowd, Sample
from console.demo.purchases import write_customer
from console.demo.rows import FIRST_NUMBER, Book, Tray, licence_key, reference

DAYS = some.dates(date(2025, 1, 1), date(2032, 12, 31))


@given(today=DAYS, seed=some.integers(0, 2**31))
@example(today=date(2028, 2, 28), seed=1)
@example(today=date(2028, 2, 29), seed=1)
@example(today=date(2026, 1, 31), seed=1)
@example(today=date(2026, 3, 1), seed=1)
@example(today=date(2026, 3, 29), seed=1)
@example(today=date(2026, 10, 25), seed=1)
@settings(max_examples=25, deadline=None)
def test_any_day(today: date, seed: int) -> None:
    sample = Sample(len(CAST) + 40, seed, today)
    crowd = Crowd(sample, len(CAST))
    book, tray = Book(), Tray()
    for index in range(len(CAST)):
        write_character(book, sample, index)
    for index in range(crowd.size):
        write_customer(book, crowd, index)
    write_character_tickets(tray, sample)
    inbox = Inbox(crowd)
    for index in range(inbox.size):
        inbox.write_ticket(tray, index)
    cut = sample.cut
    tomorrow = moment(sample, 1, "00:00")
    assert all(row["created_at"] < cut for row in [*book.charges, *book.refunds, *tray.ticket_messages])
    assert all(row["occurred_at"] < cut for row in [*book.subscription_events, *tray.ticket_events])
    for row in book.subscriptions:
        if row["status"] in {"active", "past_due", "trialing"}:
            assert row["current_period_end"] >= tomorrow
            assert row["current_period_start"] < row["current_period_end"]
    aino = book.subscriptions[0]
    assert aino["current_period_end"] == moment(sample, 1)
    expiring = next(row for row in book.subscriptions if row["customer_id"] == 5)
    card = next(row for row in book.payment_methods if row["customer_id"] == 5)
    assert (card["exp_year"], card["exp_month"]) == (today.year, today.month)
    assert expiring["current_period_end"] - cut <= timedelta(days=32)
    came = [row["created_at"] for row in tray.tickets if row["id"] >= FIRST_OF_THE_CROWD]
    assert came == sorted(came)
    assert max(row["id"] for row in tray.tickets if row["id"] < FIRST_OF_THE_CROWD) + FIRST_NUMBER == 1014


def test_made_up_references_never_meet() -> None:
    numbers = range(1, 200_000)
    assert len({reference("ch", number) for number in numbers}) == len(numbers)
    assert len({licence_key("vpn", number) for number in numbers}) == len(numbers)
