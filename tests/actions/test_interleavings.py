"""Whatever people and other systems do in whatever order, with fresh forms or stale: the books add up."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from console import db
from console.actions import operations
from console.actions import subscriptions as verbs
from console.errors import Conflict, Refused
from queries.tables_state import audit_entries
from queries.tables_state import operations as operation_table
from queries.tables_subscriptions import subscription_events, subscriptions
from tests import build
from tests.actions.company import (
    NOW,
    Company,
    alter,
    cancel,
    company,
    expected,
    log_is_intact,
    mrr_of_events,
    now_is,
    undo,
)
from tests.conftest import Databases

ACTS = st.fixed_dictionaries(
    {
        "who": st.sampled_from(["aino", "onni"]),
        "what": st.sampled_from(["period_end", "now", "undo", "price"]),
        "stale": st.booleans(),  # confirms a form shown before the last act
        "again": st.booleans(),  # presses twice
        "between": st.none() | st.sampled_from(["period_end", "now", "undo", "price"]),
        "minutes": st.integers(0, 60 * 24),
    }
)


class Play:
    """One subscription, acted on; counts what was really changed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, status: str) -> None:
        trial = NOW + timedelta(days=10) if status == "trialing" else None
        self.there: Company = company(status=status, trial_end=trial)
        self.now = NOW
        self.changed = 0
        self.forms: dict[str, verbs.Expected] = {}
        self.patch = monkeypatch

    def act(self, act: dict[str, Any]) -> None:
        self.now += timedelta(minutes=act["minutes"])
        if act["what"] == "price":
            self.price()
            return
        shown = self.forms.get(act["what"]) if act["stale"] else None
        shown = shown or expected(self.there.number, act["what"])
        id, begin = operations.new_operation_id(), operations.begin

        def begin_then_other(*arguments: Any) -> Any:
            self.patch.setattr(operations, "begin", begin)
            begun = begin(*arguments)
            other = {"who": "onni", "what": act["between"], "stale": False, "again": False, "minutes": 0}
            self.act(other | {"between": None})
            return begun

        if act["between"]:
            self.patch.setattr(operations, "begin", begin_then_other)
        self.press(act, id, shown)
        self.patch.setattr(operations, "begin", begin)
        if act["again"]:
            self.press(act, id, shown)
        for what in ("period_end", "now", "undo"):
            self.forms.setdefault(what, expected(self.there.number, what))
        self.forms[act["what"]] = shown

    def press(self, act: dict[str, Any], id: str, shown: verbs.Expected) -> None:
        request: dict[str, Any] = {"operation_id": id, "expected": shown, "now": self.now}
        who, number = getattr(self.there, act["who"]), self.there.number
        try:
            done = (
                undo(who, number, **request)
                if act["what"] == "undo"
                else cancel(who, number, act["what"], **request)
            )
            self.changed += not done.already
        except (Conflict, Refused):
            pass

    def price(self) -> None:
        """Another system changes the price, and counts the version up as it should."""
        before = now_is(self.there.number)
        alter(self.there.number, price_minor=before.price_minor + 500, version=before.version + 1)
        after = now_is(self.there.number)
        with db.writing("subscriptions") as connection:
            row = {"id": before.id, "customer_id": before.customer_id, "currency": before.currency}
            delta = after.mrr_units - before.mrr_units
            build.subscription_event(
                connection, row, "price_changed", mrr_delta_units=delta, occurred_at=self.now
            )
        self.changed += 1

    def require_books_add_up(self) -> None:
        after = now_is(self.there.number)
        assert after.version == 1 + self.changed
        assert mrr_of_events(self.there.number) == after.mrr_units
        assert (after.status == "canceled") == (after.ended_at is not None)
        assert (after.cancel_requested_at is not None) == (after.cancel_at_period_end or not after.live)
        with db.reading() as data:
            states = data.state.execute(
                select(operation_table.c.id, operation_table.c.kind, operation_table.c.state).where(
                    operation_table.c.subject_number == after.number
                )
            ).all()
            entries = data.state.execute(
                select(audit_entries.c.operation_id, audit_entries.c.kind)
                .where(audit_entries.c.subject_number == after.number)
                .order_by(audit_entries.c.id)
            ).all()
            left = set(
                data.subscriptions.scalars(
                    select(subscription_events.c.operation_id)
                    .join(subscriptions)
                    .where(subscriptions.c.number == after.number)
                )
            )
        said = {row.id: [entry.kind for entry in entries if entry.operation_id == row.id] for row in states}
        for row in states:
            kind, end = row.kind.replace(":", "."), {"settled": "done", "refused": "refused"}[row.state]
            assert said[row.id] == [f"{kind}.asked", f"{kind}.{end}"]
        assert len(entries) == 2 * len(states)
        assert left - {None} == {row.id for row in states if row.state == "settled"}
        assert log_is_intact()


def test_any_interleaving(databases: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    @settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
    @given(st.sampled_from(["active", "past_due", "trialing", "paused"]), st.lists(ACTS, max_size=6))
    def play(status: str, acts: list[dict[str, Any]]) -> None:
        running = Play(monkeypatch, status)
        for act in acts:
            running.act(act)
        running.require_books_add_up()

    play()
