"""The conformance suite on the simulated gateway: in process, and over HTTP through Stripe's own client."""

from collections.abc import Callable

import pytest

from tests.gateways import conformance
from tests.gateways.places import SimulatedPlace


@pytest.mark.parametrize("check", conformance.REFUNDS + conformance.WHOLE, ids=lambda check: check.__name__)
def test_conforms(place: SimulatedPlace, check: Callable[[SimulatedPlace], None]) -> None:
    check(place)
