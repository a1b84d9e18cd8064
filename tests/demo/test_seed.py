"""The seed: the same rows for the same numbers and day, on empty databases only, all or a plain word."""

import json
from datetime import date
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import Table

from console import clocks, db, demo
from console.cli import main
from console.db import Database
from console.demo.characters import CAST
from console.demo.people import Crowd, Sample
from console.errors import Refused, Unavailable
from queries import tables_state, tables_subscriptions, tables_tickets
from queries.tables_state import facts
from tests import build
from tests.conftest import Databases, new_databases
from tests.demo.rows import rows

DAY = date(2026, 3, 2)
TABLES: list[tuple[Database, Table]] = [
    *(("subscriptions", t) for t in tables_subscriptions.metadata.sorted_tables),
    *(("tickets", t) for t in tables_tickets.metadata.sorted_tables),
    *(("state", t) for t in tables_state.metadata.sorted_tables),
]


def everything() -> dict[str, object]:
    return {table.name: rows(database, table) for database, table in TABLES}


def fill(customers: int = 60, seed: int = 7, day: date = DAY) -> demo.SeedCounts:
    return demo.seed(customers, seed, today=day)


def test_the_same_seed_and_day_give_the_same_rows_at_any_hour(
    databases: Databases, migrated: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with time_machine.travel("2026-03-02T00:30:00+02:00"):
        fill()
    first = everything()
    db.dispose()
    other = migrated.copy(tmp_path / "other")
    other.use(monkeypatch)
    with time_machine.travel("2026-03-02T23:30:00+02:00"):
        fill()
    assert everything() == first
    other.drop()


def test_another_seed_is_another_company() -> None:
    ours, theirs = (Crowd(Sample(60, seed, DAY), len(CAST)) for seed in (7, 8))
    names = [[crowd.person(index).name for index in range(crowd.size)] for crowd in (ours, theirs)]
    assert names[0] != names[1]
    assert len(set(names[0])) > 25


def test_what_is_counted_is_there(databases: Databases) -> None:
    told: list[tuple[int, int]] = []
    counts = demo.seed(80, 7, today=DAY, progress=lambda done, total: told.append((done, total)))
    written = {table.name: len(rows(database, table)) for database, table in TABLES}
    for name in counts.__dataclass_fields__:
        assert getattr(counts, name) == written[name] > 0, name
    assert told[-1][0] == told[-1][1]
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_chunks_change_nothing(
    databases: Databases, migrated: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(70)
    whole = everything()
    db.dispose()
    other = migrated.copy(tmp_path / "other")
    other.use(monkeypatch)
    monkeypatch.setattr("console.demo.seeding.CHUNK", 9)
    fill(70)
    assert everything() == whole
    other.drop()


def test_the_sample_is_marked_for_the_sign_in(databases: Databases) -> None:
    fill(3)
    assert [row for row in rows("state", facts) if row["name"] == demo.FACT] == [
        {"name": "demo", "value": {"customers": 3, "seed": 7, "anchored_on": "2026-03-02"}}
    ]
    assert len(rows("state", facts)) == 1


def test_characters_are_the_same_in_any_size(databases: Databases) -> None:
    fill(5)
    assert [row["number"] for row in rows("subscriptions", tables_subscriptions.customers)] == [
        f"C-{1001 + n}" for n in range(5)
    ]
    about = {row["customer_number"] for row in rows("tickets", tables_tickets.tickets)}
    assert about == {"C-1001", "C-1002", "C-1003", "C-1004", "C-1005"}


def test_a_second_seed_is_refused(databases: Databases) -> None:
    fill(3)
    with pytest.raises(Refused, match="already there"):
        fill(3)


@pytest.mark.parametrize("database", ["subscriptions", "tickets", "state"])
def test_databases_with_rows_are_refused_and_left_alone(databases: Databases, database: Database) -> None:
    with db.writing(database) as connection:
        {"subscriptions": build.customer, "tickets": build.agent, "state": build.staff}[database](connection)
    before = everything()
    with pytest.raises(Refused, match=f"The {database} database already has"):
        fill(3)
    assert everything() == before


def test_an_interrupted_seed_says_how_to_start_over(databases: Databases) -> None:
    def pull_the_plug(_done: int, _total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        demo.seed(60, 7, today=DAY, progress=pull_the_plug)
    with pytest.raises(
        Refused, match=r"did not finish.* Start over: (remove the files .*sqlite|drop and create)"
    ):
        fill()
    assert not [row for row in rows("state", facts) if row["name"] == demo.FACT]


def test_a_database_that_fails_half_way_is_said_in_words(databases: Databases) -> None:
    with db.writing("subscriptions") as connection:
        tables_subscriptions.subscription_events.drop(connection)
    with pytest.raises(Unavailable) as caught:
        fill(3)
    assert caught.value.part == "subscriptions"
    with pytest.raises(Refused, match="did not finish"):
        fill(3)


@pytest.mark.parametrize("customers", [0, -1, 10_000_001])
def test_a_senseless_number_is_refused(databases: Databases, customers: int) -> None:
    with pytest.raises(Refused, match="must be between 1 and 10,000,000"):
        fill(customers)
    assert rows("state", facts) == []


def test_ids_count_on_after_the_sample(databases: Databases) -> None:
    counts = fill(5)
    with db.writing("subscriptions") as connection:
        added = build.customer(connection, number="C-new")
        assert added["id"] == counts.customers + 1
        assert build.charge(connection, added["id"])["id"] == counts.charges + 1
    with db.writing("tickets") as connection:
        assert build.agent(connection)["id"] == 12
        ticket = build.ticket(connection, number="T-new")
        event = build.ticket_event(connection, ticket["id"], "status", "new")
        assert event["id"] == counts.ticket_events + 1


def test_the_command_makes_the_tables_and_fills_them(
    migrated: Databases,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = new_databases(migrated.kind, tmp_path_factory.mktemp("command"))
    made.use(monkeypatch)
    arguments = ["seed", "--customers", "4", "--seed", "9", "--format", "json"]
    with pytest.raises(SystemExit) as first:
        main(arguments)
    printed = json.loads(capsys.readouterr().out)
    with pytest.raises(SystemExit) as second:
        main(arguments)
    assert (first.value.code, second.value.code) == (0, 3)
    assert printed["customers"] == 4
    assert printed["seed"] == 9
    assert printed["anchored_on"] == clocks.today().isoformat()
    assert "already there" in capsys.readouterr().err
    made.drop()


def test_the_command_refuses_what_is_not_a_day(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["seed", "--today", "yesterday"])
    assert ended.value.code == 3
    assert "is not a date" in capsys.readouterr().err


def test_a_copy_of_the_company_changes_alone(seeded_company: Databases, company_copy: Databases) -> None:
    with db.writing("state") as connection:
        connection.execute(facts.delete())
    assert rows("state", facts) == []
    with pytest.MonkeyPatch.context() as patch:
        seeded_company.use(patch)
        assert [row["name"] for row in rows("state", facts)] == ["demo"]
