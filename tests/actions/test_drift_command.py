"""`console drift`: compare, list and mend, in words and as JSON; exit code 1 while anything differs."""

import json
from dataclasses import dataclass
from typing import Any

import pytest

from console.cli import main
from queries.tables_subscriptions import refunds
from tests.conftest import Databases
from tests.demo.rows import rows

FINANCE = "oskar.lindqvist@example.com"


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> Ran:
    with pytest.raises(SystemExit) as ended:
        main(["drift", *arguments])
    said = capsys.readouterr()
    return Ran(int(ended.value.code or 0), said.out, said.err)


def test_before_and_after_comparing(company_copy: Databases, capsys: pytest.CaptureFixture[str]) -> None:
    before = run(capsys, "list")
    assert (before.code, "not been compared yet" in before.out) == (0, True)
    done = run(capsys, "compare")
    assert done.code == 1
    assert "Ended here, still charging there: S-1038" in done.out
    assert done.out.endswith("6 differ.\n")
    assert "Comparing" not in done.err  # a count is for people at a terminal
    listed = run(capsys, "list")
    assert (listed.code, listed.out) == (1, done.out)


def test_json_is_stable(company_copy: Databases, capsys: pytest.CaptureFixture[str]) -> None:
    said = run(capsys, "compare", "--format", "json").json
    assert set(said) == {"run", "findings"}
    assert set(said["run"]) == {"gateway", "since", "started_at", "compared"}
    (refund,) = [one for one in said["findings"] if one["kind"] == "refund_only_there"]
    assert set(refund) == {
        "id", "kind", "subject_kind", "subject", "customer", "reference", "here", "there", "first_seen_at",
    }  # fmt: skip
    assert (refund["customer"], refund["here"]) == ("C-1029", {"state": "not in our books"})
    assert run(capsys, "list", "--format", "json").json["findings"] == said["findings"]


def test_mending_one(company_copy: Databases, capsys: pytest.CaptureFixture[str]) -> None:
    found = run(capsys, "compare", "--format", "json").json["findings"]
    (refund,) = [one for one in found if one["kind"] == "refund_only_there"]
    booked = run(capsys, "fix", str(refund["id"]), "--as", FINANCE)
    assert (booked.code, "made elsewhere, is in our books as succeeded" in booked.out) == (0, True)
    named = {row["gateway_reference"] for row in rows("subscriptions", refunds)}
    assert refund["reference"] in named
    again = run(capsys, "compare", "--format", "json").json["findings"]
    assert {one["kind"] for one in again} == {one["kind"] for one in found} - {"refund_only_there"}


def test_who_may_not_is_refused(company_copy: Databases, capsys: pytest.CaptureFixture[str]) -> None:
    found = run(capsys, "compare", "--format", "json").json["findings"]
    (charging,) = [one for one in found if one["kind"] == "still_charging"]
    refused = run(capsys, "fix", str(charging["id"]), "--as", FINANCE)
    assert (refused.code, "subscription:cancel" in refused.err) == (4, True)
    assert run(capsys, "fix", "999", "--as", FINANCE).code == 5


def test_a_day_that_is_none(company_copy: Databases, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "compare", "--since", "yesterday").code == 3
    assert run(capsys, "compare", "--since", "2100-01-01").code == 1  # every subscription all the same
