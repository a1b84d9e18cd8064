"""Our books beside the gateway's: each kind of difference is found, named, mended, and then gone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from console import db
from console.access import Actor
from console.actions import drift, drift_runs
from console.actions.drift import Seen, compare
from console.actions.drift_fixing import fix, why_not_fix
from console.actions.drift_kinds import KINDS
from console.errors import NotFound, NotPermitted, Refused, Unavailable
from console.gateways.payments import NotSent
from console.gateways.simulated import Charge, Customer, Subscription, tables
from console.settings import get_settings
from queries import drift_findings as stored
from queries.drift_findings import DriftFinding, DriftRun
from queries.tables_state import operations as operation_table
from queries.tables_subscriptions import charges, subscriptions
from tests import build
from tests.actions.company import NOW, START, alter, kinds, log_is_intact, staff
from tests.actions.gateway_says import books, hear, made_elsewhere
from tests.actions.money import REFERENCE, Paid, gateway, operation, paid, refund
from tests.conftest import Databases

ID = "6f1c2a52-6d8e-4c53-9f0e-3b1d7c5b8a01"
LATER = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=2)  # the simulated gateway's clock is real
PERIOD_END = LATER + timedelta(days=20)


@pytest.fixture
def there(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Paid:
    monkeypatch.setenv("CONSOLE_RECALL_SECONDS", "0")
    get_settings.cache_clear()
    return paid()


def look(since: datetime = START, now: datetime = LATER) -> DriftRun:
    return compare(since=since, now=now)


def left() -> list[DriftFinding]:
    with db.reading() as data:
        return stored.left(data.state)


def found() -> DriftFinding:
    (only,) = left()
    return only


def found_kinds() -> list[str]:
    return sorted(finding.kind for finding in left())


def mended(actor: Actor) -> str:
    """Mend the only finding; a comparison then finds nothing."""
    said = fix(actor, found().id, now=LATER)
    assert left() == []
    look()
    assert left() == []
    assert log_is_intact()
    return said


def collected(reference: str = "sub_1", **values: Any) -> str:
    """A subscription of 10.00 € that the gateway collects for, and that is the same in our books. `values`
    are the gateway's."""
    facts: dict[str, Any] = {
        "created_at": START,
        "customer": "cus_1",
        "price": "price_1",
        "amount_minor": 1000,
        "currency": "EUR",
        "period_start": PERIOD_END - timedelta(days=31),
        "period_end": PERIOD_END,
    }
    gateway().add_subscriptions([Subscription(reference=reference, **(facts | values))])
    with db.writing("subscriptions") as connection:
        customer = build.customer(connection, gateway_reference=f"cus_{reference}")
        row = build.subscription(
            connection,
            customer["id"],
            gateway_reference=reference,
            current_period_start=PERIOD_END - timedelta(days=31),
            current_period_end=PERIOD_END,
        )
    return str(row["number"])


def test_equal_books_have_no_findings(there: Paid) -> None:
    collected()
    refund(there.aino, there.number, operation_id=ID)
    made_elsewhere()
    hear()
    run = look()
    assert (run.complete, run.error, left()) == (True, None, [])
    assert run.compared >= 4


def test_refunded_there_not_here(there: Paid) -> None:
    reference = made_elsewhere(700)
    look()
    finding = found()
    assert (finding.kind, finding.subject_number) == ("refund_only_there", there.number)
    assert finding.here == {"state": "not in our books"}
    assert (finding.there["state"], finding.there["amount"]) == ("succeeded", "7.00\u00a0€")
    assert (
        mended(there.finance)
        == f"Refund {reference} of {there.number}, made elsewhere, is in our books as succeeded."
    )
    assert books() == [(reference, REFERENCE, 700, 175, "succeeded")]
    assert kinds() == ["refund.booked"]
    hear()
    assert (len(books()), kinds()) == (1, ["refund.booked"])


def test_refunded_here_not_there(there: Paid) -> None:
    with db.writing("subscriptions") as connection:
        row = connection.execute(charges.select()).one()
        build.refund(connection, row.id, gateway_reference="re_9", created_at=NOW)
    look()
    assert (found().kind, found().there) == ("refund_only_here", {"state": "not known"})
    with pytest.raises(Refused, match="ask whoever booked it"):
        fix(there.finance, found().id, now=LATER)


