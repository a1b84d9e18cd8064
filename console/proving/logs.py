"""Random audit logs for the proof: rows as the database keeps them, hashed as `console.audit` hashes them."""

import json
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from console.chain import entry_hash, instant, plain
from queries.audit_chain import FIRST_PREVIOUS, link_of

Row = dict[str, Any]  # column → value; `at`, `before` and `after` are text

MOST_ENTRIES = 200
STAFF = 9  # ids of staff are 1 … STAFF, or none
START = datetime(2026, 1, 1, tzinfo=UTC)
_TEXTS = (
    "", " ", "Maija Virtanen", "Zoë “the” O'Brien", "李小龍", "محمد", "שרה", "👩‍👩‍👧‍👦🏳️‍🌈",
    "e\u0301 is not é", "null", "{}", '{"a": [1, 2]}', "a\nb\r\tc", "\\u0041 \\", "x\0y", "\ud800",
    "\u2028\u202e\ufeff\x7f", "%s {after[x]} 'OR 1=1--",
)  # fmt: skip


def random_log(random: Random) -> list[Row]:
    """A log of 1 to MOST_ENTRIES entries: as many with 1 to 10 as with 20 to 200, since edges are where
    mistakes are. Ids have gaps, as transactions that were rolled back leave them."""
    return grown(random, [], round(MOST_ENTRIES ** random.random()))


def grown(random: Random, rows: list[Row], more: int) -> list[Row]:
    """The log with more entries at its end."""
    rows = list(rows)
    for _ in range(more):
        before = rows[-1] if rows else {"id": 0, "hash": FIRST_PREVIOUS, "at": instant(START)}
        rows.append(random_entry(random, before))
    return rows


def random_entry(random: Random, before: Row) -> Row:
    """An entry that follows another."""
    at = datetime.fromisoformat(before["at"]) + timedelta(microseconds=random.randint(1, 10**11))
    content = plain(
        {column: random_value(random, column) for column in VALUES} | {"previous_hash": before["hash"]}
    )
    digest = entry_hash(content | {"at": at})
    kept = {"at": instant(at), "before": json.dumps(content["before"]), "after": json.dumps(content["after"])}
    number = before["id"] + (1 if random.random() < 0.9 else random.randint(2, 40))
    return {**content, **kept, "id": number, "hash": digest}


def rehashed(row: Row) -> Row:
    """With the hash its content now has: what whoever knows the rule can do."""
    return {**row, "hash": entry_hash(link_of(row).content)}


def relinked(rows: list[Row], start: int) -> list[Row]:
    """With every hash from a place on recomputed, so that the chain fits again."""
    rows = list(rows)
    for place in range(start, len(rows)):
        previous = rows[place - 1]["hash"] if place else FIRST_PREVIOUS
        rows[place] = rehashed(rows[place] | {"previous_hash": previous})
    return rows


def random_value(random: Random, column: str) -> Any:
    """What `console.audit.record` may be given for a column."""
    longest, may_be_none = VALUES[column]
    if may_be_none and random.random() < 0.4:
        return None
    if column == "actor_id":
        return random.randint(1, STAFF)
    if column in {"before", "after"}:
        return _fields(random, 2) if random.random() < 0.5 else {}
    return _text(random, longest)


# Longest text, and whether there may be none.
VALUES: dict[str, tuple[int, bool]] = {
    "kind": (48, False), "actor_id": (0, True), "actor_name": (80, False), "actor_email": (80, False),
    "subject_kind": (24, True), "subject_number": (40, True), "customer_number": (40, True),
    "customer_name": (200, True), "reason": (64, True), "note": (4_000, True), "before": (0, False),
    "after": (0, False), "operation_id": (36, True), "channel": (16, False),
}  # fmt: skip


def _text(random: Random, longest: int) -> str:
    text = _TEXTS[int(random.random() * len(_TEXTS))]
    if longest > 1_000 and random.random() < 0.02:
        text = (text or "long ") * longest
    return text[:longest]


def _fields(random: Random, deep: int) -> dict[str, Any]:
    return {_text(random, 20): _nested(random, deep) for _ in range(random.randint(0, 3))}


def _nested(random: Random, deep: int) -> Any:
    shape = random.randrange(8 if deep else 6)
    if shape == 6:
        return [_nested(random, deep - 1) for _ in range(random.randint(0, 3))]
    if shape == 7:
        return _fields(random, deep - 1)
    scalars = (None, True, random.randint(-(10**18), 10**18), random.uniform(-1e9, 1e9), START)
    return scalars[shape] if shape < 5 else _text(random, 200)
