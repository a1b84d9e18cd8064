"""The refund checks of the conformance suite against npm `stripe-stateful-mock`, through Stripe's own client.

It was written by others from Stripe's documentation: what it and our simulated gateway agree on is not our
own opinion. `make conformance` runs this file; its name keeps it out of `make test`, which needs no Node.
"""

import os
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.gateways.payments import PaymentGateway
from console.gateways.stripe_client import StripeTransport
from console.gateways.stripe_shaped import StripeShaped
from tests.gateways import conformance
from tests.gateways.served import free_port

HERE = Path(__file__).parent
STARTING = 20  # seconds


class MockPlace:
    def __init__(self, base: str) -> None:
        self._transport = StripeTransport("sk_test_conformance", api_base=base)
        self.gateway: PaymentGateway = StripeShaped("stripe", self._transport)

    def charge(self, amount_minor: int, *, currency: str = "EUR", disputed: bool = False) -> str:
        source = "tok_createDispute" if disputed else "tok_visa"
        params = {"amount": amount_minor, "currency": currency.lower(), "source": source}
        reference = str(self._transport.call("post", "/v1/charges", params)["id"])
        if disputed:
            self._wait_for_dispute(reference)
        return reference

    def _wait_for_dispute(self, reference: str) -> None:
        """Disputes come a moment after the charge, as Stripe's own do."""
        until = time.monotonic() + STARTING
        while not self.gateway.get_charge(reference).disputed:
            if time.monotonic() > until:
                raise TimeoutError("the dispute did not come")
            time.sleep(0.01)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MockPlace]:
    folder = tmp_path_factory.mktemp("mock")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], cwd=folder, check=True)
    port = free_port()
    server = subprocess.Popen(
        ["node", "node_modules/stripe-stateful-mock/dist/cli.js"],
        cwd=folder,
        env=os.environ | {"PORT": str(port), "LOG_LEVEL": "silent"},
    )
    try:
        base = f"http://127.0.0.1:{port}"
        _wait_for(base)
        yield MockPlace(base)
    finally:
        server.terminate()
        server.wait()


def _wait_for(base: str) -> None:
    until = time.monotonic() + STARTING
    while time.monotonic() < until:
        try:
            urllib.request.urlopen(base, timeout=1)  # noqa: S310 - our own server
        except urllib.error.HTTPError:
            return  # it wants a key: it is there
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError("stripe-stateful-mock did not start")


@pytest.mark.parametrize("check", conformance.REFUNDS, ids=lambda check: check.__name__)
def test_conforms(place: MockPlace, check: Callable[[MockPlace], None]) -> None:
    check(place)