def test_failed_there_not_here(there: Paid) -> None:
    reference = made_elsewhere(700)
    hear()
    gateway().settle_refund(reference, "failed")
    look()
    assert (found().kind, found().there["state"]) == ("refund_only_here", "failed")
    mended(there.finance)
    assert books() == [(reference, REFERENCE, 700, 175, "failed")]


def test_a_refund_of_ours_that_came_back(there: Paid) -> None:
    refund(there.aino, there.number, operation_id=ID)
    gateway().settle_refund(operation(ID).gateway_reference or "", "failed")
    look()
    assert found().kind == "refund_only_here"
    mended(there.finance)
    assert operation(ID).state == "failed"


def test_ended_here_still_charging_there(there: Paid) -> None:
    number = collected()
    alter(number, status="canceled", ended_at=NOW)
    look()
    assert (found().kind, found().subject_number) == ("still_charging", number)
    assert (found().here["state"], found().there["state"]) == ("canceled", "active")
    with pytest.raises(NotPermitted, match="subscription:cancel"):
        fix(there.finance, found().id, now=LATER)
    assert mended(there.manager) == f"{number} has ended at the payment gateway, too."
    assert gateway().get_subscription("sub_1").state == "canceled"
    assert kinds() == ["subscription.end_there.asked", "subscription.end_there.done"]


def test_an_answer_that_was_lost_while_mending(there: Paid) -> None:
    alter(collected(), status="canceled", ended_at=NOW)
    look()
    gateway().fault("answer_lost")
    fix(there.manager, found().id, now=LATER)
    look()
    assert left() == []


def test_what_runs_here_again_is_not_ended_there(there: Paid) -> None:
    number = collected()
    alter(number, status="canceled", ended_at=NOW)
    look()
    alter(number, status="active", ended_at=None)
    with pytest.raises(Refused, match="has not ended here"):
        fix(there.manager, found().id, now=LATER)
    assert gateway().get_subscription("sub_1").state == "active"


def test_ended_there_active_here(there: Paid) -> None:
    number = collected(state="canceled", ended_at=NOW)
    look()
    assert (found().kind, found().subject_number) == ("ended_there", number)
    assert why_not_fix(there.manager, found()) == KINDS["ended_there"].todo
    with pytest.raises(Refused, match="Cancel it here"):
        fix(there.manager, found().id, now=LATER)


def test_unknown_there_active_here(there: Paid) -> None:
    with db.writing("subscriptions") as connection:
        build.subscription(connection, build.customer(connection)["id"], gateway_reference="sub_9")
    look()
    assert (found().kind, found().there) == ("ended_there", {"state": "not known"})


@pytest.mark.parametrize("here", [{"price_minor": 1001}, {"currency": "SEK"}])
def test_another_price(there: Paid, here: dict[str, Any]) -> None:
    alter(collected(), **here)
    look()
    assert (found().kind, found().there) == ("amount_differs", {"price": "10.00\u00a0€"})


@pytest.mark.parametrize(
    "here",
    [
        {"current_period_end": PERIOD_END + timedelta(days=1)},
        {"cancel_at_period_end": True},
        {"cancel_at": PERIOD_END - timedelta(days=3)},
    ],
)
def test_other_dates(there: Paid, here: dict[str, Any]) -> None:
    alter(collected(), **here)
    look()
    assert found().kind == "dates_differ"
    assert found().here != found().there


@pytest.mark.parametrize(
    ("here", "values"),
    [
        ({"cancel_at_period_end": True}, {"cancel_at": PERIOD_END}),  # the same day in other words
        ({"cancel_at": PERIOD_END}, {"cancel_at_period_end": True}),
        ({"current_period_end": PERIOD_END + timedelta(milliseconds=900)}, {}),
    ],
)
def test_the_same_dates_in_other_words(there: Paid, here: dict[str, Any], values: dict[str, Any]) -> None:
    alter(collected(**values), **here)
    look()
    assert left() == []


