"""64 refunds at once of one charge, and any order of repeated keys: never more than the charge goes back."""

import contextlib
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.gateways.simulated import Charge, SimulatedGateway
from tests.gateways import places
from tests.gateways.conformance import new_id
from tests.gateways.places import Kind
from tests.gateways.refunding import in_another_process, refund

AT_ONCE = 64


def charge(gateway: SimulatedGateway, amount_minor: int) -> str:
    reference = new_id()
    fact = Charge(
        reference=reference, created_at=datetime.now(UTC), amount_minor=amount_minor, currency="EUR"
    )
    gateway.add_charges([fact])
    return reference


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    kind: Kind = request.param
    with places.database(kind, tmp_path) as made:
        yield made


def test_64_refunds_from_8_processes_never_exceed_the_charge(url: str) -> None:
    """They make the tables too: nobody was there before."""
    with ProcessPoolExecutor(8, mp_context=multiprocessing.get_context("spawn")) as processes:
        first = list(processes.map(in_another_process, [url] * 8, ["nowhere"] * 8, [new_id()] * 8))
        assert first == [None] * 8
        with contextlib.closing(SimulatedGateway(url)) as gateway:
            reference = charge(gateway, 1040)
            ids = [new_id() for _ in range(AT_ONCE)]
            made = list(processes.map(in_another_process, [url] * AT_ONCE, [reference] * AT_ONCE, ids))
            assert len([found for found in made if found]) == 10
            assert gateway.get_charge(reference).refunded_minor == 1000


@pytest.mark.parametrize("one_operation", [True, False])
def test_64_threads_on_one_charge(url: str, one_operation: bool) -> None:
    """A double click, 64 times over, is one refund (openfoodnetwork #6330, coopcycle #4608)."""
    with contextlib.closing(SimulatedGateway(url)) as gateway, ThreadPoolExecutor(AT_ONCE) as threads:
        reference, operation = charge(gateway, 1040), new_id()
        made = list(
            threads.map(
                lambda _: refund(gateway, reference, 100, operation if one_operation else new_id()),
                range(AT_ONCE),
            )
        )
        refunds = {found for found in made if found}
        assert len(refunds) == (1 if one_operation else 10)
        assert gateway.get_charge(reference).refunded_minor == 100 * len(refunds)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedGateway]:
    url = f"sqlite:///{tmp_path_factory.mktemp('replays') / 'gateway.sqlite'}"
    with contextlib.closing(SimulatedGateway(url)) as gateway:
        yield gateway


@settings(max_examples=100, deadline=None)
@given(
    whole=st.integers(1, 2000),
    asked=st.lists(st.tuples(st.integers(0, 4), st.integers(1, 1000)), max_size=15),
)
def test_any_order_of_repeated_keys(
    simulated: SimulatedGateway, whole: int, asked: list[tuple[int, int]]
) -> None:
    """A key is one refund of the amount it came with first, or none; what is left never goes below zero."""
    reference, world = charge(simulated, whole), new_id()
    first: dict[int, tuple[int, str | None]] = {}
    for key, amount in asked:
        answer = refund(simulated, reference, amount, f"{world}-{key}")
        if key not in first:
            left = whole - sum(of for of, made in first.values() if made)
            assert (answer is not None) == (amount <= left)
            first[key] = (amount, answer)
        else:
            assert answer == (first[key][1] if amount == first[key][0] else None)
    given_back = sum(of for of, made in first.values() if made)
    assert simulated.get_charge(reference).refunded_minor == given_back <= whole
