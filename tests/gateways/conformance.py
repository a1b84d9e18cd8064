"""What every payment gateway must do, as checks that run on any of them.

A check gets a `Place`: a gateway, and a way to put charges and subscriptions into it. Those of REFUNDS are
also run against a server that others wrote (`make conformance`); the others need what only ours simulates.
"""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

import pytest

from console.gateways.payments import Declined, PaymentGateway, SubscriptionChange


class Place(Protocol):
    @property
    def gateway(self) -> PaymentGateway: ...

    def charge(self, amount_minor: int, *, currency: str = "EUR", disputed: bool = False) -> str:
        """The reference of a new charge that succeeded."""
        ...


class WholePlace(Place, Protocol):
    def renewal(self, *, state: str) -> str:
        """The reference of a charge of 12.40 € for a subscription, "succeeded" or "failed"."""
        ...

    def subscription(self, *, trial: bool = False) -> str:
        """The reference of a monthly subscription of 10.00 €; its period, or its trial, ends in 20 days."""
        ...

    def decline_next(self) -> None:
        """The bank says no to the next collection."""
        ...


def new_id() -> str:
    return f"op-{uuid.uuid4().hex}"


def refund(place: Place, charge: str, amount_minor: int, *, currency: str = "EUR", of: str = "") -> str:
    made = place.gateway.refund(
        charge=charge, amount_minor=amount_minor, currency=currency, operation_id=of or new_id()
    )
    return made.reference


def refused(place: Place, charge: str, amount_minor: int, *, currency: str = "EUR", of: str = "") -> str:
    """The code of the refusal; nothing was given back."""
    before = place.gateway.get_charge(charge).refunded_minor
    with pytest.raises(Declined) as refusal:
        refund(place, charge, amount_minor, currency=currency, of=of)
    assert place.gateway.get_charge(charge).refunded_minor == before
    assert str(refusal.value).endswith(".")
    return refusal.value.code


# -- refunds: limits, keys, codes


def a_part_is_given_back(place: Place) -> None:
    charge = place.charge(1240)
    operation = new_id()
    made = place.gateway.refund(
        charge=charge, amount_minor=500, currency="EUR", operation_id=operation, reason="too_expensive"
    )
    assert (made.charge_reference, made.amount_minor, made.currency) == (charge, 500, "EUR")
    assert (made.state, made.failure, made.operation_id) == ("succeeded", None, operation)
    assert abs(made.created_at - datetime.now(UTC)) < timedelta(minutes=1)
    assert place.gateway.get_refund(made.reference) == made
    assert place.gateway.get_charge(charge).refundable_minor == 740


def parts_sum_up_to_the_whole_and_no_more(place: Place) -> None:
    charge = place.charge(1000)
    refund(place, charge, 400)
    refund(place, charge, 600)
    assert place.gateway.get_charge(charge).refunded_minor == 1000
    assert refused(place, charge, 1) == "charge_already_refunded"


def more_than_the_charge_is_refused(place: Place) -> None:
    assert refused(place, place.charge(1000), 1001) == "amount_too_large"


def more_than_the_rest_is_refused(place: Place) -> None:
    charge = place.charge(1000)
    refund(place, charge, 400)
    assert refused(place, charge, 601) == "amount_too_large"


def nothing_is_no_refund(place: Place) -> None:
    assert refused(place, place.charge(1000), 0) == "parameter_invalid_integer"


def another_currency_is_refused(place: Place) -> None:
    """Amounts come without one: 500 yen must not become 5.00 € (gumroad #3749 was a hundredfold off)."""
    assert refused(place, place.charge(1000), 500, currency="JPY") == "currency_mismatch"


def an_amount_without_decimals_stays_what_it_is(place: Place) -> None:
    charge = place.charge(1000, currency="JPY")
    refund(place, charge, 999, currency="JPY")
    assert place.gateway.get_charge(charge).refundable_minor == 1


def a_disputed_charge_is_not_refunded(place: Place) -> None:
    charge = place.charge(1000, disputed=True)
    assert place.gateway.get_charge(charge).disputed
    assert refused(place, charge, 500) == "charge_disputed"


def an_operation_is_done_once(place: Place) -> None:
    charge, operation = place.charge(1000), new_id()
    first = refund(place, charge, 400, of=operation)
    assert refund(place, charge, 400, of=operation) == first
    assert place.gateway.get_charge(charge).refunded_minor == 400


def an_operation_cannot_change_its_amount(place: Place) -> None:
    charge, operation = place.charge(1000), new_id()
    refund(place, charge, 400, of=operation)
    assert refused(place, charge, 401, of=operation) == "idempotency_error"


def a_refusal_is_for_ever(place: Place) -> None:
    """Also when it would be possible by now: nobody is surprised by a refund that was refused."""
    charge, operation = place.charge(1000), new_id()
    assert refused(place, charge, 1001, of=operation) == "amount_too_large"
    assert refused(place, charge, 1001, of=operation) == "amount_too_large"


