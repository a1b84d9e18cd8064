"""2,500 random tamperings of the log are found, clean logs raise no alarm, and the proof itself can fail.

All of it in memory; some of it once more through both databases. More: `console prove log --logs N`.
"""

import json
from collections import Counter
from datetime import datetime

import pytest

from console import audit, chain, db
from console.cli import main
from console.proving import log
from console.proving.log import World, prove, random_world, tampered
from console.proving.logs import STAFF, Row
from console.proving.tamperings import TAMPERINGS
from queries.audit_chain import link_of
from queries.tables_state import audit_entries
from tests import build
from tests.conftest import Databases
from tests.tampering import tampering

SEEDS = range(50)  # through the databases


@pytest.mark.parametrize("seed", range(0, 2_500, 1_250))  # in parts, for workers to share
def test_tamperings_and_clean_logs(seed: int) -> None:
    outcome = prove(1_250, seed, each=1)
    assert outcome.miss is None
    assert (outcome.clean, outcome.found.total()) == (2_500, 1_250)
    assert set(outcome.found) == set(TAMPERINGS)


def test_every_kind_on_the_same_logs() -> None:
    outcome = prove(30, 20_000)
    assert outcome.miss is None
    assert outcome.found == dict.fromkeys(TAMPERINGS, 30)


def _keep(rows: list[Row]) -> db.IntegrityError | None:
    """The log in the state database, whatever was there; what the database refuses, if it does."""
    try:
        with tampering() as connection:
            connection.execute(audit_entries.delete())
            connection.execute(audit_entries.insert(), [_typed(row) for row in rows] or [])
    except db.IntegrityError as error:
        return error
    return None


def _typed(row: Row) -> Row:
    moments = {"at": datetime.fromisoformat(row["at"])}
    return row | moments | {name: json.loads(row[name]) for name in ("before", "after")}


def _verified(world: World) -> chain.Verification:
    with db.reading() as data:
        return audit.verify(data.state, kept=world.digest)


def test_the_same_through_a_database(databases: Databases) -> None:
    with db.writing("state") as connection:
        for id in range(1, STAFF + 1):
            build.staff(connection, id=id)
    told: Counter[str] = Counter()
    for seed in SEEDS:
        world, kind = random_world(seed), sorted(TAMPERINGS)[seed % len(TAMPERINGS)]
        for rows in (world.then, world.now):
            assert _keep(rows) is None
            clean = _verified(world)
            assert (clean.intact, clean.entries) == (True, len(rows)), f"seed {seed}: {clean.sentence}"
        rows = tampered(world, kind)
        refused = _keep(rows) if rows else None
        if refused:  # two entries that follow one
            assert kind == "put in"
            assert "previous_hash" in str(refused)
        elif rows:
            found = _verified(world)
            assert log.is_named(world.now, rows, TAMPERINGS[kind], found), f"seed {seed}: {found.sentence}"
        told["refused" if refused else kind] += 1
    assert told.total() == len(SEEDS)
    assert told["refused"] == sum(sorted(TAMPERINGS)[seed % len(TAMPERINGS)] == "put in" for seed in SEEDS)


UNSEEN = {kind for kind in TAMPERINGS if "all after" in kind or "cut off" in kind}


def test_without_a_digest_what_was_recomputed_is_not_seen() -> None:
    """It is the digest that finds these; the chain alone finds the rest."""
    for seed in range(40):
        world = random_world(seed)
        unseen = {kind for kind in TAMPERINGS if chain.check(map(link_of, tampered(world, kind))).intact}
        assert unseen - {"any column edited"} == UNSEEN, f"seed {seed}"  # an id is not in the hash


def test_what_is_not_found_is_a_miss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "check", lambda links, kept: chain.check(links))
    for seed in range(10):
        miss = prove(1, seed).miss
        assert miss
        assert miss.seed == seed
        assert miss.done in TAMPERINGS


def test_a_false_alarm_is_a_miss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "check", lambda links, kept: chain.check(links, "f" * 64))
    outcome = prove(5, 3)
    assert outcome.miss
    assert (outcome.clean, outcome.miss.seed, outcome.miss.done) == (0, 3, "nothing")


def test_a_tampering_always_changes_the_log() -> None:
    for seed in range(40):
        world = random_world(seed)
        for kind in TAMPERINGS:
            assert tampered(world, kind) != world.now, f"seed {seed}: {kind}"
            assert tampered(world, kind) == tampered(random_world(seed), kind)


def _ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as left:
        main(["prove", "log", *arguments])
    return int(left.value.code or 0), capsys.readouterr().out


def test_the_command_prints_its_seed_and_replays(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = _ran(capsys, "--logs", "3")
    assert code == 0
    seed = said.splitlines()[0].removeprefix("Seed ")
    assert _ran(capsys, "--logs", "3", "--seed", seed) == (0, said)
    assert "6 walks over logs nobody touched: no alarm." in said
    assert f"All {3 * len(TAMPERINGS)} were found" in said


def test_the_command_ends_with_the_seed_of_the_first_miss(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "check", lambda links, kept: chain.check(links))
    code, said = _ran(capsys, "--logs", "9", "--seed", "7")
    assert code == 1
    assert "WRONG at seed 7." in said
    assert said.splitlines()[-1] == "Again: console prove log --logs 1 --seed 7"
    assert _ran(capsys, "--logs", "1", "--seed", "7")[1].splitlines()[-2] == said.splitlines()[-2]
