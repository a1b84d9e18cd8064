"""Ten thousand random worlds come to rest as they should, and some of them on PostgreSQL too.

More: `console prove operations --worlds N`.
"""

import os
from collections import Counter
from pathlib import Path

import pytest

from console.cli import main
from console.errors import Refused
from console.proving import looking, worlds
from console.proving.books import Books
from console.proving.world import World
from console.proving.worlds import prove
from queries.tables_state import OPERATION_STATES
from tests.conftest import cluster

WORLDS, PART = 10_000, 500  # in parts, for workers to share


@pytest.mark.parametrize("seed", range(0, WORLDS, PART))
def test_ten_thousand_worlds(seed: int) -> None:
    outcome = prove(PART, seed)
    assert outcome.wrong is None
    assert outcome.worlds == PART
    assert set(outcome.states) >= {"settled", "failed", "refused", "waiting_for_approval"}
    assert set(outcome.states) <= set(OPERATION_STATES)


def test_some_on_postgresql() -> None:
    outcome = prove(60, 20_000, database=cluster().url("postgres"))
    assert outcome.wrong is None
    assert outcome.worlds == 60


def _stories(monkeypatch: pytest.MonkeyPatch, number: int, seed: int) -> dict[int, list[str]]:
    told: dict[int, list[str]] = {}
    live = worlds._live

    def keep(world: World) -> None:
        live(world)
        told[world.facts.seed] = [_without_references(line) for line in world.story]

    with monkeypatch.context() as patch:
        patch.setattr(worlds, "_live", keep)
        assert prove(number, seed).wrong is None
    return told


def _without_references(line: str) -> str:
    """The gateway numbers its own objects, and those of the other worlds too."""
    return " ".join("re_…" if "re_" in word else word for word in line.split(" "))


def test_a_world_alone_is_the_same_as_among_others(monkeypatch: pytest.MonkeyPatch) -> None:
    among = _stories(monkeypatch, 40, 300)
    assert len(among) == 40
    for seed in (300, 317, 339):
        assert _stories(monkeypatch, 1, seed)[seed] == among[seed]


def test_everything_happens_in_some_world(monkeypatch: pytest.MonkeyPatch) -> None:
    """No act that the proof names is left out, and each kind of interruption is there."""
    told = Counter(
        word
        for story in _stories(monkeypatch, 200, 0).values()
        for line in story
        for word in WORDS
        if word in line
    )
    assert [word for word in WORDS if not told[word]] == []


WORDS = (
    "refund full", "refund amount", "refund unused", "cancel S-", "undo S-", " and refund ", "again: ",
    "approves", "rejects", "recalls", "closes", "sweep", "resume ", "messages duplicate", "messages late",
    "an old message", "gateway decides", "elsewhere", "is disputed", "another system", "→ killed",
    "meanwhile:", "Conflict", "answer_lost", "request_lost", "slow", "rate_limited", "broken_after",
    "refund_pending_then_failed", "refund_fails",
)  # fmt: skip


def test_the_configured_databases_are_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONSOLE_VAR", str(tmp_path))
    assert prove(3, 0).worlds == 3
    assert list(tmp_path.iterdir()) == []
    assert os.environ["CONSOLE_VAR"] == str(tmp_path)


def test_another_database_is_refused() -> None:
    with pytest.raises(Refused, match="runs on postgresql"):
        prove(1, 0, database="mysql://somewhere/console")


def _ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as left:
        main(["prove", "operations", *arguments])
    return int(left.value.code or 0), capsys.readouterr().out


def test_the_command_prints_its_seed_and_replays(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = _ran(capsys, "--worlds", "3", "--jobs", "1")
    assert code == 0
    seed = said.splitlines()[0].removeprefix("Seed ")
    assert _ran(capsys, "--worlds", "3", "--jobs", "1", "--seed", seed) == (0, said)
    assert said.splitlines()[-1] == "All 3 worlds came to rest, and every rule holds in each."


def test_processes_share_the_work(capsys: pytest.CaptureFixture[str]) -> None:
    one = _ran(capsys, "--worlds", "120", "--jobs", "1", "--seed", "5")
    assert _ran(capsys, "--worlds", "120", "--jobs", "2", "--seed", "5") == one


def test_the_command_ends_with_the_seed_and_the_story_of_the_first_wrong_world(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(books: Books) -> str | None:
        return "It is wrong." if books.facts.seed >= 8 else None

    monkeypatch.setattr(looking, "what_is_wrong", wrong)
    code, said = _ran(capsys, "--worlds", "9", "--jobs", "1", "--seed", "7")
    assert code == 1
    lines = said.splitlines()
    assert lines[-2:] == [
        "WRONG at seed 8. It is wrong.",
        "Again: console prove operations --worlds 1 --seed 8",
    ]
    assert "— to rest —" in said
    assert _ran(capsys, "--worlds", "1", "--jobs", "1", "--seed", "8")[1].splitlines()[1:] == lines[1:]
