"""The words for codes of the databases."""

import pytest

from console import words


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("DEPOT-7Q2MX-K9F3K", "•••••-•••••-•9F3K"),
        ("AAAA-BBBB-9F3K", "••••-••••-9F3K"),
        ("0123456789abcdef", "••••••••••••cdef"),
        ("ABCD EFG9", "•••• EFG9"),
        ("ABC-DEFG", "•••-••••"),
        ("9F3K", "••••"),
        ("secret!?ABCD_EF-GH", "••••••••••••_EF-GH"),
        ("", ""),
    ],
)
def test_a_masked_key_shows_its_last_four_signs(key: str, shown: str) -> None:
    assert words.masked(key) == shown
