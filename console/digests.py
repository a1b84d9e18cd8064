"""A digest of the audit log as a file: JSON of at most about 100 kB, for a place outside our control.

    format       1
    made_at      ISO 8601, UTC
    entries      how many entries the log had
    last_id      the id of the newest; null for an empty log
    head         its hash; 64 zeros for an empty log
    checkpoints  [place, id, hash] at even distances, oldest first; the last is the newest entry
    checksum     SHA-256 of the rest as canonical JSON: a damaged file is not taken for a damaged log

It names nobody and says nothing of what was done, so it can be mailed to an auditor as it is.
"""

import json
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from console.chain import Digest, entry_hash, instant
from console.errors import Refused
from console.faults import Point

FORMAT = 1
LONGEST = 10_000_000  # characters; ours have about 100,000
HASH = re.compile(r"[0-9a-f]{64}")


def as_fields(digest: Digest) -> dict[str, Any]:
    """The fields above, in that order."""
    fields = {
        "format": FORMAT,
        "made_at": instant(digest.made_at),
        "entries": digest.entries,
        "last_id": digest.last_id,
        "head": digest.head,
        "checkpoints": [[point.place, point.id, point.hash] for point in digest.points],
    }
    return fields | {"checksum": entry_hash(fields)}


def to_text(digest: Digest) -> str:
    """The file's text, one checkpoint per line."""
    fields = as_fields(digest)
    points = ",\n".join(f"    {json.dumps(point)}" for point in fields["checkpoints"])
    lines = [f'  "{name}": {json.dumps(value)}' for name, value in fields.items() if name != "checkpoints"]
    lines.insert(-1, f'  "checkpoints": [\n{points}\n  ]' if points else '  "checkpoints": []')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def kept(given: str) -> Digest | str:
    """What a person gives to verify against: a file, `-` for standard input, or the 64 characters of a head's
    hash. Raises Refused for what is no digest."""
    plain = given.strip().lower()
    return plain if HASH.fullmatch(plain) else from_text(_text_of(given), given)


def _text_of(given: str) -> str:
    try:
        if given == "-":
            return sys.stdin.buffer.read(LONGEST).decode("utf-8-sig")
        with Path(given).open("rb") as file:
            return file.read(LONGEST).decode("utf-8-sig")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not a text file"
        raise Refused(
            f"The digest “{given[:200]}” cannot be read: {reason}. Give a file that "
            "`console audit digest --out FILE` wrote, - for standard input, or a hash of 64 characters."
        ) from error


def from_text(text: str, name: str) -> Digest | str:
    """The digest in a file's text, or the hash alone where the file has nothing else; `name` is for the
    refusal. Raises Refused for a foreign, newer or damaged one."""
    if HASH.fullmatch(text.strip().lower()):
        return text.strip().lower()
    called = "standard input" if name == "-" else f"“{name[:200]}”"
    try:
        fields = json.loads(text)
        made_of = fields["format"], fields["checksum"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Refused(
            f"What is in {called} is not a digest of the audit log. "
            "`console audit digest --out FILE` makes one."
        ) from error
    if made_of[0] != FORMAT:
        raise Refused(f"The digest in {called} has format {made_of[0]!r:.20}; this console reads {FORMAT}.")
    if made_of[1] != entry_hash({name: value for name, value in fields.items() if name != "checksum"}):
        raise Refused(
            f"The digest in {called} is damaged: its checksum does not fit. Take another copy of it."
        )
    return _digest(fields, called)


def _digest(fields: dict[str, Any], called: str) -> Digest:
    try:
        digest = Digest(
            datetime.fromisoformat(fields["made_at"]), tuple(Point(*point) for point in fields["checkpoints"])
        )
        same = as_fields(digest) == fields
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Refused(f"The digest in {called} was not made by this console.") from error
    if not same:
        raise Refused(f"The digest in {called} contradicts itself: it was not made by this console.")
    return digest
