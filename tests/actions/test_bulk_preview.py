"""A bulk preview says of each row what the single verb's preview says, with a few statements for all."""

from typing import Any

import pytest
from sqlalchemy import select

from console import clocks, db
from console.access import Actor
from console.actions import bulk, previews, refunds
from console.actions.bulk import At, BulkRow
from console.errors import ConsoleError, Refused
from console.signin.who import actor_with_email
from queries import charge as charges
from queries import subscription_list
from queries.charge import FullCharge
from queries.tables_subscriptions import charges as charge_table
from tests.actions.bulk_company import many, prepared
from tests.actions.company import NOW, alter, cancel, now_is
from tests.actions.company import company as small_company
from tests.conftest import Databases
from tests.queries.conftest import Asked, asked  # noqa: F401 - a fixture

EMMA = "emma.laine@example.com"


def everybody() -> list[str]:
    with db.reading() as data:
        return [row.number for row in subscription_list.page(data.subscriptions, limit=500).rows]


def single(preview: Any, data: db.Reading, actor: Actor, number: str, *how: Any, now: Any) -> Any:
    """The verb's own preview, or why there is none."""
    try:
        return preview(data, actor, number, *how, now=now)
    except ConsoleError as refusal:
        return refusal


@pytest.mark.parametrize("at", ["period_end", "now"])
def test_cancelling_as_the_verb_says(at: At, company: Databases) -> None:
    actor, now = actor_with_email(EMMA), clocks.now()
    with db.reading() as data:
        rows = bulk.prepare(data, actor, "cancel", everybody(), now, at=at).rows
        assert {row.possible for row in rows} == {True, False}
        for row in rows:
            alone = single(previews.preview_cancel, data, actor, row.number, at, now=now)
            assert _cancelled(row) == (str(alone) if isinstance(alone, Refused) else _shown(alone))


def _cancelled(row: BulkRow) -> Any:
    if not row.possible:
        return row.why_not
    return (row.ends_at, row.mrr_delta_units, row.next_charge_at, row.tickets, row.expected)


def _shown(alone: previews.CancelPreview) -> Any:
    due = None if alone.renews_before else alone.next_charge_at
    return (alone.ends_at, alone.mrr_delta_units, due, alone.tickets, alone.expected)


def test_refunding_as_the_verb_says(company: Databases) -> None:
    actor, now = actor_with_email(EMMA), clocks.now()
    with db.reading() as data:
        rows = bulk.prepare(data, actor, "refund", everybody(), now).rows
        assert {row.possible for row in rows} == {True, False}
        for row in rows:
            if charges.by_number(data.subscriptions, row.subject_number) is None:
                assert "Nothing was paid" in (row.why_not or "")
                continue
            alone = single(refunds.preview_refund, data, actor, row.subject_number, now=now)
            if isinstance(alone, Refused):
                assert row.why_not == str(alone)
            else:
                assert (row.amount_minor, row.left_minor, row.tickets, row.expected) == (
                    alone.amount.amount_minor, alone.left_after_minor, alone.tickets, alone.expected,
                )  # fmt: skip


def test_a_charge_is_found_by_whatever_it_is_called(company: Databases) -> None:
    with db.reading() as data:
        named: FullCharge | None = charges.by_number(data.subscriptions, "INV-1001-020")
        assert named is not None
        by_reference = select(charge_table.c.gateway_reference).where(charge_table.c.id == named.id)
        reference = str(data.subscriptions.scalar(by_reference))
        actor = actor_with_email(EMMA)
        numbers = ["INV-1001-020", reference, f"charge-{named.id}", "charge-x", "INV-0"]
        shown = bulk.prepare(data, actor, "refund", numbers, clocks.now())
    assert [row.subject_number for row in shown.rows] == ["INV-1001-020"]
    assert shown.repeated == (reference, f"charge-{named.id}")
    assert shown.unknown == ("charge-x", "INV-0")


@pytest.mark.parametrize(("kind", "most"), [("cancel", 3), ("refund", 12)])
def test_five_hundred_rows_take_as_many_statements_as_fifty(
    kind: bulk.Kind,
    most: int,
    company: Databases,
    asked: list[Asked],  # noqa: F811
) -> None:
    numbers, actor, taken = everybody(), actor_with_email(EMMA), []
    for some in (numbers[:50], numbers):
        with db.reading() as data:
            asked.clear()
            bulk.prepare(data, actor, kind, some, clocks.now())
            taken.append(len([one for one in asked if not one.statement.startswith("PRAGMA")]))
    assert len(numbers) > 250
    assert max(taken) <= most


def test_what_is_under_way_elsewhere_is_not_possible(databases: Databases) -> None:
    there = small_company(gateway_reference="sub_1")
    with db.writing("state") as connection:
        connection.exec_driver_sql(
            "INSERT INTO operations (id, kind, subject_kind, subject_number, request, preview, state, "
            "requested_by, requested_at, lock_key) VALUES ('o', 'subscription:pause', 'subscription', "
            f"'{there.number}', '{{}}', '{{}}', 'unknown', {there.onni.staff_id}, "
            f"'2026-01-01 00:00:00', 'subscription:{there.number}')"
        )
    (row,) = prepared(there.aino, "cancel", [there.number]).rows
    assert row.why_not == (
        f"Onni has something under way about {there.number} (unknown): look at it under Operations first."
    )


def test_the_digest_is_another_as_soon_as_the_effect_is(databases: Databases) -> None:
    there = many(3)
    first = prepared(there.aino, "cancel", there.numbers)
    assert first.digest == prepared(there.aino, "cancel", [*there.numbers, "S-none"]).digest
    with db.reading() as data:
        at_once = bulk.prepare(data, there.aino, "cancel", there.numbers, NOW, at="now")
    fewer = prepared(there.aino, "cancel", there.numbers[:2])
    refund = prepared(there.aino, "refund", there.numbers)
    alter(there.numbers[0], price_minor=2000)
    dearer = prepared(there.aino, "cancel", there.numbers)
    assert len({one.digest for one in (first, at_once, fewer, refund, dearer)}) == 5
    assert (at_once.what, refund.what) == ("cancel 3 subscriptions at once", "make 3 refunds")


def test_at_once_ends_now(databases: Databases) -> None:
    there = many(1)
    cancel(there.onni, there.numbers[0])
    with db.reading() as data:
        shown = bulk.prepare(data, there.aino, "cancel", there.numbers, NOW, at="now")
    run = bulk.begin(
        there.aino, shown, bulk_id=bulk.new_bulk_id(), typed="1 subscription", reason="other", now=NOW
    )
    assert bulk.go_on(run.id, NOW).state == "finished"
    assert now_is(there.numbers[0]).ended_at == NOW
