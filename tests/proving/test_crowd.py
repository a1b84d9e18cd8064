"""64 processes refund one charge at once, on both databases; and the proof can fail.

More: `console prove crowd --rounds N`.
"""

import pytest

from console.cli import main
from console.gateways.simulated import Refund, SimulatedGateway
from console.proving import crowd, place
from console.proving.crowd import prove
from console.proving.facts import Facts, found
from tests.conftest import KINDS, cluster


def _server(kind: str) -> str | None:
    return cluster().url("postgres") if kind == "postgresql" else None


@pytest.mark.parametrize("kind", KINDS)
def test_what_goes_back_is_never_more_than_was_paid(kind: str) -> None:
    outcome = prove(3, 0, database=_server(kind))
    assert outcome.wrong is None
    assert (outcome.rounds, outcome.asked) == (3, 3 * 64)
    assert outcome.settled >= 3


@pytest.mark.parametrize("kind", KINDS)
def test_who_tries_again_gets_something_until_nothing_is_left(kind: str) -> None:
    outcome = prove(2, 0, size=16, until_used_up=True, database=_server(kind))
    assert outcome.wrong is None
    assert outcome.rounds == 2
    assert outcome.settled > 2 * 2  # one refund is a part of the charge


def _ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as left:
        main(["prove", "crowd", "--rounds", "1", "--processes", "3", "--seed", "7", *arguments])
    return int(left.value.code or 0), capsys.readouterr().out


def test_the_command_says_what_came_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    code, said = _ran(capsys, "--until-used-up")
    assert code == 0
    assert said.splitlines()[0] == "Seed 7"
    assert said.splitlines()[1].startswith("1 rounds: ")


def test_money_that_left_by_another_door_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    def leaking(worlds: list[Facts], gateway: SimulatedGateway) -> None:
        found(worlds, gateway)
        (reference,) = worlds[0].charge_references
        gateway.add_refunds(
            [Refund(reference="re_0", charge=reference, created_at=crowd.NOW, amount_minor=1, currency="EUR")]
        )

    monkeypatch.setattr(crowd, "found", leaking)
    with place.template(None) as template:
        outcome = crowd._some_rounds(template, 3, False, range(7, 9))
    assert outcome.wrong
    assert outcome.wrong[0] == 7
    assert "the gateway has a refund that our books have not" in outcome.wrong[1]


def test_the_command_ends_with_the_seed_of_the_first_wrong_round(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crowd, "prove", lambda *_asked, **_how: crowd.Outcome(wrong=(7, "It is wrong.")))
    code, said = _ran(capsys)
    assert code == 1
    assert said.splitlines() == [
        "Seed 7",
        "WRONG at seed 7. It is wrong.",
        "Again: console prove crowd --rounds 1 --processes 3 --seed 7",
    ]
