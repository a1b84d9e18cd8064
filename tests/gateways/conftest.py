"""A simulated gateway of each kind in turn; the tests of a file share it, and put their own facts in."""

from collections.abc import Iterator

import pytest

from tests.gateways import places
from tests.gateways.places import SimulatedPlace

pytest.register_assert_rewrite("tests.gateways.conformance")


@pytest.fixture(scope="module", params=places.KINDS)
def shared_place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[SimulatedPlace]:
    with places.place(request.param, tmp_path_factory.mktemp("gateway")) as made:
        yield made


@pytest.fixture
def place(shared_place: SimulatedPlace) -> Iterator[SimulatedPlace]:
    yield shared_place
    shared_place.behind.clear_faults()
