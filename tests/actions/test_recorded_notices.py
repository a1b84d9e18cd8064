"""Recorded bodies of Stripe's webhooks, in 20 random orders with repeats: one state at the end of each.

The gateway knows none of their objects, so the bodies alone decide. The charges, and the refund that failed,
are in our books.
"""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from console import db
from console.settings import get_settings
from tests import build
from tests.actions.company import START, kinds, log_is_intact
from tests.actions.gateway_says import Body, blocked, books, hear, kept, left, message, refund_there
from tests.conftest import Databases, Spare

CASES = Path(__file__).parents[1] / "cases" / "stripe"
SHARED = Path(__file__).parents[3] / "shared" / "data" / "stripe_events"
ORDERS = 20
CHARGES = ("ch_1IqtGAJDPojXS6LNstgEfUji", "ch_3Kl36gJDPojXS6LN0DCM4A8l", "ch_1NirD82eZvKYlo2CIvbtLWuY")
REFUND = "re_1Nispe2eZvKYlo2Cd31jOCgZ"


def recorded(folder: Path) -> list[Body]:
    return [json.loads(path.read_bytes()) for path in sorted(folder.glob("[a-z]*.json"))]


def told_more(bodies: list[Body]) -> list[Body]:
    """With what Stripe says before and after one of them: a refund that was pending, and failed later."""
    charge = CHARGES[2]
    before = refund_there(REFUND, "pending", 1000, charge=charge)
    after = refund_there(REFUND, "failed", 1000, charge=charge)
    closed = next(body for body in bodies if body["type"] == "charge.dispute.closed")
    won = closed["data"]["object"] | {"status": "won", "id": "dp_2"}
    opened = won | {"status": "needs_response"}
    return [
        *bodies,
        message("refund.created", before, id="evt_before"),
        message("refund.failed", after, id="evt_after"),
        message("charge.dispute.created", opened, id="evt_opened"),
        message("charge.dispute.closed", won, id="evt_won"),
    ]


def in_any_order(bodies: list[Body], seed: int) -> list[Body]:
    """Each once or several times."""
    chance = random.Random(seed)
    repeated = [body for body in bodies for _ in range(chance.randint(1, 3))]
    chance.shuffle(repeated)
    return repeated


def known_charges() -> None:
    with db.writing("subscriptions") as connection:
        for n, reference in enumerate(CHARGES):
            build.charge(
                connection,
                None,
                gateway_reference=reference,
                invoice_number=f"INV-{n}",
                amount_minor=2500,
                tax_minor=500,
                currency="USD",
                created_at=START,
            )


def state() -> dict[str, Any]:
    """The log tells what was done meanwhile: a block that came and went is in it in some orders only."""
    refunded = sorted(kind for kind in kinds() if kind.startswith("refund."))
    return {"refunds": books(), "blocked": blocked(), "log": refunded, "kept": kept()}


def one_state(bodies: list[Body], spare: Spare, patch: pytest.MonkeyPatch) -> Any:
    """The one state after each of the orders; every body is kept once and nothing is left."""
    states = []
    for seed in range(ORDERS):
        world = spare.take()
        world.use(patch)
        known_charges()
        hear(in_any_order(bodies, seed))
        assert (left(), log_is_intact()) == (0, True)
        end = state()
        assert len(end["kept"]) == len(bodies)
        states.append(end | {"kept": [(id, type) for id, type, _ in end["kept"]]})
        spare.give_back(world)
    get_settings.cache_clear()
    assert all(found == states[0] for found in states), "the order of the messages mattered"
    return states[0]


def test_the_kept_excerpts(spare: Spare, monkeypatch: pytest.MonkeyPatch) -> None:
    bodies = told_more(recorded(CASES))
    assert len(bodies) == 10
    end = one_state(bodies, spare, monkeypatch)
    assert end["refunds"] == [(REFUND, CHARGES[2], 1000, 200, "failed")]
    assert end["blocked"] == [("INV-0", "dp_1MLuxQJDPojXS6LNrukJCBBG")]


@pytest.mark.skipif(not SHARED.exists(), reason="the folder with the 29 recorded bodies is not here")
def test_all_29(spare: Spare, monkeypatch: pytest.MonkeyPatch) -> None:
    bodies = recorded(SHARED)
    assert len(bodies) == 29
    end = one_state(bodies, spare, monkeypatch)
    assert end["refunds"] == [(REFUND, CHARGES[2], 1000, 200, "succeeded")]
    assert end["blocked"] == [("INV-0", "dp_1MLuxQJDPojXS6LNrukJCBBG")]


def test_all_29_and_what_came_before_and_after(spare: Spare, monkeypatch: pytest.MonkeyPatch) -> None:
    bodies = told_more(recorded(SHARED if SHARED.exists() else CASES))
    end = one_state(bodies, spare, monkeypatch)
    assert end["refunds"] == [(REFUND, CHARGES[2], 1000, 200, "failed")]


def test_the_answer_of_the_message_that_came_first_is_not_the_end(databases: Databases) -> None:
    """A refund that failed stays failed when "pending" arrives after it."""
    known_charges()
    more = told_more(recorded(CASES))
    later = next(body for body in more if body["id"] == "evt_after")
    earlier = next(body for body in more if body["id"] == "evt_before")
    hear([later, earlier])
    assert books() == [(REFUND, CHARGES[2], 1000, 200, "failed")]
