"""The first page of a long list is read without the rest, and is what the whole list begins with."""

import random
from datetime import timedelta
from typing import Any

import pytest

from queries.reports import _first_page
from tests import build
from tests.conftest import Databases
from tests.reports import Data, ask, at, days, ended, event, paying, scratch, units

NOW = "2026-06-15"
YEAR = days("2025-07-01", "2026-06-15")


def _lives(data: Data, dice: random.Random) -> None:
    """Customers with up to three subscriptions in two currencies, of which the older have mostly ended; some
    began in the same instant, some are dated ahead."""
    for place in range(40):
        customer = build.customer(data.subscriptions)
        for _ in range(dice.randint(1, 3)):
            start = f"202{3 + place // 16}-{1 + place % 4:02}-{dice.choice([1, 1, 2, 20]):02}"
            terms = {"price_minor": dice.choice([100, 1000, 1001]), "interval_count": dice.choice([1, 3, 7])}
            made = paying(data, customer, start, currency=dice.choice(["EUR", "SEK"]), **terms)
            if place < 25 and dice.random() < 0.8:
                ended(data, made, dice.choice(["2025-11-10", "2026-02-01", "2026-05-31"]))
            elif dice.random() < 0.3:
                event(data, made, "plan_changed", "2026-03-03", units(made))
    for started_at in ("2026-07-01", "2026-06-14"):
        paying(data, build.customer(data.subscriptions), started_at)


def _trials(data: Data, dice: random.Random) -> None:
    """Trials and subscriptions that begin and end through a year, several in an instant."""
    for _ in range(40):
        start = at("2025-07-01") + timedelta(days=dice.choice([0, 9, 9, *range(320)]))
        ends = start + timedelta(days=dice.choice([7, 14, 30]))
        trial = dice.random() < 0.6
        terms: dict[str, Any] = {"trial_end": ends} if trial else {}
        terms |= {"status": "trialing"} if trial and ends > at(NOW) else {}
        made = paying(data, build.customer(data.subscriptions), start.date().isoformat(), **terms)
        if trial:
            event(data, made, "trial_started", start.date().isoformat())
        if dice.random() < 0.7:
            event(data, made, "cancel_requested", (start + timedelta(days=3)).date().isoformat())
            ended(data, made, ends.date().isoformat())


@pytest.mark.parametrize("limit", [1, 5, 30])
@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("mrr", {}),
        ("mrr", {"period": days("2026-01-01", "2026-04-30")}),
        ("retention", {}),
        ("retention", {"only": "lost"}),
        ("retention", {"period": days("2025-10-01", "2026-04-30")}),
        ("trials", {"period": YEAR}),
        ("trial_cohorts", {"period": YEAR}),
        ("cancellations", {"period": YEAR}),
        ("cancellations", {"period": YEAR, "only": "ended"}),
        ("cancellations", {"period": days("2026-01-01", "2026-02-05")}),
    ],
)
def test_it_is_what_the_whole_list_begins_with(
    empty: Databases, name: str, asked: dict[str, Any], limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scratch() as data:
        _lives(data, random.Random(limit))
        _trials(data, random.Random(limit))
        whole = ask(data, name, NOW, rows=True, **asked)
        assert whole.rows
        for looked_at in ((), (1, 2), (1, 4, 32)):
            monkeypatch.setattr(_first_page, "LOOKED_AT", looked_at)
            monkeypatch.setattr(_first_page, "PARTS", tuple(reversed(looked_at)))
            page = ask(data, name, NOW, rows=True, limit=limit, **asked)
            assert page.rows == whole.rows[:limit]
            assert (page.next is None) == (len(whole.rows) <= limit)
            assert page.figures == whole.figures
            alone = ask(data, name, NOW, rows=True, limit=limit, figures=False, **asked)
            assert (alone.rows, alone.next, alone.figures) == (page.rows, page.next, [])
        rows, after = list(page.rows), page.next
        while after is not None:
            page = ask(data, name, NOW, rows=True, limit=limit * 7, after=after, **asked)
            rows, after = rows + page.rows, page.next
        assert rows == whole.rows


def test_it_does_not_read_the_rest(empty: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    found: list[bool] = []
    original = _first_page.first_page

    def watched(*given: Any) -> Any:
        page = original(*given)
        found.append(page is not None)
        return page

    for module in ("_worth", "_retention_rows"):
        monkeypatch.setattr(f"queries.reports.{module}.first_page", watched)
    with scratch() as data:
        for number in range(12):
            made = paying(data, build.customer(data.subscriptions), f"2026-01-{number + 1:02}")
            event(data, made, "plan_changed", at("2026-06-01").isoformat()[:10], 7)
        for name in ("mrr", "retention"):
            ask(data, name, NOW, rows=True, limit=1, period=days("2026-02-01", "2026-06-15"))
    assert found == [True, True]
