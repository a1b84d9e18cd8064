"""Steps between which something goes wrong: what was done is never called undone."""

from collections.abc import Mapping
from typing import Any

import pytest

from console.gateways.payments import Declined, NoAnswer, NotSent
from console.gateways.stripe_params import Params
from console.gateways.stripe_shaped import Method, StripeShaped
from tests.gateways.conformance import new_id
from tests.gateways.places import SimulatedPlace


class CutOff:
    """Passes requests on until it has passed on one to a path that ends so; then nothing gets through."""

    def __init__(self, place: SimulatedPlace, *, after: str) -> None:
        self._place = place
        self._after = after
        self._cut = False

    def call(self, method: Method, path: str, params: Params, key: str | None = None) -> Mapping[str, Any]:
        if self._cut:
            raise NotSent("The payment gateway cannot be reached.")
        self._cut = path.endswith(self._after)
        return self._place.behind.call(method, path, params, key)


@pytest.mark.parametrize("declined", [True, False])
def test_a_bank_that_was_asked_may_have_paid(place: SimulatedPlace, declined: bool) -> None:
    failed, operation = place.renewal(state="failed"), new_id()
    if declined:
        place.decline_next()
    with pytest.raises(NoAnswer):
        StripeShaped("stripe", CutOff(place, after="/pay")).retry_charge(
            charge=failed, operation_id=operation
        )
    found = place.gateway.find_charge(operation, charge=failed)
    assert found is not None
    assert found.state == ("failed" if declined else "succeeded")


def test_a_charge_of_another_operation_is_not_ours(place: SimulatedPlace) -> None:
    """Another one marked between our mark and our payment."""
    failed, ours, theirs = place.renewal(state="failed"), new_id(), new_id()
    gateway = StripeShaped("stripe", Overtaken(place, theirs))
    with pytest.raises(NoAnswer, match="another operation"):
        gateway.retry_charge(charge=failed, operation_id=ours)
    made = place.gateway.retry_charge(charge=failed, operation_id=theirs)
    assert (made.state, made.operation_id) == ("succeeded", theirs)
    with pytest.raises(Declined):
        place.gateway.retry_charge(charge=failed, operation_id=new_id())


class Overtaken:
    """Puts another operation's mark in the place of ours."""

    def __init__(self, place: SimulatedPlace, other: str) -> None:
        self._place = place
        self._other = other

    def call(self, method: Method, path: str, params: Params, key: str | None = None) -> Mapping[str, Any]:
        if "payment_intents" in path:
            params = {"metadata": {"operation_id": self._other}}
        return self._place.behind.call(method, path, params, key)
