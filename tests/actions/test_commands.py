"""`console cancel`, `undo-cancel` and `audit`: the same verbs. Words and exit codes say what came of it."""

import json
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from console import clocks
from console.cli import main
from queries.tables_state import audit_entries
from tests.actions.company import (
    Company,
    alter,
    cancel,
    company,
    entries,
    now_is,
    operation_states,
    staff,
)
from tests.actions.test_stopped import Stopped, stopping
from tests.conftest import Databases
from tests.tampering import tampering


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class Shell:
    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def __call__(self, *arguments: str) -> Ran:
        self.capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(list(arguments))
        said = self.capsys.readouterr()
        assert "Traceback" not in said.err
        return Ran(int(left.value.code or 0), said.out, said.err)


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


@pytest.fixture
def there(databases: Databases) -> Company:
    return company(current_period_end=clocks.now() + timedelta(days=20))


def test_preview_does_nothing(shell: Shell, there: Company) -> None:
    ran = shell("cancel", there.number, "--preview", "--as", there.aino.email)
    assert ran.code == 0
    assert "will not be made" in ran.out
    assert "Nothing was done" in ran.err
    found = shell(
        "cancel", there.number, "--at", "now", "--preview", "--as", there.aino.email, "--format", "json"
    )
    assert " ".join(found.json) == (
        "subscription customer product plan version fingerprint status status_after trial ends_at "
        "unused_days next_charge mrr_change other_subscriptions tickets warnings lines"
    )
    assert found.json["mrr_change"]["amount_minor"] == -1000
    assert found.json["next_charge"]["currency"] == "EUR"
    assert now_is(there.number).version == 1
    assert entries() == []


def test_cancel_and_undo(shell: Shell, there: Company) -> None:
    id = str(uuid.uuid4())
    line = (
        "cancel",
        there.number,
        "--reason",
        "not_using",
        "--as",
        there.aino.email.upper(),
        "--operation",
        id,
    )
    ran = shell(*line, "--note", "phoned", "--format", "json")
    assert ran.code == 0
    assert list(ran.json) == ["operation", "subscription", "state", "already", "by", "at", "sentence"]
    assert (ran.json["operation"], ran.json["already"], ran.json["by"]) == (id, False, "Aino")
    assert now_is(there.number).cancel_at_period_end
    assert {entry.channel for entry in entries()} == {"command"}
    again = shell(*line, "--note", "phoned")
    assert again.code == 0
    assert again.out.startswith("Already done by Aino on")
    preview = shell("undo-cancel", there.number, "--preview", "--as", there.onni.email, "--format", "json")
    assert preview.json["status_after"] == "active"
    undone = shell("undo-cancel", there.number, "--reason", "mistake", "--as", there.onni.email)
    assert undone.code == 0
    assert "runs on" in undone.out
    assert not now_is(there.number).cancel_at_period_end
    assert list(operation_states().values()) == ["settled", "settled"]


def test_now(shell: Shell, there: Company) -> None:
    line = ("cancel", there.number, "--at", "now", "--reason", "fraud", "--as", there.aino.email)
    assert shell(*line).code == 0
    assert now_is(there.number).status == "canceled"
    assert shell(*line).out.startswith("Already done by Aino")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--reason", ""], 3, "A reason is required"),
        (["--reason", "x'; DROP TABLE"], 3, "is not a reason"),
        (["--reason", "other", "--operation", "1"], 3, "not a UUID"),
        (["--reason", "other", "--at", "tomorrow"], 2, "tomorrow"),
        (["--reason", "other", "--as", "nobody@example.com"], 4, "not on the list of staff"),
        (["--reason", "other", "--as", "\u202e🙂'%_"], 4, "not on the list of staff"),
    ],
)
def test_bad_input(shell: Shell, there: Company, arguments: list[str], code: int, says: str) -> None:
    ran = shell("cancel", there.number, "--as", there.aino.email, *arguments)
    assert (ran.code, ran.out) == (code, "")
    assert says in ran.err
    assert entries() == []