def a_refund_is_found_by_its_operation(place: Place) -> None:
    charge, operation = place.charge(1000), new_id()
    assert place.gateway.find_refund(operation, charge=charge) is None
    refund(place, charge, 100)
    reference = refund(place, charge, 200, of=operation)
    refund(place, charge, 300)
    found = place.gateway.find_refund(operation, charge=charge)
    assert found is not None
    assert found.reference == reference


def a_refund_is_found_behind_a_whole_page(place: Place) -> None:
    charge, operation = place.charge(1000), new_id()
    reference = refund(place, charge, 1, of=operation)
    for _ in range(101):
        refund(place, charge, 1)
    found = place.gateway.find_refund(operation, charge=charge)
    assert found is not None
    assert found.reference == reference


def what_is_not_there_is_said(place: Place) -> None:
    for ask in (place.gateway.get_charge, place.gateway.get_refund):
        with pytest.raises(Declined) as refusal:
            ask("xx_nowhere")
        assert refusal.value.code == "resource_missing"


REFUNDS: tuple[Callable[[Place], None], ...] = (
    a_part_is_given_back,
    parts_sum_up_to_the_whole_and_no_more,
    more_than_the_charge_is_refused,
    more_than_the_rest_is_refused,
    nothing_is_no_refund,
    another_currency_is_refused,
    an_amount_without_decimals_stays_what_it_is,
    a_disputed_charge_is_not_refunded,
    an_operation_is_done_once,
    an_operation_cannot_change_its_amount,
    a_refusal_is_for_ever,
    a_refund_is_found_by_its_operation,
    a_refund_is_found_behind_a_whole_page,
    what_is_not_there_is_said,
)


# -- renewals that failed


def a_failed_charge_gives_nothing_back(place: WholePlace) -> None:
    refused(place, place.renewal(state="failed"), 100)


def a_failed_renewal_is_collected_again(place: WholePlace) -> None:
    failed, operation = place.renewal(state="failed"), new_id()
    assert place.gateway.find_charge(operation, charge=failed) is None
    made = place.gateway.retry_charge(charge=failed, operation_id=operation)
    assert (made.state, made.amount_minor, made.currency) == ("succeeded", 1240, "EUR")
    assert made.reference != failed
    assert made.operation_id == operation
    assert made.subscription_reference == place.gateway.get_charge(failed).subscription_reference
    assert place.gateway.find_charge(operation, charge=failed) == made


def collecting_again_is_done_once(place: WholePlace) -> None:
    failed, operation = place.renewal(state="failed"), new_id()
    made = place.gateway.retry_charge(charge=failed, operation_id=operation)
    assert place.gateway.retry_charge(charge=failed, operation_id=operation) == made
    with pytest.raises(Declined):
        place.gateway.retry_charge(charge=failed, operation_id=new_id())


def a_second_no_is_an_answer(place: WholePlace) -> None:
    failed, first, second = place.renewal(state="failed"), new_id(), new_id()
    place.decline_next()
    declined = place.gateway.retry_charge(charge=failed, operation_id=first)
    assert (declined.state, declined.failure_code) == ("failed", "card_declined")
    paid = place.gateway.retry_charge(charge=failed, operation_id=second)
    assert (paid.state, paid.operation_id) == ("succeeded", second)
    assert place.gateway.find_charge(first, charge=failed) == declined


def a_purchase_is_not_collected_again(place: WholePlace) -> None:
    with pytest.raises(Declined) as refusal:
        place.gateway.retry_charge(charge=place.charge(1000), operation_id=new_id())
    assert refusal.value.code == "charge_without_invoice"


# -- subscriptions


def change(place: WholePlace, reference: str, **fields: object) -> None:
    wanted = SubscriptionChange(**fields)  # type: ignore[arg-type]
    place.gateway.change_subscription(reference, wanted, operation_id=new_id())


def days(count: int) -> datetime:
    return (datetime.now(UTC) + timedelta(days=count)).replace(microsecond=0)


def an_end_is_set_and_taken_back(place: WholePlace) -> None:
    reference = place.subscription()
    before = place.gateway.get_subscription(reference)
    assert (before.state, before.amount_minor, before.currency) == ("active", 1000, "EUR")
    change(place, reference, cancel="period_end")
    ending = place.gateway.get_subscription(reference)
    assert (ending.cancel_at_period_end, ending.cancel_at, ending.state) == (True, None, "active")
    change(place, reference, keep=True)
    change(place, reference, keep=True)  # what already is so stays so
    kept = place.gateway.get_subscription(reference)
    assert (kept.cancel_at_period_end, kept.cancel_at) == (False, None)
    assert kept.current_period_end == before.current_period_end


def a_day_is_set_and_taken_back(place: WholePlace) -> None:
    reference, day = place.subscription(), days(5)
    change(place, reference, cancel=day)
    assert place.gateway.get_subscription(reference).cancel_at == day
    change(place, reference, keep=True)
    assert place.gateway.get_subscription(reference).cancel_at is None


