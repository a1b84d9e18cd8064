"""A digest as a file: what was written is read again, and anything else is a sentence."""

import io
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from console import digests
from console.chain import Digest, digest_of, entry_hash
from console.cli import main
from console.errors import Refused
from console.proving.logs import START, grown
from queries.audit_chain import link_of
from queries.tables_state import audit_entries
from tests.conftest import Databases
from tests.tampering import tampering
from tests.test_audit import record, staff_actor

LOG = grown(Random(9), [], 1_200)


def made(entries: int) -> Digest:
    return digest_of(map(link_of, LOG[:entries]), START + timedelta(microseconds=entries))


@pytest.mark.parametrize("entries", [0, 1, 5, 1_200])
def test_what_is_written_is_read_again(entries: int, tmp_path: Path) -> None:
    file = tmp_path / "digest.json"
    file.write_text(digests.to_text(made(entries)), encoding="utf-8")
    assert digests.kept(str(file)) == made(entries)
    fields = json.loads(file.read_text(encoding="utf-8"))
    assert fields == digests.as_fields(made(entries))
    assert " ".join(fields) == "format made_at entries last_id head checkpoints checksum"


def test_a_digest_is_small() -> None:
    longest = made(1_000)
    assert len(longest.points) == 1_000
    assert len(digests.to_text(longest)) < 100_000


def test_a_file_that_went_by_mail_is_the_same_digest(tmp_path: Path) -> None:
    file = tmp_path / "digest.json"
    file.write_bytes(b"\xef\xbb\xbf" + digests.to_text(made(9)).replace("\n", "\r\n").encode() + b"\r\n\r\n")
    assert digests.kept(str(file)) == made(9)


def test_a_hash_alone_and_standard_input(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    head = made(5).head
    file = tmp_path / "head"
    file.write_text(f"{head}\n", encoding="utf-8")
    for given in (head, f" {head.upper()}\n", str(file)):
        assert digests.kept(given) == head
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(digests.to_text(made(5)).encode())))
    assert digests.kept("-") == made(5)


def _with(**values: Any) -> str:
    """A digest with other fields, whose checksum fits them."""
    fields = digests.as_fields(made(5)) | values
    del fields["checksum"]
    return json.dumps(fields | {"checksum": entry_hash(fields)})


WRONG = {
    "empty": ("", "is not a digest of the audit log"),
    "foreign": ("Dear Sofia,", "is not a digest of the audit log"),
    "foreign JSON": ('{"format": 1}', "is not a digest of the audit log"),
    "a list": ("[1, 2]", "is not a digest of the audit log"),
    "deep": ("[" * 100_000, "is not a digest of the audit log"),
    "newer": (_with(format=2), "has format 2; this console reads 1"),
    "cut": (digests.to_text(made(5))[:-40], "is not a digest of the audit log"),
    "a flipped sign": (digests.to_text(made(5)).replace(made(5).head, "0" * 64), "is damaged"),
    "another count": (_with(entries=6), "contradicts itself"),
    "no points": (_with(checkpoints=None), "was not made by this console"),
    "points of two": (_with(checkpoints=[[1, 2]]), "was not made by this console"),
    "no moment": (_with(made_at="today"), "was not made by this console"),
    "a number for a moment": (_with(made_at=3), "was not made by this console"),
}


@pytest.mark.parametrize(("text", "says"), WRONG.values(), ids=WRONG.keys())
def test_what_is_no_digest_is_refused(text: str, says: str, tmp_path: Path) -> None:
    file = tmp_path / "digest.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match=says):
        digests.kept(str(file))


@pytest.mark.parametrize("given", ["", "no-such-file", ".", "a\0b", "f" * 63])
def test_a_file_that_cannot_be_read_is_refused(given: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"cannot be read: .*--out FILE"):
        digests.kept(given)
    binary = tmp_path / "picture"
    binary.write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(Refused, match="it is not a text file"):
        digests.kept(str(binary))


def _ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as left:
        main(["audit", *arguments])
    said = capsys.readouterr()
    return int(left.value.code or 0), said.out, said.err


def test_the_commands(databases: Databases, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    aino = staff_actor()
    ids = [record(aino, note=f"note {n}") for n in range(3)]
    file = str(tmp_path / "digest.json")
    assert _ran(capsys, "digest", "--out", file) == (0, "", f"The digest of 3 entries is in {file}\n")
    assert _ran(capsys, "digest", "--out", str(tmp_path))[0] == 3
    record(aino)
    code, said, _ = _ran(capsys, "verify", "--digest", file)
    assert (code, "4 entries, each as it was recorded. Those of the digest of " in said) == (0, True)
    with tampering() as connection:
        connection.execute(audit_entries.delete().where(audit_entries.c.id == ids[2]))
    code, said, _ = _ran(capsys, "verify", "--digest", file)
    assert (code, said.startswith(f"Entry {ids[2]} is gone: it was removed. Entry ")) == (1, True)
    code, said, _ = _ran(capsys, "verify", "--digest", file, "--format", "json")
    found = json.loads(said)
    assert " ".join(found) == "intact entries digest broken_at sentence fault at"
    assert (code, found["entries"], found["broken_at"], found["fault"]) == (1, 2, ids[2], "removed")
    code, said, err = _ran(capsys, "digest")
    assert (code, said, "A digest of such a log proves nothing" in err) == (3, "", True)


def test_from_one_command_into_the_other(databases: Databases) -> None:
    record(staff_actor())
    console = [sys.executable, "-m", "console", "audit"]
    made = subprocess.run([*console, "digest"], capture_output=True, check=True)
    done = subprocess.run(
        [*console, "verify", "--digest", "-"], input=made.stdout, capture_output=True, check=False
    )
    assert (done.returncode, b"1 in number" in done.stdout) == (0, True)
