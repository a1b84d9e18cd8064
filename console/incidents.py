"""Defects: a person sees a number, the log has the rest under the same number."""

import logging
import secrets

from console import clocks

_log = logging.getLogger(__name__)
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # without those that are read as another


def record(error: BaseException) -> str:
    """Write a defect into the log. Returns its number, like "1122-K7QM2P"."""
    number = f"{clocks.now():%m%d}-" + "".join(secrets.choice(_LETTERS) for _ in range(6))
    _log.error("incident %s: %s", number, type(error).__name__, exc_info=error)
    return number
