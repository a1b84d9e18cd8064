"""The simulated gateway knows the sample company as our rows have it, but for six characters."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from console import clocks, db, demo
from console.actions.drift import compare
from console.cli import main
from console.demo.gateway import DIFFERENT, KNOWN_FOR, is_empty
from console.errors import Refused
from console.gateways.simulated import Charge, SimulatedGateway, database_url
from console.settings import get_settings
from queries import drift_findings, tables_subscriptions
from tests.conftest import Databases, new_databases
from tests.demo.rows import rows
from tests.demo.test_seed import DAY, fill

EXPECTED = {
    "C-1029": "refund_only_there",
    "C-1030": "still_charging",
    "C-1031": "ended_there",
    "C-1032": "amount_differs",
    "C-1033": "dates_differ",
    "C-1034": "charge_paid_there",
}


@pytest.mark.parametrize("days", [30, 3_000])
def test_one_finding_for_each_of_the_six_and_no_other(company_copy: Databases, days: int) -> None:
    """Over a month, and over everything the gateway knows."""
    now = clocks.now()
    run = compare(since=now - timedelta(days=days), now=now)
    with db.reading() as data:
        found = drift_findings.left(data.state)
    assert {one.customer_number: one.kind for one in found} == EXPECTED
    assert len(found) == len(DIFFERENT)
    assert run.complete


def test_every_reference_is_known_there(company: Databases) -> None:
    """Charges and refunds of all times; customers; subscriptions that run or have ended lately."""
    with closing(SimulatedGateway(database_url())) as gateway:
        ever = clocks.now() - timedelta(days=9_000)
        there = {one.reference for one in gateway.charges(ever)}
        refunded = {one.reference for one in gateway.refunds(ever)}
        subscribed = {one.reference for one in gateway.subscriptions(ever)}
    t = tables_subscriptions
    assert {row["gateway_reference"] for row in rows("subscriptions", t.charges)} == there
    extra = refunded - {row["gateway_reference"] for row in rows("subscriptions", t.refunds)}
    assert [name[:9] for name in extra] == ["re_there_"]
    named = {row["gateway_reference"]: row for row in rows("subscriptions", t.subscriptions)}
    named.pop(None, None)
    assert set(named) == subscribed
    lately = clocks.now() - KNOWN_FOR - timedelta(days=1)
    assert all(row["ended_at"] is None or row["ended_at"] > lately for row in named.values())
    assert all(row["gateway_reference"] for row in rows("subscriptions", t.customers))


def test_the_same_seed_gives_the_same_gateway(
    databases: Databases, migrated: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def everything_there() -> list[object]:
        with closing(SimulatedGateway(database_url())) as gateway:
            ever = clocks.start_of(DAY) - timedelta(days=9_000)
            return [*gateway.charges(ever), *gateway.refunds(ever), *gateway.subscriptions(ever)]

    fill()
    first = everything_there()
    db.dispose()
    other = migrated.copy(tmp_path / "other")
    other.use(monkeypatch)
    monkeypatch.setattr("console.demo.seeding.CHUNK", 9)
    fill()
    again = everything_there()
    assert len(first) > 300
    assert {repr(one) for one in again} == {repr(one) for one in first}
    other.drop()


def test_what_was_given_back_is_taken_from_its_charge(company: Databases) -> None:
    back: dict[int, int] = {}
    for row in rows("subscriptions", tables_subscriptions.refunds):
        if row["status"] != "failed":
            back[row["charge_id"]] = back.get(row["charge_id"], 0) + row["amount_minor"]
    charges = {row["id"]: row for row in rows("subscriptions", tables_subscriptions.charges)}
    with closing(SimulatedGateway(database_url())) as gateway:
        for id, amount in back.items():
            assert gateway.get_charge(charges[id]["gateway_reference"]).refunded_minor == amount
    assert back


def test_without_it_the_gateway_collects_for_nothing(databases: Databases) -> None:
    demo.seed(40, 7, today=DAY, with_gateway=False)
    named = {row["gateway_reference"] for row in rows("subscriptions", tables_subscriptions.subscriptions)}
    assert named == {None}
    with closing(SimulatedGateway(database_url())) as gateway:
        assert is_empty(gateway)


def test_another_gateway_is_told_nothing(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSOLE_GATEWAY", "stripe")
    get_settings.cache_clear()
    fill(40)
    named = {row["gateway_reference"] for row in rows("subscriptions", tables_subscriptions.subscriptions)}
    assert named == {None}


def test_a_gateway_that_has_charges_is_refused_and_nothing_done(databases: Databases) -> None:
    with closing(SimulatedGateway(database_url())) as gateway:
        gateway.add_charges(
            [Charge(reference="ch_1", created_at=clocks.now(), amount_minor=1, currency="EUR")]
        )
    with pytest.raises(Refused, match=r"already has customers and charges.*(gateway|drop and create)"):
        fill(3)
    assert rows("subscriptions", tables_subscriptions.customers) == []
    demo.seed(3, 7, today=DAY, with_gateway=False)


def test_the_command_can_leave_it_out(
    migrated: Databases, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = new_databases(migrated.kind, tmp_path_factory.mktemp("command"))
    made.use(monkeypatch)
    with pytest.raises(SystemExit) as ended:
        main(["seed", "--customers", "40", "--without-gateway", "--format", "json"])
    assert ended.value.code == 0
    with closing(SimulatedGateway(database_url())) as gateway:
        assert is_empty(gateway)
    made.drop()
