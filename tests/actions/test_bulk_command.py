"""`console bulk`: preview, the words to type, the outcome of each row, and going on with what was left."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from console import clocks
from console.actions import bulk
from console.cli import cli
from console.errors import NotFound, NotPermitted, Refused
from tests.actions.bulk_company import Many, begun, many, prepared
from tests.actions.company import alter, cancel, kinds, now_is
from tests.actions.money import charge_now
from tests.conftest import Databases

pytestmark = pytest.mark.usefixtures("at_once")
ID = "6f1c2a52-6d8e-4c53-9f0e-3b1d7c5b8a01"
MONTH = timedelta(days=30)
Run = Callable[..., Result]


@pytest.fixture
def run(databases: Databases) -> Run:
    """A command as somebody types it; a refusal is raised."""

    def call(*arguments: str, stdin: str = "") -> Result:
        return CliRunner().invoke(cli, ["bulk", *arguments], input=stdin, catch_exceptions=False)

    return call


def running_now(there: Many) -> Many:
    """Their periods are running today."""
    for number in there.numbers:
        alter(number, current_period_start=clocks.now(), current_period_end=clocks.now() + MONTH)
    return there


def lines(there: Many, *more: str) -> str:
    return "\n".join([*there.numbers, *more])


def plain(ran: Result) -> Any:
    return json.loads(ran.stdout)


def test_the_preview_names_everything_and_does_nothing(run: Run) -> None:
    there = running_now(many(2))
    wanted = lines(there, "S-none", there.numbers[0])
    request = ("cancel", "--numbers", "-", "--as", there.aino.email, "--preview")
    ran = run(*request, stdin=wanted)
    assert ran.exit_code == 0
    assert "Maija Virtanen" in ran.stdout
    assert "MRR −10.00\u00a0€ a month" in ran.stdout
    assert "Not known: S-none" in ran.stdout
    assert f"Given twice, done once: {there.numbers[0]}" in ran.stdout
    assert "In EUR: 20.00\u00a0€ without tax is not charged" in ran.stdout
    assert '--confirm "2 subscriptions"' in ran.stderr
    shown = plain(run(*request, "--format", "json", stdin=wanted))
    assert (shown["confirm"], shown["unknown"]) == ("2 subscriptions", ["S-none"])
    assert [row["possible"] for row in shown["rows"]] == [True, True]
    assert kinds() == []


def test_the_words_do_it_row_by_row(run: Run, tmp_path: Path) -> None:
    there = running_now(many(2))
    file = tmp_path / "numbers"
    file.write_text(lines(there), encoding="utf-8")
    request = ("cancel", "--numbers", str(file), "--as", there.aino.email, "--reason", "other")
    with pytest.raises(Refused, match="type exactly: 2 subscriptions"):
        run(*request, "--confirm", "2")
    with pytest.raises(Refused, match="A reason is required"):
        run(*request[:-2], "--confirm", "2 subscriptions")
    assert kinds() == []
    confirmed = (*request, "--confirm", "2 subscriptions", "--run", ID, "--format", "json")
    done = plain(run(*confirmed))
    assert (done["id"], done["state"], done["done"], done["of"]) == (ID, "finished", 2, 2)
    assert [row["outcome"] for row in done["rows"]] == ["settled", "settled"]
    assert all(now_is(number).cancel_at_period_end for number in there.numbers)
    assert plain(run(*confirmed)) == done  # the same id is the same run
    assert kinds().count("bulk.asked") == 1
    with pytest.raises(Refused, match="that of another run, of Aino"):
        run(*(there.onni.email if one == there.aino.email else one for one in confirmed))


def test_at_once(run: Run) -> None:
    there = running_now(many(1))
    request = ("cancel", "--at", "now", "--numbers", "-", "--as", there.aino.email, "--reason", "other")
    ran = run(*request, "--confirm", "1 subscription", "--quiet", stdin=lines(there))
    assert ran.exit_code == 0
    assert "to cancel 1 subscription at once" in ran.stdout
    assert now_is(there.numbers[0]).ended_at is not None


def test_refunds_and_a_row_that_waits(run: Run) -> None:
    there = many(2, amounts=[1000, 6000])
    request = ("refund", "--numbers", "-", "--as", there.aino.email, "--reason", "goodwill")
    assert "1 of them wait for a second person" in run(*request, "--preview", stdin=lines(there)).stdout
    ran = run(*request, "--confirm", "2 refunds", stdin=lines(there))
    assert ran.exit_code == 1  # not every row is done
    assert "waiting_for_approval" in ran.stdout
    assert [charge_now(number).refunded_minor for number in there.charges] == [1000, 0]


def test_list_show_stop_and_resume(run: Run) -> None:
    there = running_now(many(3))
    assert "Nothing was done in bulk yet." in run("list").stdout
    left = begun(there.aino, prepared(there.aino, "cancel", there.numbers), now=clocks.now())
    bulk.go_on(left.id, limit=1)
    cancel(there.onni, there.numbers[1], now=clocks.now())
    assert f"{left.id}  running  1 of 3  cancel 3 subscriptions" in run("list").stdout
    with pytest.raises(NotPermitted):
        run("stop", left.id, "--as", there.onni.email)
    stopped = run("stop", left.id, "--as", there.aino.email)
    assert (stopped.exit_code, "Stopped: 1 of 3" in stopped.stdout) == (0, True)
    assert "to come" in run("show", left.id).stdout
    done = plain(run("resume", left.id, "--as", there.onni.email, "--format", "json"))
    assert [row["outcome"] for row in done["rows"]] == ["settled", "already", "settled"]
    assert [one["state"] for one in plain(run("list", "--format", "json"))] == ["finished"]
    with pytest.raises(Refused, match="is finished"):
        run("resume", left.id, "--as", there.aino.email)
    with pytest.raises(NotFound):
        run("show", ID)
