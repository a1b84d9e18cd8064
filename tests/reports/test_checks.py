"""The identities of reports: what agrees, and what is said where it does not."""

from typing import Any

from queries.reports._checks import count, same, sums

TABLE: list[dict[str, Any]] = [
    {"currency": "EUR", "paid": 3, "open": 4},
    {"currency": "JPY", "paid": 50, "open": 0},
    {"currency": "EUR", "paid": 1, "open": 0},
    {"currency": None, "paid": 0, "open": 0},
]


def test_money_is_summed_by_currency_and_counts_over_all() -> None:
    assert sums(TABLE, "paid", "open") == {"EUR": 8, "JPY": 50}
    assert count(TABLE, "paid", "open") == {None: 58}


def test_what_agrees_holds_and_nothing_is_zero() -> None:
    check = same("All is there", {"EUR": 8, "SEK": 0}, {"EUR": 8})
    assert (check.holds, check.sentence) == (True, "All is there.")


def test_what_differs_is_said_in_full() -> None:
    check = same("All is there", {"EUR": 8}, {"EUR": 7, "JPY": 1})
    assert not check.holds
    assert check.sentence == (
        "It is 8 against 7 in minor units of EUR, and 0 against 1 in minor units of JPY."
    )
    assert same("All is there", {None: 2}, {None: 3}).sentence == "It is 2 against 3."
