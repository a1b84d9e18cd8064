"""`console load`: what it prints, and its exit codes."""

import json
from pathlib import Path

import pytest

from console.cli import main
from tests.conftest import Databases
from tests.loading.samples import ACCOUNTS_HEADER, RAVENSTACK, everything, written


def run(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["load", *map(str, arguments)])
    return int(ended.value.code or 0)


def test_check_then_load_then_again(databases: Databases, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("ravenstack", RAVENSTACK, "--check") == 0
    assert "117 added, 0 changed, 0 same, 0 refused. Nothing was changed." in capsys.readouterr().out
    assert run("ravenstack", RAVENSTACK, "--format", "json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["preset"], said["checked"], said["rows"], said["added"]) == ("ravenstack", False, 117, 117)
    assert said["files"][0]["file"] == "ravenstack_accounts.csv"
    assert run("ravenstack", RAVENSTACK) == 0
    assert "0 added, 0 changed, 117 same, 0 refused." in capsys.readouterr().out


def test_refused_lines_are_said(
    databases: Databases, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"A-{n},X,FI,never,FALSE" for n in range(30)]
    file = written(tmp_path, "accounts.csv", ACCOUNTS_HEADER, *rows)
    assert run("ravenstack", file) == 1
    out = capsys.readouterr().out
    assert "refused: accounts.csv, line 2: signup_date: “never” is not a date" in out
    assert "and 10 more refused lines" in out
    assert run("ravenstack", file, "--format", "json") == 1
    assert len(json.loads(capsys.readouterr().out)["refusals"]) == 30


REFUSALS: list[tuple[tuple[str | Path, ...], int, str]] = [
    (("nonsense", RAVENSTACK), 5, "There is no preset “nonsense”"),
    (("ravenstack", "nowhere.csv"), 5, "There is no file nowhere.csv"),
    (("ravenstack", RAVENSTACK, "--zone", "Mars/Base"), 3, "“Mars/Base” is not a time zone"),
    (("ravenstack", RAVENSTACK.parent / "incidents_excerpt.csv"), 3, "Leave it out. Nothing was loaded."),
    (("ravenstack",), 2, "Missing argument"),
]


def test_a_refusal_is_a_sentence(databases: Databases, capsys: pytest.CaptureFixture[str]) -> None:
    before = everything()
    for arguments, code, sentence in REFUSALS:
        assert run(*arguments) == code
        assert sentence in capsys.readouterr().err
    assert everything() == before
