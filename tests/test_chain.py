"""The walk over a log, without a database: digests of long logs, and what the walk says against them."""

from collections.abc import Callable
from random import Random

import pytest

from console import chain
from console.chain import Digest, check, digest_of
from console.errors import Refused
from console.faults import Point
from console.proving.logs import START, Row, grown, relinked
from queries.audit_chain import FIRST_PREVIOUS, link_of

MANY = 2_500


@pytest.fixture(scope="module")
def long_log() -> list[Row]:
    """With a free id before each entry."""
    return [{**row, "id": row["id"] * 2} for row in grown(Random(4), [], MANY)]


@pytest.fixture(scope="module")
def digest(long_log: list[Row]) -> Digest:
    return digest_of(map(link_of, long_log), START)


def verified(rows: list[Row], kept: Digest | str | None = None) -> chain.Verification:
    return check(map(link_of, rows), kept)


@pytest.mark.parametrize("entries", [0, 1, 2, 999, 1_000, 1_001, 2_000, 2_001, 2_002, MANY])
def test_points_are_even_few_and_end_with_the_newest(long_log: list[Row], entries: int) -> None:
    rows = long_log[:entries]
    made = digest_of(map(link_of, rows), START)
    every = 1 if entries <= 1_000 else 2 if entries <= 2_001 else 4
    places = [*range(every, entries + 1, every)] + ([entries] if entries % every else [])
    assert [point.place for point in made.points] == places
    assert made.points == tuple(Point(n, rows[n - 1]["id"], rows[n - 1]["hash"]) for n in places)
    newest = rows[-1] if rows else {"id": None, "hash": FIRST_PREVIOUS}
    assert (made.entries, made.last_id, made.head) == (entries, newest["id"], newest["hash"])
    assert verified(rows, made).intact


def _renamed(rows: list[Row], place: int) -> list[Row]:
    changed = list(rows)
    changed[place] = {**rows[place], "actor_name": "Somebody else"}
    return changed


def _put_in(rows: list[Row], place: int) -> list[Row]:
    new = {**grown(Random(1), rows[:place], 1)[-1], "id": rows[place]["id"] - 1}
    return [*rows[:place], new, *rows[place:]]


TAMPERINGS: dict[str, Callable[[list[Row], int], list[Row]]] = {
    "changed": _renamed,
    "removed": lambda rows, place: rows[:place] + rows[place + 1 :],
    "inserted": _put_in,
}


@pytest.mark.parametrize("fault", TAMPERINGS)
@pytest.mark.parametrize("place", [0, 1, 3, 4, 1_234, MANY - 2])
def test_of_a_long_log_that_was_recomputed_it_names_the_span(
    long_log: list[Row], digest: Digest, fault: str, place: int
) -> None:
    rows = relinked(TAMPERINGS[fault](long_log, place), place)
    assert verified(rows).intact
    found = verified(rows, digest)
    if fault == "removed" and place == MANY - 2:  # the last point is not reached
        assert (found.fault, found.broken_at, found.entries) == ("tail_cut", long_log[-1]["id"], MANY - 1)
        return
    since = place // 4 * 4
    named = rows[since + 3]["id"]
    assert (found.intact, found.fault, found.entries, found.broken_at) == (False, fault, since, named)
    fits = long_log[since - 1]["id"] if since else 0
    assert f"after entry {fits} and up to this one, one was changed, removed or put in" in found.sentence


@pytest.mark.parametrize(("entries", "place"), [(500, 123), (MANY, 1_235)])
def test_an_entry_renumbered_between_others_is_named(long_log: list[Row], entries: int, place: int) -> None:
    made = digest_of(map(link_of, long_log[:entries]), START)
    rows = long_log[:entries]
    rows[place] = {**rows[place], "id": rows[place]["id"] - 1}
    found = verified(rows, made)
    assert (found.fault, found.broken_at, found.entries) == ("changed", rows[place]["id"], place)
    assert found.sentence.endswith(f"its number was {long_log[place]['id']}.")


def test_a_wrong_chain_after_the_digest_is_found_too(long_log: list[Row]) -> None:
    made = digest_of(map(link_of, long_log[:10]), START)
    assert verified(long_log[:50], made).intact
    found = verified(_renamed(long_log[:50], 30), made)
    assert (found.fault, found.broken_at, found.entries) == ("changed", long_log[30]["id"], 30)
    found = verified(long_log[:30] + long_log[31:50], made)
    assert (found.fault, found.broken_at) == ("removed", long_log[31]["id"])


def test_no_digest_of_a_broken_log(long_log: list[Row]) -> None:
    with pytest.raises(Refused, match="A digest of such a log proves nothing; none was made"):
        digest_of(map(link_of, _renamed(long_log[:20], 7)), START)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {"a": [float("-inf")]}])
def test_a_number_that_is_none_is_not_kept(value: object) -> None:
    with pytest.raises(ValueError, match="the log keeps no"):
        chain.plain({"after": value})
