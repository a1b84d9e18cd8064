"""A charge of which nothing may go back for now: one block, in force for everybody, lifted by a person."""

from typing import Any

import pytest
from sqlalchemy import select

from console import db
from console.actions import blocks, refundable
from console.actions.refunds import preview_refund
from console.errors import Refused
from console.settings import get_settings
from queries.tables_state import refund_blocks
from tests.actions.company import entries, kinds, staff
from tests.actions.gateway_company import collected
from tests.actions.money import charge_now, given_back, refund
from tests.actions.verbs import ID, block, shown, unblock
from tests.conftest import Databases

pytestmark = pytest.mark.usefixtures("at_once")


def rows() -> list[Any]:
    with db.reading() as data:
        return list(data.state.execute(select(refund_blocks).order_by(refund_blocks.c.id)).all())


@pytest.mark.parametrize("reason", blocks.REASONS)
def test_blocked_and_allowed_again(databases: Databases, reason: str) -> None:
    there = collected()
    shows = shown(blocks.preview_block, there.sofia, there.charge)
    assert shows.button == f"Block refunds of {there.charge}"
    done = block(there, operation_id=ID, reason=reason, note="saw the mail", expected=shows.expected)
    assert done.sentence == f"Refunds of {there.charge} are blocked."
    (row,) = rows()
    assert (row.operation_id, row.reason, row.note, row.lifted_at) == (ID, reason, "saw the mail", None)
    with pytest.raises(Refused, match="are blocked by Sofia since"):
        refund(there.aino, there.charge, 100)
    with pytest.raises(Refused, match="already blocked by Sofia"):
        block(there)
    unblock(there)
    assert rows()[0].lifted_at is not None
    with pytest.raises(Refused, match="are not blocked"):
        unblock(there)
    assert refund(there.aino, there.charge, 100).settled
    steps = [f"charge.{verb}.{step}" for verb in ("block", "unblock") for step in ("asked", "done")]
    assert kinds()[:4] == steps
    assert entries()[1].after == {"refunds_blocked": True}


def test_a_form_that_was_open_before_is_refused(databases: Databases) -> None:
    there = collected()
    with db.reading() as data:
        shows = preview_refund(data, there.aino, there.charge)
    block(there)
    with pytest.raises(Refused, match="are blocked by Sofia"):
        refund(there.aino, there.charge, 100, expected=shows.expected)
    assert given_back() == 0


def test_two_at_once_make_one_block(databases: Databases) -> None:
    there, other = collected(), staff("Oskar", "finance")
    expected = refundable.as_it_is(charge_now(there.charge))
    block(there, expected=expected)
    with pytest.raises(Refused, match="already blocked by Sofia"):
        block(there, other, expected=expected)
    assert len(rows()) == 1


def test_not_while_money_is_on_its_way(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    there = collected()
    monkeypatch.setenv("CONSOLE_RECALL_SECONDS", "60")
    get_settings.cache_clear()
    assert refund(there.aino, there.charge, 100).state == "approved"
    with pytest.raises(Refused, match=r"Aino has something under way .* take that back"):
        block(there)


def test_what_was_not_paid_cannot_go_back_anyway(databases: Databases) -> None:
    there = collected(status="past_due", charge_status="failed")
    with pytest.raises(Refused, match="was not paid"):
        block(there)
