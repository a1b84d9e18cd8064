"""Every kind of operation there is: importing this makes the engine know them all."""

from console.actions import cancelling, refunding
from console.actions.engine import VERBS

__all__ = ["VERBS", "cancelling", "refunding"]