@pytest.mark.parametrize("number", ["S-none", "", "x" * 10_000, "a\0b", "%", "🙂"])
def test_no_such_subscription(shell: Shell, there: Company, number: str) -> None:
    for command in ("cancel", "undo-cancel"):
        ran = shell(command, number, "--reason", "other", "--as", there.aino.email)
        assert (ran.code, ran.out) == (5, "")
        assert "There is no subscription" in ran.err


def test_who_may_not(shell: Shell, there: Company) -> None:
    finance = staff("Fia", "finance")
    for command in ("cancel", "undo-cancel"):
        for more in ([], ["--preview"]):
            ran = shell(command, there.number, "--reason", "other", "--as", finance.email, *more)
            assert ran.code == 4
            assert "subscription:cancel" in ran.err
    assert entries() == []


def test_what_cannot_be(shell: Shell, there: Company) -> None:
    alter(there.number, status="expired", ended_at=clocks.now())
    ran = shell("cancel", there.number, "--reason", "other", "--as", there.aino.email)
    assert ran.code == 3
    assert "has already ended" in ran.err


def test_audit(shell: Shell, there: Company) -> None:
    assert shell("audit", "list").out == "There is no entry.\n"
    empty = shell("audit", "digest").json["head"]
    note = "two\nlines \x1b[31mred\x1b[0m"
    shell("cancel", there.number, "--reason", "other", "--note", note, "--as", there.aino.email)
    ran = shell("audit", "list", "--customer", there.customer["number"])
    first, second = ran.out.splitlines()
    assert f"Aino cancelled {there.number} at the end of its period (other) – two lines [31mred [0m" in first
    assert "asked to cancel" in second
    assert shell("audit", "list", "--customer", "C-none").out == "There is no entry.\n"
    assert len(shell("audit", "list", "--limit", "1").out.splitlines()) == 1
    (newest, _) = shell("audit", "list", "--format", "json").json
    assert (newest["sentence"], newest["note"]) == (
        f"Aino cancelled {there.number} at the end of its period", note,
    )  # fmt: skip
    digest = shell("audit", "digest").json["head"]
    assert (digest, digest != empty) == (newest["hash"], True)
    for kept in (digest, empty):
        assert shell("audit", "verify", "--digest", kept).code == 0
    assert shell("audit", "verify", "--digest", "nonsense").code == 3
    assert shell("audit", "verify", "--digest", "f" * 64).code == 1


def test_audit_verify_names_the_entry(shell: Shell, there: Company) -> None:
    shell("cancel", there.number, "--reason", "other", "--as", there.aino.email)
    fine = shell("audit", "verify", "--format", "json")
    assert (fine.code, fine.json["intact"], fine.json["entries"]) == (0, True, 2)
    first = entries()[0].id
    with tampering() as connection:
        connection.execute(update(audit_entries).where(audit_entries.c.id == first).values(actor_name="Onni"))
    ran = shell("audit", "verify")
    assert ran.code == 1
    assert ran.out.startswith(f"Entry {first} of ")
    assert shell("audit", "verify", "--format", "json").json["broken_at"] == first


def test_what_was_left_unfinished_is_listed_and_finished(
    shell: Shell, there: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shell("operations", "list").out == "Nothing is unfinished.\n"
    id = str(uuid.uuid4())
    with stopping(monkeypatch, "after commit 1", Stopped), pytest.raises(Stopped):
        cancel(there.aino, there.number, operation_id=id, now=clocks.now())
    (left,) = shell("operations", "list", "--format", "json").json
    assert (left["id"], left["state"], left["subject"]) == (id, "sending", there.number)
    assert id in shell("operations", "list").out
    finished = shell("operations", "resume", id)
    assert (finished.code, now_is(there.number).cancel_at_period_end) == (0, True)
    again = shell("operations", "resume", id)
    assert (again.code, "lready done" in again.out) == (0, True)
    assert shell("operations", "list").out == "Nothing is unfinished.\n"
    assert shell("operations", "resume", str(uuid.uuid4())).code == 5
