"""`console schedules`: what the screen does, from the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from console import cli
from console.access import Actor
from console.errors import ConsoleError
from console.settings import get_settings
from tests.actions.company import kinds, staff
from tests.conftest import Databases


@pytest.fixture
def oskar(databases: Databases, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Actor:
    monkeypatch.setenv("CONSOLE_REPORT_FOLDER", str(tmp_path / "reports"))
    get_settings.cache_clear()
    return staff("Oskar", "finance")


def said(*arguments: str) -> Result:
    return CliRunner().invoke(cli.cli, ["schedules", *arguments])


def done(*arguments: str) -> str:
    result = said(*arguments)
    assert result.exit_code == 0, result.output
    return result.output


def listed() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(done("list", "--format", "json"))
    return found


def add(oskar: Actor, *more: str, every: str = "week", on: str = "monday") -> Result:
    place = ("--every", every, *(("--on", on) if on else ()))
    return said("add", "mrr", "--period", "last_month", *place, "--to", "folder", "--as", oskar.email, *more)


def test_made_listed_paused_resumed_sent_deleted(oskar: Actor, tmp_path: Path) -> None:
    assert done("list") == "No report is scheduled.\n"
    assert "every Monday at 08:00, to the folder" in add(oskar, "--by", "currency").output
    (one,) = listed()
    assert (one["report"], one["period"], one["every"], one["on"]) == ("mrr", "last_month", "week", 1)
    assert (one["by"], one["state"], one["made_by"], one["last"]) == (
        "currency", "active", oskar.email, None,
    )  # fmt: skip
    by = (str(one["id"]), "--as", oskar.email)
    assert "; paused" in done("pause", *by)
    assert listed()[0]["next"] is None
    assert "; next: " in done("resume", *by)
    assert ": sent, 0 rows." in done("run-now", *by)
    assert len(list((tmp_path / "reports").iterdir())) == 1
    assert listed()[0]["last"]["state"] == "sent"
    assert "last: " in done("list")
    assert done("delete", *by) == f"{one['id']} is deleted.\n"
    assert listed() == []
    assert kinds() == [
        "schedule.made", "schedule.paused", "schedule.resumed", "schedule.ran", "schedule.deleted",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("every", "on", "says"),
    [
        ("week", "someday", "Choose a weekday"),
        ("week", "", "Choose a weekday"),
        ("month", "32", "from 1 to 31"),
        ("month", "monday", "from 1 to 31"),
        ("day", "monday", "no weekday"),
    ],
)
def test_days_that_cannot_be_are_refused(every: str, on: str, says: str, oskar: Actor) -> None:
    refusal = add(oskar, every=every, on=on).exception
    assert isinstance(refusal, ConsoleError)
    assert says in str(refusal)
    assert listed() == []


def test_a_day_of_the_month(oskar: Actor) -> None:
    add(oskar, every="month", on="31")
    assert listed()[0]["on"] == 31


def test_what_could_not_be_sent_is_said(oskar: Actor, tmp_path: Path) -> None:
    add(oskar)
    (tmp_path / "reports").write_text("a file")
    refusal = said("run-now", str(listed()[0]["id"]), "--as", oskar.email).exception
    assert isinstance(refusal, ConsoleError)
    assert "Check the folder reports. It is tried again by itself." in str(refusal)
    assert listed()[0]["last"]["state"] == "trying again"
