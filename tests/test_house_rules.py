"""Every rule of the house holds, and every rule fails when it is broken."""

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.house_rules import RULES

ROOT = Path(__file__).parent.parent
Rule = Callable[[Path], list[str]]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_holds(rule: Rule) -> None:
    assert rule(ROOT) == []


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the rooms, to break."""
    for room in ("console", "pages", "queries"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_fails_when_broken(rule: Rule, house: Path) -> None:
    file, text = RULES[rule]
    (house / file).parent.mkdir(exist_ok=True)
    (house / file).write_text(text, encoding="utf-8")
    assert rule(house) != []


BROKEN_CONTRACTS = {
    "layers": ("queries/lookup.py", "import console.errors"),
    "queries-plain": ("queries/lookup.py", "import streamlit"),
    "core-without-screen": ("console/actions/subscriptions.py", "import streamlit"),
    "sqlalchemy-rooms": ("console/money.py", "import sqlalchemy"),
}


@pytest.mark.parametrize("contract", BROKEN_CONTRACTS)
def test_import_contract_fails_when_broken(contract: str, house: Path) -> None:
    file, line = BROKEN_CONTRACTS[contract]
    with (house / file).open("a", encoding="utf-8") as source:
        source.write(f"\n{line}\n")
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [linter, "--no-cache", "--contract", contract],
        cwd=house,
        env={"PYTHONPATH": str(house), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "BROKEN" in done.stdout
