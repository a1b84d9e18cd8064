"""Stripe's objects with all their keys: a copy of Stripe's own sample, filled with what the rules know.

What they do not know keeps the sample's value. The samples are `stripe_objects.json` (stripe/openapi, MIT).
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def samples() -> dict[str, dict[str, Any]]:
    """Stripe's sample object of each kind."""
    text = files("console.gateways.simulated").joinpath("stripe_objects.json").read_text(encoding="utf-8")
    return dict(json.loads(text)["resources"])


def full(value: Any) -> Any:
    """An answer of the core with every object in it filled up."""
    if isinstance(value, list):
        return [full(part) for part in value]
    if not isinstance(value, Mapping):
        return value
    known = {name: full(part) for name, part in value.items()}
    kind = value.get("object")
    return _sample(kind, value["id"]) | known if isinstance(kind, str) and kind in samples() else known


def _sample(kind: str, reference: str) -> dict[str, Any]:
    """A copy whose inner addresses are those of this object."""
    text, own_id = _as_text(kind)
    return dict(json.loads(text.replace(own_id, reference)))


@cache
def _as_text(kind: str) -> tuple[str, str]:
    sample = samples()[kind]
    return json.dumps(sample), sample["id"]
