"""The published worked examples from files to figures: `console load`, then `console report`.

Source of every figure: worked examples that others published (console.examples).
"""

import csv
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import pytest
from click.testing import CliRunner

from console.cli import cli
from console.demo.rows import Book
from console.demo.worked import Place
from console.examples import EXAMPLES, Example, churn, renewals, revenue
from console.settings import get_settings
from tests.conftest import Databases

PRESET = Path(__file__).parent.parent / "cases" / "worked.toml"
FILES = ("customers", "subscriptions", "charges", "subscription_events")
ASKING: tuple[ModuleType, ...] = (churn, renewals, revenue)
NOWHERE = cast("Place", None)  # what is asked by command needs no connections


class Printed:
    """What `console report --format json` printed, with amounts in minor units, as queries.reports.Report."""

    def __init__(self, printed: Mapping[str, Any]) -> None:
        self._rows = [{name: _value(one) for name, one in row.items()} for row in printed["rows"]]
        self._figures = [(one["name"], _value(one["value"])) for one in printed["figures"]]

    def to_records(self) -> list[dict[str, Any]]:
        return self._rows

    def figure(self, name: str) -> Any:
        return next((value for each, value in self._figures if each == name), None)


def _value(printed: Any) -> Any:
    return printed["minor"] if isinstance(printed, dict) else printed


def asked(_place: Place, name: str, first: str, last: str, *, by: str = "", as_of: str = "") -> Printed:
    """As console.examples.example.asked, by command."""
    moment = f"{as_of}+00:00" if as_of else last
    question = ["report", name, "--from", first, "--to", last, "--as-of", moment, "--format", "json"]
    return Printed(json.loads(_run(*question, *(["--by", by] if by else []))))


def _run(*arguments: str) -> str:
    done = CliRunner().invoke(cli, arguments, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def _write(book: Book, folder: Path) -> None:
    customers = {row["id"]: row["number"] for row in book.customers}
    subscriptions = {row["id"]: row["number"] for row in book.subscriptions}
    for name in FILES:
        named = (
            row
            | {"customer": customers.get(row.get("customer_id"))}
            | {"subscription": subscriptions.get(row.get("subscription_id"))}
            for row in getattr(book, name)
        )
        _file(folder / f"{name}.csv", list(named))


def _file(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    rows = list(rows)
    if not rows:
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(dict.fromkeys(name for row in rows for name in row)))
        writer.writeheader()
        for row in rows:
            writer.writerow({name: _text(value) for name, value in row.items()})


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if isinstance(value, datetime) else str(value)


@pytest.mark.parametrize(
    "example",
    [one for one in EXAMPLES if one.rows],
    ids=lambda one: f"{one.number}-{one.expected[0].what}",
)
def test_from_its_files_to_its_figures(
    example: Example, databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSOLE_REPORTING_TIME_ZONE", "UTC")
    get_settings.cache_clear()
    for module in ASKING:
        monkeypatch.setattr(module, "asked", asked)
    assert example.rows is not None
    book = Book()
    example.rows(book)
    _write(book, tmp_path)
    loaded = json.loads(_run("load", str(PRESET), str(tmp_path), "--format", "json"))
    assert (loaded["added"], loaded["refused"]) == (sum(len(getattr(book, name)) for name in FILES), 0)
    assert list(example.answer(NOWHERE)) == [one.value for one in example.expected]
