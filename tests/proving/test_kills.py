"""SIGKILL at every named point leaves no trace, on both databases; and the proof can fail.

More: `console prove kills --times N`.
"""

import pytest

from console.actions.points import POINTS
from console.cli import main
from console.proving import kills, place
from tests.conftest import KINDS, cluster


@pytest.mark.parametrize("kind", KINDS)
def test_every_point_once(kind: str) -> None:
    database = cluster().url("postgres") if kind == "postgresql" else None
    held, wrong = kills.prove(1, database=database)
    assert wrong is None
    assert held == sum(len(case.points) for case in kills.CASES.values())


def test_every_point_is_in_some_case() -> None:
    assert {point for case in kills.CASES.values() for point in case.points} == set(POINTS)


def test_the_command_says_how_many(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["prove", "kills", "--times", "1", "--jobs", "2"])
    assert not left.value.code
    assert capsys.readouterr().out.endswith("each operation came to its one end.\n")


@pytest.mark.parametrize(
    ("point", "said"), [("sending", "it was not killed there"), ("answered", "it ended as")]
)
def test_what_is_not_killed_or_not_recovered_is_wrong(
    monkeypatch: pytest.MonkeyPatch, point: str, said: str
) -> None:
    monkeypatch.setattr(kills, "_recovered", lambda facts, _case, gateway: kills._end(facts, gateway))
    with place.template(None) as template:
        wrong = kills._killed_at(template, 1, ("cancel", point))
    assert wrong
    assert wrong.point == point
    assert wrong.said.startswith(said)
