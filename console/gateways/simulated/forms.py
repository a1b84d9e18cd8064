"""Form bodies with bracketed keys, as Stripe's clients send them: `items[0][price]=p`."""

from typing import Any
from urllib.parse import parse_qsl


def nested(body: str) -> dict[str, Any]:
    """Parameters of a query or a form body: {"items": {"0": {"price": "p"}}}. `expand[]=a` counts up."""
    params: dict[str, Any] = {}
    for name, value in parse_qsl(body, keep_blank_values=True):
        *path, last = [part.removesuffix("]") for part in name.split("[")]
        place = params
        for part in path:
            below = place.setdefault(part, {})
            place = below if isinstance(below, dict) else {}
        place[last or str(len(place))] = value
    return params
