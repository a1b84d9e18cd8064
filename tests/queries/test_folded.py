"""Names are compared in any case, without marks, in every script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queries.lookup import folded


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Anna  Virtanen", "anna virtanen"),
        ("  Élodie\tMÜLLER\n", "elodie muller"),
        ("Straße", "strasse"),
        ("İstanbul", "istanbul"),
        ("Łukasz Bjørn Ærø", "lukasz bjorn aero"),
        ("ﬁne", "fine"),
        ("Ὀδυσσεύς", "οδυσσευσ"),
        ("a\0b", "ab"),
        ("\u202eשלום\u200f", "שלום"),
        ("\ud800x", "x"),
        ("山田 太郎", "山田 太郎"),
        ("", ""),
    ],
)
def test_a_name_is_folded(name: str, expected: str) -> None:
    assert folded(name) == expected


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    once = folded(text)
    assert folded(once) == once
    assert once == once.strip()
    assert "\0" not in once


@given(st.text(alphabet="abcåäöéÉÅÄÖ ŁØ"))
def test_case_does_not_matter(text: str) -> None:
    assert folded(text.upper()) == folded(text.lower()) == folded(text)
