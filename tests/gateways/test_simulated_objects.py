"""Every object of the simulated gateway carries all keys of Stripe's own sample of its kind."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.gateways.simulated.forms import nested
from console.gateways.simulated.full import full, samples
from console.gateways.simulated.requests import Request, as_text
from tests.gateways.conformance import new_id, refund
from tests.gateways.places import SimulatedPlace

SHARED = Path(__file__).parents[3] / "shared/data/stripe_events/_openapi_fixtures3_subset.json"


def expected() -> dict[str, dict[str, Any]]:
    """Stripe's samples as they were published where that file is there, else as we ship them."""
    return dict(json.loads(SHARED.read_text())["resources"]) if SHARED.exists() else samples()


def objects_in(value: Any) -> Iterator[dict[str, Any]]:
    """Every object with a kind, however deep."""
    if isinstance(value, dict):
        if isinstance(value.get("object"), str):
            yield value
        value = list(value.values())
    for part in value if isinstance(value, list) else []:
        yield from objects_in(part)


def lists(place: SimulatedPlace) -> Iterator[dict[str, Any]]:
    for kind in ("charges", "customers", "events", "invoices", "refunds", "subscriptions"):
        params = as_text({"limit": 100, "expand": ["data.invoice"]})
        body = place.behind.core.answer(Request("get", f"/v1/{kind}", params)).body
        yield from objects_in(full(body))


def test_all_keys_are_there(place: SimulatedPlace) -> None:
    refund(place, place.charge(1000), 400)
    renewal = place.renewal(state="failed")
    place.gateway.retry_charge(charge=renewal, operation_id=new_id())
    place.behind.open_dispute(place.charge(1000))
    seen = set()
    for found in lists(place):
        kind = found["object"]
        seen.add(kind)
        missing = set(expected().get(kind, {})) - set(found)
        assert not missing, f"{kind} lacks {missing}"
    assert {"charge", "customer", "dispute", "event", "invoice", "refund", "subscription"} <= seen
    assert {"subscription_item", "price"} <= seen


def test_what_we_ship_is_what_stripe_published() -> None:
    for kind, sample in samples().items():
        assert set(sample) == set(expected()[kind])


def test_a_filled_object_keeps_what_the_rules_know() -> None:
    known = {"id": "re_1", "object": "refund", "amount": 5, "status": "pending"}
    filled = full(known)
    assert filled | known == filled
    assert filled["destination_details"] == samples()["refund"]["destination_details"]
    assert full({"id": "ch_1", "object": "charge"})["refunds"]["url"] == "/v1/charges/ch_1/refunds"


@pytest.mark.parametrize(
    ("body", "params"),
    [
        ("", {}),
        ("charge=ch_1&amount=5", {"charge": "ch_1", "amount": "5"}),
        ("items[0][price]=p&items[0][quantity]=2", {"items": {"0": {"price": "p", "quantity": "2"}}}),
        ("expand[]=a&expand[]=b", {"expand": {"0": "a", "1": "b"}}),
        ("metadata%5Ba%5D=%C3%A4&cancel_at=", {"metadata": {"a": "ä"}, "cancel_at": ""}),
    ],
)
def test_form_bodies(body: str, params: dict[str, Any]) -> None:
    assert nested(body) == params
