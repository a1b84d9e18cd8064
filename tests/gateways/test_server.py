"""`python -m console.gateways.simulated`: a server of its own, on the database that others put facts into."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.gateways.payments import NotSent
from console.gateways.simulated import SimulatedGateway
from tests.gateways.conformance import new_id, refund
from tests.gateways.places import SimulatedPlace, over_http
from tests.gateways.served import free_port

STARTING = 30  # seconds


@pytest.fixture
def place(tmp_path: Path) -> Iterator[SimulatedPlace]:
    url, port = f"sqlite:///{tmp_path / 'gateway.sqlite'}", free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "console.gateways.simulated", "--port", str(port)],
        env=os.environ | {"CONSOLE_GATEWAY_URL": url},
    )
    try:
        with contextlib.closing(SimulatedGateway(url)) as behind:
            made = SimulatedPlace(over_http(f"http://127.0.0.1:{port}", timeout=5), behind)
            _wait_for(made)
            yield made
    finally:
        server.terminate()
        server.wait()


def _wait_for(place: SimulatedPlace) -> None:
    charge, until = place.charge(1000), time.monotonic() + STARTING
    while True:
        try:
            place.gateway.get_charge(charge)
        except NotSent:
            assert time.monotonic() < until, "the server did not start"
            time.sleep(0.05)
        else:
            return


def test_a_refund_over_http_is_there_in_process(place: SimulatedPlace) -> None:
    charge, operation = place.charge(1000), new_id()
    reference = refund(place, charge, 400, of=operation)
    found = place.behind.find_refund(operation, charge=charge)
    assert found is not None
    assert found.reference == reference
