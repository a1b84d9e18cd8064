"""SIGKILL at every named point leaves no trace, on both databases; and the proof can fail.

More: `console prove kills --times N`.
"""

import pytest

from console.actions.points import POINTS
from console.cli import main
from console.proving import kills, place
from tests.conftest import KINDS, cluster


@pytest.mark.parametrize("kind", KINDS)
def test_every_point_once(kind: str, capsys: pytest.CaptureFixture[str]) -> None:
    database = ["--database", cluster().url("postgres")] if kind == "postgresql" else []
    with pytest.raises(SystemExit) as left:
        main(["prove", "kills", "--times", "1", "--jobs", "2", *database])
    assert not left.value.code
    said = capsys.readouterr().out
    assert f"{sum(len(case.points) for case in kills.CASES.values())} " in said
    assert said.endswith("each operation came to its one end.\n")


def test_every_point_is_in_some_case() -> None:
    assert {point for case in kills.CASES.values() for point in case.points} == set(POINTS)


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
