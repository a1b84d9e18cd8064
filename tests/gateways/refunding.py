"""A refund, in this process or another, which imports no more than it takes."""

import contextlib

from console.gateways.payments import Declined
from console.gateways.simulated import SimulatedGateway


def refund(gateway: SimulatedGateway, reference: str, amount_minor: int, operation: str) -> str | None:
    """The refund; None if the gateway refuses."""
    try:
        made = gateway.refund(
            charge=reference, amount_minor=amount_minor, currency="EUR", operation_id=operation
        )
    except Declined:
        return None
    return made.reference


def in_another_process(url: str, reference: str, operation: str) -> str | None:
    with contextlib.closing(SimulatedGateway(url)) as gateway:
        return refund(gateway, reference, 100, operation)