def test_a_trial_ends_on_the_same_day(there: Paid) -> None:
    number = collected(state="trialing", trial_end=PERIOD_END)
    alter(number, status="trialing", trial_end=PERIOD_END, current_period_end=None)
    look()
    assert left() == []


@pytest.mark.parametrize(
    ("here", "state", "kind"),
    [("failed", "succeeded", "charge_paid_there"), ("succeeded", "failed", "charge_paid_here")],
)
def test_paid_on_one_side(there: Paid, here: str, state: Any, kind: str) -> None:
    gateway().add_charges(
        [Charge(reference="ch_2", created_at=NOW, amount_minor=1240, currency="EUR", state=state)]
    )
    with db.writing("subscriptions") as connection:
        build.charge(connection, None, gateway_reference="ch_2", status=here, created_at=NOW)
    look()
    assert found().kind == kind


def test_paid_here_unknown_there(there: Paid) -> None:
    with db.writing("subscriptions") as connection:
        build.charge(connection, None, gateway_reference="ch_9", created_at=NOW)
        build.charge(connection, None, gateway_reference="ch_10", created_at=NOW, status="failed")
    look()
    assert (found().kind, found().reference) == ("charge_paid_here", "ch_9")


def test_another_amount_charged(there: Paid) -> None:
    with db.writing("subscriptions") as connection:
        connection.execute(charges.update().values(amount_minor=4001))
    look()
    assert (found().kind, found().here["amount"]) == ("amount_differs", "40.01\u00a0€")


def test_done_here_not_there(there: Paid) -> None:
    refund(there.aino, there.number, operation_id=ID)
    with gateway().core.store.transaction() as connection:
        connection.execute(tables.refunds.delete())
    look()
    assert [(one.kind, one.reference) for one in left()] == [("operation_only_here", ID)]


def asked_before(hours: int) -> None:
    with db.writing("state") as connection:
        at = LATER - timedelta(hours=hours)
        connection.execute(operation_table.update().values(requested_at=at, send_after=at))


def test_decided_there_open_here(there: Paid) -> None:
    gateway().fault("answer_lost")
    refund(there.aino, there.number, operation_id=ID)
    look()
    assert (found().kind, found().reference) == ("operation_not_settled", ID)
    assert "went back" in mended(there.finance)
    assert operation(ID).state == "settled"


def test_closed_here_done_there(there: Paid) -> None:
    gateway().fault("answer_lost")
    refund(there.aino, there.number, operation_id=ID)
    with db.writing("state") as connection:
        connection.execute(operation_table.update().values(state="failed", settled_at=NOW))
    look()
    assert found().kind == "operation_not_settled"
    mended(there.finance)
    assert operation(ID).state == "settled"


def test_on_neither_side(there: Paid) -> None:
    gateway().fault("request_lost")
    refund(there.aino, there.number, operation_id=ID)
    look()
    assert (found().kind, found().here["state"]) == ("operation_nowhere", "unknown")
    mended(there.finance)
    assert (operation(ID).state, len(books())) == ("settled", 1)


def test_what_has_just_begun_is_left_for_the_next_run(there: Paid) -> None:
    gateway().fault("request_lost")
    refund(there.aino, there.number, operation_id=ID)
    made_elsewhere()
    asked_before(hours=2)
    look(now=LATER - timedelta(hours=2))
    assert left() == []
    look(now=LATER + timedelta(hours=2))
    assert found_kinds() == ["operation_nowhere", "refund_only_there"]


def test_a_subscription_with_something_under_way_is_left_alone(there: Paid) -> None:
    number = collected()
    alter(number, price_minor=999)
    gateway().fault("request_lost")
    refund(there.aino, there.number, operation_id=ID)
    with db.writing("state") as connection:
        moved = {"subject_kind": "subscription", "subject_number": number}
        connection.execute(operation_table.update().values(moved))
    asked_before(hours=0)
    look()
    assert left() == []