def a_day_gives_way_to_the_end_of_the_period(place: WholePlace) -> None:
    reference = place.subscription()
    change(place, reference, cancel=days(5))
    change(place, reference, cancel="period_end")
    change(place, reference, keep=True)
    kept = place.gateway.get_subscription(reference)
    assert (kept.cancel_at_period_end, kept.cancel_at) == (False, None)


def an_end_at_once_is_final(place: WholePlace) -> None:
    """Cancelled here and still charged there: woocommerce-payments #4547."""
    reference, operation = place.subscription(), new_id()
    for _ in range(2):
        ended = place.gateway.change_subscription(
            reference, SubscriptionChange(cancel="now"), operation_id=operation
        )
        assert (ended.state, ended.operation_id) == ("canceled", operation)
        assert ended.ended_at is not None
    with pytest.raises(Declined):
        change(place, reference, pause=True)


def collecting_stops_and_goes_on(place: WholePlace) -> None:
    reference = place.subscription()
    change(place, reference, pause=True)
    assert place.gateway.get_subscription(reference).state == "paused"
    change(place, reference, unpause=True)
    assert place.gateway.get_subscription(reference).state == "active"


def a_trial_is_extended(place: WholePlace) -> None:
    reference, day = place.subscription(trial=True), days(40)
    change(place, reference, trial_end=day)
    extended = place.gateway.get_subscription(reference)
    assert (extended.state, extended.trial_end, extended.current_period_end) == ("trialing", day, day)


def a_renewal_is_moved(place: WholePlace) -> None:
    reference, day = place.subscription(), days(25)
    change(place, reference, next_charge_at=day)
    assert place.gateway.get_subscription(reference).current_period_end == day


def a_past_day_is_refused(place: WholePlace) -> None:
    reference = place.subscription()
    for fields in ({"cancel": days(-1)}, {"trial_end": days(-1)}, {"next_charge_at": days(-1)}):
        with pytest.raises(Declined):
            change(place, reference, **fields)


def an_ended_subscription_runs_on_as_a_new_one(place: WholePlace) -> None:
    old, operation, day = place.subscription(), new_id(), days(20)
    change(place, old, cancel="now")
    made = [
        place.gateway.restart_subscription(old, next_charge_at=day, operation_id=operation) for _ in range(2)
    ]
    assert made[0] == made[1]
    assert made[0].reference != old
    assert (made[0].state, made[0].current_period_end, made[0].trial_end) == ("active", day, None)
    assert (made[0].amount_minor, made[0].currency) == (1000, "EUR")
    assert made[0].customer_reference == place.gateway.get_subscription(old).customer_reference


def an_ended_trial_runs_on_as_a_trial(place: WholePlace) -> None:
    old = place.subscription(trial=True)
    until = place.gateway.get_subscription(old).trial_end
    assert until is not None
    change(place, old, cancel="now")
    made = place.gateway.restart_subscription(old, next_charge_at=until, operation_id=new_id())
    assert (made.state, made.trial_end) == ("trialing", until)


def a_payment_page_has_an_address(place: WholePlace) -> None:
    customer = place.gateway.get_subscription(place.subscription()).customer_reference
    assert customer is not None
    operation = new_id()
    pages = [
        place.gateway.payment_page(
            customer=customer, return_url="https://account.example.com/", operation_id=operation
        )
        for _ in range(2)
    ]
    assert pages[0] == pages[1]
    assert pages[0].startswith("https://")


def lists_are_newest_first_and_complete(place: WholePlace) -> None:
    """More than a page; ended subscriptions too."""
    since = datetime.now(UTC) - timedelta(hours=1)
    charge, ended = place.renewal(state="succeeded"), place.subscription()
    change(place, ended, cancel="now")
    made = [refund(place, charge, 1) for _ in range(105)]
    listed = [found.reference for found in place.gateway.refunds(since)]
    assert [reference for reference in listed if reference in made] == made[::-1]
    assert len(set(listed)) == len(listed)
    assert charge in {found.reference for found in place.gateway.charges(since)}
    states = {found.reference: found.state for found in place.gateway.subscriptions(since)}
    assert states[ended] == "canceled"
    assert not list(place.gateway.refunds(datetime.now(UTC) + timedelta(hours=1)))


WHOLE: tuple[Callable[[WholePlace], None], ...] = (
    a_failed_charge_gives_nothing_back,
    a_failed_renewal_is_collected_again,
    collecting_again_is_done_once,
    a_second_no_is_an_answer,
    a_purchase_is_not_collected_again,
    an_end_is_set_and_taken_back,
    a_day_is_set_and_taken_back,
    a_day_gives_way_to_the_end_of_the_period,
    an_end_at_once_is_final,
    collecting_stops_and_goes_on,
    a_trial_is_extended,
    a_renewal_is_moved,
    a_past_day_is_refused,
    an_ended_subscription_runs_on_as_a_new_one,
    an_ended_trial_runs_on_as_a_trial,
    a_payment_page_has_an_address,
    lists_are_newest_first_and_complete,
)
