"""What somebody who owns the database can do to the log, at random. Each must be found against a digest.

Each takes the log, of which the first `covered` entries are in the digest, and gives another. Those that
recompute make hashes fit again, as whoever knows the rule can.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from console.chain import instant
from console.faults import Fault
from console.proving.logs import VALUES, Row, grown, random_entry, rehashed, relinked

Tamper = Callable[[Random, list[Row], int], list[Row]]
_CONTENT = (*VALUES, "at")


@dataclass(frozen=True)
class Tampering:
    does: Tamper
    is_called: frozenset[Fault]  # what the verification may say was done


def _edit(random: Random, rows: list[Row], covered: int) -> list[Row]:
    place = random.randrange(covered)
    column = random.choice((*_CONTENT, "id", "hash", "previous_hash"))
    used = {row["id"] for row in rows}
    return _with(rows, place, {column: _another(random, rows[place], column, used)})


def _edit_content(random: Random, rows: list[Row], place: int) -> list[Row]:
    column = random.choice(_CONTENT)
    return _with(rows, place, {column: _another(random, rows[place], column, set())})


def _edit_and_hash(random: Random, rows: list[Row], covered: int) -> list[Row]:
    place = random.randrange(covered)
    edited = _edit_content(random, rows, place)
    return _with(edited, place, rehashed(edited[place]))


def _edit_and_recompute(random: Random, rows: list[Row], covered: int) -> list[Row]:
    place = random.randrange(covered)
    return relinked(_edit_content(random, rows, place), place)


def _other_previous(random: Random, rows: list[Row], covered: int) -> list[Row]:
    place = random.randrange(covered)
    return _with(rows, place, {"previous_hash": _another(random, rows[place], "previous_hash", set())})


def _other_previous_and_hash(random: Random, rows: list[Row], covered: int) -> list[Row]:
    place = random.randrange(covered)
    previous = _another(random, rows[place], "previous_hash", set())
    return _with(rows, place, rehashed(rows[place] | {"previous_hash": previous}))


def _remove(random: Random, rows: list[Row], covered: int) -> list[Row]:
    place = random.randrange(covered)
    return rows[:place] + rows[place + 1 :]


def _remove_and_recompute(random: Random, rows: list[Row], covered: int) -> list[Row]:
    place = random.randrange(covered)
    return relinked(rows[:place] + rows[place + 1 :], place)


def _swap(random: Random, rows: list[Row], covered: int) -> list[Row]:
    return _swapped(random, rows, covered)[0]


def _swap_and_recompute(random: Random, rows: list[Row], covered: int) -> list[Row]:
    return relinked(*_swapped(random, rows, covered))


def _swapped(random: Random, rows: list[Row], covered: int) -> tuple[list[Row], int]:
    one = random.randrange(covered)
    other = random.randrange(one + 1, len(rows))
    order = list(range(len(rows)))
    order[one], order[other] = other, one
    return _in_order(rows, order), one


def _reorder(random: Random, rows: list[Row], covered: int) -> list[Row]:
    """A stretch of the log turned round by some places."""
    start = random.randrange(covered)
    end = random.randrange(start + 2, len(rows) + 1)
    turn = random.randrange(1, end - start)
    places = list(range(len(rows)))
    return _in_order(
        rows, places[:start] + places[start + turn : end] + places[start : start + turn] + places[end:]
    )


def _insert(random: Random, rows: list[Row], covered: int) -> list[Row]:
    return _inserted(random, rows, covered)[0]


def _insert_and_recompute(random: Random, rows: list[Row], covered: int) -> list[Row]:
    return relinked(*_inserted(random, rows, covered))


def _inserted(random: Random, rows: list[Row], covered: int) -> tuple[list[Row], int]:
    """A new entry before one of the digest, in a gap of the ids where there is one."""
    place = random.randrange(covered)
    new = grown(random, rows[:place], 1)[-1] | {"id": rows[place - 1]["id"] + 1 if place else 0}
    if place and new["id"] == rows[place]["id"]:
        return rows[:place] + [new] + [row | {"id": row["id"] + 1} for row in rows[place:]], place
    return [*rows[:place], new, *rows[place:]], place


def _cut(random: Random, rows: list[Row], covered: int) -> list[Row]:
    return rows[: random.randrange(covered)]


def _cut_and_go_on(random: Random, rows: list[Row], covered: int) -> list[Row]:
    return grown(random, _cut(random, rows, covered), random.randint(1, len(rows) + 5))


def _with(rows: list[Row], place: int, values: Row) -> list[Row]:
    return [*rows[:place], rows[place] | values, *rows[place + 1 :]]


def _in_order(rows: list[Row], order: list[int]) -> list[Row]:
    """The entries in another order, with the ids as they were: a place is an id."""
    return [rows[taken] | {"id": row["id"]} for row, taken in zip(rows, order, strict=True)]


def _another(random: Random, row: Row, column: str, used: set[int]) -> Any:
    """A value that the column does not have now, and that reads otherwise too."""
    if column == "at":
        later = timedelta(microseconds=random.choice((1, -1, 1_000_000, random.randint(1, 10**14))))
        return instant(datetime.fromisoformat(row["at"]) + later)
    if column == "id":
        return random.choice([id for id in range(-5, max(used) + 6) if id not in used])
    if column in {"hash", "previous_hash"}:
        return f"{random.getrandbits(256):064x}"
    while True:
        value = random_entry(random, row)[column]
        if value != row[column] and (
            column not in {"before", "after"} or json.loads(value) != json.loads(row[column])
        ):
            return value


def _tampering(does: Tamper, *is_called: Fault) -> Tampering:
    return Tampering(does, frozenset(is_called))


TAMPERINGS = {
    "any column edited": _tampering(_edit, "changed", "swapped"),  # another id is another place
    "edited, its hash recomputed": _tampering(_edit_and_hash, "changed"),
    "edited, all after it recomputed": _tampering(_edit_and_recompute, "changed"),
    "previous hash replaced": _tampering(_other_previous, "changed"),
    "previous hash replaced, its hash recomputed": _tampering(_other_previous_and_hash, "changed"),
    "removed": _tampering(_remove, "removed"),
    "removed, all after it recomputed": _tampering(_remove_and_recompute, "removed"),
    "two swapped": _tampering(_swap, "swapped"),
    "two swapped, all after them recomputed": _tampering(_swap_and_recompute, "changed"),
    "order changed": _tampering(_reorder, "swapped"),
    "put in": _tampering(_insert, "inserted"),
    # Where the ids after it had to move up, its place looks like a changed entry.
    "put in, all after it recomputed": _tampering(_insert_and_recompute, "inserted", "changed"),
    "end cut off": _tampering(_cut, "tail_cut"),
    "end cut off, others in its place": _tampering(_cut_and_go_on, "changed", "inserted", "removed"),
}
