"""Every kind of operation there is: importing this makes the engine know them all."""

from console.actions import (
    blocks,
    cancel_and_refund,
    cancelling,
    ending_there,
    licences,
    notes,
    pausing,
    payment_details,
    refunding,
    renewal_dates,
    retrying,
    trials,
)
from console.actions.verb import VERBS

__all__ = [
    "VERBS",
    "blocks",
    "cancel_and_refund",
    "cancelling",
    "ending_there",
    "licences",
    "notes",
    "pausing",
    "payment_details",
    "refunding",
    "renewal_dates",
    "retrying",
    "trials",
]
