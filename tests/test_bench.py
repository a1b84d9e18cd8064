"""The measurement measures what it says: every question runs, finds, and leaves nothing behind."""

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from console import bench, clocks, db
from console.cli import cli
from console.demo import seed
from console.errors import Refused
from console.settings import get_settings
from queries import bench_sql
from tests.conftest import Databases


@pytest.fixture
def company(databases: Databases) -> Databases:
    seed(150, 1, today=clocks.today())
    return databases


def test_every_question_finds_something_by_itself_and_by_the_shortest_sql(company: Databases) -> None:
    with db.reading() as data:
        sample = bench_sql.sample(data.subscriptions, data.tickets)
        assert sample is not None
        asked = bench.questions(data, sample)
        assert len({question.name for question in asked}) == len(asked)
        for question in asked:
            with bench_sql.recorded() as sent:
                answer = question.ask(data)
            assert getattr(answer, "hits", answer) != (), question.name
            assert any(bench_sql.resend(one) for one in sent), question.name
            if question.shortest is not None:
                connection = getattr(data, question.shortest.database)
                assert bench_sql.run_bare(connection, question.shortest) > 0, question.name


def test_each_is_measured(company: Databases) -> None:
    measured = bench.run(repeat=2)
    assert all(one.milliseconds > 0 and one.bare_milliseconds > 0 and one.statements > 0 for one in measured)
    assert {"lookup: e-mail", "customer page", "tickets, page 1", "report: mrr"} <= {
        one.name for one in measured
    }


def test_too_little_data_is_said(databases: Databases) -> None:
    with pytest.raises(Refused, match="not enough data"):
        bench.run(repeat=1)


@pytest.mark.parametrize("keep", [True, False])
def test_it_seeds_and_tidies_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, keep: bool) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("CONSOLE_TICKETS_URL", "sqlite:///elsewhere")
    get_settings.cache_clear()
    environment = dict(os.environ)
    options = ["--customers", "60", "--repeat", "1", "--format", "json", *(["--keep"] if keep else [])]
    done = CliRunner().invoke(cli, ["bench", *options], catch_exceptions=False)
    assert done.exit_code == 0
    answer = json.loads(done.stdout)
    assert (answer["database"], answer["customers"], answer["repeat"]) == ("sqlite", 60, 1)
    assert {"name", "statements", "milliseconds", "bare_milliseconds", "ratio"} <= answer["questions"][
        0
    ].keys()
    assert len(list(tmp_path.glob("console-bench-*/tickets.sqlite"))) == (1 if keep else 0)
    assert dict(os.environ) == environment
    get_settings.cache_clear()


def test_here_measures_what_is_there(company: Databases) -> None:
    done = CliRunner().invoke(cli, ["bench", "--here", "--repeat", "1"], catch_exceptions=False)
    assert done.exit_code == 0
    assert "customer page" in done.stdout
