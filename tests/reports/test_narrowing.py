"""One line of a table: which days it is, and what is no line. That its rows are as many: test_agreement."""

from datetime import UTC, datetime
from typing import Any

import pytest

from queries.periods import Window
from queries.reports import BadParameter, Params
from queries.reports.narrowing import narrowed
from tests.reports import UTC_ZONE, days

NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


def asked(by: str, key: str | None, **more: Any) -> Params:
    return Params(as_of=NOW, zone=UTC_ZONE, **({"rows": True} | more), by=by, key=key)


@pytest.mark.parametrize(
    ("by", "key", "period", "expected"),
    [
        ("day", "2026-03-02", days("2026-03-01", "2026-03-31"), ("2026-03-02", "2026-03-02")),
        ("month", "2026-03-01", None, ("2026-03-01", "2026-03-31")),
        ("month", "2026-03-10", days("2026-03-10", "2026-04-30"), ("2026-03-10", "2026-03-31")),
        ("month", "2026-04-01", days("2026-03-10", "2026-04-10"), ("2026-04-01", "2026-04-10")),
        ("month_and_reason", "2026-03-01", None, ("2026-03-01", "2026-03-31")),
        ("week", "2026-03-02", None, ("2026-03-02", "2026-03-08")),
        ("week", "2026-03-01", days("2026-03-01", "2026-03-31"), ("2026-03-01", "2026-03-01")),  # a Sunday
    ],
)
def test_the_days_of_a_line(by: str, key: str, period: Window | None, expected: tuple[str, str]) -> None:
    assert narrowed(asked(by, key, period=period)).period == days(*expected)


def test_ahead_it_begins_today() -> None:
    assert narrowed(asked("month", "2026-03-01", days=30)).period == days("2026-03-20", "2026-03-31")


def test_a_name_is_for_the_list_to_compare() -> None:
    params = asked("product", "Photo Editor")
    assert narrowed(params) == params
    assert narrowed(asked("day", None)) == asked("day", None)


@pytest.mark.parametrize(
    ("by", "key", "more", "sentence"),
    [
        ("month", "March", {}, "not the first day of a line"),
        ("day", "", {}, "not the first day of a line"),
        ("month", "9999-12-31", {}, "not the first day of a line"),
        ("price", "10", {}, "listed only by"),
        ("product", "Photo Editor", {"rows": False}, "only of the list of rows"),
        ("day", "2026-05-01", {"period": days("2026-03-01", "2026-03-31")}, "not in the period"),
    ],
)
def test_no_line(by: str, key: str, more: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadParameter, match=sentence):
        narrowed(asked(by, key, **more))
