"""`console report`: the screen's query from the command line; every refusal is a sentence."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from console import db
from console.cli import main
from console.commands.report import report
from queries.reports import REPORTS
from tests import build
from tests.conftest import Databases
from tests.reports import at, units


@pytest.fixture
def filled(databases: Databases) -> Databases:
    with db.writing("subscriptions") as connection:
        for price in (1000, 2350):
            made = build.subscription(connection, build.customer(connection)["id"], price_minor=price)
            build.subscription_event(connection, made, "started", mrr_delta_units=units(made))
    return databases


def _run(*arguments: str) -> str:
    done = CliRunner().invoke(report, list(arguments), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_json_csv_and_table_say_the_same(filled: Databases, tmp_path: Path) -> None:
    asked = ("mrr", "--as-of", "2026-01-31", "--by", "currency")
    made = json.loads(_run(*asked, "--format", "json"))
    assert made["figures"][0]["value"] == {"minor": 3350, "amount": "33.50"}
    assert made["rows"][0]["mrr"]["amount"] == "33.50"
    assert "EUR,33.50,1,2,2" in _run(*asked, "--format", "csv")
    assert "EUR;33,50;1;2;2" in _run(*asked, "--format", "csv", "--style", "semicolon")
    assert "33.50" in _run(*asked)
    out = tmp_path / "mrr.csv"
    _run(*asked, "--format", "csv", "--out", str(out))
    assert out.read_text(encoding="utf-8-sig").splitlines()[1] == "EUR,33.50,1,2,2"


def test_the_last_day_is_included(filled: Databases) -> None:
    made = json.loads(_run("renewals", "--from", "2026-02-01", "--to", "2026-02-01", "--format", "json"))
    assert made["period"] == {"first": "2026-02-01", "last": "2026-02-01"}
    assert [row["due"] for row in made["rows"]] == [2]
    ahead = json.loads(_run("renewals", "--from", "2026-02-01", "--days", "7", "--format", "json"))
    assert ahead["period"]["last"] == "2026-02-07"


def test_rows_and_their_choice(filled: Databases) -> None:
    made = json.loads(
        _run(
            "renewals", "--from", "2026-02-01", "--days", "3", "--rows", "--sort", "money", "--format", "json"
        )
    )
    assert [row["amount"]["minor"] for row in made["rows"]] == [2350, 1000]
    assert json.loads(_run("mrr", "--rows", "--limit", "1", "--format", "json"))["next"]
    none = json.loads(
        _run("renewals", "--from", "2026-02-01", "--days", "3", "--only", "at_risk", "--format", "json")
    )
    assert none["rows"] == []


def test_figures_of_earlier_periods_where_they_are_asked_for(filled: Databases) -> None:
    asked = ("renewals", "--from", "2026-02-02", "--to", "2026-02-02")
    assert "the period before" not in _run(*asked)
    assert "Renewals due: 0 (the period before 2, the year before 0)" in _run(*asked, "--compare")
    made = json.loads(_run(*asked, "--compare", "--format", "json"))
    due = next(figure for figure in made["figures"] if figure["name"] == "due")
    assert (due["value"], due["previous"], due["last_year"]) == (0, 2, 0)


def test_the_list_names_every_report() -> None:
    for name in REPORTS:
        assert name in _run("--list")
    assert len(json.loads(_run("--list", "--format", "json"))) == len(REPORTS)
    assert _run() == _run("--list")


HOSTILE = ["", "'\"%_", "💶", "\u202eabc", "x" * 10_000, "2026-13-45", "9999-12-31", "0001-01-01"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing"], "There is no report"),
        (["mrr", "--by", "colour"], "Choose one of: month"),
        (["mrr", "--as-of", "2999-01-01"], "still to come"),
        (["mrr", "--as-of", "yesterday"], "is not a date or time"),
        (["mrr", "--days", "3"], "does not look ahead"),
        (["renewals", "--days", "0"], "must be from 1 to 366"),
        (["renewals", "--from", "2026-02-02", "--to", "2026-02-01"], "ends before it begins"),
        (["renewals", "--from", "2026-02-30"], "is not a date"),
        (["renewals", "--to", "2026-02-01"], "no first"),
        (["renewals", "--from", "2026-02-01", "--to", "2026-02-02", "--days", "3"], "not both"),
        (["renewals", "--from", "1500-01-01", "--to", "1500-01-02"], "years 1900 to 2999"),
        (["renewals", "--only", "nobody"], "not a figure with a list"),
        (["mrr", "--out", "x"], "needs a format"),
        *(([text, "--by", text], "There is no report") for text in HOSTILE),
        *((["mrr", "--as-of", text], "") for text in HOSTILE),
        *((["renewals", "--from", text], "") for text in HOSTILE),
        *((["renewals", "--from", "2026-01-01", "--to", text], "") for text in HOSTILE),
    ],
)
def test_refusals_are_sentences(
    empty: Databases, arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["report", *arguments])
    said = capsys.readouterr().err
    assert stopped.value.code == 3, said
    assert sentence in said
    assert len(said) < 400
    assert said.strip().endswith((".", "?"))


def test_bytes_that_are_no_text_are_refused_in_words(empty: Databases) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "console", "report", b"\xff"],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 3
    assert b"There is no report" in done.stderr
    assert b"Traceback" not in done.stderr


def test_today_is_now(databases: Databases) -> None:
    from console import clocks
    from console.reporting import Question, params

    assert params(Question(name="mrr", as_of=clocks.today().isoformat())).live
    past = params(Question(name="mrr", as_of="2024-12-31T12:00+00:00"))
    assert (past.live, past.as_of) == (False, at("2024-12-31T12:00"))
