"""Every kind of operation there is: importing this makes the engine know them all."""

from console.actions import (
    blocks,
    cancelling,
    cancelling_with_refund,
    collecting,
    ending_there,
    licences,
    notes,
    pausing,
    payment_details,
    refunding,
    renewal_dates,
    trials,
)
from console.actions.verb import VERBS

__all__ = [
    "VERBS",
    "blocks",
    "cancelling",
    "cancelling_with_refund",
    "collecting",
    "ending_there",
    "licences",
    "notes",
    "pausing",
    "payment_details",
    "refunding",
    "renewal_dates",
    "trials",
]