def test_what_others_sell_through_the_same_gateway_is_not_ours(there: Paid) -> None:
    gateway().add_charges(
        [Charge(reference="ch_x", created_at=NOW, amount_minor=100, currency="EUR", refunded_minor=100)]
    )
    gateway().add_customers([Customer(reference="cus_x", created_at=NOW)])
    collected("sub_x")
    with db.writing("subscriptions") as connection:
        connection.execute(subscriptions.delete().where(subscriptions.c.gateway_reference == "sub_x"))
    look()
    assert left() == []


# The list.


def test_a_finding_stays_the_same_row_until_it_is_gone(there: Paid) -> None:
    made_elsewhere()
    look()
    first = found()
    look(now=LATER + timedelta(days=1))
    again = found()
    assert (again.id, again.first_seen_at) == (first.id, first.first_seen_at)
    assert again.last_run_id > first.last_run_id
    hear()
    look(now=LATER + timedelta(days=2))
    with db.reading() as data:
        gone = stored.by_id(data.state, first.id)
    assert gone is not None
    assert (left(), gone.gone_at) == ([], LATER + timedelta(days=2))
    with pytest.raises(Refused, match="not there any more"):
        fix(there.finance, first.id, now=LATER)


def test_what_is_older_than_a_run_looks_is_not_gone_by_it(there: Paid) -> None:
    with db.writing("subscriptions") as connection:
        build.charge(connection, None, gateway_reference="ch_9", created_at=NOW)
    look()
    look(since=LATER - timedelta(days=30))
    assert found().kind == "charge_paid_here"


def test_a_run_that_stopped_says_why_and_lets_nothing_go(
    there: Paid, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_elsewhere()
    look()
    hear()

    def away(_since: datetime) -> Iterator[Any]:
        raise NotSent("The payment gateway did not answer. Nothing was read. Try again.")

    with monkeypatch.context() as patch:
        patch.setattr(gateway(), "charges", away)
        with pytest.raises(Unavailable, match="The comparison stopped after"):
            look()
    with db.reading() as data:
        last, complete = stored.latest_run(data.state), stored.latest_complete_run(data.state)
    assert last is not None
    assert complete is not None
    assert (last.complete, last.error) == (
        False,
        "The payment gateway did not answer. Nothing was read. Try again.",
    )
    assert last.finished_at is not None
    assert complete.id < last.id
    assert len(left()) == 1


def test_one_comparison_at_a_time(there: Paid, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        drift_runs.running("simulated", START, LATER, lambda _: None),
        pytest.raises(Refused, match="being compared since"),
    ):
        look()
    with drift_runs.running("simulated", START, LATER, lambda _: None):
        monkeypatch.setattr(drift_runs, "STOPPED", timedelta(seconds=-1))  # it makes no progress any more
        assert look().complete


def test_more_than_a_page(there: Paid, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of 3, there and here."""
    monkeypatch.setattr(drift, "BATCH", 3)
    monkeypatch.setattr("queries.drift.BATCH", 3)
    at = [START + timedelta(minutes=n) for n in range(20)]
    gateway().add_charges(
        [Charge(reference=f"ch_a{n}", created_at=at[n], amount_minor=1240, currency="EUR") for n in range(20)]
    )
    with db.writing("subscriptions") as connection:
        for n in range(0, 20, 2):
            build.charge(connection, None, gateway_reference=f"ch_a{n}", created_at=at[n])
            build.charge(connection, None, gateway_reference=f"ch_b{n}", created_at=at[n])
    told: list[int] = []
    run = compare(since=START, now=LATER, progress=told.append)
    assert {one.reference for one in left()} == {f"ch_b{n}" for n in range(0, 20, 2)}
    assert told == sorted(told)
    assert told[-1] == run.compared


def test_names_that_were_seen() -> None:
    seen = Seen()
    assert "a" not in seen
    seen.add("a", None, "b")
    assert "a" in seen
    assert "b" in seen
    assert "c" not in seen
    seen.add("c")
    assert "c" in seen


def test_who_may_mend(there: Paid) -> None:
    made_elsewhere()
    look()
    agent = staff("Onni", "agent")
    assert why_not_fix(agent, found()) is not None
    with pytest.raises(NotPermitted):
        fix(agent, found().id, now=LATER)
    with pytest.raises(NotFound):
        fix(there.finance, 999, now=LATER)
